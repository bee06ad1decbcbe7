"""The floor of a warehouse as a drawing: what is drawn where."""

import pandas as pd
import pytest

from api.pages.slots.floor_plan import FloorPlan, Way, busy_levels, draw_floor
from data.tables import Band, SlotRow, ZoneRow

NO_WAYS = pd.DataFrame(columns=["from_x_m", "from_y_m", "to_x_m", "to_y_m"])
ZONE = ZoneRow(zone_id="Z", name="Cold", band=Band.LEAF, x_m=0, y_m=0, width_m=6, depth_m=8)


def slot(slot_id: str, x: float, y: float, aisle: str | None = None, level: int | None = None) -> SlotRow:
    return SlotRow(slot_id=slot_id, x_m=x, y_m=y, aisle=aisle, level=level)


SLOTS = [slot("a", 0.3, 0.5, "A"), slot("b", 2.7, 7.5, "A"), slot("c", 3.3, 0.5, "B"), slot("d", 5.7, 7.5, "B")]


def drawn(
    slots: list[SlotRow] = SLOTS,
    points: dict[str, tuple[float, float]] | None = None,
    ways: pd.DataFrame = NO_WAYS,
    busy: dict[str, float] | None = None,
) -> FloorPlan:
    return draw_floor([ZONE], slots, points or {}, ways, busy or {}, {one.slot_id: "" for one in slots})


@pytest.mark.parametrize(("front", "back"), [(9.2, -1.2), (-1.2, 9.2)])
def test_aisles_run_from_the_front_cross_aisle_to_the_back_one(front: float, back: float) -> None:
    floor = drawn(points={"start": (0.0, front)})

    assert [(way.name, way.from_x, way.from_y, way.to_y) for way in floor.aisles] == [
        ("A", pytest.approx(1.5), front, pytest.approx(back)),
        ("B", pytest.approx(4.5), front, pytest.approx(back)),
    ]
    assert sorted(way.from_y for way in floor.ways) == pytest.approx(sorted((front, back)))
    assert all((way.from_x, way.to_x) == pytest.approx((1.5, 4.5)) for way in floor.ways)


def test_where_tours_start_is_not_known_aisles_run_along_their_slots() -> None:
    floor = drawn()
    assert [(way.from_y, way.to_y) for way in floor.aisles] == [(0.5, 7.5)] * 2
    assert floor.ways == []


def test_what_can_be_walked_is_drawn_as_it_is_given() -> None:
    ways = pd.DataFrame([(0.0, 4.0, 6.0, 4.0)], columns=NO_WAYS.columns)
    assert drawn(points={"start": (0.0, 9.2)}, ways=ways).ways == [Way(0.0, 4.0, 6.0, 4.0)]


def test_levels_of_a_place_lie_beside_each_other_the_lowest_first() -> None:
    places = [slot("top", 1, 1, level=1), slot("low", 1, 1, level=0), slot("other", 3, 1)]
    low, top = sorted((one for one in drawn(places).slots if one.slot.slot_id != "other"), key=lambda one: one.y)
    assert (low.slot.slot_id, top.slot.slot_id) == ("low", "top")
    assert low.y + low.depth == pytest.approx(top.y)
    assert low.depth == top.depth


def test_points_at_one_place_share_it_and_everything_lies_inside() -> None:
    floor = drawn(points={"start": (0.0, 9.2), "packing": (0.0, 9.2), "dock": (6.0, 9.2)})
    assert [(list(at.does), at.on_the_left) for at in floor.points] == [(["start", "packing"], True), (["dock"], False)]
    right, bottom = floor.left + floor.width, floor.top + floor.depth
    for at in floor.points:
        assert floor.left < at.x < right
        assert floor.top < at.y < bottom
    for way in [*floor.aisles, *floor.ways]:
        assert floor.top < min(way.from_y, way.to_y) <= max(way.from_y, way.to_y) < bottom


def test_a_slot_is_coloured_by_the_share_of_picked_slots_that_are_not_busier() -> None:
    assert busy_levels([0, 5, 1, 2, 3, 4]) == [1, 2, 3, 4, 5]
    assert busy_levels([0.0]) == []
    levels = {one.slot.slot_id: one.level for one in drawn(busy={"a": 1, "b": 2, "c": 0}).slots}
    assert levels == {"a": 1, "b": 2, "c": 0, "d": 0}
