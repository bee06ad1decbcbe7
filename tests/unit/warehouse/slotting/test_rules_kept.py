"""No rule of what may lie where is ever broken: not by what is suggested, nor by any part of the moves."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.warehouse.slotting.warehouses import Rules, any_warehouse, at_once, decided, lying, made
from warehouse.slotting.barred import Barred
from warehouse.slotting.move_effort import MoveEffort

any_seed, any_count, any_empty = st.integers(0, 100_000), st.integers(1, 30), st.integers(0, 12)
EFFORTS = [MoveEffort(1e-6), MoveEffort(30.0), MoveEffort(most_moves=3)]


@given(seed=any_seed, count=any_count, empty=any_empty)
@settings(max_examples=15, deadline=None)
def test_what_is_suggested_breaks_no_rule_and_what_finds_no_slot_names_one(seed: int, count: int, empty: int) -> None:
    products, slots, tours = any_warehouse(seed, count, empty)

    suggestions = decided(products, slots, tours=tours).suggestions

    placed = {one.slot_id: one.product_id for one in suggestions if one.slot_id is not None}
    rules = Rules(products, slots)
    share = {one.product_id: one.number for one in suggestions}  # in the order of number
    pick_face = dict(zip(slots["slot_id"], slots["pick_face"], strict=True))
    assert len(placed) == sum(one.slot_id is not None for one in suggestions)
    for one in suggestions:
        if one.slot_id is not None:
            assert rules.broken(one.product_id, one.slot_id, placed, share[one.product_id]) == []
            assert pick_face[one.slot_id] or one.number > 1
        else:
            assert one.reasons[1:], "no rule is named"


@given(seed=any_seed, count=any_count, empty=any_empty, effort=st.sampled_from(EFFORTS))
@settings(max_examples=15, deadline=None)
def test_after_any_part_of_the_moves_no_rule_is_broken_that_was_not_before(
    seed: int, count: int, empty: int, effort: MoveEffort
) -> None:
    products, slots, tours = any_warehouse(seed, count, empty)
    busy = set(np.random.default_rng(seed).choice(slots["slot_id"], len(slots) // 6, replace=False).tolist())
    rules, lies = Rules(products, slots), lying(slots)
    before = rules.all_broken(lies)

    found = decided(products, slots, effort, Barred(busy=busy), tours)

    shares = {one.product_id: one.number for one in found.suggestions}
    assert len(found.moves) <= effort.most_moves
    for together in at_once(found.moves):
        for move in together:
            assert lies.pop(move.from_slot_id, move.product_id) == move.product_id
        lies |= {move.to_slot_id: move.product_id for move in together}
        assert rules.all_broken(lies) <= before
        for move in together:
            assert rules.broken(move.product_id, move.to_slot_id, lies, shares[move.product_id]) == []
            assert not {move.from_slot_id, move.to_slot_id} & busy


@given(seed=any_seed, count=any_count, empty=any_empty, effort=st.sampled_from(EFFORTS))
@settings(max_examples=15, deadline=None)
def test_once_all_moves_are_made_nothing_is_left_to_do(seed: int, count: int, empty: int, effort: MoveEffort) -> None:
    products, slots, tours = any_warehouse(seed, count, empty)
    shifts, made_before = 0, 0
    while moves := decided(products, slots, effort, tours=tours).moves:
        slots, shifts = made(slots, moves), shifts + 1
        full = effort.most_moves < 10 or made_before > effort.most_moves // 2
        assert shifts == 1 or full, "more was left than what a shift has no time for"
        made_before = len(moves)
        assert shifts < 40, "it is carried to and fro"
