"""Products are assigned so that tours they were not learned from get shorter; no layout is walked in less than the
bound; carries can be made in their order and save nearly what the best could."""

from dataclasses import replace
from itertools import groupby, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.warehouse.slotting.floors import DEPTH_M, grid
from warehouse.slotting.assignment.bound import at_least
from warehouse.slotting.assignment.carries import (
    Carry,
    best_carries,
    carried_out,
    carries_by_cost,
    exchanges_by_cost,
)
from warehouse.slotting.assignment.costs import Separable, Tabled
from warehouse.slotting.assignment.elsewhere import LINES_OF_ANY, Stretches, cost_elsewhere
from warehouse.slotting.assignment.problem import Picks, Problem
from warehouse.slotting.assignment.search import LEARNED_FROM, assign_for_routing
from warehouse.slotting.assignment.swaps import best_swaps
from warehouse.slotting.eligibility.eligible import Eligible
from warehouse.slotting.eligibility.neighbours import NOWHERE
from warehouse.slotting.routing.floor_plan import Floats, Ints
from warehouse.slotting.routing.rules import Routing
from warehouse.slotting.routing.visits import Visits
from warehouse.slotting.routing.walking import walked

AISLES, BAYS, PRODUCTS, KITCHENS = 6, 8, 36, 6


def a_shop(rng: np.random.Generator, *, kitchens: bool, routing: Routing, tours: int = 8_000) -> Problem:
    """36 products on a floor of 48 slots; tours of some three lines, all of one of six kitchens where there are any,
    else of any products, each as popular either way."""
    floor = grid(AISLES, BAYS)
    kitchen = rng.permutation(np.arange(PRODUCTS) % KITCHENS)
    odds = np.tile(rng.gamma(1.0, 1.0, PRODUCTS) + 0.1, (KITCHENS, 1))
    if kitchens:
        odds[np.arange(KITCHENS)[:, None] != kitchen[None, :]] *= 0.02
    odds /= odds.sum(axis=1, keepdims=True)
    tour = np.repeat(np.arange(tours), rng.integers(1, 6, tours))
    of_kitchen = rng.integers(0, KITCHENS, tours)[tour]
    product = (rng.random(len(tour))[:, None] > odds.cumsum(axis=1)[of_kitchen]).sum(axis=1)
    lines = np.bincount(product, minlength=PRODUCTS).astype(float)
    one_block = np.zeros(AISLES * BAYS, np.int64), np.zeros(PRODUCTS, np.int64)
    return Problem(floor, Eligible.in_blocks(*one_block), lines, Picks(tour, product, tours), routing)


