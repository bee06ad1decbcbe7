"""Sales booked from order lines, on both databases: files of orders are imported and booked as a shop does it.

W1 and W2 are in Shanghai (UTC+8). Monday is day 0; bookings are on Thursday unless said.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.frames.floor_and_lines import units_per_line
from data.frames.known_demand import sales_as_of
from data.importers.importing import import_file
from data.importers.problems import BadFile
from data.kept.sales_from_orders import Booking
from data.tables import Base, DailySalesRow, DayToBookRow, ProductRangeRow, RangeKind
from flows.demand import sales_booking
from flows.demand.sales_booking import SalesBooked, book_sales

MONDAY = date(2026, 3, 2)
THURSDAY = MONDAY + timedelta(days=3)
CATALOGUE = {
    "warehouses": "warehouse_id,name,city,timezone\nW1,One,A,Asia/Shanghai\nW2,Two,B,Asia/Shanghai\n",
    "products": "product_id,name,category,band,unit\nleek,leek,leaf,leaf,kg\nokra,okra,leaf,leaf,kg\n",
}
ORDERS = "order_id,line_no,warehouse_id,product_id,ordered_at,quantity\n"
SALES = "warehouse_id,product_id,date,sales\n"
Bring = Callable[..., None]


def shanghai(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


NOON = shanghai(THURSDAY, 12)


@pytest.fixture
def bring(engine: Engine, tmp_path: Path) -> Bring:
    """Imports lines as a file of orders (or another kind)."""

    def import_lines(*lines: str, kind: str = "orders", header: str = ORDERS, now: datetime = NOON) -> None:
        path = tmp_path / f"{kind}.csv"
        path.write_text(header + "".join(f"{line}\n" for line in lines), encoding="utf-8")
        import_file(engine, kind, path, now=now)

    for kind, text in CATALOGUE.items():
        import_lines(kind=kind, header=text)
    return import_lines


@pytest.fixture
def ordered(bring: Bring) -> None:
    """Leek is ordered twice on Monday, okra on Monday and Wednesday, nothing on Tuesday; Thursday is under way."""
    bring(
        "0,1,W1,leek,2026-03-02T09:10,1.5", "1,1,W1,leek,2026-03-02T23:59,0.5", "2,1,W1,okra,2026-03-02T09:00,2",
        "3,1,W1,okra,2026-03-04T00:00,3", "4,1,W1,leek,2026-03-05T08:00,7",
    )  # fmt: skip


def sold(engine: Engine, warehouse_id: str = "W1", as_of: datetime | None = None) -> dict[tuple[str, int], float]:
    """What readers of sales see, by product and day."""
    with reading(engine) as session:
        days, hourly, _ = sales_as_of(session, as_of or NOON + timedelta(days=60), [warehouse_id])
    assert np.isnan(hourly).any(axis=1).sum() + np.isclose(hourly.sum(axis=1), days["sales"]).sum() == len(days)
    assert not (hourly < 0).any()
    names = zip(days["product_id"], days["date"].dt.date, days["sales"], strict=True)
    return {(product_id, (day - MONDAY).days): sales for product_id, day, sales in names}


def hours_of(engine: Engine, product_id: str, day: date = MONDAY) -> dict[int, float]:
    """The hours in which a product sold, by what is known last."""
    with reading(engine) as session:
        of_day = select(DailySalesRow).where(DailySalesRow.product_id == product_id, DailySalesRow.date == day)
        row = session.scalars(of_day.order_by(DailySalesRow.known_at.desc())).first()
    assert row is not None
    hours = np.frombuffer(row.hourly_sales or b"", dtype="<f4")
    return {int(hour): float(hours[hour]) for hour in np.flatnonzero(hours)}


def everything(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return [repr(row) for table in Base.metadata.sorted_tables for row in session.execute(select(table))]


AHEAD = ORDERS.replace("\n", ",wanted_on\n")

# --- what is booked


def test_days_that_are_over_are_booked_with_zeros_for_what_nobody_ordered(engine: Engine, ordered: None) -> None:
    booked = book_sales(engine, NOON)

    assert sold(engine) == {("leek", 0): 2.0, ("okra", 0): 2.0, ("okra", 2): 3.0, ("leek", 2): 0.0}
    assert booked.total == Booking(rows=4, days=2, lines_of_days_not_over=1)


def test_booking_again_changes_nothing_and_the_next_day_is_added(engine: Engine, ordered: None) -> None:
    book_sales(engine, NOON)
    first, kept = sold(engine), everything(engine)

    again = book_sales(engine, NOON + timedelta(hours=1))

    assert again.total == Booking(lines_of_days_not_over=1)
    assert everything(engine) == kept
    assert book_sales(engine, shanghai(THURSDAY + timedelta(days=1), 0)).total == Booking(rows=2, days=1)
    assert sold(engine) == first | {("leek", 3): 7.0, ("okra", 3): 0.0}


def test_what_was_ordered_ahead_is_sold_on_the_day_it_is_wanted(engine: Engine, bring: Bring) -> None:
    # given 6 of leek ordered on Monday for Tuesday, where 1 and 2 more sell at nine and ten; okra only ahead
    bring(
        "0,1,W1,leek,2026-03-02T20:00,6,2026-03-03", "1,1,W1,leek,2026-03-03T09:00,1,",
        "2,1,W1,leek,2026-03-03T10:30,2,",
        "0,2,W1,okra,2026-03-02T20:00,4,2026-03-03", "3,1,W1,okra,2026-03-02T08:00,1,2026-03-02",
        "4,1,W1,okra,2026-03-04T08:00,9,2026-03-06", header=AHEAD,
    )  # fmt: skip

    booked = book_sales(engine, NOON)

    tuesday = MONDAY + timedelta(days=1)
    assert sold(engine) == {("okra", 0): 1.0, ("leek", 1): 9.0, ("okra", 1): 4.0}
    assert hours_of(engine, "leek", tuesday) == {9: 3.0, 10: 6.0}
    assert hours_of(engine, "okra", tuesday) == {}  # only the day is known
    assert booked.total.lines_of_days_not_over == 1


def test_a_line_that_is_wanted_on_another_day_moves_its_sale(engine: Engine, bring: Bring) -> None:
    bring("0,1,W1,leek,2026-03-02T20:00,6,2026-03-03", "1,1,W1,okra,2026-03-02T20:00,1,", header=AHEAD)
    book_sales(engine, NOON)
    bring("0,1,W1,leek,2026-03-02T20:00,6,2026-03-04", header=AHEAD)
    bring("0,1,W1,leek,2026-03-02T20:00,5")  # says nothing of the day

    book_sales(engine, NOON)

    assert {key: amount for key, amount in sold(engine).items() if key[0] == "leek"} == {("leek", 1): 0, ("leek", 2): 5}
    with pytest.raises(BadFile, match="before the order"):
        bring("0,1,W1,leek,2026-03-05T10:00,5")  # the day that it is for stays as it was said


@pytest.mark.parametrize(("day", "words"), [("2026-03-01", "before the order"), ("2027-03-04", "366 days ahead")])
def test_a_day_that_no_order_can_be_for_is_refused(bring: Bring, day: str, words: str) -> None:
    with pytest.raises(BadFile, match=words):
        bring(f"0,1,W1,leek,2026-03-02T20:00,6,{day}", header=AHEAD)


def test_hours_are_local_and_a_day_is_known_when_it_is_over(engine: Engine, ordered: None) -> None:
    book_sales(engine, NOON)

    assert hours_of(engine, "leek") == {9: 1.5, 23: 0.5}
    with reading(engine) as session:
        of_monday = select(DailySalesRow.known_at).where(DailySalesRow.date == MONDAY)
        assert set(session.scalars(of_monday)) == {shanghai(MONDAY + timedelta(days=1), 0)}


def test_orders_that_became_known_later_make_the_day_known_later(engine: Engine, bring: Bring) -> None:
    header = ORDERS.replace("quantity", "quantity,known_at")
    bring("0,1,W1,leek,2026-03-02T09:00,1,2026-03-03T06:00", "1,1,W1,okra,2026-03-02T09:00,1,", header=header)

    book_sales(engine, NOON)

    early, late = (sold(engine, as_of=shanghai(MONDAY + timedelta(days=1), hour)) for hour in (5, 6))
    assert (early, late) == ({}, {("leek", 0): 1.0, ("okra", 0): 1.0})


def test_a_product_is_listed_for_28_days_after_its_last_sale(engine: Engine, bring: Bring) -> None:
    bring("0,1,W1,leek,2026-01-01T09:00,1", "1,1,W1,okra,2026-01-29T09:00,1", "2,1,W1,okra,2026-01-30T09:00,1")

    book_sales(engine, NOON)

    first = (date(2026, 1, 1) - MONDAY).days
    assert {day - first: sales for (product, day), sales in sold(engine).items() if product == "leek"} == {0: 1, 28: 0}


def test_a_product_sells_nothing_up_to_its_last_day_and_is_not_on_sale_after_it(engine: Engine, bring: Bring) -> None:
    header = CATALOGUE["products"].splitlines()[0] + ",delisted_on\n"
    bring("leek,leek,leaf,leaf,kg,2026-03-03", kind="products", header=header)
    bring(*(f"{n},1,W1,okra,2026-03-0{n}T09:00,1" for n in (2, 3, 4)), "1,1,W1,leek,2026-03-02T09:00,1")

    book_sales(engine, NOON)

    assert {day: sales for (product, day), sales in sold(engine).items() if product == "leek"} == {0: 1.0, 1: 0.0}


def test_a_product_that_a_warehouse_has_retired_is_not_on_sale_there_after_its_last_day(
    engine: Engine, bring: Bring
) -> None:
    for warehouse in ("W1", "W2"):
        bring(*(f"{n},1,{warehouse},okra,2026-03-0{n}T09:00,1" for n in (2, 3, 4)))
        bring(f"1,1,{warehouse},leek,2026-03-02T09:00,1")
    with writing(engine) as session:
        session.add(
            ProductRangeRow(warehouse_id="W1", product_id="leek", known_at=NOON - timedelta(days=2), set_by="Ada",
                            kind=RangeKind.RETIRED, sold_until=MONDAY + timedelta(days=1))
        )  # fmt: skip

    book_sales(engine, NOON)

    assert {day: sales for (product, day), sales in sold(engine).items() if product == "leek"} == {0: 1.0, 1: 0.0}
    there = {day: sales for (product, day), sales in sold(engine, "W2").items() if product == "leek"}
    assert there == {0: 1.0, 1: 0.0, 2: 0.0}


def test_orders_numbered_alike_in_two_warehouses_are_booked_in_both(engine: Engine, bring: Bring) -> None:
    bring("7,1,W1,leek,2026-03-02T09:00,4", "8,1,W1,okra,2026-03-02T10:00,6")
    bring("7,1,W2,leek,2026-03-02T23:30,3", "8,1,W2,okra,2026-03-03T00:30,2")

    book_sales(engine, NOON)

    assert sold(engine, "W1") == {("leek", 0): 4.0, ("okra", 0): 6.0}
    assert sold(engine, "W2") == {("leek", 0): 3.0, ("okra", 1): 2.0, ("leek", 1): 0.0}


# --- what changes after it was booked


def test_the_rest_of_a_day_in_a_second_file_is_added(engine: Engine, bring: Bring) -> None:
    bring("0,1,W1,leek,2026-03-02T09:00,4", "1,1,W1,leek,2026-03-02T10:00,3")
    book_sales(engine, NOON)

    bring("2,1,W1,leek,2026-03-02T19:00,13", "3,1,W1,okra,2026-03-02T20:00,5")
    booked = book_sales(engine, NOON + timedelta(hours=1))

    assert sold(engine) == {("leek", 0): 20.0, ("okra", 0): 5.0}
    assert booked.total == Booking(rows=2, days=1, days_again=1)


def test_a_corrected_line_replaces_its_quantity_in_sales(engine: Engine, bring: Bring) -> None:
    bring("0,1,W1,leek,2026-03-02T09:00,4", "1,1,W1,leek,2026-03-02T10:00,500")
    book_sales(engine, NOON)

    bring("1,1,W1,leek,2026-03-02T10:00,5")
    book_sales(engine, NOON + timedelta(hours=1))

    assert sold(engine) == {("leek", 0): 9.0}


def test_a_correction_is_known_when_it_is_booked_and_not_before(engine: Engine, bring: Bring) -> None:
    bring("0,1,W1,leek,2026-03-02T09:00,500")
    book_sales(engine, NOON)
    bring("0,1,W1,leek,2026-03-02T09:00,5", "1,1,W1,okra,2026-03-02T09:00,1")

    book_sales(engine, NOON + timedelta(hours=1))

    assert sold(engine, as_of=NOON + timedelta(minutes=59)) == {("leek", 0): 500.0}
    assert sold(engine, as_of=NOON + timedelta(hours=1)) == {("leek", 0): 5.0, ("okra", 0): 1.0}


def test_a_cancelled_line_leaves_the_rest_of_the_day(engine: Engine, bring: Bring) -> None:
    bring("0,1,W1,leek,2026-03-02T09:00,4", "0,2,W1,okra,2026-03-02T09:00,2", "1,1,W1,leek,2026-03-02T10:00,1")
    book_sales(engine, NOON)

    bring("0,1,W1,leek,2026-03-02T09:00,0", "0,2,W1,okra,2026-03-02T09:00,0")
    book_sales(engine, NOON + timedelta(hours=1))

    assert sold(engine) == {("leek", 0): 1.0, ("okra", 0): 0.0}


def test_a_day_of_which_everything_is_cancelled_sold_nothing(engine: Engine, bring: Bring) -> None:
    bring("0,1,W1,leek,2026-03-02T09:00,4", "1,1,W1,leek,2026-03-03T09:00,2")
    book_sales(engine, NOON)

    bring("1,1,W1,leek,2026-03-03T09:00,0")
    book_sales(engine, NOON + timedelta(hours=1))

    assert sold(engine) == {("leek", 0): 4.0, ("leek", 1): 0.0}
    assert hours_of(engine, "leek", MONDAY + timedelta(days=1)) == {}


def test_a_line_that_moves_to_another_day_and_product_changes_both(engine: Engine, bring: Bring) -> None:
    bring("0,1,W1,leek,2026-03-02T09:00,4", "1,1,W1,leek,2026-03-04T09:00,1")
    book_sales(engine, NOON)

    bring("0,1,W1,okra,2026-03-03T09:00,4")
    booked = book_sales(engine, NOON + timedelta(hours=1))

    assert sold(engine) == {("leek", 0): 0.0, ("okra", 1): 4.0, ("leek", 2): 1.0, ("okra", 2): 0.0}
    assert booked.total == Booking(rows=3, days=3, days_again=2)  # Monday's leek, Tuesday, Wednesday's okra of zero


def test_days_long_past_are_booked_again_too(engine: Engine, bring: Bring) -> None:
    bring("0,1,W1,leek,2023-03-02T09:00,4", "1,1,W1,leek,2026-03-02T09:00,4")
    book_sales(engine, NOON)

    bring("0,1,W1,leek,2023-03-02T09:00,6")
    book_sales(engine, NOON + timedelta(hours=1))

    assert sorted(sold(engine).values()) == [4.0, 6.0]


def test_a_file_imported_again_books_nothing(engine: Engine, bring: Bring) -> None:
    lines = ("0,1,W1,leek,2026-03-02T09:00,4", "1,1,W1,okra,2026-03-02T09:00,-1")
    bring(*lines)
    book_sales(engine, NOON)
    kept = everything(engine)

    bring(*lines)

    assert everything(engine) == kept  # no day is listed


# --- sales that were imported


def test_imported_sales_of_one_product_leave_the_others_to_orders(engine: Engine, bring: Bring) -> None:
    bring("W1,leek,2026-03-03,9", kind="sales", header=SALES)
    bring(
        "0,1,W1,okra,2026-03-03T09:00,4", "1,1,W1,okra,2026-03-02T09:00,6",
        "2,1,W1,leek,2026-03-03T09:00,1", "3,1,W1,leek,2026-03-03T10:00,2",
    )  # fmt: skip

    booked = book_sales(engine, NOON)

    assert sold(engine) == {("okra", 0): 6.0, ("okra", 1): 4.0, ("leek", 1): 9.0}
    assert booked.total == Booking(rows=2, days=2, lines_with_imported_sales=2)


def test_imported_zeros_are_not_booked_over(engine: Engine, bring: Bring) -> None:
    bring("W1,leek,2026-03-03,0", kind="sales", header=SALES)
    bring("0,1,W1,leek,2026-03-03T09:00,1")

    book_sales(engine, NOON)

    assert sold(engine) == {("leek", 1): 0.0}


@pytest.mark.parametrize("corrected", [False, True])
def test_sales_imported_after_the_booking_count_instead(engine: Engine, bring: Bring, corrected: bool) -> None:
    bring("0,1,W1,leek,2026-03-02T09:00,4", "1,1,W1,okra,2026-03-02T09:00,2", "2,1,W1,leek,2026-03-03T09:00,3")
    book_sales(engine, NOON)
    if corrected:  # then the booked row was known after the end of the day, by which imported sales are known
        bring("0,1,W1,leek,2026-03-02T09:00,5")
        book_sales(engine, NOON + timedelta(hours=1))

    bring("W1,leek,2026-03-02,9", kind="sales", header=SALES)
    bring("0,1,W1,leek,2026-03-02T09:00,6")
    booked = book_sales(engine, NOON + timedelta(hours=2))

    assert sold(engine) == {("leek", 0): 9.0, ("okra", 0): 2.0, ("leek", 1): 3.0, ("okra", 1): 0.0}
    assert booked.total == Booking(lines_with_imported_sales=1)


def test_imported_sales_known_after_the_booking_leave_what_was_known_before(engine: Engine, bring: Bring) -> None:
    bring("0,1,W1,leek,2026-03-02T09:00,4")
    book_sales(engine, NOON)

    header = "warehouse_id,product_id,date,sales,known_at\n"
    bring("W1,leek,2026-03-02,9,2026-03-05T08:00", kind="sales", header=header)

    assert sold(engine, as_of=shanghai(THURSDAY, 7)) == {("leek", 0): 4.0}
    assert sold(engine, as_of=shanghai(THURSDAY, 8)) == {("leek", 0): 9.0}


# --- returns


def test_a_return_takes_back_what_its_order_bought(engine: Engine, bring: Bring) -> None:
    bring(
        "0,1,W1,leek,2026-03-02T09:00,4", "1,1,W1,leek,2026-03-02T11:00,5",
        "0,2,W1,leek,2026-03-02T12:00,-4", "2,1,W1,leek,2026-03-02T13:00,2",
    )  # fmt: skip

    booked = book_sales(engine, NOON)

    assert sold(engine) == {("leek", 0): 7.0}
    assert hours_of(engine, "leek") == {11: 5.0, 13: 2.0}
    assert booked.total.returns_beyond_sales == 0


def test_a_return_of_an_order_of_another_day_takes_back_from_the_hours_nearest_before(
    engine: Engine, bring: Bring
) -> None:
    bring(
        "0,1,W1,leek,2026-03-03T08:00,3", "1,1,W1,leek,2026-03-03T11:00,2", "2,1,W1,leek,2026-03-03T13:00,4",
        "9,1,W1,leek,2026-03-03T12:00,-3", "1,2,W1,leek,2026-03-03T15:00,-1",
    )  # fmt: skip

    book_sales(engine, NOON)

    # order 1 takes back 1 of its own 2 first; order 9 what is left there, and 2 of the 3 before
    assert hours_of(engine, "leek", MONDAY + timedelta(days=1)) == {8: 1.0, 13: 4.0}


def test_what_exceeds_the_sales_of_the_day_is_left_out_and_counted(engine: Engine, bring: Bring) -> None:
    bring("0,1,W1,leek,2026-03-02T09:00,4", "8,1,W1,leek,2026-03-02T12:00,-5", "9,1,W1,okra,2026-03-02T12:00,-1")

    booked = book_sales(engine, NOON)

    assert sold(engine) == {("leek", 0): 0.0, ("okra", 0): 0.0}
    assert booked.total == Booking(rows=2, days=1, returns_beyond_sales=2)


def test_returns_and_cancelled_lines_are_no_lines_to_pick(engine: Engine, bring: Bring) -> None:
    bring(
        "0,1,W1,leek,2026-03-02T09:00,4", "1,1,W1,leek,2026-03-02T09:00,2",
        "0,2,W1,leek,2026-03-02T12:00,-4", "2,1,W1,leek,2026-03-02T13:00,0",
    )  # fmt: skip

    with reading(engine) as session:
        assert units_per_line(session, "W1", NOON).to_dict() == {"leek": 3.0}


# --- one warehouse and another, and interruptions


def test_a_warehouse_that_fails_stops_no_other(engine: Engine, bring: Bring, monkeypatch: pytest.MonkeyPatch) -> None:
    bring("0,1,W1,leek,2026-03-02T09:00,4", "0,1,W2,leek,2026-03-02T09:00,3")

    with monkeypatch.context() as broken:
        broken.setattr(sales_booking, "book_day", _failing_in("W1"))
        booked = book_sales(engine, NOON)

    assert booked.failed == {"W1": "RuntimeError: broken"}
    assert (sold(engine, "W1"), sold(engine, "W2")) == ({}, {("leek", 0): 3.0})
    assert book_sales(engine, NOON).total.rows == 1  # the day is still on the list
    assert sold(engine, "W1") == {("leek", 0): 4.0}


def _failing_in(warehouse_id: str) -> Callable[..., Booking]:
    """Books a day, and fails at the end of it in one warehouse."""
    book_day = sales_booking.book_day

    def book_or_fail(session, name, *given) -> Booking:
        booked = book_day(session, name, *given)
        if name == warehouse_id:
            raise RuntimeError("broken")
        return booked

    return book_or_fail


def test_a_refused_file_lists_no_day(engine: Engine, bring: Bring) -> None:
    with pytest.raises(Exception, match="not among the products"):
        bring("0,1,W1,leek,2026-03-02T09:00,4", "1,1,W1,kale,2026-03-02T09:00,4")

    with reading(engine) as session:
        assert session.scalars(select(DayToBookRow)).all() == []


def test_the_first_booking_of_a_year_writes_each_day_once(engine: Engine, bring: Bring) -> None:
    days = [MONDAY - timedelta(days=n) for n in range(100)]
    bring(*(f"{day},1,W1,leek,{day}T09:00,{n + 1}" for n, day in enumerate(days)))

    booked = book_sales(engine, NOON)

    assert booked.total == Booking(rows=100, days=100)
    assert list(sold(engine).values()) == [float(n) for n in range(100, 0, -1)]


# --- what is said


def test_the_answer_counts_what_is_left_out() -> None:
    done = {"W1": Booking(1200, 4, 3, 4, 0, 1), "W2": Booking(0, 0, 0, 0, 2, 0)}

    assert str(SalesBooked(done, {})) == (
        "1,200 rows of sales booked from orders (3 days booked again). Left out: 4 order lines of products whose sales "
        "of that day were imported; 2 order lines of a day that is not over; 1 return of more than the day's sales."
    )
    assert str(SalesBooked({}, {"W1": "why"})) == "0 rows of sales booked from orders.\n  failed: W1: why"
    assert SalesBooked(done, {}).as_dict() == {
        "rows": 1200, "days": 4, "days_again": 3, "lines_with_imported_sales": 4, "lines_of_days_not_over": 2,
        "returns_beyond_sales": 1, "failed": {},
    }  # fmt: skip
