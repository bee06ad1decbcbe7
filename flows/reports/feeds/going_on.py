"""What is found wrong with data and goes on, for who looks at them or at what rests on them."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import FindingRow


def findings_going_on(session: Session, warehouse_id: str | None = None) -> Sequence[FindingRow]:
    """Those of all warehouses or of one, by warehouse, the latest days first."""
    row = FindingRow
    query = select(row).where(row.ended_at.is_(None))
    if warehouse_id is not None:
        query = query.where(row.warehouse_id == warehouse_id)
    return session.scalars(query.order_by(row.warehouse_id, row.last_day.desc(), row.finding_id)).all()
