"""What is bought so that a minimum lies on display, whatever is demanded, and what it says of its waste."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.warehouse.kitchen_garden import (
    EVERY_DAY,
    MONDAY,
    TUESDAY,
    codes,
    forecasts,
    lot,
    offer,
    plan,
    products,
)  # fmt: skip
from warehouse.purchasing.need.display import bought_for_display
from warehouse.purchasing.plan import PlanLine
from warehouse.purchasing.plan_settings import PlanSettings
from warehouse.purchasing.service_level import CategoryTerms, ServiceLevel
from warehouse.purchasing.suppliers.offers import OnOrder

TWICE_A_WEEK = frozenset({2, 5})


def shown(minimum: float, **more: Any) -> PlanLine:
    """The line of spinach of which so much is to lie on display."""
    level = ServiceLevel(overall=CategoryTerms(display_minimum=minimum))
    terms = more.pop("terms", [offer()])
    return plan(terms, settings=PlanSettings(service_level=level), **more)[0]


def test_what_nobody_wants_lies_on_display_all_the_same_and_the_line_says_what_of_it_is_thrown_away() -> None:
    nobody = forecasts(*[0.0] * 7)
    assert shown(0, demand=nobody).quantity == 0
    line = shown(6, demand=nobody, assortment=products(life=2))
    assert line.quantity == 6
    [told] = [reason.values for reason in line.reasons if reason.code.value == "raised_for_display"]
    assert told == {"minimum": 6, "until": TUESDAY.isoformat(), "from": 0, "to": 6, "waste": 6}
    assert line.expected_waste == 6


def test_what_there_is_lies_on_display_too() -> None:
    nobody, lots = forecasts(*[0.0] * 7), [lot("4", MONDAY + timedelta(days=9))]
    assert shown(6, demand=nobody, lots=lots).quantity == 2
    assert shown(3, demand=nobody, lots=lots).quantity == 0
    ends_before = [lot("4", MONDAY)]
    assert shown(6, demand=nobody, lots=ends_before).quantity == 6
    comes_later = [OnOrder("spinach", Decimal(5), TUESDAY + timedelta(days=2))]
    twice = [offer(weekdays=TWICE_A_WEEK)]
    assert shown(6, demand=nobody, terms=twice, on_order=comes_later, assortment=products(life=9)).quantity == 1


def test_an_order_that_leaves_enough_on_display_by_itself_is_not_raised() -> None:
    plain, with_display = shown(0), shown(2)
    assert with_display.quantity == plain.quantity
    assert "raised_for_display" not in codes(with_display)


def test_of_what_is_sold_no_longer_nothing_must_lie_on_display() -> None:
    last = products().assign(last_day=[TUESDAY])
    assert shown(50, assortment=last).quantity == shown(0, assortment=last).quantity


def test_of_what_no_forecast_is_known_nothing_is_bought_for_display() -> None:
    other = products(product_ids=("okra",))
    terms = [offer(product_id="okra")]
    assert shown(9, demand=forecasts(*[20.0] * 7), terms=terms, assortment=other).quantity == 0


@settings(max_examples=40, deadline=None)
@given(
    mean=st.floats(0, 100),
    spread=st.floats(0, 1),
    stock=st.integers(0, 150),
    left=st.integers(0, 4),
    life=st.sampled_from([1.0, 2.0, 3.0, 7.0, float("nan")]),
    pack=st.sampled_from(["0.5", "1", "6"]),
    weekdays=st.sampled_from([EVERY_DAY, TWICE_A_WEEK]),
    minimum=st.floats(0, 40),
    more=st.floats(0, 40),
)
def test_more_on_display_never_lowers_an_order(
    mean: float, spread: float, stock: int, left: int, life: float, pack: str, weekdays: frozenset[int],
    minimum: float, more: float,
) -> None:  # fmt: skip
    given_ = {
        "demand": forecasts(*[mean] * 7, spread=spread),
        "lots": [lot(str(stock), MONDAY + timedelta(days=left))],
        "assortment": products(life),
        "terms": [offer(pack=pack, weekdays=weekdays)],
    }
    plain, less, line = (shown(units, **dict(given_)) for units in (0, minimum, minimum + more))
    assert plain.quantity <= less.quantity <= line.quantity
    assert line.expected_waste >= less.expected_waste - 1e-6


@example([0.0] * 5, [7.123527844705368], 7.123527844705368)  # whose mean is a rounding off
@given(
    st.lists(st.floats(0, 100), min_size=1, max_size=16), st.lists(st.floats(0, 30), min_size=1, max_size=1),
    st.floats(0, 60),
)  # fmt: skip
def test_what_is_bought_is_just_enough_in_expectation(demand: list[float], there: list[float], minimum: float) -> None:
    in_cover, at_closing = np.array([demand]), np.full((1, len(demand)), there[0])
    [bought] = bought_for_display(np.array([minimum]), at_closing, in_cover)
    lies_there = there[0] + np.maximum(bought - in_cover, 0).mean()
    if minimum <= there[0]:
        assert bought == 0
    else:
        assert lies_there == pytest.approx(minimum)
