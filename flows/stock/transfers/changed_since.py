"""Which transfers turned out otherwise since a moment than was known then, and which went as was known: what plans that
were made then have counted on, or have not."""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from data.tables import TransferLotRow, TransferRow, TransferStage


def changed_by_transfers(
    session: Session, warehouse_ids: list[str], plan_id: str, made_at: datetime, now: datetime
) -> set[tuple[str, str]]:
    """(warehouse, product) of which more or less is to come or to go than a plan knew when it was made: approved by
    another plan, ended before it left, sent in part, lost in part."""
    row, lot = TransferRow, TransferLotRow
    short = select(lot.lot_id).where(lot.transfer_id == row.transfer_id)
    lapsed = and_(row.stage == TransferStage.APPROVED, row.send_by > made_at, row.send_by <= now)
    otherwise = or_(
        and_(row.approved_at > made_at, or_(row.plan_id.is_(None), row.plan_id != plan_id)),
        row.ended_at > made_at,
        lapsed,
        and_(row.sent_at > made_at, short.where(lot.sent < lot.approved).exists()),
        and_(row.received_at > made_at, short.where(lot.accepted < lot.sent).exists()),
    )
    query = select(row.from_warehouse_id, row.to_warehouse_id, row.product_id).where(
        or_(row.from_warehouse_id.in_(warehouse_ids), row.to_warehouse_id.in_(warehouse_ids)), otherwise
    )
    found = session.execute(query).tuples().all()
    return {(name, product) for of, to, product in found for name in (of, to)}


def actions_known(plan_id: str, made_at: datetime) -> Select[tuple[str]]:
    """The ids of changes of stock by transfers that a plan has counted on, or made itself."""
    return (
        select(TransferLotRow.action_id)
        .join(TransferRow, TransferRow.transfer_id == TransferLotRow.transfer_id)
        .where(_known(plan_id, made_at))
    )


def moments_received(plan_id: str, made_at: datetime) -> Select[tuple[datetime | None]]:
    """When these were received: lots that are new then were not counted."""
    return select(TransferRow.received_at).where(_known(plan_id, made_at), TransferRow.received_at.is_not(None))


def _known(plan_id: str, made_at: datetime) -> ColumnElement[bool]:
    return or_(TransferRow.approved_at <= made_at, TransferRow.plan_id == plan_id)
