"""What a unit that expires loses, and what one that sells earns, where later orders follow on it."""

from datetime import date
from math import floor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from warehouse.purchasing.need.cover import Cover
from warehouse.purchasing.need.later_orders_of import later_orders_of
from warehouse.purchasing.outcomes.later_orders import LaterOrders, Packs, chances
from warehouse.stock.ageing import RunDown

SCENARIOS = 16


def later(
    in_cover: list[float],
    in_life: list[float],
    replaced: list[float],
    follows: list[float],
    covered: list[float] | None = None,
) -> LaterOrders:
    """One later order, which knows nothing of the covered days."""
    blind = np.empty((0, len(in_cover)), np.float32) if covered is None else np.array([covered], np.float32)
    return LaterOrders(
        in_cover=np.array(in_cover, np.float32),
        known=np.zeros(len(in_cover), np.float32),
        in_life=np.array(in_life, np.float32),
        replaced=np.array([replaced], np.float32),
        follows=np.array([follows], np.float32),
        covered=blind,
    )


def fourth(orders: LaterOrders, level: float = 3.0) -> tuple[float, float]:
    """What the fourth of single units sells for, and loses by expiring, if more are bought up to the first above
    `level`."""
    sells, expires = chances([orders], np.array([level]), Packs(np.array([1.0]), np.array([4]), np.array([1])))
    return float(sells[0, 3]), float(expires[0, 3])


def test_a_unit_that_expires_loses_its_price_where_the_one_it_saved_sells() -> None:
    assert fourth(later([0, 9], [2, 9], replaced=[3, 3], follows=[8, 8]))[1] == 0.5


def test_a_unit_that_expires_loses_half_its_price_where_the_one_it_saved_expires_too() -> None:
    assert fourth(later([0, 9], [2, 9], replaced=[3, 3], follows=[1, 8]))[1] == 0.25


def test_what_becomes_of_the_saved_unit_counts_only_where_this_one_expires() -> None:
    assert fourth(later([0, 9], [2, 9], replaced=[3, 3], follows=[8, 1]))[1] == 0.5


def test_a_sale_earns_half_its_margin_where_the_next_delivery_that_could_not_know_sells_out_too() -> None:
    assert fourth(later([0, 9], [2, 9], [3, 3], [8, 8], covered=[1, 9]))[0] == 0.25
    assert fourth(later([0, 9], [2, 9], [3, 3], [8, 8], covered=[9, 1]))[0] == 0.5


def test_a_sale_that_the_next_order_knows_of_earns_its_margin() -> None:
    orders = later([0, 9], [2, 9], [3, 3], [8, 8], covered=[9, 9])
    orders.known[:] = orders.in_cover
    assert fourth(orders)[0] == 0.5


def test_below_the_last_unit_worth_buying_the_next_order_is_larger_and_sells_out_less() -> None:
    orders = later([9, 9], [9, 9], [3, 3], [8, 8], covered=[4, 4])
    few, enough = (fourth(orders, level)[0] for level in (9.0, 3.0))
    assert few == 1.0
    assert enough == 0.5


@pytest.mark.parametrize("bought", [0.0, 2.0])
def test_what_is_bought_of_one_offer_is_not_lacking_for_the_next(bought: float) -> None:
    left = later([0, 9], [2, 9], [3, 3], [8, 8]).after(bought)
    assert left.in_cover.tolist() == [0, 9 - bought]
    assert left.in_life.tolist() == [2 - bought, 9 - bought]


def test_the_next_order_replaces_what_was_sold_and_what_expired_beyond_what_was_expected_to() -> None:
    """Demand is 5 on each of four days; in half of the scenarios 4 of the old stock expire on the first."""
    demand, none = np.full((1, 4, 4), 5.0), np.zeros((1, 4, 4))
    expired = none.copy()
    expired[0, 0] = [0, 0, 4, 4]
    monday = date(2026, 3, 2)
    cover = Cover("milk", False, None, life_days=2, first=monday, until=monday)

    found = later_orders_of([cover], demand, RunDown(none, none, expired, none[:, 0]), (none[:, 0],) * 3, lead=0)

    assert found[0] is not None
    assert found[0].replaced.tolist() == [[5 - 2, 5 - 2, 5 + 2, 5 + 2]]


