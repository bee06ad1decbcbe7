"""What is expected of moves holds on tours that they were not chosen on; the layouts around a batch differ by its own
moves alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from tests.unit.warehouse.slotting.floors import grid
from warehouse.slotting.assignment.problem import Picks
from warehouse.slotting.proof.by_orders import gain_by_orders
from warehouse.slotting.proof.gains import FOLDS, Gain, expected_gain, gain
from warehouse.slotting.proof.layouts import AroundABatch, MadeMove, around_batch
from warehouse.slotting.routing.floor_plan import Ints
from warehouse.slotting.routing.rules import Routing
from warehouse.slotting.routing.visits import Visits
from warehouse.slotting.routing.walking import walked
from warehouse.slotting.walked_floor import WalkedFloor

FLOOR = grid(aisles=4, bays=10)
PRODUCTS = 40
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def metres_a_line(slot: Ints, picks: Picks) -> float:
    visits = Visits.of(FLOOR, picks.tour, slot[picks.product], picks.tours)
    often = np.ones(picks.tours) if picks.weight is None else picks.weight
    return float(walked(FLOOR, visits, Routing.COMBINED) @ often) / picks.lines


def tours(rng: np.random.Generator, odds: np.ndarray, count: int) -> Picks:
    """Of two lines each."""
    return Picks(np.repeat(np.arange(count), 2), rng.choice(PRODUCTS, 2 * count, p=odds), count)


def most_picked_to_the_front(picks: Picks, now: Ints) -> Ints:
    """The five products picked most change places with those in the first five slots."""
    after = now.copy()
    for front, product in enumerate(np.argsort(-np.bincount(picks.product, minlength=PRODUCTS))[:5].tolist()):
        there = int(np.flatnonzero(after == front)[0])
        after[there], after[product] = after[product], front
    return after


def test_the_gain_is_what_is_walked_less_for_a_line() -> None:
    picks = Picks(np.array([0, 0, 1]), np.array([0, 1, 1]), 2)
    near, far = np.array([0, 1]), np.array([0, 9])

    found = gain(metres_a_line, far, near, picks)

    assert found == Gain(metres_a_line(far, picks), metres_a_line(near, picks), 3)
    assert found.metres_a_line == pytest.approx(2 * 2 * 8 * 1.2 / 3)  # eight bays of 1.2 m, there and back, two tours


@pytest.mark.parametrize("by_aisles", [True, False])
def test_orders_whose_lines_come_mixed_are_walked_one_by_one(by_aisles: bool) -> None:
    before = {"kale": 0, "leek": 9, "milk": 1, "gone": 5}
    after = {"kale": 0, "leek": 1, "milk": 12}
    lines = pd.DataFrame(
        [("b", "leek"), ("a", "kale"), ("b", "milk"), ("a", "gone"), ("a", "nowhere"), ("a", "kale")],
        columns=["tour_id", "product_id"],
    )

    found = gain_by_orders(
        WalkedFloor(FLOOR, by_aisles),
        Routing.COMBINED,
        *({product: FLOOR.slot_ids[slot] for product, slot in lies.items()} for lies in (before, after)),
        lines,
    )

    # then order b is leek and milk, a is kale twice; or each line is a way by itself
    one_by_one = Picks(np.array([0, 0, 1, 1]), np.array([1, 2, 0, 0]), 2)
    lines_alone = Picks(np.arange(4), np.array([1, 0, 2, 0]), 4)
    picks = one_by_one if by_aisles else lines_alone
    assert found == gain(metres_a_line, np.array([0, 9, 1]), np.array([0, 1, 12]), picks)


@pytest.mark.parametrize("count", [60, 1_000])
def test_what_is_expected_is_unbiased_where_what_was_known_promises_too_much(count: int) -> None:
    promised, expected, saved = [], [], []
    for seed in range(150):
        rng = np.random.default_rng(seed)
        odds = rng.dirichlet(np.full(PRODUCTS, 3.0))
        picks, later = tours(rng, odds, count), tours(rng, odds, 4_000)
        now = rng.permutation(PRODUCTS)
        choose = lambda some, now=now: most_picked_to_the_front(some, now)  # noqa: E731
        after = choose(picks)
        found = expected_gain(metres_a_line, now, picks, choose)
        assert found is not None
        promised.append(gain(metres_a_line, now, after, picks).metres_a_line)
        expected.append(found.metres_a_line)
        saved.append(gain(metres_a_line, now, after, later).metres_a_line)

    assert abs(_errors_off_zero(expected, saved)) < 2  # 95 of 100 times
    assert _errors_off_zero(promised, saved) > 4


def _errors_off_zero(told: list[float], saved: list[float]) -> float:
    """By how many of its standard errors the mean of what was told too much lies from nothing."""
    off = np.array(told) - np.array(saved)
    return float(off.mean() / (off.std(ddof=1) / len(off) ** 0.5))


def test_each_tour_is_walked_after_moves_that_were_chosen_without_it_and_counts_as_often_as_it_is_walked() -> None:
    rng = np.random.default_rng(3)
    picks = replace(tours(rng, np.full(PRODUCTS, 1 / PRODUCTS), 30), weight=rng.uniform(0.1, 3.0, 30))
    now = rng.permutation(PRODUCTS)

    def choose(some: Picks) -> Ints:
        return most_picked_to_the_front(some, now)

    metres, lines = 0.0, 0.0
    for one in range(30):  # slowly: tour by tour, with all those of other folds beside
        others = picks.only(np.arange(30) % FOLDS != one % FOLDS)
        alone = picks.only(np.arange(30) == one)
        metres += (metres_a_line(now, alone) - metres_a_line(choose(others), alone)) * alone.lines
        lines += alone.lines

    found = expected_gain(metres_a_line, now, picks, choose)

    assert found is not None
    assert found.before == pytest.approx(metres_a_line(now, picks))
    assert found.metres_a_line == pytest.approx(metres / lines)


def test_of_a_single_tour_nothing_is_known_of_others() -> None:
    picks = Picks(np.zeros(2, np.int64), np.array([0, 1]), 1)
    now, after = np.array([8, 9]), np.array([0, 1])

    assert expected_gain(metres_a_line, now, picks, lambda _: after) is None


def made(batch: str | None, product: str, origin: str | None, target: str, hour: int) -> MadeMove:
    return MadeMove(batch, product, origin, target, NOON + timedelta(hours=hour))


def test_around_a_batch_what_was_carried_later_is_taken_back() -> None:
    now = {"kale": "c", "leek": "b", "milk": "d", "rice": "e"}
    moves = [
        made("first", "kale", "x", "a", 0),
        made("second", "milk", "y", "d", 1),  # while the first batch was at work
        made("first", "leek", "a", "b", 2),
        made("third", "kale", "a", "c", 3),
    ]

    assert around_batch(now, moves, "first") == AroundABatch(
        before={"kale": "x", "leek": "a", "milk": "d", "rice": "e"},
        after={"kale": "a", "leek": "b", "milk": "d", "rice": "e"},
        since=NOON + timedelta(hours=2),
    )


def test_a_product_that_had_no_slot_is_in_neither_layout() -> None:
    found = around_batch({"kale": "a", "leek": "b"}, [made("first", "kale", None, "a", 0)], "first")

    assert found is not None
    assert found.before == found.after == {"leek": "b"}


def test_a_batch_of_which_nothing_was_made_has_nothing_around_it() -> None:
    assert around_batch({"kale": "a"}, [made("other", "kale", "b", "a", 0)], "first") is None


def test_a_product_carried_twice_in_a_batch_lay_where_it_was_carried_from_first() -> None:
    found = around_batch({"kale": "a"}, [made("one", "kale", "x", "b", 0), made("one", "kale", "b", "a", 1)], "one")

    assert found is not None
    assert (found.before, found.after) == ({"kale": "x"}, {"kale": "a"})
