"""What should be known by now and is not: sales up to yesterday, the weather from tomorrow on. A silence here would
look like a quiet day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from data.local_days import today_there
from data.tables import DailySalesRow, WarehouseRow, WeatherRow


@dataclass(frozen=True)
class KnownUntil:
    """A warehouse and the last local day that something is known of; None: of none."""

    warehouse: WarehouseRow
    last_day: date | None


def sales_behind(session: Session, warehouses: Sequence[WarehouseRow], now: datetime) -> list[KnownUntil]:
    """The open warehouses of which no sale of yesterday is known; one that opened today has none to bring."""
    row = DailySalesRow
    found = []
    for place in warehouses:
        yesterday = today_there(now, place.timezone) - timedelta(days=1)
        if not _in_business(place, yesterday):
            continue
        of_place = select(row.date).where(row.warehouse_id == place.warehouse_id)
        if session.scalar(select(exists(of_place.where(row.date == yesterday)))):
            continue
        last = of_place.where(row.date < yesterday).order_by(row.date.desc()).limit(1)
        found.append(KnownUntil(place, session.scalar(last)))
    return found


def weather_behind(
    session: Session, warehouses: Sequence[WarehouseRow], now: datetime, fetched: bool
) -> list[KnownUntil]:
    """The open warehouses whose weather of tomorrow nobody has forecast, of those that had weather before, or of all
    where it is `fetched`."""
    row = WeatherRow
    found = []
    for place in warehouses:
        today = today_there(now, place.timezone)
        if not _in_business(place, today):
            continue
        last = session.scalar(select(func.max(row.date)).where(row.warehouse_id == place.warehouse_id))
        if (last is None and fetched) or (last is not None and last <= today):
            found.append(KnownUntil(place, last))
    return found


def _in_business(place: WarehouseRow, day: date) -> bool:
    opened = place.opened_on is None or place.opened_on <= day
    return opened and (place.closed_on is None or place.closed_on >= day)