def one_by_one(orders: LaterOrders, level: float, unit: float, before: float, size: float) -> tuple[float, float]:
    """What `chances` tells of the last of so many units, of a pack `before` which so many are bought: every later order
    placed, delivered and sold in every scenario."""
    sells, short_too, expires, expire_too = np.zeros(4)
    scenarios = len(orders.in_cover)
    for at in range(scenarios):
        comes = 1.0 if orders.comes is None else float(orders.comes[at])
        short, to_save = level - before * comes, (unit - before) * comes
        left_unsold = left_of_next = 0.0
        too_late = orders.known[at] < unit * comes <= orders.in_cover[at]
        sells += comes * (unit * comes <= orders.in_cover[at])
        expires += comes * (unit * comes > orders.in_life[at])
        for number, (replaced, follows) in enumerate(zip(orders.replaced[:, at], orders.follows[:, at], strict=True)):
            short += float(replaced)
            order = size * (floor(short / size) + 1) if short >= 0 else 0.0
            short -= order
            saved = min(order, to_save)
            to_save -= saved
            left_unsold += order - saved - float(follows)  # before the delivery after it sells
            expire_too += comes * (unit * comes > orders.in_life[at] and left_unsold >= 0 and to_save <= 0)
            left_unsold = min(left_unsold, 0.0)
            if number < len(orders.covered):
                left_of_next += order - saved - float(orders.covered[number, at])
                short_too += comes * (too_late and left_of_next < 0)
                left_of_next = max(left_of_next, 0.0)
    return (
        sells / scenarios / (1 + short_too / max(sells, 1e-9)),
        expires / scenarios / (1 + expire_too / max(expires, 1e-9)),
    )


@st.composite
def curves(draw: st.DrawFn) -> tuple[LaterOrders, float, float, int, int]:
    """Later orders, the level up to which is bought, and packs with their size and parts: numbers that binary ones hold
    exactly, so that what is equal is equal however it is added up."""
    dice = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    orders, blind, lots = draw(
        st.sampled_from([(1, 0, False), (2, 1, False), (4, 3, False), (1, 1, True), (3, 2, True)])
    )

    def quarters(*shape: int) -> NDArray[np.float32]:
        parts, most = draw(st.sampled_from([(1, 4), (1, 16), (4, 8), (4, 160)]))  # the fewer, the more are equal
        return (dice.integers(0, most, shape) / parts).astype(np.float32)

    in_cover, later_days = quarters(SCENARIOS), quarters(SCENARIOS)
    one = LaterOrders(
        in_cover=in_cover,
        known=np.minimum(in_cover, quarters(SCENARIOS)),
        in_life=in_cover + later_days,
        replaced=quarters(orders, SCENARIOS),
        follows=quarters(orders, SCENARIOS),
        covered=quarters(blind, SCENARIOS),
        comes=dice.choice([0.0, 0.5, 1.0, 2.0], SCENARIOS).astype(np.float32) if lots else None,
    )
    size = draw(st.sampled_from([1.0, 2.0, 4.0, 16.0]))
    level = draw(st.integers(-8, 80)) / 4
    return one, level, size, draw(st.integers(4, 9)), draw(st.sampled_from([1, 2, 4]))


@settings(max_examples=100, deadline=None)
@given(st.lists(curves(), min_size=1, max_size=3))
def test_many_curves_tell_what_every_later_order_in_every_scenario_does(
    drawn: list[tuple[LaterOrders, float, float, int, int]],
) -> None:
    # given curves of as many later orders, some of lots that all come alike
    shape = drawn[0][0].replaced.shape, drawn[0][0].covered.shape
    drawn = [one for one in drawn if (one[0].replaced.shape, one[0].covered.shape) == shape]
    orders, levels, sizes, packs, parts = (list(values) for values in zip(*drawn, strict=True))
    looked_at = Packs(np.array(sizes), np.array(packs), np.array(parts))
    # when they are worked out together
    sells, expires = chances(orders, np.array(levels), looked_at)
    # then each pack is the mean of its parts, each by itself
    for row, (later_orders, level, size, many, in_parts) in enumerate(drawn):
        for pack in range(many):
            middles = [pack * size + (part + 0.5) * size / in_parts for part in range(in_parts)]
            slow = [one_by_one(later_orders, level, unit, pack * size, size) for unit in middles]
            assert (sells[row, pack], expires[row, pack]) == pytest.approx(tuple(np.mean(slow, axis=0)), abs=1e-6)
