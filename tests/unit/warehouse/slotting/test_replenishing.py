"""Faces that may run short are filled up, first-expired first, in the order in which they would run out."""

from datetime import date
from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.slotting.replenishing import HoursAhead, InReserve, PickFace, replenishments

TODAY, TOMORROW = date(2026, 3, 2), date(2026, 3, 3)


def face(product: str, holds: float, room: float, *, whole: bool = True) -> PickFace:
    return PickFace(f"face-{product}", product, holds, room, whole)


def lot(name: str, product: str, quantity: float, expires: date | None = TODAY, way_m: float = 5.0) -> InReserve:
    return InReserve(f"r-{name}", name, product, quantity, expires, way_m)


def hours(*mean: float, spread: float = 0.0) -> HoursAhead:
    known = np.array(mean)
    return HoursAhead(known, known - spread, known + spread)


def test_a_face_that_holds_enough_is_left_alone() -> None:
    assert replenishments([face("kale", 6, 20)], [lot("1", "kale", 9)], {"kale": hours(2, 2, 2)}) == ()


def test_a_face_that_may_run_short_is_filled_up() -> None:
    (found,) = replenishments([face("kale", 5, 20)], [lot("1", "kale", 30)], {"kale": hours(2, 2, 2)})

    assert (found.from_slot_id, found.to_slot_id, found.quantity, found.left) == ("r-1", "face-kale", 15, 15)
    assert (found.holds, found.runs_out_in, found.then_out_in) == (5, 2, None)


def test_what_is_uncertain_counts_as_more() -> None:
    ahead = hours(2, 2, spread=1.2816)  # a standard deviation of 1 in each hour

    assert ahead.enough == pytest.approx(4 + 1.2816 * 2**0.5)
    assert replenishments([face("kale", 5, 20)], [lot("1", "kale", 30)], {"kale": ahead})
    assert not replenishments([face("kale", 6, 20)], [lot("1", "kale", 30)], {"kale": ahead})


def test_lots_are_taken_first_expired_first_and_of_those_the_nearest() -> None:
    lots = [
        lot("keeps", "kale", 9, None),
        lot("later", "kale", 9, TOMORROW),
        lot("far", "kale", 9, TODAY, way_m=30.0),
        lot("near", "kale", 9, TODAY),
    ]

    found = replenishments([face("kale", 0, 20)], lots, {"kale": hours(30)})

    assert [(one.lot_id, one.quantity, one.left) for one in found] == [("near", 9, 0), ("far", 9, 0), ("later", 2, 7)]
    assert {one.then_out_in for one in found} == {0}  # the face has room for less than is wanted


def test_what_runs_out_first_comes_first_and_then_what_lacks_most() -> None:
    faces = [face(name, holds, 50) for name, holds in (("kale", 5.0), ("leek", 1.0), ("milk", 5.0), ("rice", 9.0))]
    ahead = {"kale": hours(3, 3, 3), "leek": hours(2, 0, 0), "milk": hours(3, 3, 9), "rice": hours(4, 4, spread=3)}

    found = replenishments(faces, [lot(one.product_id, one.product_id, 9) for one in faces], ahead)

    assert [one.product_id for one in found] == ["leek", "milk", "kale", "rice"]


def test_where_the_room_is_not_known_as_much_comes_as_is_wanted() -> None:
    (pieces,) = replenishments([face("kale", 1, inf)], [lot("1", "kale", 90)], {"kale": hours(2.5, 3)})
    (weighed,) = replenishments([face("kale", 1, inf, whole=False)], [lot("1", "kale", 90)], {"kale": hours(2.5, 3)})

    assert (pieces.quantity, weighed.quantity) == (5, 4.5)


def test_what_is_not_forecast_has_no_reserve_or_a_full_face_is_left_alone() -> None:
    faces = [face("kale", 0, 9), face("leek", 0, 9), face("milk", 8, 8)]
    reserve = [lot("1", "kale", 9), lot("2", "milk", 9)]

    assert replenishments(faces, reserve, {"leek": hours(5), "milk": hours(20)}) == ()


@given(
    holds=st.integers(0, 20),
    room=st.integers(0, 30),
    lots=st.lists(st.integers(1, 12), max_size=4),
    mean=st.lists(st.integers(0, 6), min_size=1, max_size=5),
)
def test_no_more_is_carried_than_lies_there_or_has_room(
    holds: int, room: int, lots: list[int], mean: list[int]
) -> None:
    reserve = [lot(str(n), "kale", quantity) for n, quantity in enumerate(lots)]

    found = replenishments([face("kale", holds, room)], reserve, {"kale": hours(*mean)})

    assert sum(one.quantity for one in found) <= max(room - holds, 0)
    assert all(one.quantity + one.left == lots[int(one.lot_id)] and one.quantity > 0 for one in found)
