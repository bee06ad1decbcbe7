"""What became of a purchase order's lines, what a delivery counts against, and what status an order has."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from warehouse.ordering.matching import match_delivery, match_taken_back
from warehouse.ordering.purchase_order_lines import PurchaseOrderLine
from warehouse.ordering.statuses import PurchaseOrderStatus, purchase_order_status

TODAY = date(2026, 5, 8)
LATER, YESTERDAY = TODAY + timedelta(days=1), TODAY - timedelta(days=1)
SENT, UNSENT = True, False


def line(
    name: str = "P1",
    due: date = TODAY,
    *,
    ordered: int = 40,
    confirmed: int | None = None,
    received: int = 0,
    cancelled: int = 0,
    given_up: bool = False,
) -> PurchaseOrderLine:
    confirmed_quantity = None if confirmed is None else Decimal(confirmed)
    sums = Decimal(ordered), confirmed_quantity, Decimal(received), Decimal(cancelled)
    return PurchaseOrderLine(name, 1, "farm", "milk", due, *sums, given_up)


def became(of: PurchaseOrderLine) -> tuple[int, int, int]:
    return int(of.under_way), int(of.declined), int(of.lapsed)


def delivered(lines: list[PurchaseOrderLine], quantity: int, on: date = TODAY) -> tuple[dict[str, int], int]:
    matched = match_delivery(lines, Decimal(quantity), on)
    assert sum(of_it for _, of_it in matched.against) + matched.without_order == quantity
    return {counted.purchase_order_id: int(of_it) for counted, of_it in matched.against}, int(matched.without_order)


@pytest.mark.parametrize(
    ("of", "under_way", "declined", "lapsed"),
    [
        (line(), 40, 0, 0),
        (line(received=15), 25, 0, 0),
        (line(confirmed=30), 30, 10, 0),
        (line(confirmed=30, received=30), 0, 10, 0),
        (line(confirmed=30, received=35), 0, 5, 0),  # five of what was declined came after all
        (line(confirmed=0), 0, 40, 0),
        (line(confirmed=30, cancelled=10), 30, 0, 0),  # what was declined is not wanted any more
        (line(confirmed=30, cancelled=20), 20, 0, 0),
        (line(confirmed=30, received=10, cancelled=30), 0, 0, 0),
        (line(received=15, given_up=True), 0, 0, 25),
        (line(confirmed=30, received=15, given_up=True), 0, 10, 15),
    ],
)
def test_all_that_was_ordered_is_under_way_received_declined_cancelled_or_lapsed(
    of: PurchaseOrderLine, under_way: int, declined: int, lapsed: int
) -> None:
    assert became(of) == (under_way, declined, lapsed)
    assert of.under_way + of.received + of.declined + of.cancelled + of.lapsed == of.ordered


def test_a_delivery_counts_against_the_earliest_due_and_leaves_the_rest_under_way() -> None:
    today, tomorrow = line("P1", TODAY), line("P2", LATER)
    assert delivered([tomorrow, today], 30) == ({"P1": 30}, 0)
    assert delivered([tomorrow, today], 55) == ({"P1": 40, "P2": 15}, 0)
    assert delivered([tomorrow, today], 90) == ({"P1": 40, "P2": 40}, 10)


def test_who_failed_yesterday_and_comes_today_brings_what_is_due_today() -> None:
    failed, today, tomorrow = line("P1", YESTERDAY), line("P2", TODAY), line("P3", LATER)
    assert delivered([failed, today, tomorrow], 40) == ({"P2": 40}, 0)
    assert delivered([failed, today, tomorrow], 70) == ({"P2": 40, "P1": 30}, 0), "the rest is what came late"
    assert delivered([failed, tomorrow], 30) == ({"P1": 30}, 0)


def test_an_early_delivery_ends_the_order_that_it_came_for() -> None:
    assert delivered([line("P1", LATER)], 40) == ({"P1": 40}, 0)


def test_what_is_counted_on_comes_before_what_was_declined_or_has_lapsed() -> None:
    lapsed = line("P1", TODAY - timedelta(days=5), given_up=True)
    short = line("P2", TODAY, confirmed=30)
    assert delivered([lapsed, short], 30) == ({"P2": 30}, 0)
    assert delivered([lapsed, short], 45) == ({"P2": 40, "P1": 5}, 0)
    assert delivered([lapsed, short, line("P3", LATER)], 75) == ({"P2": 35, "P3": 40}, 0)


def test_what_was_cancelled_does_not_come() -> None:
    assert delivered([line(cancelled=40)], 40) == ({}, 40)
    assert delivered([line(received=10, cancelled=25)], 40) == ({"P1": 5}, 35)


def test_what_comes_a_month_late_came_for_another_reason() -> None:
    due = TODAY - timedelta(days=30)
    assert delivered([line("P1", due, given_up=True)], 40) == ({"P1": 40}, 0)
    assert delivered([line("P1", due - timedelta(days=1), given_up=True)], 40) == ({}, 40)


def test_a_delivery_is_not_negative() -> None:
    with pytest.raises(ValueError, match="taken back"):
        match_delivery([line()], Decimal(-1), TODAY)


def test_a_correction_takes_back_what_was_counted_last_and_no_more_than_that() -> None:
    counted = [("P1", 1, Decimal(40)), ("P2", 3, Decimal(5))]
    assert match_taken_back(counted, Decimal(3)) == [("P2", 3, Decimal(3))]
    assert match_taken_back(counted, Decimal(12)) == [("P2", 3, Decimal(5)), ("P1", 1, Decimal(7))]
    assert match_taken_back(counted, Decimal(60)) == [("P2", 3, Decimal(5)), ("P1", 1, Decimal(40))]


@pytest.mark.parametrize(
    ("lines", "sent", "status"),
    [
        ([line()], UNSENT, PurchaseOrderStatus.ORDERED),
        ([line()], SENT, PurchaseOrderStatus.SENT),
        ([line(confirmed=40), line()], SENT, PurchaseOrderStatus.SENT),  # one has not been answered yet
        ([line(confirmed=40), line(cancelled=40)], UNSENT, PurchaseOrderStatus.CONFIRMED),
        ([line(confirmed=40), line(confirmed=30)], SENT, PurchaseOrderStatus.CONFIRMED_SHORT),
        ([line(confirmed=40), line(received=40)], SENT, PurchaseOrderStatus.RECEIVED_IN_PART),
        ([line(due=YESTERDAY)], SENT, PurchaseOrderStatus.OVERDUE),
        ([line(due=YESTERDAY, received=39, given_up=True)], SENT, PurchaseOrderStatus.OVERDUE),
        ([line(due=YESTERDAY, received=40)], SENT, PurchaseOrderStatus.RECEIVED),
        ([line(received=40), line(confirmed=30, received=30)], SENT, PurchaseOrderStatus.CLOSED),
        ([line(received=40), line(cancelled=40)], SENT, PurchaseOrderStatus.CLOSED),
        ([line(confirmed=0)], SENT, PurchaseOrderStatus.CLOSED),
        ([line(cancelled=40)], SENT, PurchaseOrderStatus.CANCELLED),
        ([line(received=10, cancelled=30)], SENT, PurchaseOrderStatus.CLOSED),
    ],
)
def test_the_status_of_an_order_is_what_its_lines_say_that_it_is(
    lines: list[PurchaseOrderLine], sent: bool, status: PurchaseOrderStatus
) -> None:
    assert purchase_order_status(lines, sent, TODAY) == status
