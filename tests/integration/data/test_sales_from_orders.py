"""Sales booked from order lines, on both databases."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.kept.sales_from_orders import book_sales
from data.tables import Band, DailySalesRow, OrderLineRow, ProductRow, Unit, WarehouseRow

MONDAY = date(2026, 3, 2)


def shanghai(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC) - timedelta(hours=8)


@pytest.fixture
def ordering(engine: Engine) -> Engine:
    """Leek is ordered twice on Monday, okra on Monday and Wednesday, nothing on Tuesday; Thursday is under way."""
    orders = [
        ("leek", MONDAY, 9, "1.5"), ("leek", MONDAY, 23, "0.5"), ("okra", MONDAY, 9, "2"),
        ("okra", MONDAY + timedelta(days=2), 0, "3"), ("leek", MONDAY + timedelta(days=3), 8, "7"),
    ]  # fmt: skip
    with writing(engine) as session:
        session.add(WarehouseRow(warehouse_id="W1", name="One", city="A", timezone="Asia/Shanghai"))
        session.add_all(
            ProductRow(product_id=name, name=name, category="leaf", band=Band.LEAF, unit=Unit.KG)
            for name in ("leek", "okra")
        )
        session.flush()
        session.add_all(
            OrderLineRow(order_id=str(n), line_no=1, warehouse_id="W1", product_id=product,
                      ordered_at=shanghai(day, hour), known_at=shanghai(day, hour), quantity=Decimal(quantity))
            for n, (product, day, hour, quantity) in enumerate(orders)
        )  # fmt: skip
    return engine


def booked(engine: Engine, now: datetime) -> dict[tuple[str, int], float]:
    with writing(engine) as session:
        book_sales(session, now)
    with reading(engine) as session:
        return {(row.product_id, (row.date - MONDAY).days): row.sales for row in session.scalars(select(DailySalesRow))}


def test_days_that_are_over_are_booked_with_zeros_for_what_nobody_ordered(ordering: Engine) -> None:
    assert booked(ordering, shanghai(MONDAY + timedelta(days=3), 10)) == {
        ("leek", 0): 2.0, ("okra", 0): 2.0, ("okra", 2): 3.0, ("leek", 2): 0.0,
    }  # fmt: skip


def test_booking_again_changes_nothing_and_the_next_day_is_added(ordering: Engine) -> None:
    first = booked(ordering, shanghai(MONDAY + timedelta(days=3), 10))

    assert booked(ordering, shanghai(MONDAY + timedelta(days=3), 11)) == first
    after = booked(ordering, shanghai(MONDAY + timedelta(days=4), 1))
    assert after == first | {("leek", 3): 7.0, ("okra", 3): 0.0}


def test_hours_are_local_and_a_day_is_known_when_it_is_over(ordering: Engine) -> None:
    booked(ordering, shanghai(MONDAY + timedelta(days=3), 10))

    with reading(ordering) as session:
        leek = session.scalars(
            select(DailySalesRow).where(DailySalesRow.product_id == "leek", DailySalesRow.date == MONDAY)
        ).one()
    hours = np.frombuffer(leek.hourly_sales or b"", dtype="<f4")
    assert (hours[9], hours[23], hours.sum()) == (1.5, 0.5, 2.0)
    assert leek.known_at == shanghai(MONDAY + timedelta(days=1), 0)


def test_orders_that_became_known_later_make_the_day_known_later(ordering: Engine) -> None:
    late = shanghai(MONDAY + timedelta(days=1), 6)
    with writing(ordering) as session:
        session.get_one(OrderLineRow, ("0", 1)).known_at = late
    booked(ordering, shanghai(MONDAY + timedelta(days=3), 10))

    with reading(ordering) as session:
        assert {row.known_at for row in session.scalars(select(DailySalesRow).where(DailySalesRow.date == MONDAY))} == {
            late
        }


def test_days_that_were_imported_stay_as_they_are(ordering: Engine) -> None:
    with writing(ordering) as session:
        session.add(
            DailySalesRow(warehouse_id="W1", product_id="leek", date=MONDAY, sales=99.0, known_at=shanghai(MONDAY, 23))
        )

    found = booked(ordering, shanghai(MONDAY + timedelta(days=3), 10))

    assert found == {("leek", 0): 99.0, ("okra", 2): 3.0, ("leek", 2): 0.0}
