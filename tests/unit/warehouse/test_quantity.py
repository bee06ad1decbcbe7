"""How many packs of one offer are worth buying, in situations small enough to add up by hand."""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import numpy as np
import pytest

from tests.unit.warehouse.kitchen_garden import offer
from warehouse.purchasing.outcomes.lack import Lack
from warehouse.purchasing.outcomes.result_curve import Worth, result_curve
from warehouse.purchasing.quantity import best_purchase, selling_price, smallest_order, whole_packs

FOR_EVER = float("inf")


def lack(in_cover: list[float], in_life: list[float] | None = None, outlives_cover: bool = False) -> Lack:
    return Lack(np.array(in_cover, float), np.array(in_cover if in_life is None else in_life, float), outlives_cover)


def test_what_is_short_and_what_is_wasted_are_means_over_scenarios() -> None:
    four = lack([0, 2, 4, 10], [0, 3, 8, FOR_EVER], outlives_cover=True)
    assert (four.short(0), four.short(3), four.short(10)) == (4, (1 + 7) / 4, 0)
    assert (four.wasted(0), four.wasted(5)) == (0, (5 + 2) / 4)


def test_what_is_lacking_after_a_purchase_is_never_less_than_nothing() -> None:
    left = lack([0, 2, 4, 10], [0, 3, 8, FOR_EVER], outlives_cover=True).after(3)
    assert (left.in_cover.tolist(), left.in_life.tolist()) == ([0, 0, 1, 7], [0, 0, 5, FOR_EVER])
    assert left.outlives_cover


def test_the_quantile_met_counts_the_scenarios_in_which_nothing_is_lacking() -> None:
    assert lack([0, 0, 1, 5]).met() == 2 / 5
    assert lack([0, 0, 0, 0]).met() == 4 / 5  # none is the highest there is
    assert lack([1, 1, 1, 5]).met() == 0
    assert lack([1e-9, 1e-8, 1, 5]).met() == 1 / 5  # what the last digit of a number leaves is nothing


def test_a_selling_price_that_is_not_known_is_the_markup_on_the_lowest_purchase_price() -> None:
    offers = [offer(price="8", cheaper_from=("10", "6")), offer(price="7")]
    assert selling_price(Decimal(9), offers, 1.5) == 9
    assert selling_price(None, offers, 1.5) == 9
    assert selling_price(None, [], 1.5) == 1.5


@pytest.mark.parametrize(
    ("usable", "result"),
    [
        (0, 0.0),
        (2, 2 * 6.0),  # sells in every scenario: 10 - 4 each
        (3, 2 * 6.0 + (10 / 2 - 4)),  # the third sells in one of two
        (5, 2 * 6.0 + 3 * (10 / 2 - 4)),
        (7, 2 * 6.0 + 3 * (10 / 2 - 4) - 2 * 4),  # beyond all demand a unit costs what it cost
    ],
)
def test_what_expires_with_the_covered_days_earns_its_price_where_it_sells_and_costs_what_it_cost(
    usable: float, result: float
) -> None:
    assert result_curve(lack([2, 5]), Worth(10, 0.25), 4).at(usable) == pytest.approx(result)


def test_what_keeps_costs_its_keeping_where_it_does_not_sell_in_time() -> None:
    # given demand of 2 or 6 now, and room for all of it later: each of units 3 to 6 sells now in one scenario of two
    curve = result_curve(lack([2, 6], [FOR_EVER, FOR_EVER], outlives_cover=True), Worth(10, 0.25), 4)
    assert curve.at(2) == pytest.approx(2 * 6)
    assert curve.at(6) == pytest.approx(2 * 6 + 4 * (6 / 2 - 0.25 * 4 / 2))
    assert curve.at(8) == pytest.approx(curve.at(6) - 2 * 0.25 * 4)
    assert curve.best == 6


def test_what_expires_loses_its_whole_price_where_no_later_order_is_known() -> None:
    # given 1 of 4 scenarios in which the unit sells now, and another in which it never does
    curve = result_curve(lack([0, 0, 0, 1], [0, 1, 1, 1]), Worth(20, 0.0), 9)
    assert curve.at(1) == pytest.approx((20 - 9) / 4 - 9 / 4)


