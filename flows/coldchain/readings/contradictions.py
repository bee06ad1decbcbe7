"""Readings that say another temperature of a sensor and moment than the one that is kept: kept beside it, and told.

The alarms go by what was said first: nobody knows which of the two is right, and what was told stays explained.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import cast

from sqlalchemy import Table
from sqlalchemy.orm import Session

from data.bulk import write_rows
from data.rows_of_keys import rows_of_keys
from data.tables import ContradictingReadingRow
from flows.coldchain.sensors.sensors import Place, places_of_sensors
from flows.notifying.outbox import OutboxEvent, as_told, write_events
from warehouse.coldchain.readings import Reading

CONTRADICTING = cast(Table, ContradictingReadingRow.__table__)
KEY = ["sensor_id", "taken_at", "temperature_c"]


@dataclass(frozen=True)
class Contradiction:
    """A reading, and the temperature that is kept of its sensor at that moment."""

    reading: Reading
    kept_c: float

    @property
    def key(self) -> tuple[str, datetime, float]:
        """What names it."""
        return self.reading.sensor_id, self.reading.taken_at, self.reading.temperature_c


def keep_contradictions(session: Session, contradictions: Sequence[Contradiction], now: datetime) -> int:
    """Keeps what contradicts, and tells of each sensor once what is new of it; returns how many there are."""
    found = {one.key: one for one in contradictions}
    if not found:
        return 0
    known = {tuple(key) for key in rows_of_keys(session.connection(), CONTRADICTING, KEY, list(found))}
    new: dict[str, list[Contradiction]] = defaultdict(list)
    for key, one in sorted(found.items()):
        if key not in known:
            new[one.reading.sensor_id].append(one)
    rows = [(*one.key, now) for of_sensor in new.values() for one in of_sensor]
    write_rows(session.connection(), CONTRADICTING, [*KEY, "known_at"], rows, "ignore")
    places = places_of_sensors(session, new)
    write_events(session, (_event(of_it, places[sensor_id], now) for sensor_id, of_it in new.items()), now)
    return len(contradictions)


def _event(of_sensor: Sequence[Contradiction], place: Place, now: datetime) -> OutboxEvent:
    first, last = of_sensor[0], of_sensor[-1]
    named = ":".join(f"{one.key}" for one in of_sensor)
    told = {
        "sensor_id": first.reading.sensor_id,
        "zone_id": place.zone_id,
        "warehouse_id": place.warehouse_id,
        "readings": len(of_sensor),
        "first_taken_at": as_told(first.reading.taken_at),
        "last_taken_at": as_told(last.reading.taken_at),
        "kept_c": first.kept_c,
        "said_c": first.reading.temperature_c,
    }
    return OutboxEvent(f"rc_{sha256(named.encode()).hexdigest()[:20]}", "readings.contradict", told, now)
