"""What goods ask of their place and neighbours decides where they lie, and the rule that leaves no place is named."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.unit.warehouse.slotting.warehouses import any_warehouse, decided
from warehouse.slotting.barred import Barred
from warehouse.slotting.expected_tours import expected_tours
from warehouse.slotting.move_effort import MoveEffort
from warehouse.slotting.routing.rules import Routing
from warehouse.slotting.suggestion import SlotSuggestion
from warehouse.slotting.task import Task
from warehouse.slotting.walked_floor import walked_floor
from warehouse.slotting.walks import Walks


def products(*rows: dict[str, Any]) -> pd.DataFrame:
    usual = {"band": "leaf", "lines_per_day": 5.0, "space_l": 1.0, "peak_kg": 1.0, "on_hand": 6.0}
    return pd.DataFrame([usual | row for row in rows])


def aisle(bays: int, levels: int = 1, **columns: Any) -> pd.DataFrame:
    """The slots of one aisle, a bay after the other."""
    rows = [
        {"slot_id": f"{bay}-{level}", "aisle": "A", "bay": bay, "level": level, "x_m": 0.0, "y_m": float(bay)}
        for bay in range(bays)
        for level in range(levels)
    ]
    usual = {"zone_id": "Z", "band": "leaf", "volume_l": 10.0, "max_weight_kg": 10.0, "product_id": None}
    floor = pd.DataFrame(rows).assign(**usual, **columns)
    return floor.assign(distance_m=floor["y_m"])


def slots_of(suggestions: tuple[SlotSuggestion, ...]) -> dict[tuple[str, int], str | None]:
    return {(one.product_id, one.number): one.slot_id for one in suggestions}


def why(one: SlotSuggestion) -> list[str]:
    return [reason.code.value for reason in one.reasons[1:]]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"ethylene": "produces"}, {"ethylene": "sensitive"}),
        ({"odour": "gives"}, {"odour": "takes"}),
        ({"allergens": "milk"}, {"allergens": "nuts"}),
    ],
)
def test_bad_neighbours_have_a_bay_between_them(one: dict[str, str], other: dict[str, str]) -> None:
    goods = products({"product_id": "apple", "lines_per_day": 9.0, **one}, {"product_id": "leek", **other})

    assert slots_of(decided(goods, aisle(3)).suggestions) == {("apple", 1): "0-0", ("leek", 1): "2-0"}
    lacking = decided(goods, aisle(2)).suggestions[1]
    assert (lacking.slot_id, why(lacking)) == (None, ["kept_apart"])


def test_the_same_allergens_and_smells_may_lie_together() -> None:
    goods = products(
        {"product_id": "brie", "lines_per_day": 9.0, "allergens": "milk,egg", "odour": "gives"},
        {"product_id": "feta", "allergens": "egg, milk", "odour": "gives"},
    )

    assert slots_of(decided(goods, aisle(2)).suggestions) == {("brie", 1): "0-0", ("feta", 1): "1-0"}


def test_slots_without_a_known_bay_are_all_neighbours_in_their_zone() -> None:
    goods = products(
        {"product_id": "apple", "lines_per_day": 9.0, "ethylene": "produces"},
        {"product_id": "leek", "ethylene": "sensitive"},
    )
    unknown = aisle(4).assign(bay=pd.array([pd.NA] * 4, "Int64"))

    assert slots_of(decided(goods, unknown).suggestions)["leek", 1] is None
    zones = unknown.assign(zone_id=["Z", "Z", "Z", "Y"])
    assert slots_of(decided(goods, zones).suggestions)["leek", 1] == "3-0"


def test_beneath_raw_meat_lies_nothing_else() -> None:
    goods = products(
        {"product_id": "rice", "lines_per_day": 9.0}, {"product_id": "pork", "lines_per_day": 1.0, "raw_meat": True}
    ).fillna({"raw_meat": False})

    assert slots_of(decided(goods, aisle(1, levels=2)).suggestions) == {("rice", 1): "0-1", ("pork", 1): "0-0"}


def test_what_fits_no_slot_alone_gets_several_and_the_first_is_picked_from() -> None:
    goods = products({"product_id": "water", "space_l": 25.0})
    floor = aisle(4, pick_face=[True, False, False, False])

    suggestions = decided(goods, floor).suggestions

    assert slots_of(suggestions) == {("water", 1): "0-0", ("water", 2): "1-0", ("water", 3): "2-0"}
    assert "one_of_several" in why(suggestions[0])


@pytest.mark.parametrize(
    ("asks", "floor", "named"),
    [
        ({"band": "frozen"}, aisle(2), "no_slot_in_band"),
        ({"humidity_low_pct": 90.0}, aisle(2, humidity_low_pct=80.0), "no_fit_humidity"),
        ({}, aisle(2, pick_face=False), "no_pick_face"),
        ({"space_l": 99.0}, aisle(2), "no_slot_large_enough"),
        ({"peak_kg": 99.0}, aisle(2), "no_slot_strong_enough"),
    ],
)
def test_where_no_slot_suits_the_rule_is_named(asks: dict[str, Any], floor: pd.DataFrame, named: str) -> None:
    (only,) = decided(products({"product_id": "cress", **asks}), floor).suggestions

    assert (only.slot_id, why(only)) == (None, [named])


def test_nothing_is_carried_from_or_into_a_busy_slot() -> None:
    goods = products({"product_id": "cress", "lines_per_day": 900.0})
    floor = aisle(9).assign(product_id=pd.Series([None] * 8 + ["cress"], dtype=object))

    (move,) = decided(goods, floor).moves
    assert (move.from_slot_id, move.to_slot_id, move.quantity) == ("8-0", "0-0", 6.0)
    assert move.metres_saved_per_day == pytest.approx(2 * 8 * 900)
    assert move.minutes == pytest.approx((300 + 2 * 8) / 1.25 / 60)
    assert [one.to_slot_id for one in decided(goods, floor, barred=Barred(busy={"0-0"})).moves] == ["1-0"]
    assert decided(goods, floor, barred=Barred(busy={"8-0"})).moves == ()


def test_what_lies_beside_a_bad_neighbour_is_moved_though_it_saves_no_walking() -> None:
    goods = products(
        {"product_id": "apple", "lines_per_day": 9.0, "ethylene": "produces"},
        {"product_id": "leek", "ethylene": "sensitive"},
    )
    floor = aisle(3).assign(product_id=pd.Series(["apple", "leek", None], dtype=object))

    (move,) = decided(goods, floor).moves

    assert (move.product_id, move.to_slot_id, move.reasons[0].code) == ("leek", "2-0", "bad_neighbour")
    assert move.reasons[0].values == {"harm": "ethylene"}
    assert move.metres_saved_per_day < 0


def badly_laid() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Four pairs of which one spoils the other, one of which one makes the other unsafe to eat, each pair in two bays
    with one empty between it and the next; four fast sellers at the far end, and room for all nearer by."""
    pairs = [({"ethylene": "produces"}, {"ethylene": "sensitive"})] * 4 + [
        ({"allergens": "milk"}, {"allergens": "nuts"})
    ]
    goods = [
        {"product_id": f"{number}{name}", "lines_per_day": 1.0, **asks}
        for number, pair in enumerate(pairs)
        for name, asks in zip("ab", pair, strict=True)
    ]
    fast = [{"product_id": f"fast {number}", "lines_per_day": 900.0} for number in range(4)]
    holds = [None] * 8 + [held for n in range(5) for held in (f"{n}a", f"{n}b", None)] + [None] * 20
    floor = aisle(len(holds) + 4)
    return products(*goods, *fast), floor.assign(
        product_id=pd.Series([*holds, *(row["product_id"] for row in fast)], dtype=object)
    )


