"""Two warehouses of one town with some lots of spinach (three days of life) and rice, which keeps."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import Engine

from data.database import writing
from data.tables import Band, LotRow, ProductRow, SupplierRow, Unit, WarehouseRow
from tests.integration.conftest import Filling
from tests.integration.flows.shell import Shell

MORNING = datetime(2026, 3, 2, 0, tzinfo=UTC)  # 08:00 in Shanghai, on Monday 2 March
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
EVENING = datetime(2026, 3, 2, 12, tzinfo=UTC)
TODAY = date(2026, 3, 2)


def lot_row(lot_id: str, product_id: str, quantity: int, expires_on: date | None, warehouse_id: str = "W1") -> LotRow:
    """A lot of farm F1, all of it left, counted at eight in the morning."""
    return LotRow(
        lot_id=lot_id,
        warehouse_id=warehouse_id,
        product_id=product_id,
        supplier_id="F1",
        received_at=MORNING,
        known_at=MORNING,
        expires_on=expires_on,
        quantity_received=Decimal(quantity),
        quantity_on_hand=Decimal(quantity),
    )


@pytest.fixture
def filling(request: pytest.FixtureRequest) -> Filling | None:
    """Shelves, where they are asked for."""
    return fill_shelves if "shelves" in request.fixturenames else None


@pytest.fixture
def shelves(engine: Engine) -> Engine:
    return engine


def fill_shelves(engine: Engine) -> None:
    with writing(engine) as session:
        session.add_all(
            WarehouseRow(warehouse_id=name, name=name, city="Hangzhou", timezone="Asia/Shanghai")
            for name in ("W1", "W2")
        )
        session.add_all(
            ProductRow(product_id=name, name=name, category=band, band=band, unit=unit, shelf_life_days=life)
            for name, band, unit, life in (
                ("spinach", Band.LEAF, Unit.KG, 3), ("rice", Band.AMBIENT, Unit.PIECE, None),
            )
        )  # fmt: skip
        session.add_all(SupplierRow(supplier_id=name, name=name, kind="farm") for name in ("F1", "F2"))
        session.flush()
        session.add_all(
            [
                lot_row("S-old", "spinach", 6, TODAY),
                lot_row("S-new", "spinach", 20, date(2026, 3, 4)),
                lot_row("R", "rice", 40, None),
                lot_row("S-w2", "spinach", 3, TODAY, "W2"),
            ]
        )


@pytest.fixture
def freshfront(database_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("FRESHFRONT_DATABASE_URL", database_url)
    return Shell(capsys, monkeypatch)
