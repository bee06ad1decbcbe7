"""Clocks that differ as they are kept and told: which differences began and ended since the last look.

It is looked for, and not seen with each reading: whose clock is wrong is told by what all sensors say."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from data.database import reading, writing
from data.tables import ClockDifferenceRow, SensorRow, ZoneRow
from flows.coldchain.sensors.heard_clocks import leads_now
from flows.notifying.outbox import OutboxEvent, as_told, write_events
from warehouse.coldchain.clocks import TOLERATED, ClockDifference, Whose, clock_differences

Key = tuple[str, str | None]  # whose clock, and of which sensor


def active_clock_differences(session: Session, warehouse_id: str | None = None) -> Sequence[ClockDifferenceRow]:
    """The differences that have not ended, the server's first; of a warehouse those of its sensors and the server's."""
    query = select(ClockDifferenceRow).where(ClockDifferenceRow.ended_at.is_(None))
    if warehouse_id is not None:
        its = select(SensorRow.sensor_id).join(ZoneRow, ZoneRow.zone_id == SensorRow.zone_id)
        of_it = ClockDifferenceRow.sensor_id.in_(its.where(ZoneRow.warehouse_id == warehouse_id))
        query = query.where(of_it | ClockDifferenceRow.sensor_id.is_(None))
    order = (ClockDifferenceRow.sensor_id.is_not(None), ClockDifferenceRow.began_at, ClockDifferenceRow.sensor_id)
    return session.scalars(query.order_by(*order)).all()


def tell_of_clocks(engine: Engine, now: datetime) -> None:
    """Keeps which differences began and ended, and writes down that they are to be told."""
    with reading(engine) as session:
        if not _changed(_kept(session), _found(session, now)):
            return
    with writing(engine) as session:
        kept, found = _kept(session), _found(session, now)
        places = _warehouses_of_sensors(session)
        began = [key for key in found if key not in kept]
        ended = [key for key in kept if key not in found]
        for key in began:
            kept[key] = _new(found[key], now)
            session.add(kept[key])
        for key in ended:
            kept[key].ended_at = now
        for key in found:
            kept[key].ahead_seconds = found[key].ahead.total_seconds()
        events = [
            *(_event("clocks.differ", kept[key], places, now) for key in began),
            *(_event("clocks.agree", kept[key], places, now) for key in ended),
        ]
        session.flush()
        write_events(session, events, now)


def _kept(session: Session) -> dict[Key, ClockDifferenceRow]:
    return {(row.whose, row.sensor_id): row for row in active_clock_differences(session)}


def _found(session: Session, now: datetime) -> dict[Key, ClockDifference]:
    return {(one.whose.value, one.sensor_id): one for one in clock_differences(leads_now(session, now))}


def _changed(kept: Mapping[Key, ClockDifferenceRow], found: Mapping[Key, ClockDifference]) -> bool:
    tolerated = TOLERATED.total_seconds()
    return kept.keys() != found.keys() or any(
        abs(kept[key].ahead_seconds - found[key].ahead.total_seconds()) > tolerated for key in found
    )


def _new(difference: ClockDifference, now: datetime) -> ClockDifferenceRow:
    named = f"{difference.whose}:{difference.sensor_id}:{now.isoformat()}"
    return ClockDifferenceRow(
        clock_difference_id=f"cd_{sha256(named.encode()).hexdigest()[:20]}",
        whose=difference.whose.value,
        sensor_id=difference.sensor_id,
        ahead_seconds=difference.ahead.total_seconds(),
        began_at=now,
        ended_at=None,
    )


def _event(what: str, row: ClockDifferenceRow, places: Mapping[str, str], now: datetime) -> OutboxEvent:
    told = {
        "clock_difference_id": row.clock_difference_id,
        "whose": row.whose,
        "sensor_id": row.sensor_id,
        "warehouse_ids": sorted({*places.values()}) if row.whose == Whose.SERVER else [places[row.sensor_id or ""]],
        "ahead_seconds": round(row.ahead_seconds),
        "began_at": as_told(row.began_at),
        "ended_at": None if row.ended_at is None else as_told(row.ended_at),
    }
    return OutboxEvent(f"{row.clock_difference_id}_{what.rpartition('.')[2]}", what, told, now)


def _warehouses_of_sensors(session: Session) -> dict[str, str]:
    query = select(SensorRow.sensor_id, ZoneRow.warehouse_id).join(ZoneRow, ZoneRow.zone_id == SensorRow.zone_id)
    return dict(session.execute(query).tuples().all())
