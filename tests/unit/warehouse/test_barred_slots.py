"""Nothing is carried into a slot that cannot be used, a zone in alarm, or where staff refused to carry it."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.slotting.barred import Barred
from warehouse.slotting.suggestion import Move, SlotSuggestion

from .test_slots import after_moves, by_product, codes, moves_worth_making, products, slots, suggest_slots

LEAVES = products(("spinach", "leaf", 90, 1), ("cress", "leaf", 10, 1))
FAR = slots(
    ("near", "leaf", 1, 9, None), ("next", "leaf", 3, 9, None), ("far", "leaf", 30, 9, "spinach"),
    ("end", "leaf", 33, 9, "cress"),
)  # fmt: skip


def decided(floor: pd.DataFrame, barred: Barred) -> tuple[dict[str, SlotSuggestion], tuple[Move, ...]]:
    suggestions = suggest_slots(LEAVES, floor, barred)
    return {one.product_id: one for one in suggestions}, moves_worth_making(LEAVES, floor, barred=barred)


def carried(moves: tuple[Move, ...]) -> list[tuple[str, str]]:
    return [(move.product_id, move.to_slot_id) for move in moves]


def test_without_a_bar_both_come_near() -> None:
    assert carried(decided(FAR, Barred())[1]) == [("spinach", "near"), ("cress", "next")]


def test_what_staff_refused_to_carry_into_a_slot_goes_to_the_next_best_and_others_may_lie_there() -> None:
    suggestions, moves = decided(FAR, Barred(refused={("spinach", "near")}))

    assert by_product(tuple(suggestions.values())) == {"spinach": "next", "cress": "near"}
    assert carried(moves) == [("spinach", "next"), ("cress", "near")]


def test_a_product_that_was_refused_everywhere_stays_and_says_so() -> None:
    suggestions, moves = decided(FAR, Barred(refused={("spinach", name) for name in ("near", "next", "end")}))

    assert suggestions["spinach"].slot_id == "far"
    assert carried(moves) == [("cress", "near")]


def test_a_slot_that_cannot_be_used_is_emptied_first_and_never_filled() -> None:
    suggestions, moves = decided(FAR, Barred(unusable={"near": "shelf is bent", "end": "it leaks"}))

    assert by_product(tuple(suggestions.values())) == {"spinach": "next", "cress": "far"}
    assert carried(moves) == [("spinach", "next"), ("cress", "far")]
    assert codes(moves[1]) == ["slot_unusable", "saves_walking"]


def test_into_a_zone_in_alarm_nothing_is_carried_and_what_lies_there_stays() -> None:
    floor = FAR.assign(product_id=["spinach", None, None, None])

    suggestions, moves = decided(floor, Barred(in_alarm={"zone of leaf"}))

    assert moves == ()
    assert (suggestions["spinach"].slot_id, codes(suggestions["spinach"])[1:]) == ("near", ["stays", "zone_in_alarm"])
    assert (suggestions["cress"].slot_id, codes(suggestions["cress"])[1:]) == (None, ["zone_in_alarm"])


def test_goods_go_into_another_zone_of_their_band_that_is_in_order() -> None:
    floor = FAR.assign(zone_id=["a", "a", "b", "b"], product_id=[None, None, "spinach", None])

    suggestions, moves = decided(floor, Barred(in_alarm={"a"}))

    assert by_product(tuple(suggestions.values())) == {"spinach": "far", "cress": "end"}
    assert carried(moves) == [("cress", "end")]


@pytest.mark.parametrize(
    ("barred", "why"),
    [
        (Barred(unusable=dict.fromkeys(FAR["slot_id"], "flooded")), ["slots_unusable"]),
        (Barred(refused={("cress", name) for name in FAR["slot_id"]}), ["refused"]),
        (Barred(unusable={"near": "bent", "next": "bent", "end": "bent"}), ["band_full", "slots_unusable"]),
    ],
)
def test_a_product_that_finds_no_slot_says_what_bars_it(barred: Barred, why: list[str]) -> None:
    floor = FAR.assign(product_id=None)

    suggestions, _ = decided(floor, barred)

    assert suggestions["cress"].slot_id is None
    assert codes(suggestions["cress"])[1:] == why


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 100_000), count=st.integers(1, 10), empty=st.integers(0, 6))
def test_no_move_ever_goes_where_something_bars_it_and_the_list_can_be_carried_out(seed, count, empty) -> None:
    random = np.random.default_rng(seed)
    bands = ["leaf", "frozen"]
    assortment = products(
        *((f"p{i}", str(random.choice(bands)), float(random.integers(0, 60)), 1.0) for i in range(count))
    )
    lies = [f"p{i}" if random.random() < 0.8 else None for i in range(count)] + [None] * empty
    floor = slots(
        *((f"s{i}", str(random.choice(bands)), float(random.uniform(1, 40)), 9.0, held) for i, held in enumerate(lies))
    )
    floor["zone_id"] = floor["zone_id"] + pd.Series(random.integers(0, 2, len(floor)).astype(str))
    barred = Barred(
        {name: "bent" for name in floor["slot_id"] if random.random() < 0.2},
        {name for name in floor["zone_id"].unique() if random.random() < 0.2},
        {(f"p{i}", f"s{j}") for i in range(count) for j in range(len(lies)) if i != j and random.random() < 0.2},
    )
    moves = moves_worth_making(assortment, floor, barred=barred)

    after = after_moves(floor, moves)

    zones = dict(zip(floor["slot_id"], floor["zone_id"], strict=True))
    for move in moves:
        assert move.to_slot_id not in barred.unusable
        assert zones[move.to_slot_id] not in barred.in_alarm
        assert (move.product_id, move.to_slot_id) not in barred.refused
    assert moves_worth_making(assortment, after, barred=barred) == ()
