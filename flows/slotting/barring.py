"""Where nothing is to be carried: what is known of it now, and slots that staff take out of use and back into it."""

from datetime import date, datetime

from sqlalchemy import exists, update
from sqlalchemy.orm import Session, aliased

from data.frames.barred_places import busy_slots, refused_moves, unusable_slots, zones_in_alarm
from data.tables import TO_BE_MADE, MoveRow, MoveStatus, SlotRow
from flows.errors import Invalid, Unknown
from flows.slotting.rest_of_list import withdraw_what_cannot_be_made
from warehouse.slotting.barred import Barred


def barred_now(session: Session, warehouse_id: str, today: date) -> Barred:
    """What bars products from places of a warehouse on its day."""
    return Barred(
        unusable=unusable_slots(session, warehouse_id),
        in_alarm=zones_in_alarm(session, warehouse_id),
        refused=refused_moves(session, warehouse_id),
        busy=busy_slots(session, warehouse_id, today),
    )


def take_out_of_use(
    session: Session, slot_id: str, reason: str, now: datetime, because_of: str | None = None
) -> SlotRow:
    """Notes why a slot cannot be used and withdraws the moves into it and those that need them, `because_of` the move
    whose refusal said so; what lies in it is suggested to be moved with the next suggestions. Safe to repeat. Raises
    Unknown, and Invalid without a reason."""
    slot = _locked(session, slot_id)
    if not reason.strip():
        raise Invalid("Say why the slot cannot be used.", field="reason")
    slot.unusable_because = reason.strip()
    other = aliased(MoveRow)
    exchanged = exists().where(other.exchange_id == MoveRow.exchange_id, other.to_slot_id == slot_id)
    session.execute(
        update(MoveRow)
        .where(MoveRow.warehouse_id == slot.warehouse_id, MoveRow.status.in_(TO_BE_MADE))
        .where((MoveRow.to_slot_id == slot_id) | exchanged)
        .values(status=MoveStatus.WITHDRAWN, decided_at=now, depended_on=because_of)
    )
    withdraw_what_cannot_be_made(session, slot.warehouse_id, now, because_of)
    return slot


def take_into_use(session: Session, slot_id: str) -> SlotRow:
    """The slot can be used again. Safe to repeat. Raises Unknown."""
    slot = _locked(session, slot_id)
    slot.unusable_because = None
    return slot


def _locked(session: Session, slot_id: str) -> SlotRow:
    slot = session.get(SlotRow, slot_id, with_for_update=True)
    if slot is None:
        raise Unknown("Slot {slot_id!r} was not found.", slot_id=slot_id, field="slot_id")
    return slot
