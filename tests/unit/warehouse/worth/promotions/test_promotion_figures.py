"""Figures and verdict of a promotion over its warehouses."""

from dataclasses import fields, replace

import pytest

from warehouse.worth.promotions.promotion_figures import (
    BY_NAME,
    REACH,
    BesidePlan,
    Earned,
    PromotionSums,
    beside_plan,
    earned_or_lost,
)

NOTHING = PromotionSums(*(0.0 for _ in fields(PromotionSums)))
SOLD = replace(NOTHING, demand=150, sold=140, usual=100, planned=130, planned_usual=100, margin=300, usual_margin=400)


def told(sums: PromotionSums, name: str) -> tuple[float, float | None, float | None]:
    figure = BY_NAME[name].value(sums)
    assert figure is not None
    return figure.value, figure.low, figure.high


def test_uplift_is_demand_over_what_would_have_sold() -> None:
    sums = replace(SOLD, usual_error=10, usual_error_squares=100)

    value, low, high = told(sums, "uplift")

    assert value == pytest.approx(0.5)
    assert low == pytest.approx(150 / (100 + 10 * REACH) - 1)
    assert high == pytest.approx(150 / (100 - 10 * REACH) - 1)


def test_where_nothing_might_have_sold_there_is_no_uplift() -> None:
    assert BY_NAME["uplift"].value(replace(SOLD, usual_error=60, usual_error_squares=3600)) is None


@pytest.mark.parametrize(("alike", "error"), [(0.0, 50**0.5), (1.0, 10.0), (0.5, 75**0.5)])
def test_errors_of_warehouses_add_up_as_far_as_they_are_alike(alike: float, error: float) -> None:
    """Given two warehouses, each five units off."""
    sums = replace(SOLD, usual_error=10, usual_error_squares=50, alike=alike)

    value, low, _ = told(sums, "added")

    assert value == 50
    assert low == pytest.approx(50 - REACH * error)


def test_earned_is_the_margin_more_less_what_was_bought_ahead_what_siblings_lost_and_waste() -> None:
    sums = replace(SOLD, margin=500, ahead_money=20, sibling_money=30, waste_money=10,
                   own_error=3, own_error_squares=9, sibling_money_error=4, waste_error_squares=144)  # fmt: skip

    value, low, _ = told(sums, "earned")

    assert value == pytest.approx(40)
    assert low == pytest.approx(40 - REACH * 13)


@pytest.mark.parametrize("unknown", ["margin", "usual_margin", "ahead_money", "waste_money", "own_error"])
def test_where_any_of_it_is_not_known_nobody_knows_what_was_earned(unknown: str) -> None:
    sums = replace(SOLD, **{unknown: None})  # type: ignore[arg-type]

    assert BY_NAME["earned"].value(sums) is None
    assert earned_or_lost(None) is Earned.NOT_KNOWN


def test_a_promotion_without_siblings_takes_nothing_from_them() -> None:
    sums = replace(SOLD, siblings=None, siblings_error=None, sibling_money=None, sibling_money_error=None)

    assert BY_NAME["siblings"].value(sums) is None
    assert told(sums, "earned")[0] == -100


@pytest.mark.parametrize(
    ("margin", "error", "verdict"),
    [(500, 10, Earned.EARNED), (300, 10, Earned.LOST), (410, 10, Earned.OPEN), (390, 10, Earned.OPEN)],
)
def test_it_earned_or_lost_money_where_that_is_more_than_chance(margin: float, error: float, verdict: Earned) -> None:
    sums = replace(SOLD, margin=margin, own_error=error, own_error_squares=error**2)

    assert earned_or_lost(BY_NAME["earned"].value(sums)) is verdict


@pytest.mark.parametrize(
    ("planned", "verdict"),
    [(120, BesidePlan.MORE), (145, BesidePlan.AS_PLANNED), (200, BesidePlan.LESS), (None, BesidePlan.NOT_KNOWN)],
)
def test_it_did_what_was_planned_where_the_plan_lies_in_the_interval(
    planned: float | None, verdict: BesidePlan
) -> None:
    sums = replace(SOLD, planned=planned, usual_error=5, usual_error_squares=25)

    assert beside_plan(BY_NAME["uplift"].value(sums), BY_NAME["planned_uplift"].value(sums)) is verdict


def test_what_ran_out_is_what_was_wanted_and_not_sold() -> None:
    assert told(SOLD, "ran_out") == (10, None, None)