def test_what_only_spoils_beside_its_neighbours_leaves_half_of_a_shift_to_moves_that_save_walking() -> None:
    goods, floor = badly_laid()

    moves = decided(goods, floor, MoveEffort(most_moves=4)).moves

    harms = [move.reasons[0].values.get("harm") for move in moves]
    assert harms == ["allergens", "ethylene", "ethylene", None], "the worst first"
    assert moves[3].product_id.startswith("fast")


def test_once_nothing_saves_walking_the_whole_shift_is_for_what_rules_demand() -> None:
    goods, floor = badly_laid()
    goods["lines_per_day"] = 0.01  # so that nothing repays itself

    moves = decided(goods, floor, MoveEffort(most_moves=4)).moves

    assert len(moves) == 4
    assert {move.reasons[0].code.value for move in moves} <= {"bad_neighbour", "makes_room"}


def test_tours_count_by_the_forecast_and_what_none_holds_is_picked_by_itself() -> None:
    tours = pd.DataFrame({"tour_id": [1, 1, 2], "product_id": ["a", "b", "a"]})

    expected = expected_tours(pd.Index(["a", "b", "new"]), np.array([4.0, 5.0, 3.0]), tours, 100)

    assert expected.product.tolist() == [2, 0, 1, 0]
    assert expected.weight is not None
    assert expected.weight.tolist() == [3 / 1.5, (2 + 5) / 2, 2]


@pytest.mark.parametrize(("start", "along"), [((0.0, -1.0), [1.0, 3.0]), ((0.0, 4.0), [4.0, 2.0]), (None, [0.0, 2.0])])
def test_aisles_are_entered_from_where_tours_start(start: tuple[float, float] | None, along: list[float]) -> None:
    floor = aisle(2).assign(x_m=[2.0, 4.0], y_m=[0.0, 2.0])

    plan = walked_floor(floor, start).plan

    assert plan.along_m.tolist() == along
    assert plan.aisle_x_m.tolist() == [3.0]


def test_without_aisles_every_line_is_a_way_there_and_back() -> None:
    floor = walked_floor(aisle(3).assign(aisle=["A", "A", None]))

    assert not floor.by_aisles
    assert floor.plan.along_m.tolist() == [0.0, 1.0, 2.0]


@pytest.mark.parametrize("routing", Routing)
def test_carried_one_by_one_tours_are_walked_as_all_at_once(routing: Routing) -> None:
    goods, slots, tours = any_warehouse(3, 20, 5, neighbours=False)
    task = Task.of(goods, slots, tours, (0.0, 0.0), routing)
    rng = np.random.default_rng(0)
    slot = rng.permutation(25)[:20]
    walks, before = Walks(task.problem, slot), task.problem.metres(slot)

    saved = [walks.carry([(product, int(to))]) for product, to in enumerate(rng.permutation(25)[:20])]

    assert sum(saved) == pytest.approx(before - task.problem.metres(walks.slot))


def test_of_a_product_in_two_slots_the_part_that_lies_where_it_may_not_is_moved() -> None:
    floor = aisle(3).assign(band=["leaf", "leaf", "frozen"], product_id=pd.Series(["leek", None, "leek"], dtype=object))

    (move,) = decided(products({"product_id": "leek"}), floor).moves

    assert (move.from_slot_id, move.to_slot_id, move.reasons[0].code) == ("2-0", "1-0", "wrong_band")
