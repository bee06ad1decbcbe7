"""What is left of lots at a moment, from how they were counted and what is known to have sold since."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.stock.lots import StockLot
from warehouse.stock.sold_since import LocalDay, SalesKnown, sold_since
from warehouse.stock.stock_now import CountedLot, Sold, stock_now

MONDAY = date(2026, 3, 2)
TUESDAY = MONDAY + timedelta(days=1)


def at(hour: float, day: date = MONDAY) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hour)


def day_of(day: date) -> LocalDay:
    return LocalDay(day, at(0, day), at(24, day))


def counted(
    lot_id: str, quantity: str, at_hour: float, expires_in: int | None = None, day: date = MONDAY
) -> CountedLot:
    expires_on = None if expires_in is None else MONDAY + timedelta(days=expires_in)
    return CountedLot(StockLot(lot_id, "pak choi", Decimal(quantity), expires_on), at(at_hour, day))


def sold(quantity: float, start: float, end: float | None = None, day: date = MONDAY) -> Sold:
    return Sold(at(start, day), at(start if end is None else end, day), day, quantity)


def left(lots: Sequence[CountedLot], parts: Sequence[Sold]) -> dict[str, float]:
    return {lot.lot_id: float(lot.quantity) for lot in stock_now(lots, {"pak choi": parts})}


def test_what_was_sold_comes_off_the_lot_that_expires_first() -> None:
    lots = [counted("late", "10", 6, 5), counted("soon", "4", 6, 1), counted("salt", "9", 6)]
    assert left(lots, [sold(6, 7, 9)]) == {"late": 8, "salt": 9}


def test_a_receipt_is_not_drawn_down_by_what_was_sold_before_it() -> None:
    lots = [counted("old", "5", 0, 3), counted("new", "20", 6, 1)]
    assert left(lots, [sold(8, 3)]) == {"new": 20}
    assert left(lots, [sold(8, 7)]) == {"old": 5, "new": 12}


def test_a_sale_at_the_very_moment_of_a_count_is_in_the_count() -> None:
    assert left([counted("a", "5", 9)], [sold(2, 9)]) == {"a": 5}
    assert left([counted("a", "5", 9)], [sold(2, 9.001)]) == {"a": 3}


def test_an_hour_in_which_a_lot_was_counted_is_divided_by_the_count() -> None:
    # given 8 sold from nine to ten: 2 of them before the fresh lot came at a quarter past
    lots = [counted("old", "50", 0, 5), counted("fresh", "50", 9.25, 1)]
    assert left(lots, [sold(8, 9, 10)]) == {"fresh": 44, "old": 48}


def test_a_lot_sells_up_to_its_last_day_and_what_is_left_then_stays_unusable() -> None:
    lots = [counted("ends monday", "10", 6, 0), counted("keeps", "10", 6)]
    parts = [sold(3, 12), sold(4, 12, day=TUESDAY)]
    assert left(lots, parts) == {"ends monday": 7, "keeps": 6}
    (ended, keeps) = stock_now(lots, {"pak choi": parts})
    assert (ended.usable_on(TUESDAY), keeps.usable_on(TUESDAY)) == (False, True)


def test_nothing_is_left_below_zero_and_an_empty_lot_is_gone() -> None:
    assert left([counted("a", "5", 6)], [sold(7, 7)]) == {}


def test_a_count_after_the_moment_holds_at_the_moment() -> None:
    assert left([counted("a", "5", 18)], [sold(2, 9)]) == {"a": 5}


def test_what_nothing_was_sold_of_is_as_it_was_counted_to_its_last_digit() -> None:
    (lot,) = stock_now([counted("a", "5.123", 6)], {"leek": [sold(2, 9)]})
    assert lot.quantity == Decimal("5.123")


@given(
    counts=st.lists(st.tuples(st.integers(0, 12), st.integers(0, 20), st.integers(0, 3)), min_size=1, max_size=4),
    lines=st.lists(st.tuples(st.integers(0, 23), st.integers(1, 6)), max_size=12),
)
def test_drawing_down_equals_serving_line_by_line(
    counts: list[tuple[int, int, int]], lines: list[tuple[int, int]]
) -> None:
    lots = [counted(f"{n}", str(quantity), hour, last) for n, (hour, quantity, last) in enumerate(counts)]
    shelf = {lot.lot.lot_id: int(lot.lot.quantity) for lot in lots}
    for hour, quantity in sorted(lines):
        for lot in sorted(lots, key=lambda one: (one.lot.expires_on or date.max, one.lot.lot_id)):
            if lot.counted_at < at(hour):
                taken = min(shelf[lot.lot.lot_id], quantity)
                shelf[lot.lot.lot_id] -= taken
                quantity -= taken
    expected = {name: quantity for name, quantity in shelf.items() if quantity}
    assert left(lots, [sold(quantity, hour) for hour, quantity in lines]) == expected


# what was sold


HOURLY = np.arange(24.0)  # 9 in the hour from nine on; 276 a day


def total(parts: Sequence[Sold], day: date | None = None) -> float:
    return sum(part.quantity for part in parts if day in (None, part.day))


def test_a_day_that_is_over_sold_what_is_known_of_it() -> None:
    known = SalesKnown(by_day={MONDAY: HOURLY}, expected={MONDAY: HOURLY * 100, TUESDAY: np.ones(24)})
    parts = sold_since([at(0)], at(6, TUESDAY), [day_of(MONDAY), day_of(TUESDAY)], known)
    assert [total(parts, day) for day in (MONDAY, TUESDAY)] == [276, 6]


def test_of_the_day_of_the_count_only_the_hours_after_it_sold() -> None:
    known = SalesKnown(by_day={MONDAY: HOURLY})
    parts = sold_since([at(21.5)], at(0, TUESDAY), [day_of(MONDAY)], known)
    assert total(parts) == pytest.approx(21 / 2 + 22 + 23)


def test_order_lines_count_up_to_the_last_that_is_known_and_then_what_is_expected() -> None:
    lines = [(at(7), 4.0), (at(9), 2.0), (at(11), 1.0)]
    known = SalesKnown(lines=lines, lines_until={MONDAY: at(11)}, expected={MONDAY: HOURLY})
    parts = sold_since([at(8)], at(13), [day_of(MONDAY)], known)
    assert total(parts) == pytest.approx(2 + 1 + 11 + 12)


def test_a_day_whose_orders_nobody_told_sold_what_was_expected() -> None:
    known = SalesKnown(lines=[(at(9, TUESDAY), 5.0)], lines_until={TUESDAY: at(9, TUESDAY)}, expected={MONDAY: HOURLY})
    parts = sold_since([at(22)], at(9, TUESDAY), [day_of(MONDAY), day_of(TUESDAY)], known)
    assert [total(parts, day) for day in (MONDAY, TUESDAY)] == [22 + 23, 5]


def test_sales_that_are_known_count_instead_of_order_lines() -> None:
    known = SalesKnown(by_day={MONDAY: HOURLY}, lines=[(at(9), 5.0)], lines_until={MONDAY: at(24)})
    assert total(sold_since([at(0)], at(0, TUESDAY), [day_of(MONDAY)], known)) == 276


def test_an_order_at_midnight_belongs_to_the_day_that_begins() -> None:
    lines = [(at(0, TUESDAY), 5.0)]
    known = SalesKnown(lines=lines, lines_until={MONDAY: at(24), TUESDAY: at(3, TUESDAY)})
    parts = sold_since([at(12)], at(6, TUESDAY), [day_of(MONDAY), day_of(TUESDAY)], known)
    assert [(part.day, part.quantity) for part in parts] == [(TUESDAY, 5)]


def test_what_was_ordered_ahead_leaves_along_the_hours_beside_what_is_ordered_on_the_day() -> None:
    even = np.full(24, 2.0)
    known = SalesKnown(
        lines=[(at(9), 5.0)], ahead={MONDAY: even}, lines_until={MONDAY: at(10)}, expected={MONDAY: np.full(24, 1.5)}
    )
    # 10 hours of 2 and the line, then two hours of which nothing is known but that 2 are wanted
    assert total(sold_since([at(0)], at(12), [day_of(MONDAY)], known)) == pytest.approx(20 + 5 + 4)


def test_whole_days_come_in_one_and_days_with_a_count_by_the_hour() -> None:
    known = SalesKnown(by_day={MONDAY: HOURLY, TUESDAY: HOURLY})
    parts = sold_since([at(-1), at(6, TUESDAY)], at(48), [day_of(MONDAY), day_of(TUESDAY)], known)
    assert [len([part for part in parts if part.day == day]) for day in (MONDAY, TUESDAY)] == [1, 23]


def test_hours_of_a_day_on_which_clocks_change_bring_what_the_day_brought() -> None:
    short = LocalDay(MONDAY, at(0), at(23))
    parts = sold_since([at(-1)], at(23), [short], SalesKnown(by_day={MONDAY: np.ones(24)}))
    half = sold_since([at(-1)], at(11.5), [short], SalesKnown(by_day={MONDAY: np.ones(24)}))
    assert (total(parts), total(half)) == (pytest.approx(24), pytest.approx(12))


def test_older_days_that_come_in_a_sum_count_where_the_stock_is_older_than_they() -> None:
    sum_of_days = Sold(at(0), at(240), MONDAY + timedelta(days=9), 50.0)
    known = SalesKnown(before=[sum_of_days])
    assert total(sold_since([at(-3)], at(250), [], known)) == 50
    assert total(sold_since([at(241)], at(250), [], known)) == 0
