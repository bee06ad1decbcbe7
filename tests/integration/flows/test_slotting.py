"""Slot suggestions and moves, from forecast to settled, on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.tables import MoveRow, MoveStatus, SlotRow, SlotSuggestionRow
from flows.errors import Invalid, NotNow, Unknown
from flows.slotting.slots_and_moves import settle_move, suggest_slots
from tests.integration.flows.conftest import NOW


def suggested(shop: Engine, now=NOW) -> int:
    return suggest_slots(shop, ["W1"], now)["W1"]


def move_of(shop: Engine, product_id: str) -> MoveRow:
    with reading(shop) as session:
        query = select(MoveRow).where(MoveRow.product_id == product_id, MoveRow.status == MoveStatus.SUGGESTED)
        return session.scalars(query).one()


def test_every_product_gets_a_suggestion_in_its_band(shop: Engine) -> None:
    moves = suggested(shop)

    with reading(shop) as session:
        slots = {row.product_id: row.slot_id for row in session.scalars(select(SlotSuggestionRow))}
    assert slots == {"spinach": "leaf-1", "milk": "chilled-2", "saffron": "ambient-3"}
    assert moves == 2  # spinach comes nearer, saffron gets its first slot


def test_a_move_done_carries_the_product_and_may_be_said_twice(shop: Engine) -> None:
    suggested(shop)
    move = move_of(shop, "spinach")
    for _ in range(2):
        with writing(shop) as session:
            settle_move(session, move.move_id, True, None, NOW, "staff")

    with reading(shop) as session:
        lies = {slot.slot_id: slot.product_id for slot in session.scalars(select(SlotRow))}
        assert (lies["leaf-1"], lies["leaf-5"]) == ("spinach", None)
        assert session.get_one(MoveRow, move.move_id).status == MoveStatus.DONE


def test_after_the_moves_are_done_none_is_worth_making(shop: Engine) -> None:
    suggested(shop)
    for product in ("spinach", "saffron"):
        with writing(shop) as session:
            settle_move(session, move_of(shop, product).move_id, True, None, NOW, "staff")

    assert suggested(shop, NOW + timedelta(hours=1)) == 0


def test_a_refusal_needs_a_reason_and_is_kept(shop: Engine) -> None:
    suggested(shop)
    move = move_of(shop, "spinach")
    with pytest.raises(Invalid, match="reason"), writing(shop) as session:
        settle_move(session, move.move_id, False, " ", NOW, "staff")
    with writing(shop) as session:
        settle_move(session, move.move_id, False, "shelf broken", NOW, "staff")

    with pytest.raises(NotNow, match="is already refused"), writing(shop) as session:
        settle_move(session, move.move_id, True, None, NOW, "staff")


def test_a_move_to_a_slot_that_was_filled_meanwhile_is_refused(shop: Engine) -> None:
    suggested(shop)
    with writing(shop) as session:
        session.get_one(SlotRow, "leaf-1").product_id = "milk"

    with pytest.raises(NotNow, match="still holds milk"), writing(shop) as session:
        settle_move(session, move_of(shop, "spinach").move_id, True, None, NOW, "staff")
    with reading(shop) as session:
        assert session.get_one(SlotRow, "leaf-5").product_id == "spinach"


def test_suggesting_again_withdraws_what_was_not_done(shop: Engine) -> None:
    suggested(shop)
    first = move_of(shop, "spinach").move_id
    suggested(shop, NOW + timedelta(hours=1))

    with reading(shop) as session:
        assert session.get_one(MoveRow, first).status == MoveStatus.WITHDRAWN


@pytest.mark.parametrize(("warehouse", "error", "words"), [("W9", Unknown, "W9"), ("W2", NotNow, "no slots")])
def test_a_warehouse_without_slots_or_existence_is_told(shop: Engine, warehouse, error, words) -> None:
    with pytest.raises(error, match=words):
        suggest_slots(shop, [warehouse], NOW)
