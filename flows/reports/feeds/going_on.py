"""What is found wrong with data and goes on, for who looks at them or at what rests on them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.frames.sales_days import closed_by
from data.tables import FindingRow


def findings_going_on(session: Session, warehouse_id: str | None = None) -> Sequence[FindingRow]:
    """Those of all warehouses or of one, by warehouse, the latest days first."""
    row = FindingRow
    query = select(row).where(row.ended_at.is_(None))
    if warehouse_id is not None:
        query = query.where(row.warehouse_id == warehouse_id)
    return session.scalars(query.order_by(row.warehouse_id, row.last_day.desc(), row.finding_id)).all()


def closed_with_findings(session: Session, now: datetime) -> list[str]:
    """Warehouses that are closed and of which something is told still: the day is not run for them any more, so nothing
    else would end it."""
    told = session.scalars(select(FindingRow.warehouse_id).where(FindingRow.ended_at.is_(None)).distinct())
    return sorted(set(told) & closed_by(session, now).keys())