def test_what_a_customer_lost_and_what_thrown_away_costs_weighs_on_both_sides() -> None:
    plain, kept_full, dear_waste = (
        result_curve(lack([0, 0, 0, 1], [0, 1, 1, 1]), worth, 9).at(1)
        for worth in (Worth(20, 0.0), Worth(20, 0.0, goodwill=4), Worth(20, 0.0, disposal=2))
    )
    assert kept_full - plain == pytest.approx(4 / 4)
    assert plain - dear_waste == pytest.approx(2 / 4)


@pytest.mark.parametrize(
    ("pack", "minimum", "smallest"), [("4", "0", 1), ("4", "4", 1), ("4", "5", 2), ("4", "8", 2), ("0.5", "1.2", 3)]
)
def test_the_smallest_order_is_the_minimum_in_whole_packs_and_one_pack_at_least(
    pack: str, minimum: str, smallest: int
) -> None:
    assert smallest_order(offer(pack=pack, minimum=minimum)) == smallest


def test_a_quantity_is_so_many_packs_up_or_down() -> None:
    terms = offer(pack="4")
    assert [whole_packs(terms, Decimal(q), ROUND_FLOOR) for q in ("7.9", "8", "8.1")] == [1, 2, 2]
    assert [whole_packs(terms, Decimal(q), ROUND_CEILING) for q in ("7.9", "8", "8.1")] == [2, 2, 3]


CERTAIN = lack([10.0] * 4)  # ten will sell, and no more


@pytest.mark.parametrize(
    ("terms", "accepted", "available", "packs", "result"),
    [
        ({"price": "6"}, 1.0, None, 10, 40),
        ({"price": "6", "pack": "4"}, 1.0, None, 2, 2 * 4 * 4),  # 12 would sell 10 for 100 and cost 72
        ({"price": "6", "pack": "3"}, 1.0, None, 3, 9 * 4),
        ({"price": "2", "pack": "4"}, 1.0, None, 3, 100 - 24),  # cheap enough that two left over do not matter
        ({"price": "6", "minimum": "12"}, 1.0, None, 12, 100 - 72),
        ({"price": "6", "minimum": "17"}, 1.0, None, 0, 0),  # would cost 102
        ({"price": "6"}, 0.5, None, 0, 0),  # an accepted unit costs 12
        ({"price": "5"}, 0.5, None, 0, 0),  # costs as much as it sells for
        ({"price": "4"}, 0.5, None, 20, 100 - 80),
        ({"price": "6"}, 1.0, "7", 7, 28),
        ({"price": "6", "pack": "4"}, 1.0, "7", 1, 16),
        ({"price": "6", "minimum": "8"}, 1.0, "7", 0, 0),
        ({"price": "6"}, 1.0, "0", 0, 0),
        ({"price": "6", "cheaper_from": ("12", "4")}, 1.0, None, 12, 100 - 48),
        ({"price": "6", "cheaper_from": ("10", "4")}, 1.0, None, 10, 60),
        ({"price": "6", "cheaper_from": ("16", "4")}, 1.0, None, 10, 40),  # 16 would cost 64
        ({"price": "10"}, 1.0, None, 0, 0),
    ],
)
def test_the_packs_with_the_best_result_are_bought(
    terms: dict[str, object], accepted: float, available: str | None, packs: int, result: float
) -> None:
    bought = best_purchase(
        CERTAIN,
        Worth(10, 0.0),
        offer(**terms),  # type: ignore[arg-type]
        accepted,
        None if available is None else Decimal(available),
    )
    assert (bought.packs, bought.result) == (packs, pytest.approx(result))
    assert bought.wanted == (10 if packs else 0)
    assert bought.quantity == packs * bought.offer.pack_size


def test_what_must_be_bought_is_bought_as_far_as_there_is_any() -> None:
    # given a unit that never sells, of which ten were ordered ahead and six are there
    bought = best_purchase(lack([0, 0]), Worth(10, 0.25), offer(price="4"), 1.0, Decimal(6), at_least=10.0)
    assert (bought.packs, bought.wanted) == (6, 10.0)
