"""A shop with two warehouses, two farms and two products, and orders of it as a test wants them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from data.database import reading, writing
from data.tables import Band, ProductRow, PurchaseOrderRow, SupplierRow, Unit, WarehouseRow
from flows.ordering.placing import NewPurchaseOrderLine, place_purchase_orders
from flows.ordering.under_way import lines_under_way
from tests.integration.conftest import Filling

ORDERED = datetime(2026, 3, 2, 12, tzinfo=UTC)  # 20:00 in Shanghai, on Monday 2 March
DUE = date(2026, 3, 3)
CAME = datetime(2026, 3, 2, 22, tzinfo=UTC)  # 06:00 of Tuesday there


def days(number: float) -> timedelta:
    return timedelta(days=number)


@pytest.fixture
def filling(request: pytest.FixtureRequest) -> Filling | None:
    """The shop, where one is asked for."""
    return open_shop if "shop" in request.fixturenames else None


@pytest.fixture
def shop(engine: Engine) -> Engine:
    return engine


def open_shop(engine: Engine) -> None:
    with writing(engine) as session:
        furnish(session, ["W1", "W2"])


def furnish(session: Session, warehouse_ids: list[str]) -> None:
    session.add_all(
        WarehouseRow(warehouse_id=name, name=name, city="Hangzhou", timezone="Asia/Shanghai") for name in warehouse_ids
    )
    session.add_all(
        ProductRow(product_id=name, name=name, category="dairy", band=Band.CHILLED, unit=Unit.PIECE)
        for name in ("milk", "kefir")
    )
    session.add_all(SupplierRow(supplier_id=name, name=name, kind="farm") for name in ("F1", "F2"))


def line(product_id: str = "milk", quantity: int = 40, due: date = DUE, **terms: object) -> NewPurchaseOrderLine:
    given = {"supplier_id": "F1", "warehouse_id": "W1"} | terms
    return NewPurchaseOrderLine(delivery_date=due, product_id=product_id, quantity=Decimal(quantity), **given)  # type: ignore[arg-type]


def order(shop: Engine, *lines: NewPurchaseOrderLine, at: datetime = ORDERED) -> list[str]:
    """Places orders; returns their numbers."""
    with writing(shop) as session:
        return [row.number for row in place_purchase_orders(session, lines, at, "Li Na")]


def under_way(shop: Engine, at: datetime, warehouse_id: str = "W1") -> dict[tuple[str, date], int]:
    with reading(shop) as session:
        found = lines_under_way(session, warehouse_id, at)
        sums: dict[tuple[str, date], int] = {}
        for one in found:
            key = one.product_id, one.delivery_date
            sums[key] = sums.get(key, 0) + int(one.under_way)
        return sums


def kept(session: Session, number: str) -> PurchaseOrderRow:
    return session.query(PurchaseOrderRow).filter_by(number=number).one()
