"""Lots that may not be dispatched: neither planned with nor offered, until somebody says otherwise."""

from datetime import datetime

from sqlalchemy.orm import Session

from data.tables import LotRow
from flows.errors import Invalid
from flows.ordering.locking import lock_warehouses
from flows.stock.changing_lots import known_lot


def block_lot(session: Session, warehouse_id: str, lot_id: str, because: str, now: datetime, by: str) -> LotRow:
    """Blocks a lot, saying why; of one that is blocked already what was said first stays. Raises Unknown, Invalid."""
    if not because.strip():
        raise Invalid("Say why the lot is blocked.", field="because")
    lock_warehouses(session, [warehouse_id])
    lot = known_lot(session, warehouse_id, lot_id)
    if lot.blocked_at is None:
        lot.blocked_at, lot.blocked_by, lot.blocked_because = now, by, because.strip()
    return lot


def unblock_lot(session: Session, warehouse_id: str, lot_id: str) -> LotRow:
    """Lets a lot be dispatched again. Safe to repeat. Raises Unknown."""
    lock_warehouses(session, [warehouse_id])
    lot = known_lot(session, warehouse_id, lot_id)
    lot.blocked_at = lot.blocked_by = lot.blocked_because = None
    return lot
