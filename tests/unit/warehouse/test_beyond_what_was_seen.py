"""Which lines of a plan are ordered beyond what was seen."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.unit.warehouse.kitchen_garden import TUESDAY, codes, lot, offer, plan, products, reason
from warehouse.purchasing.plan import sets_line_apart
from warehouse.purchasing.suppliers.stage_yield import StageYield
from warehouse.purchasing.suppliers.yields import Yields

BEYOND = "beyond_what_was_seen"


def test_an_order_above_what_was_seen_says_at_which_quantile_and_what_was_seen() -> None:
    # given demand spread evenly between 10 and 30, of which three in ten were too much for what was there
    (line,) = plan([offer(price="12")], assortment=products(life=2), highest_seen={"spinach": 0.7})
    # then what the order amounts to is where it lies between the two
    assert 25 <= line.quantity <= 29
    assert reason(line, BEYOND) == {"quantile": pytest.approx((float(line.quantity) - 10) / 20, abs=0.02), "seen": 0.7}


def test_an_order_within_what_was_seen_or_of_which_nothing_is_known_says_nothing() -> None:
    for seen in ({"spinach": 0.95}, {"cress": 0.1}, {}):  # above 0.95 every order is extrapolated
        (line,) = plan([offer()], highest_seen=seen)
        assert line.quantity > 0
        assert BEYOND not in codes(line)


def test_the_critical_ratio_of_what_expires_overnight_is_within_what_was_seen() -> None:
    # given a margin of 6.3 on 16.3, which pays for 0.39 of the demand, and nothing that keeps to the next day
    (line,) = plan([offer()], assortment=products(life=1), highest_seen={"spinach": 0.45})
    assert BEYOND not in codes(line)
    (line,) = plan([offer()], assortment=products(life=1), highest_seen={"spinach": 0.35})
    assert reason(line, BEYOND)["quantile"] == pytest.approx(0.39, abs=0.05)


def test_what_is_in_stock_counts_as_well_and_rejects_do_not() -> None:
    (empty,) = plan([offer()], highest_seen={"spinach": 0.2})
    (stocked,) = plan([offer()], lots=[lot("25", TUESDAY + timedelta(days=3))], highest_seen={"spinach": 0.2})
    (rejected,) = plan([offer(price="5")], yields=Yields(StageYield(0.5)), highest_seen={"spinach": 0.2})
    assert stocked.quantity < empty.quantity
    for line in (stocked, rejected):
        assert reason(line, BEYOND)["quantile"] == pytest.approx(reason(empty, BEYOND)["quantile"], abs=0.03)


def test_of_a_split_order_the_last_line_says_what_all_of_it_amounts_to() -> None:
    first, rest = plan(
        [offer("near", capacity="15"), offer("far", price="11")],
        highest_seen={"spinach": 0.5},
    )
    assert BEYOND not in codes(first)
    together = float(first.quantity + rest.quantity)
    assert reason(rest, BEYOND)["quantile"] == pytest.approx((together - 10) / 20, abs=0.02)


def test_where_nothing_is_bought_nothing_is_ordered_at_any_quantile() -> None:
    (line,) = plan([offer()], lots=[lot("100", TUESDAY + timedelta(days=3))], highest_seen={"spinach": 0.1})
    assert line.quantity == Decimal(0)
    assert BEYOND not in codes(line)


def test_a_line_is_set_apart_by_what_most_lines_do_not_have() -> None:
    def apart(code: str, **values: float) -> bool:
        return sets_line_apart({"code": code, **values})

    assert apart("covers", days=2)
    assert apart("raised_to_minimum")
    assert apart("moon_phase"), "a code of another version"
    assert not any(map(apart, ("needs", "best_of_offers", "grossed_up_for_yield", "rounded_to_pack", "covers")))
    assert apart(BEYOND, quantile=0.9, seen=0.74)
    assert not apart(BEYOND, quantile=0.9, seen=0.75), "a good history is often exceeded a little"
