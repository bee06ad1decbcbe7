"""What ranges are judged from, against the order lines, availability, lots and prices that it is read from."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.frames.range_history import range_baskets, range_days
from data.tables import (
    Band,
    DailyAvailabilityRow,
    DailySalesRow,
    LineDayRow,
    LotRow,
    OrderLineRow,
    ProductRow,
    SumsOfProducts,
    Unit,
    WarehouseRow,
)

ZONES = {"W1": "Asia/Shanghai", "W2": "Europe/Berlin"}
LAST = date(2026, 3, 10)
FIRST = LAST - timedelta(days=9)
NOW = datetime(2026, 3, 11, 2, tzinfo=UTC)
MARKUP = 1.6
OPEN = range(8, 20)  # hours in which something is sold
ALL_DAY = 0xFFFFFF
PRICES = pd.DataFrame({"warehouse_id": ["W1", "W2"], "product_id": ["kale", "kale"], "price": [4.0, 5.0]})


@pytest.fixture
def shops(engine: Engine) -> Engine:
    """Two shops in two time zones; kale has a price, chard none, and nobody knows what anything costs."""
    with writing(engine) as session:
        session.add_all(
            WarehouseRow(warehouse_id=name, name=name, city="A", timezone=zone) for name, zone in ZONES.items()
        )
        session.add_all(
            ProductRow(product_id=name, name=name, category="leaf", band=Band.LEAF, unit=Unit.KG, list_price=price)
            for name, price in (("kale", Decimal(8)), ("chard", None))
        )
    return engine


def sells(engine: Engine, product: str, of_day: Callable[[date], float | None]) -> None:
    """A day without a figure has no row."""
    sums = dict.fromkeys(SumsOfProducts.__annotations__, 0.0)
    with writing(engine) as session:
        for day in (FIRST + timedelta(days=n) for n in range(10)):
            if (sold := of_day(day)) is not None:
                known = {"sold": sold, "demand": sold + 1, "known_days": 1.0, "expired": 0.5, "waste_money": 2.0}
                session.add(LineDayRow(warehouse_id="W1", product_id=product, date=day, **sums | known))


def days_of(engine: Engine, product: str) -> pd.DataFrame:
    with reading(engine) as session:
        days = range_days(session, ["W1"], FIRST, LAST, NOW, MARKUP)
    days = days[days["product_id"] == product]
    return days.set_index(days["date"].dt.date)


def test_baskets_are_the_lines_of_orders_of_local_days_with_what_was_paid(shops: Engine) -> None:
    # given: orders at all hours of two time zones, some before and after the days, some cancelled, returned, unpriced
    # or known later
    random = np.random.default_rng(3)
    start = datetime(2026, 2, 27, tzinfo=UTC)
    with writing(shops) as session:
        for number in range(400):
            at = start + timedelta(minutes=int(random.integers(0, 14 * 24 * 60)))
            for line in range(int(random.integers(1, 4))):
                session.add(
                    OrderLineRow(
                        warehouse_id=("W1", "W2")[number % 2], order_id=f"O{number // 2}", line_no=line,
                        product_id=("kale", "chard")[line % 2], ordered_at=at,
                        quantity=Decimal(int(random.integers(-1, 5))) / 4,
                        unit_price=Decimal("3.25") if random.random() < 0.5 else None,
                        known_at=NOW + timedelta(hours=1) if random.random() < 0.1 else at,
                    )
                )  # fmt: skip

    with reading(shops) as session:
        found = range_baskets(session, ZONES, FIRST, LAST, NOW, PRICES)
        lines = session.scalars(select(OrderLineRow)).all()

    # then: what plain Python makes of the rows
    listed = {("W1", "kale"): 4.0, ("W2", "kale"): 5.0}
    expected = Counter(
        (
            f"{one.warehouse_id}/{one.order_id}", one.ordered_at.astimezone(ZoneInfo(ZONES[one.warehouse_id])).date(),
            one.product_id, float(one.quantity),
            float(one.quantity)
            * (listed.get((one.warehouse_id, one.product_id), 0.0) if one.unit_price is None else 3.25),
        )
        for one in lines
        if one.quantity > 0
        and one.known_at <= NOW
        and FIRST <= one.ordered_at.astimezone(ZoneInfo(ZONES[one.warehouse_id])).date() <= LAST
    )  # fmt: skip
    columns = ("basket_id", "date", "product_id", "quantity", "money")
    told = found.assign(date=found["date"].dt.date)
    assert Counter(told[list(columns)].itertuples(index=False, name=None)) == expected
    assert len(expected) > 100


def test_availability_is_the_share_of_open_hours_as_known_last(shops: Engine) -> None:
    # given: a shop that sells from 8 to 20; out from the opening on, out by noon and corrected, known later, unknown
    sells(shops, "kale", lambda _: 3.0)
    hourly = np.array([1.0 if hour in OPEN else 0.0 for hour in range(24)], "<f4").tobytes()
    until_noon = sum(1 << hour for hour in range(14))
    out_all_day = ALL_DAY - sum(1 << hour for hour in OPEN)
    said = [
        (FIRST, NOW, out_all_day),
        (FIRST + timedelta(days=1), NOW - timedelta(hours=1), ALL_DAY),
        (FIRST + timedelta(days=1), NOW, until_noon),
        (FIRST + timedelta(days=2), NOW, ALL_DAY),
        (FIRST + timedelta(days=3), NOW + timedelta(hours=1), ALL_DAY),
    ]
    with writing(shops) as session:
        session.add(DailySalesRow(warehouse_id="W1", product_id="kale", date=LAST, known_at=NOW, sales=12.0,
                                  hourly_sales=hourly))  # fmt: skip
        session.add_all(
            DailyAvailabilityRow(warehouse_id="W1", product_id="kale", date=day, known_at=known_at, in_stock_hours=bits)
            for day, known_at, bits in said
        )

    in_stock = days_of(shops, "kale")["in_stock"]

    assert in_stock.iloc[:3].tolist() == pytest.approx([0.0, 6 / 12, 1.0])
    assert in_stock.iloc[3:].isna().all()


def test_a_unit_costs_what_lots_cost_else_what_the_markup_leaves_and_where_neither_is_known_nobody_says(
    shops: Engine,
) -> None:
    sells(shops, "kale", lambda _: 3.0)
    sells(shops, "chard", lambda _: 2.0)

    untold, listed = days_of(shops, "chard"), days_of(shops, "kale")
    assert untold["cost"].isna().all()
    assert untold["price"].isna().all()
    assert listed["cost"].tolist() == pytest.approx([8 / MARKUP] * 10)
    assert listed["assumed"].all()

    with writing(shops) as session:
        session.add_all(
            LotRow(warehouse_id="W1", product_id=product, lot_id=f"{product}{quantity}", received_at=NOW, known_at=NOW,
                   quantity_received=Decimal(quantity), quantity_on_hand=Decimal(0), unit_cost=cost)
            for product, quantity, cost in (
                ("kale", 10, Decimal(4)), ("kale", 30, Decimal(2)), ("kale", 50, None), ("chard", 5, Decimal(3)),
            )
        )  # fmt: skip
    assert days_of(shops, "kale")["cost"].tolist() == pytest.approx([2.5] * 10)
    assert not days_of(shops, "kale")["assumed"].any()
    assert days_of(shops, "chard")["assumed"].all()
    assert days_of(shops, "chard")["price"].tolist() == pytest.approx([3 * MARKUP] * 10)


def test_a_day_without_a_row_on_which_the_warehouse_sold_counts_as_nothing_sold(shops: Engine) -> None:
    sells(shops, "kale", lambda day: None if day == LAST - timedelta(days=4) else 3.0)  # nothing is sold that day
    sells(shops, "chard", lambda day: 2.0 if day == FIRST + timedelta(days=2) else None)

    found = days_of(shops, "chard")

    assert list(found.index) == [FIRST + timedelta(days=n) for n in range(2, 10) if n != 5]
    assert found["sold"].tolist() == [2.0, *[0.0] * 6]
    assert found["demand"].isna().tolist() == [False, *[True] * 6]
    assert found["waste"].tolist() == [0.5, *[0.0] * 6]
