"""Whose stock was not counted for longer than the shop wants, or never: plans rest on what was sold since."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from data.frames.lots_as_of import last_counts
from data.local_days import today_there
from data.tables import WarehouseRow


@dataclass(frozen=True)
class CountedAt:
    """A warehouse and when its stock was counted last; None: nothing was ever told of it."""

    warehouse: WarehouseRow
    counted_at: datetime | None


def counts_behind(
    session: Session, warehouses: Sequence[WarehouseRow], now: datetime, old_after: timedelta
) -> list[CountedAt]:
    """The open warehouses whose stock was counted longer ago than `old_after`, or never."""
    counts = last_counts(session, [place.warehouse_id for place in warehouses], now)
    found = [
        CountedAt(place, counts.get(place.warehouse_id))
        for place in warehouses
        if place.closed_on is None or place.closed_on >= today_there(now, place.timezone)
    ]
    return [one for one in found if one.counted_at is None or now - one.counted_at > old_after]
