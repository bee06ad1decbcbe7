"""Where products should lie, against trying every layout, and which moves are worth making."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.warehouse.slotting.warehouses import decided
from warehouse.slotting.barred import NOTHING_BARRED, Barred
from warehouse.slotting.move_effort import USUAL, MoveEffort
from warehouse.slotting.suggestion import Move, SlotSuggestion

EFFORTLESS = MoveEffort(metres_per_move=1e-6)


def products(*rows: tuple[str, str, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["product_id", "band", "lines_per_day", "space_l"])


def slots(*rows: tuple[str, str, float, float, str | None]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["slot_id", "band", "distance_m", "volume_l", "product_id"])
    return frame.assign(zone_id="zone of " + frame["band"])


def by_product(suggestions: tuple[SlotSuggestion, ...]) -> dict[str, str | None]:
    return {suggestion.product_id: suggestion.slot_id for suggestion in suggestions}


def suggest_slots(
    assortment: pd.DataFrame, floor: pd.DataFrame, barred: Barred = NOTHING_BARRED
) -> tuple[SlotSuggestion, ...]:
    return decided(assortment, floor, barred=barred).suggestions


def moves_worth_making(
    assortment: pd.DataFrame, floor: pd.DataFrame, effort: MoveEffort = USUAL, barred: Barred = NOTHING_BARRED
) -> tuple[Move, ...]:
    return decided(assortment, floor, effort, barred).moves


def codes(one: SlotSuggestion | Move) -> list[str]:
    return [reason.code.value for reason in one.reasons]


def walking(assortment: pd.DataFrame, floor: pd.DataFrame, layout: dict[str, str | None]) -> float:
    """Metres of all order lines, one way; lines of products without a slot are not walked."""
    distance = dict(zip(floor["slot_id"], floor["distance_m"], strict=True))
    lines = dict(zip(assortment["product_id"], assortment["lines_per_day"], strict=True))
    return sum(lines[product] * distance[slot] for product, slot in layout.items() if slot is not None)


def after_moves(floor: pd.DataFrame, moves: tuple[Move, ...]) -> pd.DataFrame:
    """The floor once the moves are done in their order; fails where one cannot be carried out."""
    holds = dict(zip(floor["slot_id"], floor["product_id"], strict=True))
    for move in sorted(moves, key=lambda move: move.rank):
        others = [other for other in moves if other.exchange is not None and other.exchange == move.exchange]
        occupant = holds[move.to_slot_id]
        empty = occupant is None or pd.isna(occupant)
        assert empty or occupant in {other.product_id for other in others}, f"{move} goes to an occupied slot"
        if move.from_slot_id is not None and holds[move.from_slot_id] == move.product_id:
            holds[move.from_slot_id] = None
        holds[move.to_slot_id] = move.product_id
    return floor.assign(product_id=pd.Series([holds[slot] for slot in floor["slot_id"]], dtype=object))


def test_the_most_picked_product_gets_the_nearest_slot_of_its_band() -> None:
    suggested = suggest_slots(
        products(("rice", "ambient", 50, 1), ("spinach", "leaf", 9, 1), ("cress", "leaf", 2, 1)),
        slots(("A1", "leaf", 9, 10, None), ("A2", "leaf", 4, 10, None), ("B1", "ambient", 1, 10, "rice")),
    )
    assert by_product(suggested) == {"rice": "B1", "spinach": "A2", "cress": "A1"}
    assert suggested[0].zone_id == "zone of ambient"
    assert codes(suggested[0]) == ["ranked_in_band", "nearest_that_fits", "stays"]
    assert dict(suggested[2].reasons[0].values) == {"rank": 2, "products": 2, "band": "leaf", "lines_per_day": 2}


def test_a_product_that_finds_no_slot_says_why() -> None:
    suggested = suggest_slots(
        products(("ice", "frozen", 9, 1), ("melon", "leaf", 9, 99), ("spinach", "leaf", 5, 1), ("cress", "leaf", 2, 1)),
        slots(("A1", "leaf", 4, 10, None)),
    )
    assert by_product(suggested) == {"ice": None, "melon": None, "spinach": "A1", "cress": None}
    assert [codes(one)[-1] for one in suggested] == [
        "no_slot_in_band",
        "no_slot_large_enough",
        "nearest_that_fits",
        "band_full",
    ]


def test_a_large_product_is_not_left_without_a_slot_by_a_small_one() -> None:
    suggested = suggest_slots(
        products(("cress", "leaf", 9, 1), ("cabbage", "leaf", 2, 50)),
        slots(("near", "leaf", 1, 60, None), ("far", "leaf", 9, 10, None)),
    )
    assert by_product(suggested) == {"cress": "far", "cabbage": "near"}


def test_unknown_volumes_fit_everywhere() -> None:
    unknown = float("nan")
    suggested = suggest_slots(
        products(("cress", "leaf", 9, unknown), ("cabbage", "leaf", 2, 50)),
        slots(("near", "leaf", 1, 10, None), ("far", "leaf", 9, unknown, None)),
    )
    assert by_product(suggested) == {"cress": "near", "cabbage": "far"}


def test_a_slot_that_holds_something_else_is_left_alone() -> None:
    suggested = suggest_slots(
        products(("cress", "leaf", 9, 1)),
        slots(("near", "leaf", 1, 10, "delisted"), ("far", "leaf", 9, 10, None)),
    )
    assert by_product(suggested) == {"cress": "far"}


def test_a_product_given_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="product_id cress is given twice"):
        suggest_slots(products(("cress", "leaf", 9, 1), ("cress", "leaf", 9, 1)), slots())


@pytest.mark.parametrize("same_size", [True, False])
@pytest.mark.parametrize("seed", range(10))
def test_no_layout_of_all_makes_pickers_walk_less(seed: int, same_size: bool) -> None:
    random = np.random.default_rng(seed)
    count = 5
    assortment = products(
        *((f"p{i}", "leaf", float(random.integers(0, 9)), float(random.integers(1, 9))) for i in range(count))
    )
    volumes = [9.0] * 7 if same_size else random.choice([5.0, 9.0], 7).tolist()
    floor = slots(*((f"s{i}", "leaf", float(random.uniform(1, 30)), volumes[i], None) for i in range(7)))
    space = assortment["space_l"].to_numpy()
    fewest_without, least = min(
        (
            sum(slot is None for slot in layout.values()),
            walking(assortment, floor, layout),
        )
        for order in permutations(range(7), count)
        for layout in [{f"p{i}": f"s{slot}" if space[i] <= volumes[slot] else None for i, slot in enumerate(order)}]
    )
    layout = by_product(suggest_slots(assortment, floor))
    assert sum(slot is None for slot in layout.values()) == fewest_without
    if fewest_without == 0:
        assert walking(assortment, floor, layout) == pytest.approx(least)


def test_a_move_that_does_not_repay_its_effort_is_not_made() -> None:
    assortment = products(("spinach", "leaf", 9, 1))
    floor = slots(("near", "leaf", 4, 10, None), ("far", "leaf", 6, 10, "spinach"))
    assert moves_worth_making(assortment, floor, MoveEffort(300, repaid_within_days=8)) == ()
    (move,) = moves_worth_making(assortment, floor, MoveEffort(300, repaid_within_days=9))
    assert (move.from_slot_id, move.to_slot_id, move.rank, move.exchange) == ("far", "near", 1, None)
    assert move.metres_saved_per_day == 2 * 9 * 2
    assert dict(move.reasons[0].values) == {"metres_per_day": 36.0, "repaid_after_days": 8.4}


def test_two_products_in_each_others_place_are_exchanged() -> None:
    assortment = products(("spinach", "leaf", 90, 1), ("cress", "leaf", 2, 1))
    floor = slots(("near", "leaf", 4, 10, "cress"), ("far", "leaf", 30, 10, "spinach"))
    moves = moves_worth_making(assortment, floor)
    assert [(move.product_id, move.to_slot_id, move.exchange) for move in moves] == [
        ("spinach", "near", 1),
        ("cress", "far", 1),
    ]
    assert codes(moves[1]) == ["makes_room", "saves_walking"]


def test_what_lies_too_warm_is_moved_first_even_when_it_is_a_longer_walk() -> None:
    assortment = products(("ice", "frozen", 5, 1), ("rice", "ambient", 90, 1))
    floor = slots(
        ("F1", "frozen", 40, 10, None),
        ("B1", "ambient", 2, 10, "ice"),
        ("B2", "ambient", 30, 10, "rice"),
    )
    moves = moves_worth_making(assortment, floor)
    assert [(move.product_id, move.to_slot_id) for move in moves] == [("ice", "F1"), ("rice", "B1")]
    assert moves[0].metres_saved_per_day < 0
    assert codes(moves[0]) == ["wrong_band"]


def test_a_product_without_a_slot_gets_one_before_anything_else_is_moved() -> None:
    assortment = products(("spinach", "leaf", 90, 1), ("cress", "leaf", 2, 1))
    floor = slots(("near", "leaf", 4, 10, "cress"), ("far", "leaf", 30, 10, None))
    moves = moves_worth_making(assortment, floor)
    assert [(move.product_id, move.from_slot_id, move.to_slot_id) for move in moves] == [
        ("cress", "near", "far"),
        ("spinach", None, "near"),
    ]
    assert codes(moves[1]) == ["has_no_slot"]


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    count=st.integers(1, 12),
    empty=st.integers(0, 6),
    effort=st.sampled_from([EFFORTLESS, MoveEffort(30), MoveEffort()]),
)
def test_moves_can_be_carried_out_and_leave_nothing_to_move(
    seed: int, count: int, empty: int, effort: MoveEffort
) -> None:
    random = np.random.default_rng(seed)
    bands = ["leaf", "frozen"]
    assortment = products(
        *(
            (f"p{i}", str(random.choice(bands)), float(random.integers(0, 60)), float(random.integers(1, 9)))
            for i in range(count)
        )
    )
    lies = [f"p{i}" if random.random() < 0.8 else None for i in range(count)] + [None] * empty
    floor = slots(
        *(
            (f"s{i}", str(random.choice(bands)), float(random.uniform(1, 40)), float(random.integers(3, 12)), held)
            for i, held in enumerate(lies)
        )
    )
    suggested = suggest_slots(assortment, floor)
    moves = moves_worth_making(assortment, floor, effort)
    after = after_moves(floor, moves)

    assert [move.rank for move in moves] == list(range(1, len(moves) + 1))
    again = suggest_slots(assortment, after)
    assert by_product(again) == by_product(suggested)
    assert moves_worth_making(assortment, after, effort) == ()


@pytest.mark.parametrize(
    ("floor", "codes_of_first"),
    [
        # spinach saves 2 x 9 x 2 = 36 m a day, cress loses 2 x 1 x 2 = 4, so 2 x (300 + 4) m are repaid after 19 days
        ([("near", "leaf", 4, 10, "cress"), ("far", "leaf", 6, 10, "spinach")], ["saves_walking"]),
        # the same where cress finds no room in the place of spinach, and a third slot is as far away
        (
            [("near", "leaf", 4, 60, "cress"), ("far", "leaf", 6, 10, "spinach"), ("third", "leaf", 6, 60, None)],
            ["makes_room", "saves_walking"],
        ),
    ],
)
def test_two_products_carried_are_twice_the_effort(
    floor: list[tuple[str, str, float, float, str | None]], codes_of_first: list[str]
) -> None:
    assortment = products(("spinach", "leaf", 9, 1), ("cress", "leaf", 1, 1 if len(floor) == 2 else 50))
    assert moves_worth_making(assortment, slots(*floor), MoveEffort(300, 18.9)) == ()
    moves = moves_worth_making(assortment, slots(*floor), MoveEffort(300, 19.1))
    assert {move.product_id for move in moves} == {"spinach", "cress"}
    assert codes(moves[0]) == codes_of_first
    for move in moves:
        assert dict(move.reasons[-1].values) == {"metres_per_day": 32.0, "repaid_after_days": 19.0}
    makes_room = next(one for move in moves for one in move.reasons if one.code == "makes_room")
    assert dict(makes_room.values) == {"for_product": "spinach"}
    assert [move.exchange for move in moves] == ([1, 1] if len(floor) == 2 else [None, None])


def test_the_move_that_saves_most_comes_first() -> None:
    assortment = products(("cress", "leaf", 50, 1), ("spinach", "leaf", 90, 1))
    floor = slots(
        ("A1", "leaf", 1, 10, None), ("A2", "leaf", 2, 10, None),
        ("A3", "leaf", 30, 10, "cress"), ("A4", "leaf", 31, 10, "spinach"),
    )  # fmt: skip
    moves = moves_worth_making(assortment, floor)
    assert [(move.product_id, move.to_slot_id, move.rank) for move in moves] == [
        ("spinach", "A1", 1),
        ("cress", "A2", 2),
    ]


def test_what_has_no_slot_saves_no_walking_by_getting_one_and_is_carried_no_way() -> None:
    assortment = products(("cress", "leaf", 50, 1))
    floor = slots(("A1", "leaf", 9, 10, None), ("B1", "ambient", 90, 10, None))
    (move,) = moves_worth_making(assortment, floor)
    assert move.minutes == USUAL.minutes(0.0)
    assert (move.metres_saved_per_day, codes(move)) == (0, ["has_no_slot"])


def test_what_lies_wrong_says_what_it_needs_and_what_it_has() -> None:
    assortment = products(("ice", "frozen", 5, 1), ("melon", "leaf", 5, 50))
    floor = slots(
        ("F1", "frozen", 9, 10, None), ("A1", "leaf", 9, 60, None),
        ("B1", "ambient", 2, 10, "ice"), ("A2", "leaf", 9, 10, "melon"),
    )  # fmt: skip
    reasons = {move.product_id: move.reasons[0] for move in moves_worth_making(assortment, floor)}
    assert (reasons["ice"].code, dict(reasons["ice"].values)) == (
        "wrong_band",
        {"band": "frozen", "zone_band": "ambient"},
    )
    assert (reasons["melon"].code, dict(reasons["melon"].values)) == ("too_small", {"space_l": 50.0, "volume_l": 10.0})


def test_suggestions_give_the_figures_that_they_rest_on() -> None:
    suggested = suggest_slots(
        products(
            ("cress", "leaf", 2.3449, 1), ("melon", "leaf", 9, 99), ("ice", "frozen", 9, 1), ("leek", "leaf", 1, 1)
        ),
        slots(("A1", "leaf", 4, 10, None)),
    )
    assert [dict(one.reasons[1].values) for one in suggested] == [
        {"distance_m": 4.0, "space_l": 1.0, "volume_l": 10.0},
        {"space_l": 99.0, "largest_l": 10.0},
        {"band": "frozen"},
        {"band": "leaf", "slots": 1},
    ]
    assert dict(suggested[0].reasons[0].values)["lines_per_day"] == 2.34


def test_frames_without_their_columns_are_refused_by_name() -> None:
    right = products(("cress", "leaf", 9, 1)), slots(("A1", "leaf", 4, 10, None))
    with pytest.raises(ValueError, match=r"^products: missing columns \['band', 'space_l'\]$"):
        suggest_slots(right[0].drop(columns=["band", "space_l"]), right[1])
    with pytest.raises(ValueError, match=r"^slots: missing columns \['zone_id'\]$"):
        suggest_slots(right[0], right[1].drop(columns="zone_id"))
    with pytest.raises(ValueError, match=r"^slots: slot_id A1 is given twice$"):
        suggest_slots(right[0], pd.concat([right[1], right[1]]))
