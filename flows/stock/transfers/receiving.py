"""What of a transfer arrived and was accepted, said by the staff where it comes: it becomes their stock. The rest of
what had left came to nobody: it is written off there with a reason, so that the ledger of both warehouses adds up."""

from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy.orm import Session

from data.kept.stock_ledger import LotChange
from data.tables import LotRow, StockChangeKind, TransferLotRow, TransferRow, TransferStage
from flows.errors import Invalid, NotNow
from flows.stock.changing_lots import known_lot, write
from flows.stock.moving import lot_there
from flows.stock.transfers.asked_quantities import Quantities, of_lots, reason
from flows.stock.transfers.at_hand import transfer_to
from flows.stock.transfers.stages import IN_WORDS, stage_at
from flows.stock.transfers.telling import tell

LOST: Final = "lost_on_the_way"  # the reason in the ledger; the note says how
NONE: Final = Decimal(0)


def receive_transfer(
    session: Session,
    warehouse_id: str,
    transfer_id: str,
    accepted: Quantities | None,
    because: str | None,
    now: datetime,
    by: str,
) -> TransferRow:
    """Receives so much of each lot, all that left where `accepted` is None; less needs a reason. A lot that was
    blocked on the way is blocked here. Safe to repeat.

    Raises Unknown, Invalid, NotNow where something else was said before, or it is not on the way."""
    transfer = transfer_to(session, transfer_id, warehouse_id)
    stage = stage_at(transfer, now)
    if stage not in (TransferStage.SENT, TransferStage.RECEIVED):
        raise NotNow(
            "Transfer {transfer_id} {became}: there is nothing of it to receive.",
            transfer_id=transfer_id,
            became=IN_WORDS[stage],
        )
    left = {lot.lot_id: lot.sent or NONE for lot in transfer.lots}
    quantities = of_lots(transfer.lots, left, accepted)
    if stage is TransferStage.RECEIVED:
        if {lot.lot_id: lot.accepted for lot in transfer.lots} == quantities:
            return transfer
        raise NotNow(
            "Transfer {transfer_id} has been received already, with other quantities. Count the lots.",
            transfer_id=transfer_id,
        )
    why = reason(because)
    if why is None and quantities != left:
        raise Invalid("Say how what was not accepted was lost.", field="because")
    transfer.stage, transfer.received_at, transfer.received_by = TransferStage.RECEIVED, now, by
    transfer.because = why or transfer.because
    for lot in transfer.lots:
        lot.accepted = quantities[lot.lot_id]
    session.flush()
    for number in [lot.lot_id for lot in transfer.lots if lot.sent]:
        _take_in(session, transfer, number, why, now, by)
    tell(session, transfer, now, by, now)
    return transfer


def _take_in(session: Session, transfer: TransferRow, number: str, because: str | None, now: datetime, by: str) -> None:
    part = next(lot for lot in transfer.lots if lot.lot_id == number)
    sent, accepted = part.sent or NONE, part.accepted or NONE
    lot = known_lot(session, transfer.from_warehouse_id, number)
    there = lot_there(session, lot, transfer.to_warehouse_id, accepted, now)
    if lot.blocked_at is not None and there.blocked_at is None:
        there.blocked_at, there.blocked_by, there.blocked_because = now, lot.blocked_by, lot.blocked_because
    part.to_lot_id = there.lot_id
    for change, action_id in _changes(there, part, sent, accepted, because, now, transfer.from_warehouse_id):
        write(session, [change], action_id, by)


def _changes(
    there: LotRow,
    part: TransferLotRow,
    sent: Decimal,
    accepted: Decimal,
    because: str | None,
    now: datetime,
    came_from: str,
) -> list[tuple[LotChange, str]]:
    """All that left comes in, and what was not accepted of it goes out again."""
    of_lot = there.warehouse_id, there.lot_id
    came = LotChange(*of_lot, StockChangeKind.MOVED, sent, now, now, note=f"transfer from {came_from}")
    if accepted == sent:
        return [(came, part.action_id)]
    lost = LotChange(*of_lot, StockChangeKind.WRITTEN_OFF, accepted - sent, now, now, LOST, because)
    return [(came, part.action_id), (lost, uuid5(NAMESPACE_URL, f"lost of {part.action_id}").hex)]
