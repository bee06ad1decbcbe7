"""Plans made at four hours of a day that is played in between, on both databases.

Every hour brings exactly its mean; what is known of it is a recount, the customers' order lines, or nothing.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from sqlalchemy import Engine, delete, update

from data.database import reading, writing
from data.tables import (
    Band,
    ForecastRow,
    HourlyForecastRow,
    LotRow,
    OfferRow,
    OfferTierRow,
    OrderLineRow,
    ProductRow,
    PurchaseOrderLineRow,
    PurchaseOrderRow,
    SupplierRow,
    Unit,
    WarehouseRow,
)
from flows.purchasing.planning.planning import plan_what_to_order
from tests.unit.warehouse.played_day import SHARES, Goods, Shelf, assortment, forecast_of

TODAY = date(2026, 3, 2)
TOMORROW = TODAY + timedelta(days=1)
GOODS = assortment(24, seed=11)
COMING = {one.product_id: float(np.ceil(one.mean / 2)) for one in GOODS[::3]}  # today at ten
HOURS = (9, 14, 21)


def shanghai(hour: float, day: date = TODAY) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hour - 8)


def opening_shelf(one: Goods) -> Shelf:
    shelf = Shelf()
    if one.life_days > 2:
        shelf.put(float(np.ceil(one.mean / 3)), 0)
    shelf.put(float(np.ceil(one.mean * 1.4)), one.life_days - 1)
    return shelf


def lots_of(one: Goods, shelf: Shelf, counted_at: datetime) -> list[LotRow]:
    return [
        LotRow(
            warehouse_id="W1", lot_id=f"{one.product_id}-{last}", product_id=one.product_id, received_at=shanghai(-20),
            expires_on=TODAY + timedelta(days=int(last)), quantity_received=Decimal(1000), known_at=shanghai(0.1),
            quantity_on_hand=Decimal(f"{quantity:.3f}"), counted_at=counted_at,
        )
        for quantity, last in shelf.lots
    ]  # fmt: skip


@pytest.fixture
def region(engine: Engine) -> Engine:
    """One warehouse that knows the distribution of every day's demand and counted its stock shortly after midnight."""
    forecasts = forecast_of(GOODS, TODAY)
    forecasts["date"] = [day for _ in GOODS for day in (TODAY + timedelta(days=n) for n in range(7))]
    with writing(engine) as session:
        session.add(WarehouseRow(warehouse_id="W1", name="One", city="Hangzhou", timezone="Asia/Shanghai"))
        session.add(SupplierRow(supplier_id="F1", name="Farm", kind="farm", delivers_from="10:00"))
        session.add_all(
            ProductRow(product_id=one.product_id, name=one.product_id, category="leaf", band=Band.LEAF,
                       unit=Unit.PIECE if one.in_pieces else Unit.KG, shelf_life_days=one.life_days,
                       list_price=Decimal("16.3"), volume_l=Decimal(1))
            for one in GOODS
        )  # fmt: skip
        session.flush()
        session.add_all(
            OfferRow(offer_id=f"O-{one.product_id}", supplier_id="F1", product_id=one.product_id, lead_time_days=1,
                     pack_size=Decimal(one.pack), min_quantity=Decimal(0), delivery_weekdays="1,2,3,4,5,6,7",
                     valid_from=date(2026, 1, 1), known_at=shanghai(0), daily_capacity=None,
                     tiers=[OfferTierRow(min_quantity=Decimal(0), unit_price=Decimal(10))])
            for one in GOODS
        )  # fmt: skip
        session.add_all(
            ForecastRow(warehouse_id="W1", origin=shanghai(0), model="test", **row)
            for row in forecasts.to_dict("records")
        )
        session.add_all(
            HourlyForecastRow(warehouse_id="W1", product_id=one.product_id, date=TODAY, origin=shanghai(0),
                              mean=(one.mean * SHARES).astype("<f8").tobytes(), quantiles=b"")
            for one in GOODS
        )  # fmt: skip
        for one in GOODS:
            session.add_all(lots_of(one, opening_shelf(one), shanghai(0.2)))
        session.add(
            PurchaseOrderRow(purchase_order_id="P1", number="PO-1", supplier_id="F1", warehouse_id="W1",
                             ordered_by="Li", delivery_date=TODAY, ordered_at=shanghai(-10),
                             lines=[PurchaseOrderLineRow(line_no=n, product_id=name, quantity=Decimal(quantity),
                                                         unit_price=Decimal(10))
                                    for n, (name, quantity) in enumerate(COMING.items())])
        )  # fmt: skip
    return engine


def packs_at(engine: Engine, moment: datetime) -> Mapping[str, int]:
    with reading(engine) as session:
        planned = plan_what_to_order(session, ["W1"], moment, asked_for=TOMORROW)
    return {line.product_id: line.packs for line in planned.lines}


def deliver_at_ten(engine: Engine) -> None:
    with writing(engine) as session:
        session.execute(update(PurchaseOrderLineRow).values(received=PurchaseOrderLineRow.quantity))
        session.execute(update(PurchaseOrderRow).values(closed_at=shanghai(10)))
        session.add_all(
            LotRow(warehouse_id="W1", lot_id=f"{one.product_id}-ten", product_id=one.product_id, supplier_id="F1",
                   received_at=shanghai(10), expires_on=TODAY + timedelta(days=one.life_days - 1),
                   quantity_received=Decimal(COMING[one.product_id]), known_at=shanghai(10), counted_at=shanghai(10),
                   quantity_on_hand=Decimal(COMING[one.product_id]))
            for one in GOODS if one.product_id in COMING
        )  # fmt: skip


def recount(engine: Engine, hour: int) -> None:
    """Every lot is counted at the hour, as it is when every hour before it brought its mean."""
    with writing(engine) as session:
        session.execute(delete(LotRow))
        for one in GOODS:
            shelf = opening_shelf(one)
            for at in range(hour):
                if at == 10 and one.product_id in COMING:
                    shelf.put(COMING[one.product_id], one.life_days - 1 + 1e-9)  # after what was there
                shelf.sell(one.mean * float(SHARES[at]), 0)
            lots = lots_of(one, shelf, shanghai(hour))
            for n, lot in enumerate(lots):
                lot.lot_id += f"-{n}"
            session.add_all(lots)


def bring_order_lines(engine: Engine, first: int, end: int) -> None:
    """In every hour a customer orders of each product what the hour brings on average."""
    with writing(engine) as session:
        session.add_all(
            OrderLineRow(warehouse_id="W1", order_id=f"{hour}-{n}", line_no=1, product_id=one.product_id,
                         ordered_at=shanghai(hour + 0.99), quantity=Decimal(f"{one.mean * SHARES[hour]:.3f}"),
                         known_at=shanghai(hour + 0.99))
            for n, one in enumerate(GOODS) for hour in range(first, end)
        )  # fmt: skip


@pytest.mark.parametrize("known", ["recounted", "order lines", "nothing"])
def test_a_plan_made_at_any_hour_buys_the_same(region: Engine, known: str) -> None:
    at_midnight = packs_at(region, shanghai(0.25))
    assert sum(at_midnight.values()) > 100
    before = 0
    for hour in HOURS:
        if before < 10 < hour:
            deliver_at_ten(region)
        if known == "recounted":
            recount(region, hour)
        elif known == "order lines":
            bring_order_lines(region, before, hour)
        planned = packs_at(region, shanghai(hour))
        differ = {
            name: (at_midnight[name], planned[name]) for name in planned if abs(planned[name] - at_midnight[name]) > 1
        }
        assert not differ, f"at {hour}:00"
        before = hour
