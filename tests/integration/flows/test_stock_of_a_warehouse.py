"""What a warehouse's stock comes to: what will run out, what will expire and what that cost, and who lacks it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine

from data.database import reading, writing
from data.tables import LotRow, WarehouseRow
from flows.ordering.placing import NewPurchaseOrderLine, place_purchase_orders
from flows.purchasing.shelves.lacking_elsewhere import lacking_elsewhere
from flows.purchasing.shelves.stock_outlook import WarehouseStock, stock_of_warehouse
from flows.stock.blocking import block_lot

from .conftest import NOW, TODAY, TOMORROW

REST_OF_TODAY = 14 / 24  # it is ten, and every hour sells alike


def stock_of(engine: Engine, warehouse_id: str = "W1") -> WarehouseStock:
    with reading(engine) as session:
        return stock_of_warehouse(session, session.get_one(WarehouseRow, warehouse_id), NOW)


def spinach(lot_id: str, quantity: int, **more) -> LotRow:
    lot = {"warehouse_id": "W1", "product_id": "spinach", "received_at": NOW, "known_at": NOW, "expires_on": TODAY,
           "quantity_received": Decimal(quantity), "quantity_on_hand": Decimal(quantity)}  # fmt: skip
    return LotRow(lot_id=lot_id, **lot | more)


def test_stock_says_what_expires_unsold_and_what_runs_out(shop: Engine) -> None:
    with writing(shop) as session:
        session.add_all([spinach("S1", 100, unit_cost=Decimal(4)), spinach("S2", 5, unit_cost=Decimal(4))])
        session.flush()
        block_lot(session, "W1", "S2", "smells", NOW, "Li")

    stock = stock_of(shop)
    first, second, third = stock.products

    assert (stock.counted_at, [one.product.product_id for one in stock.products]) == (
        NOW,
        ["spinach", "saffron", "milk"],
    )
    assert first.outlook.unsold == ((TODAY, pytest.approx(100 - 20 * REST_OF_TODAY)),)
    assert first.unsold_value == pytest.approx(Decimal("353.33"))
    assert [(one.lot.lot_id, one.expected, one.lot.blocked_because) for one in first.lots] == [
        ("S1", 100, None), ("S2", 5, "smells"),
    ]  # fmt: skip
    assert second.outlook.runs_out_on == TODAY
    assert third.outlook.next_delivery == TOMORROW
    # 300 were counted at midnight, and the ten hours since are taken off as they were forecast
    assert third.outlook.on_shelf == pytest.approx(300 - 30 * 10 / 24)


def test_a_warehouse_that_lacks_it_is_named_until_something_comes_there(shop: Engine) -> None:
    def lacking() -> dict[str, float]:
        with reading(shop) as session:
            place = session.get_one(WarehouseRow, "W1")
            found = lacking_elsewhere(session, place, {"spinach"}, NOW)
            return {one.warehouse.warehouse_id: one.quantity for one in found.get("spinach", [])}

    assert lacking() == {"W2": pytest.approx(20 * REST_OF_TODAY + 20)}
    with writing(shop) as session:
        line = NewPurchaseOrderLine("F1", "W2", TOMORROW, "spinach", Decimal(30))
        place_purchase_orders(session, [line], NOW, "Wu")
    assert lacking() == {"W2": pytest.approx(20 * REST_OF_TODAY)}
    with writing(shop) as session:
        counted = NOW - timedelta(hours=2)
        session.add(spinach("S3", 13, warehouse_id="W2", received_at=counted, known_at=counted))
    assert lacking() == {}
    with writing(shop) as session:
        session.get_one(WarehouseRow, "W2").city = "Ningbo"
        session.get_one(LotRow, ("W2", "S3")).quantity_on_hand = Decimal(0)
    assert lacking() == {}
