"""What `freshfront run` prepares, a sample region in an empty database alone and never beside data of a shop, and what
it says when it is ready."""

from contextvars import copy_context
from datetime import timedelta

import pytest
from sqlalchemy import Engine, delete

from data.database import reading, writing
from data.tables import Band, DailySalesRow, DayRunRow, ForecastRow, ProductRow, SupplierRow, Unit, WarehouseRow
from flows.commands.operating import preparing
from flows.commands.operating.preparing import ToPrepare, to_prepare
from flows.day import schedule, whole_day
from flows.day.lost_runs import run_to_do_again
from flows.processes import running
from flows.processes.running import welcome
from flows.settings import Settings
from tests.integration.flows.conftest import NOW, ORIGIN, TODAY


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


def test_a_first_day_that_was_killed_beside_the_service_is_left_to_the_schedule(shop: Engine) -> None:
    # given: forecasts and a plan are there, past days are not added up
    done: dict[str, object] = {"forecast Asia/Shanghai": {}, "plan": {}, "slots": {}}
    with writing(shop) as session:
        began = NOW - timedelta(hours=1)
        session.add(DayRunRow(run_id="R1", started_at=began, held_until=began, attempts=1, failed={}, steps=done))

    assert to_prepare(shop) is None
    with reading(shop) as session:
        run = run_to_do_again(session, NOW)
        assert run is not None
        assert run.run_id == "R1"


def test_an_attempt_that_is_repeated_gives_way_to_the_service_and_says_so_once(
    engine: Engine, database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # given: a day whose plan is made twice in one process
    monkeypatch.setenv("FRESHFRONT_DATABASE_URL", database_url)
    given_way: list[int] = []
    monkeypatch.setattr(preparing.os, "nice", given_way.append)
    monkeypatch.setattr(running, "wait_for_prefect", lambda settings: None)
    monkeypatch.setattr(schedule, "day", lambda run_id: [whole_day.decided.get()() for _ in range(2)])

    copy_context().run(preparing._first_day)

    assert given_way == [preparing.GIVES_WAY]
    assert capsys.readouterr().err.count(preparing.LEFT) == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_database_that_cannot_be_written_now_is_no_reason_to_end(engine: Engine, database_url: str) -> None:
    read_only = f"{database_url}&options=-c%20default_transaction_read_only=on"

    said = welcome(Settings(database_url=read_only, port=8123))

    assert "no sign-in address could be made" in said
    assert "a standby or set to be read only, may not be written" in said
    assert "http://127.0.0.1:8123/sign-in?token=ff_signin-" in welcome(Settings(database_url=database_url, port=8123))
