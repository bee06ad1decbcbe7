"""Transfers that end before anything has left: cancelled by a buyer, or lapsed since they had not left in time."""

from datetime import datetime
from typing import Final

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from data.database import reading, writing
from data.tables import TransferRow, TransferStage
from flows.errors import NotNow
from flows.stock.transfers.asked_quantities import reason
from flows.stock.transfers.at_hand import locked_transfer
from flows.stock.transfers.stages import IN_WORDS, stage_at
from flows.stock.transfers.telling import tell

NOBODY: Final = "schedule"  # who says that something has lapsed


def cancel_transfer(session: Session, transfer_id: str, because: str | None, now: datetime, by: str) -> TransferRow:
    """Cancels a transfer of which nothing has left. Safe to repeat. Raises Unknown, NotNow once it was sent or has
    ended otherwise."""
    transfer = locked_transfer(session, transfer_id)
    stage = stage_at(transfer, now)
    if stage is TransferStage.CANCELLED:
        return transfer
    if stage is not TransferStage.APPROVED:
        raise NotNow(
            "Transfer {transfer_id} {became}: it cannot be cancelled.", transfer_id=transfer_id, became=IN_WORDS[stage]
        )
    _end(session, transfer, TransferStage.CANCELLED, now, by, reason(because), now)
    return transfer


def lapse_transfers(engine: Engine, now: datetime) -> int:
    """Writes and tells of transfers that have lapsed, each once and in a transaction of its own; returns of how
    many."""
    row = TransferRow
    late = select(row.transfer_id).where(row.stage == TransferStage.APPROVED, row.send_by <= now)
    with reading(engine) as session:
        found = session.scalars(late.order_by(row.send_by, row.transfer_id)).all()
    return sum(_lapse(engine, transfer_id, now) for transfer_id in found)


def _lapse(engine: Engine, transfer_id: str, now: datetime) -> bool:
    with writing(engine) as session:
        transfer = locked_transfer(session, transfer_id)
        if transfer.stage is not TransferStage.APPROVED:
            return False
        _end(session, transfer, TransferStage.LAPSED, transfer.send_by, NOBODY, None, now)
        return True


def _end(
    session: Session,
    transfer: TransferRow,
    stage: TransferStage,
    at: datetime,
    by: str,
    because: str | None,
    now: datetime,
) -> None:
    transfer.stage, transfer.ended_at, transfer.ended_by, transfer.because = stage, at, by, because
    session.flush()
    tell(session, transfer, at, by, now)
