"""What suppliers brought of what they should have, as plans learn it from purchase orders."""

import math
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine

from data.database import reading, writing
from data.frames.purchase_terms import BROUGHT_LEARNED_FROM, brought_by_suppliers
from flows.ordering.cancelling import cancel_purchase_order
from flows.ordering.receiving_against_orders import Delivery, count_deliveries
from flows.purchasing.planning.purchase_terms import PurchaseTerms
from tests.integration.ordering.conftest import CAME, DUE, line, order

LATER = CAME + timedelta(days=14)


def shares(shop: Engine, day: date) -> list[tuple[str, float]]:
    return [(supplier_id, share) for supplier_id, share, _ in brought(shop, day)]


def brought(shop: Engine, day: date) -> list[tuple[str, float, float]]:
    with reading(shop) as session:
        return list(brought_by_suppliers(session, LATER, day).itertuples(index=False, name=None))


def comes(shop: Engine, quantity: int, due: date, supplier: str = "F1", after: int = 0) -> None:
    at = CAME + (due - DUE) + timedelta(days=after)
    came = Delivery("W1", supplier, "milk", Decimal(quantity), at, at, lot_id=f"{supplier} {due}")
    with writing(shop) as session:
        assert count_deliveries(session, [came], "staff") == [0]


def test_each_day_of_a_supplier_tells_what_came_of_what_was_due(shop: Engine) -> None:
    # given three days of F1: all came, a part, nothing
    first, second, third = (DUE + timedelta(days=ahead) for ahead in range(3))
    for due in (first, second, third):
        order(shop, line(quantity=10, due=due))
    comes(shop, 10, first)
    comes(shop, 4, second)
    assert shares(shop, third) == [("F1", 1.0), ("F1", pytest.approx(0.4))], "today's may still come"
    assert shares(shop, third + timedelta(days=1)) == [("F1", 1.0), ("F1", pytest.approx(0.4)), ("F1", 0.0)]


def test_what_comes_after_its_day_was_not_brought_on_it(shop: Engine) -> None:
    # given three days: all came, some of it a day late, nothing
    first, second, third = (DUE + timedelta(days=ahead) for ahead in (0, 1, 3))
    for due in (first, second, third):
        order(shop, line(quantity=10, due=due))
    comes(shop, 10, first)
    comes(shop, 4, second)
    comes(shop, 6, second, after=1)
    [_, part, nothing] = brought(shop, third + timedelta(days=2))
    assert part == ("F1", pytest.approx(0.4), pytest.approx(0.6))
    assert nothing == ("F1", 0.0, 0.0)
    [*_, yesterdays] = brought(shop, third + timedelta(days=1))
    assert math.isnan(yesterdays[2]), "more may come of it"


def test_where_nobody_enters_receipts_nothing_is_learned(shop: Engine) -> None:
    order(shop, line(quantity=10))
    order(shop, line(quantity=10, supplier_id="F2"))
    comes(shop, 10, DUE, "F2")
    assert shares(shop, DUE + timedelta(days=1)) == [("F2", 1.0)]


def test_what_is_not_wanted_any_more_and_what_is_long_ago_does_not_count(shop: Engine) -> None:
    order(shop, line(quantity=10))
    comes(shop, 10, DUE)
    [other] = order(shop, line(quantity=10, due=DUE + timedelta(days=1)))
    with writing(shop) as session:
        cancel_purchase_order(session, other, CAME, "a buyer")
    assert shares(shop, DUE + timedelta(days=2)) == [("F1", 1.0)]
    assert shares(shop, DUE + BROUGHT_LEARNED_FROM + timedelta(days=1)) == []


def test_who_failed_yesterday_is_likely_to_fail_today_and_less_so_tomorrow(shop: Engine) -> None:
    # given F1, which came, failed twice, came and failed yesterday, and F2, which always came; both are due today
    came = [True, False, False, True, False]
    today = DUE + timedelta(days=len(came))
    for ahead, comes_then in enumerate(came):
        due = DUE + timedelta(days=ahead)
        for supplier in ("F1", "F2"):
            order(shop, line(quantity=10, due=due, supplier_id=supplier))
        comes(shop, 10, due, "F2")
        if comes_then:
            comes(shop, 10, due)
    for supplier in ("F1", "F2"):
        order(shop, line(quantity=10, due=today, supplier_id=supplier))
    with reading(shop) as session:
        failing = PurchaseTerms.known_at(session, LATER, today).yields.failing
    assert failing.due == {"F1": {today}, "F2": {today}}
    tomorrow = today + timedelta(days=1)
    assert failing.of("F1", today).chance > failing.of("F1", tomorrow).chance > failing.of("F2", today).chance > 0
