"""Which days a forecast has left out as bulk orders."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import BulkOrderRow


def latest_bulk_orders(session: Session, warehouse_id: str, origin: datetime) -> dict[str, BulkOrderRow]:
    """The latest one of each product (id) of a warehouse, by the forecast made at the origin."""
    mine = BulkOrderRow.warehouse_id == warehouse_id, BulkOrderRow.origin == origin
    return {
        row.product_id: row for row in session.scalars(select(BulkOrderRow).where(*mine).order_by(BulkOrderRow.date))
    }
