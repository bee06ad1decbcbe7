"""Slot suggestions and moves, from forecast to settled, on both databases."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.tables import (
    Band,
    LimitRow,
    MoveRow,
    MoveStatus,
    ProductRow,
    SensorRow,
    SlotRow,
    SlotSuggestionRow,
    Unit,
)
from flows.coldchain.readings.receiving import receive_readings
from flows.errors import Invalid, NotNow, Unknown
from flows.slotting.barring import take_into_use, take_out_of_use
from flows.slotting.settling import do_move, refuse_move
from flows.slotting.slots_and_moves import suggest_slots
from tests.integration.flows.conftest import NOW, TODAY, forecast_row
from warehouse.coldchain.readings import Reading


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
            do_move(session, move.move_id, NOW, "staff")

    with reading(shop) as session:
        lies = {slot.slot_id: slot.product_id for slot in session.scalars(select(SlotRow))}
        assert (lies["leaf-1"], lies["leaf-5"]) == ("spinach", None)
        assert session.get_one(MoveRow, move.move_id).status == MoveStatus.DONE


def test_after_the_moves_are_done_none_is_worth_making(shop: Engine) -> None:
    suggested(shop)
    for product in ("spinach", "saffron"):
        with writing(shop) as session:
            do_move(session, move_of(shop, product).move_id, NOW, "staff")

    assert suggested(shop, NOW + timedelta(hours=1)) == 0


def test_a_refusal_needs_a_reason_and_is_kept(shop: Engine) -> None:
    suggested(shop)
    move = move_of(shop, "spinach")
    with pytest.raises(Invalid, match="reason"), writing(shop) as session:
        refuse_move(session, move.move_id, " ", NOW, "staff")
    with writing(shop) as session:
        refuse_move(session, move.move_id, "shelf broken", NOW, "staff")

    with pytest.raises(NotNow, match="is already refused"), writing(shop) as session:
        do_move(session, move.move_id, NOW, "staff")


def test_a_move_to_a_slot_that_was_filled_meanwhile_is_refused(shop: Engine) -> None:
    suggested(shop)
    with writing(shop) as session:
        session.get_one(SlotRow, "leaf-1").product_id = "milk"

    with pytest.raises(NotNow, match="still holds milk"), writing(shop) as session:
        do_move(session, move_of(shop, "spinach").move_id, NOW, "staff")
    with reading(shop) as session:
        assert session.get_one(SlotRow, "leaf-5").product_id == "spinach"


def test_suggesting_again_withdraws_what_was_not_done(shop: Engine) -> None:
    suggested(shop)
    first = move_of(shop, "spinach").move_id
    suggested(shop, NOW + timedelta(hours=1))

    with reading(shop) as session:
        assert session.get_one(MoveRow, first).status == MoveStatus.WITHDRAWN


def wide_leaf_zone(shop: Engine) -> None:
    """Six greens lie at the far end of the leaf zone, and six slots near the bench are empty."""
    with writing(shop) as session:
        near = session.get_one(SlotRow, "leaf-1")
        zone = {"warehouse_id": "W1", "zone_id": near.zone_id, "y_m": 0.0, "volume_l": Decimal(500)}
        greens = [f"green {n}" for n in range(6)]
        session.add_all(
            ProductRow(product_id=name, name=name, category="leaf", band=Band.LEAF, unit=Unit.KG, volume_l=Decimal(1))
            for name in greens
        )
        session.flush()
        session.add_all(SlotRow(slot_id=f"near-{n}", x_m=n, distance_m=2.0 + n, **zone) for n in range(6))
        session.add_all(
            SlotRow(slot_id=f"far-{n}", x_m=90 + n, distance_m=190.0 + n, product_id=name, **zone)
            for n, name in enumerate(greens)
        )
        session.add_all(forecast_row("W1", name, TODAY, 40.0 - n) for n, name in enumerate(greens))


def moves(shop: Engine) -> list[MoveRow]:
    with reading(shop) as session:
        query = select(MoveRow).where(MoveRow.status == MoveStatus.SUGGESTED).order_by(MoveRow.rank)
        return list(session.scalars(query))


def test_of_five_moves_that_staff_refused_none_is_suggested_again(shop: Engine) -> None:
    wide_leaf_zone(shop)
    suggested(shop)
    five = [move for move in moves(shop) if move.from_slot_id and move.from_slot_id.startswith("far")][:5]
    for move in five:
        with writing(shop) as session:
            refuse_move(session, move.move_id, "shelf is bent", NOW, "staff")

    for hours in (1, 2):
        assert suggested(shop, NOW + timedelta(hours=hours)) > 0
        again = {(move.product_id, move.to_slot_id) for move in moves(shop)}
        assert not again & {(move.product_id, move.to_slot_id) for move in five}
    assert len(five) == 5


def test_a_slot_out_of_use_gets_nothing_what_lies_there_is_moved_first_and_it_can_be_used_again(shop: Engine) -> None:
    wide_leaf_zone(shop)
    suggested(shop)
    first = next(move for move in moves(shop) if move.product_id == "green 0")
    for slot_id in (first.to_slot_id, "far-5"):
        with writing(shop) as session:
            take_out_of_use(session, slot_id, "shelf is bent", NOW)
    assert first.move_id not in {move.move_id for move in moves(shop)}, "it was withdrawn at once"

    suggested(shop, NOW + timedelta(hours=1))

    assert first.to_slot_id not in {move.to_slot_id for move in moves(shop)}
    carried = {move.product_id: [reason["code"] for reason in move.reasons] for move in moves(shop)}
    assert carried["green 5"][0] == "slot_unusable"
    with writing(shop) as session:
        assert take_into_use(session, first.to_slot_id).unusable_because is None
    suggested(shop, NOW + timedelta(hours=2))
    assert first.to_slot_id in {move.to_slot_id for move in moves(shop)}
    for slot_id, reason, error in (("no such", "bent", Unknown), ("far-5", " ", Invalid)):
        with pytest.raises(error), writing(shop) as session:
            take_out_of_use(session, slot_id, reason, NOW)


def test_while_the_leaf_zone_is_at_18_degrees_nothing_is_moved_in_and_the_reason_says_so(shop: Engine) -> None:
    wide_leaf_zone(shop)
    with writing(shop) as session:
        zone_id = session.get_one(SlotRow, "leaf-1").zone_id
        session.add(SensorRow(sensor_id="T1", zone_id=zone_id, name="Door"))
        session.add(LimitRow(zone_id=zone_id, valid_from=NOW - timedelta(days=9), low_c=1.0, high_c=4.0))
        session.get_one(SlotRow, "leaf-5").product_id = None  # spinach has just come and lies nowhere
    suggested(shop)
    assert "spinach" in {move.product_id for move in moves(shop)}
    warm = [Reading("T1", NOW + timedelta(minutes=minute), 18.0) for minute in range(0, 60, 10)]
    with writing(shop) as session:
        assert len(receive_readings(session, warm, warm[-1].taken_at).raised) == 1

    suggested(shop, NOW + timedelta(hours=1))

    assert {move.product_id for move in moves(shop)} == {"saffron"}, "it goes elsewhere"
    with reading(shop) as session:
        spinach = session.scalars(select(SlotSuggestionRow).where(SlotSuggestionRow.product_id == "spinach")).one()
        assert spinach.slot_id is None
        assert spinach.reasons[-1] == {"code": "zone_in_alarm", "zone_ids": zone_id}
    cold = Reading("T1", NOW + timedelta(minutes=61), 3.0)
    with writing(shop) as session:
        assert len(receive_readings(session, [cold], cold.taken_at).ended) == 1
    suggested(shop, NOW + timedelta(hours=2))
    assert "spinach" in {move.product_id for move in moves(shop)}


@pytest.mark.parametrize(("warehouse", "error", "words"), [("W9", Unknown, "W9"), ("W2", NotNow, "no slots")])
def test_a_warehouse_without_slots_or_existence_is_told(shop: Engine, warehouse, error, words) -> None:
    with pytest.raises(error, match=words):
        suggest_slots(shop, [warehouse], NOW)
