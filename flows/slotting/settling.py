"""What became of a move: staff did it, and the product lies in its new slot, or refused it, with a reason."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from data import tables
from flows.errors import Invalid, NotNow, Unknown
from flows.notifying.outbox import write_events
from flows.slotting import telling


def settle_move(session: Session, move_id: str, done: bool, reason: str | None, now: datetime, by: str) -> None:
    """Records that staff did a move (the product then lies in its new slot) or refused it, with a reason.

    Both halves of an exchange are settled together. Safe to repeat with the same answer. Raises Unknown, Invalid for
    a refusal without a reason, NotNow where the move was settled otherwise or its slot still holds something else."""
    move = session.get(tables.MoveRow, move_id, with_for_update=True)
    if move is None:
        raise Unknown(f"Move {move_id} was not found.", field="move_id")
    wanted = tables.MoveStatus.DONE if done else tables.MoveStatus.REFUSED
    if move.status == wanted:
        return
    if move.status != tables.MoveStatus.SUGGESTED:
        raise NotNow(f"Move {move_id} is already {move.status}.")
    if not done and not (reason and reason.strip()):
        raise Invalid("A refusal needs a reason, so that the next suggestion can be better.", field="reason")
    halves = _both_halves(session, move)
    if done:
        _carry(session, halves)
    for half in halves:
        half.status, half.decided_at, half.decided_by, half.decision_reason = wanted, now, by, reason
    write_events(session, [telling.settled(half, now) for half in halves], now)


def _both_halves(session: Session, move: tables.MoveRow) -> Sequence[tables.MoveRow]:
    if move.exchange_id is None:
        return [move]
    query = select(tables.MoveRow).where(tables.MoveRow.exchange_id == move.exchange_id).with_for_update()
    return session.scalars(query.order_by(tables.MoveRow.rank)).all()


def _carry(session: Session, moves: Sequence[tables.MoveRow]) -> None:
    """Clears the old slots, then fills the new ones, so that an exchange passes through no third slot."""
    ids = {slot_id for move in moves for slot_id in (move.from_slot_id, move.to_slot_id) if slot_id is not None}
    query = (
        select(tables.SlotRow).where(tables.SlotRow.slot_id.in_(ids)).order_by(tables.SlotRow.slot_id).with_for_update()
    )
    slots = {slot.slot_id: slot for slot in session.scalars(query)}
    for move in moves:
        if move.from_slot_id is None:
            continue
        if slots[move.from_slot_id].product_id != move.product_id:
            raise NotNow(f"{move.product_id} is no longer in slot {move.from_slot_id}. Ask for new moves.")
        slots[move.from_slot_id].product_id = None
    for move in moves:
        holds = slots[move.to_slot_id].product_id
        if holds is not None:
            raise NotNow(f"Slot {move.to_slot_id} still holds {holds}. Carry out the moves in order.")
        slots[move.to_slot_id].product_id = move.product_id
