"""What became of a move: staff did it or a part of it, refused it with a reason, or took back what they had said.

What lies in the slots of a move follows from how far it has gone (`_left`). So each answer asks whether its slots
still hold what the last one left, and then changes both; what cannot be made after it is withdrawn
(`rest_of_list.py`). Both moves of an exchange are settled together. All is safe to repeat.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.kept.locked_warehouses import lock_warehouses
from data.languages import Sentence
from data.tables import TO_BE_MADE, MoveRow, MoveStatus, SlotRow
from flows.errors import Invalid, NotNow, Unknown
from flows.notifying.outbox import write_events
from flows.slotting import telling
from flows.slotting.barring import take_into_use, take_out_of_use
from flows.slotting.rest_of_list import bring_back, withdraw_what_cannot_be_made
from flows.stock.changing_lots import require_quantity

Step = Sequence[MoveRow]
Statuses = Mapping[str, MoveStatus]
BECAME: Final = {
    MoveStatus.SUGGESTED: Sentence("suggested"),
    MoveStatus.PARTLY_DONE: Sentence("partly_done"),
    MoveStatus.DONE: Sentence("done"),
    MoveStatus.REFUSED: Sentence("refused"),
    MoveStatus.WITHDRAWN: Sentence("withdrawn"),
}


def do_move(session: Session, move_id: str, now: datetime, by: str) -> None:
    """The product lies in its new slot now, whole. Raises Unknown, NotNow where the move was settled otherwise or a
    slot holds something else."""
    step, move = _locked_step(session, move_id)
    if all(one.status == MoveStatus.DONE for one in step):
        return
    _require_to_be_made(step, move)
    _go_on(session, step, {one.move_id: MoveStatus.DONE for one in step})
    for one in step:
        _note(one, MoveStatus.DONE, now, by)
    _tell(session, step, move, now, by)


def do_part_of_move(session: Session, move_id: str, quantity: Decimal | None, now: datetime, by: str) -> None:
    """So much of the product, in all, lies in its new slot now, the rest where it was; the move stays on the list. Of
    an exchange the other product had to come out and lies nowhere, and without a quantity this one is there whole.
    Raises as `do_move`, and Invalid for a quantity that is no part."""
    step, move = _locked_step(session, move_id)
    whole = quantity is None and len(step) > 1
    status = MoveStatus.DONE if whole else MoveStatus.PARTLY_DONE
    if (move.status, move.carried) == (status, quantity):
        return
    _require_to_be_made(step, move)
    if not whole:
        _require_part(move, quantity)
    _go_on(session, step, _statuses(step) | {move_id: status})
    _note(move, status, now, by, carried=quantity)
    _tell(session, [move], move, now, by)


def refuse_move(
    session: Session, move_id: str, reason: str | None, now: datetime, by: str, *, slot_unusable: bool = False
) -> None:
    """The move is not made, and why; `slot_unusable`: since nothing can be put into its new slot. Raises Unknown,
    Invalid without a reason, NotNow where it was settled otherwise or a part of it was carried."""
    step, move = _locked_step(session, move_id)
    if move.status == MoveStatus.REFUSED:
        if slot_unusable:  # which the first refusal may not have said
            take_out_of_use(session, move.to_slot_id, reason or "", now, because_of=move_id)
        return
    _require_to_be_made(step, move)
    if any(one.status != MoveStatus.SUGGESTED for one in step):
        raise NotNow("A part of move {move_id} was carried. Carry the rest, or take it back.", move_id=move_id)
    if not (reason and reason.strip()):
        raise Invalid("A refusal needs a reason, so that the next suggestion can be better.", field="reason")
    for one in step:
        _note(one, MoveStatus.REFUSED, now, by, reason=reason)
    if slot_unusable:
        take_out_of_use(session, move.to_slot_id, reason, now, because_of=move_id)
    _tell(session, step, move, now, by)


def take_back_move(session: Session, move_id: str, now: datetime, by: str) -> None:
    """What was said of the move was wrong: it is to be made as before, and its product lies where it lay. Moves that a
    refusal had made impossible come back with it. Raises Unknown, NotNow where the move was withdrawn or its slots no
    longer hold what it left."""
    step, move = _locked_step(session, move_id)
    if all(one.status == MoveStatus.SUGGESTED for one in step):
        return
    if any(one.status == MoveStatus.WITHDRAWN for one in step):
        raise NotNow("Move {move_id} was withdrawn: other moves have taken its place.", move_id=move_id)
    if move.status == MoveStatus.REFUSED:
        _take_into_use_again(session, move)
    _go_on(session, step, {one.move_id: MoveStatus.SUGGESTED for one in step}, taking_back=True)
    for one in step:
        _note(one, MoveStatus.SUGGESTED, None, None)
    bring_back(session, step)
    _tell(session, step, move, now, by, "undone")


def _locked_step(session: Session, move_id: str) -> tuple[Step, MoveRow]:
    """The moves that are settled together, and the one that was named; nobody else settles one of its warehouse until
    the transaction ends."""
    move = session.get(MoveRow, move_id)
    if move is None:
        raise Unknown("Move {move_id} was not found.", move_id=move_id, field="move_id")
    lock_warehouses(session.connection(), [move.warehouse_id])
    query = select(MoveRow).execution_options(populate_existing=True).order_by(MoveRow.rank)
    same = MoveRow.move_id == move_id if move.exchange_id is None else MoveRow.exchange_id == move.exchange_id
    return session.scalars(query.where(same)).all(), move


def _require_to_be_made(step: Step, move: MoveRow) -> None:
    """Raises NotNow where nothing of the step is to be made any more."""
    if not any(one.status in TO_BE_MADE for one in step):
        raise NotNow("Move {move_id} is already {status}.", move_id=move.move_id, status=BECAME[move.status])


def _require_part(move: MoveRow, quantity: Decimal | None) -> None:
    if quantity is None:
        raise Invalid("Say how much was carried: a quantity above 0.", field="quantity")
    require_quantity(quantity)
    if move.quantity is not None and quantity >= move.quantity:
        raise Invalid(
            "All of it is {quantity:f}: then the move is done.", quantity=move.quantity.normalize(), field="quantity"
        )


def _statuses(step: Step) -> dict[str, MoveStatus]:
    return {one.move_id: one.status for one in step}


def _left(step: Step, statuses: Statuses) -> dict[str, str | None]:
    """What lies in the slots of a step that has gone so far, None: nothing does."""
    lies: dict[str, str | None] = {one.to_slot_id: None for one in step}
    lies |= {one.from_slot_id: one.product_id for one in step if one.from_slot_id is not None}
    carried = [one for one in step if statuses[one.move_id] in (MoveStatus.DONE, MoveStatus.PARTLY_DONE)]
    whole = [one for one in carried if statuses[one.move_id] == MoveStatus.DONE]
    lies |= {one.from_slot_id: None for one in whole if one.from_slot_id is not None}
    return lies | {one.to_slot_id: one.product_id for one in carried}


def _go_on(session: Session, step: Step, statuses: Statuses, *, taking_back: bool = False) -> None:
    """Puts what lies in the slots of a step from what it left last into what it leaves then. Raises NotNow where they
    hold something else; that is no matter in the targets of a refused step, in which it left nothing."""
    before, after = _left(step, _statuses(step)), _left(step, statuses)
    if all(one.status == MoveStatus.REFUSED for one in step):
        before = {slot_id: product for slot_id, product in before.items() if product is not None}
    locked = select(SlotRow).where(SlotRow.slot_id.in_(before)).order_by(SlotRow.slot_id).with_for_update()
    slots = session.scalars(locked.execution_options(populate_existing=True)).all()
    for slot in slots:
        if slot.product_id != before[slot.slot_id]:
            raise (_cannot_be_taken_back if taking_back else _cannot_be_made)(slot, before[slot.slot_id])
    for slot in slots:
        slot.product_id = after[slot.slot_id]


def _cannot_be_made(slot: SlotRow, expected: str | None) -> NotNow:
    if expected is None:
        return NotNow(
            "Slot {slot_id} still holds {product_id}. Carry out the moves in order.",
            slot_id=slot.slot_id,
            product_id=slot.product_id,
        )
    return NotNow(
        "{expected} is no longer in slot {slot_id}. Ask for new moves.", expected=expected, slot_id=slot.slot_id
    )


def _cannot_be_taken_back(slot: SlotRow, left: str | None) -> NotNow:
    now, then = (product or Sentence("nothing") for product in (slot.product_id, left))
    return NotNow(
        "Slot {slot_id} holds {now} now, and {then} when this was said. Ask for new moves.",
        slot_id=slot.slot_id,
        now=now,
        then=then,
    )


def _note(
    move: MoveRow,
    status: MoveStatus,
    at: datetime | None,
    by: str | None,
    *,
    reason: str | None = None,
    carried: Decimal | None = None,
) -> None:
    move.status, move.decided_at, move.decided_by = status, at, by
    move.decision_reason, move.carried = reason, carried


def _take_into_use_again(session: Session, move: MoveRow) -> None:
    """The slot that this refusal took out of use can be used after all. Raises NotNow where another reason holds."""
    why = session.get_one(SlotRow, move.to_slot_id).unusable_because
    if why is not None and why != (move.decision_reason or "").strip():
        raise NotNow(
            "Slot {to_slot_id} cannot be used ({why}). Take it into use again first.",
            to_slot_id=move.to_slot_id,
            why=why,
        )
    take_into_use(session, move.to_slot_id)


def _tell(session: Session, step: Step, move: MoveRow, now: datetime, by: str, what: str | None = None) -> None:
    """Withdraws what cannot be made after this, and writes down what is to be told: `what` became of the step, its
    statuses unless said."""
    session.flush()
    told = [telling.settled(one, what or one.status, now, by) for one in step]
    withdraw_what_cannot_be_made(session, move.warehouse_id, now, because_of=move.move_id)
    write_events(session, told, now)
