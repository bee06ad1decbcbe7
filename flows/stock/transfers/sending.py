"""What really left of a transfer, said by the staff where it comes from: by lot all that was approved, less, or none,
which refuses it. It is taken out of their stock, and is nobody's until it is received."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from data.kept.stock_ledger import LotChange
from data.tables import StockChangeKind, TransferRow, TransferStage
from flows.errors import Invalid, NotNow
from flows.stock.changing_lots import known_lot, write
from flows.stock.transfers.asked_quantities import Quantities, of_lots, reason
from flows.stock.transfers.at_hand import transfer_from
from flows.stock.transfers.stages import IN_WORDS, stage_at
from flows.stock.transfers.telling import tell


def send_transfer(
    session: Session,
    warehouse_id: str,
    transfer_id: str,
    left: Quantities | None,
    because: str | None,
    now: datetime,
    by: str,
) -> TransferRow:
    """Sends so much of each lot, all that was approved where `left` is None. Where nothing left it is refused, which
    needs a reason. Safe to repeat.

    Raises Unknown, Invalid, NotNow where something else was said before, it has ended, a lot is blocked or holds
    less."""
    transfer = transfer_from(session, transfer_id, warehouse_id)
    quantities = of_lots(transfer.lots, {lot.lot_id: lot.approved for lot in transfer.lots}, left)
    stage = stage_at(transfer, now)
    if stage is not TransferStage.APPROVED:
        if stage in (TransferStage.SENT, TransferStage.RECEIVED, TransferStage.REFUSED) and _same(transfer, quantities):
            return transfer
        raise NotNow(
            "Transfer {transfer_id} {became}: nothing more of it can be sent.",
            transfer_id=transfer_id,
            became=IN_WORDS[stage],
        )
    why = reason(because)
    if not any(quantities.values()):
        if why is None:
            raise Invalid("Say why nothing of it leaves.", field="because")
        transfer.stage, transfer.ended_at, transfer.ended_by = TransferStage.REFUSED, now, by
    else:
        _take_out(session, transfer, quantities, now, by)
        transfer.stage, transfer.sent_at, transfer.sent_by = TransferStage.SENT, now, by
    transfer.because = why
    for lot in transfer.lots:
        lot.sent = quantities[lot.lot_id]
    session.flush()
    tell(session, transfer, now, by, now)
    return transfer


def _same(transfer: TransferRow, quantities: Mapping[str, Decimal]) -> bool:
    return {lot.lot_id: lot.sent for lot in transfer.lots} == quantities


def _take_out(
    session: Session, transfer: TransferRow, quantities: Mapping[str, Decimal], now: datetime, by: str
) -> None:
    leaving = [(lot.lot_id, lot.action_id) for lot in transfer.lots if quantities[lot.lot_id] > 0]
    for lot_id, _ in leaving:
        lot = known_lot(session, transfer.from_warehouse_id, lot_id)
        if lot.blocked_at is not None:
            raise NotNow(
                "Lot {lot_id} of warehouse {warehouse_id} is blocked: {blocked_because}",
                lot_id=lot.lot_id,
                warehouse_id=lot.warehouse_id,
                blocked_because=lot.blocked_because,
            )
    note = f"transfer to {transfer.to_warehouse_id}"
    for lot_id, action_id in leaving:  # under an id of its own, by which the lot is found where it came
        change = LotChange(
            *(transfer.from_warehouse_id, lot_id, StockChangeKind.MOVED, -quantities[lot_id], now, now), note=note
        )
        write(session, [change], action_id, by)
