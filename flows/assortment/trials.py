"""Trials that end: what is tried is bought no more after its last day, unless somebody keeps it, and that is said a
week before."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.frames.product_ranges import ranges_known_at
from data.local_days import today_there
from data.tables import ProductRangeRow, RangeKind, WarehouseRow
from flows.assortment.telling import told_ending

SAID_BEFORE: Final = timedelta(days=7)


def ending_trials(
    session: Session, now: datetime, warehouse_ids: Collection[str] | None = None
) -> list[ProductRangeRow]:
    """Trials whose last day is today or within a week, the first to end first."""
    zones = dict(session.execute(select(WarehouseRow.warehouse_id, WarehouseRow.timezone)).tuples().all())
    found = [
        row
        for row in ranges_known_at(session, now, warehouse_ids).values()
        if row.kind is RangeKind.TRIAL
        and row.sold_until is not None
        and timedelta(0) <= row.sold_until - today_there(now, zones[row.warehouse_id]) <= SAID_BEFORE
    ]
    return sorted(found, key=lambda row: (row.sold_until, row.warehouse_id, row.product_id))


def tell_ending_trials(session: Session, warehouse_id: str, now: datetime) -> None:
    """Writes the event of each trial that ends within a week."""
    for row in ending_trials(session, now, [warehouse_id]):
        told_ending(session, row, now)
