"""At which stage a transfer is at a moment: one that had to leave before it and has not, has lapsed."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_

from data.languages import Sentence
from data.tables import TransferRow, TransferStage

# how refusals say it; what was received was sent before
IN_WORDS = {
    TransferStage.APPROVED: Sentence("has not been sent"),
    TransferStage.SENT: Sentence("has been sent"),
    TransferStage.RECEIVED: Sentence("has been received"),
    TransferStage.REFUSED: Sentence("was refused"),
    TransferStage.CANCELLED: Sentence("was cancelled"),
    TransferStage.LAPSED: Sentence("has lapsed, since it had not left in time"),
}


def stage_at(row: TransferRow, now: datetime) -> TransferStage:
    """How far a transfer has come by now."""
    return TransferStage.LAPSED if row.stage is TransferStage.APPROVED and row.send_by <= now else row.stage


def at_stage(stage: TransferStage, now: datetime) -> ColumnElement[bool]:
    """Which transfers are at a stage by now."""
    row = TransferRow
    if stage is TransferStage.APPROVED:
        return and_(row.stage == stage, row.send_by > now)
    if stage is TransferStage.LAPSED:
        return or_(row.stage == stage, and_(row.stage == TransferStage.APPROVED, row.send_by <= now))
    return row.stage == stage


def kept_aside_at(moment: datetime) -> ColumnElement[bool]:
    """Which transfers were approved and had not left, nor ended, at a moment."""
    row = TransferRow
    return and_(
        row.approved_at <= moment,
        row.send_by > moment,
        or_(row.sent_at.is_(None), row.sent_at > moment),
        or_(row.ended_at.is_(None), row.ended_at > moment),
    )


def on_the_way_at(moment: datetime) -> ColumnElement[bool]:
    """Which transfers had left and not been received at a moment."""
    row = TransferRow
    return and_(row.sent_at <= moment, or_(row.received_at.is_(None), row.received_at > moment))
