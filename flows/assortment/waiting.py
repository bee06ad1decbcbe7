"""What waits to be decided of ranges: how many proposals, and what they are expected to come to, by currency."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.tables import AssortmentProposalRow, ProposalStatus, WarehouseRow


@dataclass(frozen=True)
class Waiting:
    """Proposals of one currency, and their money together over four weeks."""

    currency: str
    proposals: int
    money: float


def waiting_proposals(session: Session, warehouse_id: str | None = None) -> Sequence[Waiting]:
    """Of one warehouse, or of all."""
    row = AssortmentProposalRow
    query = (
        select(WarehouseRow.currency, func.count(), func.sum(row.money))
        .join(WarehouseRow, WarehouseRow.warehouse_id == row.warehouse_id)
        .where(row.status == ProposalStatus.WAITING)
        .group_by(WarehouseRow.currency)
        .order_by(WarehouseRow.currency)
    )
    if warehouse_id is not None:
        query = query.where(row.warehouse_id == warehouse_id)
    return [Waiting(currency, count, float(money)) for currency, count, money in session.execute(query).tuples()]
