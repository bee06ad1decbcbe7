"""What `freshfront run` prepares, a sample region in an empty database alone and never beside data of a shop, and what
it says when it is ready."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, delete

from data.database import writing
from data.tables import Band, DailySalesRow, ForecastRow, ProductRow, SupplierRow, Unit, WarehouseRow
from flows.commands.preparing import ToPrepare, to_prepare
from flows.processes.running import welcome
from flows.settings import Settings
from tests.integration.flows.conftest import ORIGIN, TODAY


def test_an_empty_database_gets_the_sample_region(engine: Engine) -> None:
    assert to_prepare(engine) is ToPrepare.SAMPLE_REGION_AND_FIRST_DAY


@pytest.mark.parametrize("kind", ["warehouse", "product", "supplier"])
def test_a_database_in_which_anything_was_imported_is_left_as_it_is(engine: Engine, kind: str) -> None:
    imported = {
        "warehouse": WarehouseRow(warehouse_id="W1", name="One", city="Ningbo", timezone="Asia/Shanghai"),
        "product": ProductRow(product_id="P1", name="spinach", category="leaf", band=Band.LEAF, unit=Unit.KG),
        "supplier": SupplierRow(supplier_id="F1", name="farm", kind="farm"),
    }
    with writing(engine) as session:
        session.add(imported[kind])

    assert to_prepare(engine) is None


def test_sales_without_forecasts_get_a_first_day_and_no_sample(shop: Engine) -> None:
    assert to_prepare(shop) is None  # forecasts are there
    with writing(shop) as session:
        session.execute(delete(ForecastRow))
        yesterday = TODAY - timedelta(days=1)
        session.add(DailySalesRow(warehouse_id="W1", product_id="milk", date=yesterday, known_at=ORIGIN, sales=3.0))

    assert to_prepare(shop) is ToPrepare.FIRST_DAY


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_database_that_cannot_be_written_now_is_no_reason_to_end(engine: Engine, database_url: str) -> None:
    read_only = f"{database_url}&options=-c%20default_transaction_read_only=on"

    said = welcome(Settings(database_url=read_only, port=8123))

    assert "no sign-in address could be made" in said
    assert "a standby or set to be read only, may not be written" in said
    assert "http://127.0.0.1:8123/sign-in?token=ff_signin-" in welcome(Settings(database_url=database_url, port=8123))