def in_two_blocks(problem: Problem) -> Problem:
    """The same with the aisles at the left for every other product, those at the right for the rest."""
    return replace(problem, eligible=Eligible.in_blocks(problem.floor.aisle * 2 // AISLES, np.arange(PRODUCTS) % 2))


@pytest.mark.parametrize("routing", Routing)
def test_what_is_bought_together_shortens_tours_that_were_not_seen(rng: np.random.Generator, routing: Routing) -> None:
    seen = a_shop(rng, kitchens=True, routing=routing)
    known, later = seen.picks.parted(0.75)

    found = assign_for_routing(replace(seen, picks=known))

    assert seen.metres(found.slot, later) < 0.97 * seen.metres(found.sorted_slot, later)


@pytest.mark.parametrize("routing", Routing)
def test_where_nothing_is_bought_together_next_to_nothing_is_learned(
    rng: np.random.Generator, routing: Routing
) -> None:
    seen = a_shop(rng, kitchens=False, routing=routing)
    known, later = seen.picks.parted(0.75)

    found = assign_for_routing(replace(seen, picks=known))

    assert seen.metres(found.slot, later) == pytest.approx(seen.metres(found.sorted_slot, later), rel=0.015)


@pytest.mark.parametrize("seed", range(4))
def test_no_swap_stays_that_makes_the_latest_tours_longer(seed: int) -> None:
    few = a_shop(np.random.default_rng(seed), kitchens=False, routing=Routing.COMBINED, tours=120)
    latest = few.picks.parted(LEARNED_FROM)[1].parted(0.5)[1]

    found = assign_for_routing(few)

    assert few.metres(found.slot, latest) <= few.metres(found.sorted_slot, latest)


def test_a_swap_is_made_only_if_all_tables_of_costs_say_that_it_saves() -> None:
    problem, _ = small(np.random.default_rng(0), slots=4, products=4)
    stretches, now = Stretches(np.arange(4), np.zeros(4, np.int64), np.arange(4.0), np.zeros(4, np.int64)), np.arange(4)
    both = np.array([[9, 1, 9, 9], [1, 9, 9, 9], [9, 9, 9, 9], [9, 9, 9, 9]], float)  # 0 and 1 save 16
    one = both + np.array([[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, -9], [0, 0, -9, 0]], float)  # 2 and 3 save 18 here

    assert best_swaps(problem, stretches, [one, both], now, 4).tolist() == [1, 0, 2, 3]
    assert best_swaps(problem, stretches, [one], now, 1).tolist() == [0, 1, 3, 2]


def test_a_product_that_no_tour_holds_is_expected_to_walk_what_any_line_does(rng: np.random.Generator) -> None:
    seen = a_shop(rng, kitchens=True, routing=Routing.COMBINED, tours=300)
    others = seen.picks.product > 0
    never = replace(seen.picks, tour=seen.picks.tour[others], product=seen.picks.product[others])
    problem = replace(seen, picks=never, lines=np.ones(PRODUCTS))
    stretches, slot = Stretches.of(problem), np.arange(PRODUCTS)

    cost = cost_elsewhere(problem, stretches, slot, never)

    lines = np.bincount(never.product, minlength=PRODUCTS)
    own = (cost[1:] * (lines[1:, None] + LINES_OF_ANY) - LINES_OF_ANY * cost[0]) / lines[1:, None]  # of its lines alone
    assert cost[0] == pytest.approx(np.average(own, axis=0, weights=lines[1:]))


@pytest.mark.parametrize("routing", Routing)
def test_each_product_lies_in_a_slot_of_its_own_and_of_its_block(rng: np.random.Generator, routing: Routing) -> None:
    problem = in_two_blocks(a_shop(rng, kitchens=True, routing=routing, tours=300))

    slot = assign_for_routing(problem).slot

    assert len(set(slot.tolist())) == len(slot)
    assert problem.eligible.may(np.arange(PRODUCTS), slot).all()


def test_of_more_products_than_slots_those_picked_least_find_none(rng: np.random.Generator) -> None:
    problem = in_two_blocks(a_shop(rng, kitchens=False, routing=Routing.S_SHAPE, tours=50))
    crowded = replace(problem, eligible=replace(problem.eligible, kind=np.zeros(PRODUCTS, np.int64)))

    slot = assign_for_routing(crowded).slot

    placed = slot != NOWHERE
    assert placed.sum() == 24
    assert crowded.lines[placed].min() >= crowded.lines[~placed].max()


@pytest.mark.parametrize("routing", Routing)
@given(
    seed=st.integers(0, 10_000), start=st.sampled_from([0.0, 4.0]), blocks=st.sampled_from(["one", "aisles", "rows"])
)
@settings(max_examples=25)
def test_no_layout_is_walked_in_less_than_the_bound(routing: Routing, seed: int, start: float, blocks: str) -> None:
    rng = np.random.default_rng(seed)
    floor = grid(2, 3, start)
    tour = np.sort(rng.integers(0, 6, 12))
    picks = Picks(tour, rng.integers(0, 5, 12), 6)
    of_slots = {"one": np.zeros(6, np.int64), "aisles": floor.aisle, "rows": (floor.along_m > DEPTH_M / 2).astype(int)}
    of_products = {"one": np.zeros(5, np.int64), "aisles": np.array([0, 0, 1, 0, 1]), "rows": np.array([0, 0, 1, 0, 1])}
    may = Eligible.in_blocks(of_slots[blocks], of_products[blocks])
    problem = Problem(floor, may, np.ones(5), picks, routing)

    bound = at_least(problem, picks)

    layouts = np.array(list(permutations(range(6), 5)))
    of_blocks = layouts[problem.eligible.may(np.arange(5), layouts).all(axis=1)]
    tours = np.arange(len(of_blocks))[:, None] * picks.tours + picks.tour
    visits = Visits.of(floor, tours.ravel(), of_blocks[:, picks.product].ravel(), len(of_blocks) * picks.tours)
    metres = walked(floor, visits, routing).reshape(len(of_blocks), picks.tours).sum(axis=1)
    assert bound <= metres.min() + 1e-9


def test_blocks_that_share_an_aisle_are_not_entered_twice_in_the_bound() -> None:
    # given two products in the middle of one aisle of 12 m: each is 6 m from either end, both are seen by 2 x 7.5 m
    floor = grid(1, 4)
    picks = Picks(np.zeros(2, np.int64), np.arange(2), 1)
    problem = Problem(
        floor, Eligible.in_blocks(np.array([2, 0, 1, 3]), np.arange(2)), np.ones(2), picks, Routing.SHORTEST
    )

    assert problem.metres(np.array([1, 2])) == 15.0
    assert 14.0 < at_least(problem, picks) <= 15.0


def workable(now: Ints, carries: tuple[Carry, ...]) -> bool:
    """Whether each is carried from where it lies into a slot that is empty, or emptied by the same exchange."""
    lies = dict(enumerate(now.tolist()))
    for exchange, made_at_once in groupby(enumerate(carries), key=lambda one: one[1].exchange or -one[0]):
        at_once = [carry for _, carry in made_at_once]
        if len(at_once) != (2 if exchange > 0 else 1) or any(lies.pop(one.product) != one.from_slot for one in at_once):
            return False
        if any(one.to_slot in lies.values() for one in at_once):
            return False
        lies |= {one.product: one.to_slot for one in at_once}
    return len(set(lies.values())) == len(lies)


def costs(rng: np.random.Generator, products: int, slots: int, *, separable: bool) -> Floats:
    if separable:
        return np.outer(rng.integers(1, 20, products), rng.integers(1, 20, slots)).astype(float)
    return rng.integers(0, 100, (products, slots)).astype(float)


def small(rng: np.random.Generator, slots: int, products: int) -> tuple[Problem, Ints]:
    floor = grid(1, slots)
    picks = Picks(np.arange(products), np.arange(products), products)
    blocks = np.zeros(slots, np.int64), np.zeros(products, np.int64)
    return Problem(floor, Eligible.in_blocks(*blocks), np.ones(products), picks, Routing.S_SHAPE), rng.permutation(
        slots
    )[:products]


def saved_by(cost: Floats, now: Ints, slot: Ints) -> float:
    every = np.arange(len(now))
    return float(cost[every, now].sum() - cost[every, slot].sum())


def best_of_all(cost: Floats, now: Ints, most: int) -> float:
    """What any rearrangement saves in which no more products than that are moved: no carries can save more."""
    layouts = (np.array(slots[: len(now)]) for slots in permutations(range(cost.shape[1])))
    return max(saved_by(cost, now, slot) for slot in layouts if (slot != now).sum() <= most)


@given(seed=st.integers(0, 10_000), most=st.integers(1, 6), separable=st.booleans(), spare=st.integers(0, 2))
@settings(max_examples=60)
def test_carries_can_be_made_one_after_another_and_are_no_more_than_may_be(
    seed: int, most: int, separable: bool, spare: int
) -> None:
    rng = np.random.default_rng(seed)
    problem, now = small(rng, 4 + spare, 4)
    cost = costs(rng, 4, 4 + spare, separable=separable)
    for plan in (carries_by_cost, exchanges_by_cost):
        carries = tuple(plan(problem, Tabled(np.arange(4 + spare), cost), now, most))

        assert len(carries) <= most
        assert workable(now, carries)
        assert saved_by(cost, now, carried_out(now, carries)) >= 0


def test_carries_by_cost_save_nearly_what_the_best_could(rng: np.random.Generator) -> None:
    ratios = []
    for most in (2, 3, 4):
        for _ in range(20):
            problem, now = small(rng, 7, 5)
            cost = costs(rng, 5, 7, separable=True)
            found = saved_by(
                cost, now, carried_out(now, carries_by_cost(problem, Tabled(np.arange(7), cost), now, most))
            )
            if (best := best_of_all(cost, now, most)) > 0:
                ratios.append(found / best)

    assert np.mean(ratios) >= 0.95


@pytest.mark.parametrize("routing", Routing)
def test_carries_shorten_tours_by_more_than_the_best_exchanges(rng: np.random.Generator, routing: Routing) -> None:
    problem = a_shop(rng, kitchens=True, routing=routing, tours=1_000)
    now = np.concatenate([np.zeros(0, np.int64)])
    now = np.empty(36, np.int64)
    for products, slots in problem.blocks():
        now[products] = rng.permutation(slots)[: len(products)]

    carries = best_carries(problem, now, 8)

    assert len(carries) <= 8
    assert workable(now, carries)
    assert problem.eligible.may(np.arange(PRODUCTS), carried_out(now, carries)).all()
    aside = problem.floor.aisle_x_m[problem.floor.aisle] + problem.floor.along_m
    exchanged = carried_out(now, tuple(exchanges_by_cost(problem, Separable(problem.lines, aside), now, 8)))
    assert problem.metres(carried_out(now, carries)) <= problem.metres(exchanged)
    assert problem.metres(carried_out(now, carries)) < problem.metres(now)
