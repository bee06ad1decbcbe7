"""Warehouses whose couriers of the next two hours will not do. An episode is what was told of it: a warehouse is short
from the event that says so until the one that says that couriers are enough again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from data.tables import OutboxEventRow

SHORT: Final = "couriers.short"
ENOUGH: Final = "couriers.enough"
LONGEST: Final = timedelta(days=1)  # of an episode: a planned day's


@dataclass(frozen=True)
class Shortage:
    """Since when couriers are short, until when they were looked at as it began, and the `share` of the orders up to
    then that was expected in time, of at least `least_share`."""

    warehouse_id: str
    since: datetime
    until: datetime
    share: float
    least_share: float


def shortages(session: Session, now: datetime, begun_within: timedelta = LONGEST) -> list[Shortage]:
    """The episodes that have not ended, by warehouse; what began before is told no more."""
    in_order = session.scalars(told_of_couriers(now - begun_within)).all()
    last = {str(event.payload["warehouse_id"]): event for event in in_order}
    return [_as_told(event.payload) for _, event in sorted(last.items()) if event.type == SHORT]


def told_of_couriers(after: datetime) -> Select[tuple[OutboxEventRow]]:
    """What was told of any warehouse's couriers after a moment, in order."""
    row = OutboxEventRow
    of_couriers = select(row).where(row.type.in_([SHORT, ENOUGH]), row.happened_at > after)
    return of_couriers.order_by(row.happened_at, row.event_id)


def _as_told(payload: dict[str, Any]) -> Shortage:
    return Shortage(
        payload["warehouse_id"],
        datetime.fromisoformat(payload["since"]),
        datetime.fromisoformat(payload["until"]),
        payload["share"],
        payload["least_share"],
    )
