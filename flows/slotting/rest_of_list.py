"""The rest of a warehouse's list after one of its moves was settled, or a slot taken out of use: what cannot be made
any more is withdrawn, and says on which move it depended; what has to wait for a later one comes after it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from data.tables import TO_BE_MADE, MoveBatchRow, MoveRow, MoveStatus, SlotRow
from warehouse.slotting.workable import Carry, Step, workable


def withdraw_what_cannot_be_made(
    session: Session, warehouse_id: str, now: datetime, because_of: str | None = None
) -> None:
    """Withdraws the moves that cannot be made after the others; the rest can be made in the order of their ranks."""
    query = select(MoveRow).where(MoveRow.warehouse_id == warehouse_id, MoveRow.status.in_(TO_BE_MADE))
    together: defaultdict[str, list[MoveRow]] = defaultdict(list)
    for move in session.scalars(query.order_by(MoveRow.rank, MoveRow.move_id)):
        together[move.exchange_id or move.move_id].append(move)
    steps = list(together.values())
    lies = _lies(session, [move for step in steps for move in step])
    order, impossible = workable([as_step(session, step, lies) for step in steps], lies)
    kept = [move for at in order for move in steps[at]]
    for move, rank in zip(kept, sorted(move.rank for move in kept), strict=True):
        if move.rank != rank:
            move.rank = rank
    for move in (move for at in impossible for move in steps[at]):
        move.status, move.decided_at, move.depended_on = MoveStatus.WITHDRAWN, now, because_of


def bring_back(session: Session, step: Sequence[MoveRow]) -> None:
    """What depended on a step that is to be made after all is to be made too, unless moves were suggested since."""
    later = MoveBatchRow
    newest = ~exists().where(later.warehouse_id == MoveRow.warehouse_id, later.created_at > MoveRow.created_at)
    depended = MoveRow.depended_on.in_([move.move_id for move in step])
    for move in session.scalars(select(MoveRow).where(depended, MoveRow.status == MoveStatus.WITHDRAWN, newest)):
        move.status, move.decided_at, move.depended_on = MoveStatus.SUGGESTED, None, None
    session.flush()


def _lies(session: Session, moves: Sequence[MoveRow]) -> dict[str, str | None]:
    """What lies in the slots that moves name."""
    slots = {slot_id for move in moves for slot_id in (move.from_slot_id, move.to_slot_id)}
    query = select(SlotRow.slot_id, SlotRow.product_id).where(SlotRow.slot_id.in_(slots))
    return dict(session.execute(query).tuples().all())


def as_step(session: Session, moves: Sequence[MoveRow], lies: dict[str, str | None]) -> Step:
    """What of a step is still to be carried. Where one product of an exchange is in place already, or a part of it, the
    other one had to come out: it lies nowhere."""
    exchange_id = moves[0].exchange_id
    begun = any(move.status != MoveStatus.SUGGESTED for move in moves) or (
        exchange_id is not None
        and session.scalar(
            select(exists().where(MoveRow.exchange_id == exchange_id, MoveRow.status == MoveStatus.DONE))
        )
    )
    return [
        Carry(
            move.product_id,
            None if begun and lies.get(move.from_slot_id or "") != move.product_id else move.from_slot_id,
            move.to_slot_id,
        )
        for move in moves
    ]
