"""Readings in, alarms out: keeps new readings, runs the pure alarm engine over the sensors' kept states and keeps
states, alarms and what is to be told of them, all in the caller's one transaction. A batch that comes again changes
nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from sqlalchemy import Table, select, tuple_
from sqlalchemy.orm import Session

from data.bulk import write_rows
from data.tables import ReadingRow
from flows.coldchain.alarms import is_storable, keep_alarms
from flows.coldchain.kept_limits import limits_of_zones
from flows.coldchain.sensors import Place, keep_states, locked_states, places_of_sensors
from flows.errors import Invalid, Unknown
from warehouse.coldchain.alarms import Event, watch_reading
from warehouse.coldchain.limits import limit_in_force
from warehouse.coldchain.readings import Reading, why_implausible

MOST_READINGS = 10_000  # in one batch, so that no transaction keeps the others waiting for long
KEYS_A_QUERY = 500

READINGS = cast(Table, ReadingRow.__table__)


@dataclass(frozen=True)
class ReceivedReadings:
    """What became of a batch. `duplicates` were there already; `raised` and `ended` are alarm ids."""

    accepted: int
    duplicates: int
    raised: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)


def receive_readings(session: Session, readings: Sequence[Reading], now: datetime) -> ReceivedReadings:
    """Keeps the readings and raises and ends alarms.

    Raises Unknown for a sensor that is not there and Invalid for a reading that cannot be true, naming the reading's
    index in `field` (`readings[3].taken_at`), before anything is written."""
    _refuse_implausible(readings, now)
    places = _known_places(session, readings)
    before = locked_states(session, places)
    new = _not_kept_yet(session, readings)
    if not new:
        return ReceivedReadings(accepted=0, duplicates=len(readings))
    limits = limits_of_zones(session, {place.zone_id for place in places.values()})
    write_rows(
        session.connection(),
        READINGS,
        ["sensor_id", "taken_at", "temperature_c", "known_at"],
        [(reading.sensor_id, reading.taken_at, reading.temperature_c, now) for reading in new],
        "ignore",
    )
    after, events = dict(before), list[Event]()
    for reading in new:
        limit = limit_in_force(limits[places[reading.sensor_id].zone_id], reading.taken_at)
        after[reading.sensor_id], happened = watch_reading(after[reading.sensor_id], reading, limit)
        events += happened
    changed = keep_alarms(session, events, before, after, places, now)
    keep_states(session, before, after)
    return ReceivedReadings(len(new), len(readings) - len(new), changed.raised, changed.ended)


def _refuse_implausible(readings: Sequence[Reading], now: datetime) -> None:
    if len(readings) > MOST_READINGS:
        raise Invalid(
            f"{len(readings)} readings in one request; at most {MOST_READINGS} are allowed. Send them in parts."
        )
    for index, reading in enumerate(readings):
        if problem := why_implausible(reading.taken_at, reading.temperature_c, now):
            value = reading.taken_at.isoformat() if problem.field == "taken_at" else reading.temperature_c
            raise Invalid(
                f"Reading {index} of sensor {reading.sensor_id!r}: {problem.field} {value} {problem.reason}. "
                f"{problem.remedy}.",
                field=f"readings[{index}].{problem.field}",
            )


def _known_places(session: Session, readings: Sequence[Reading]) -> dict[str, Place]:
    named = {reading.sensor_id for reading in readings if is_storable(reading.sensor_id)}
    places = places_of_sensors(session, named)
    for index, reading in enumerate(readings):
        if reading.sensor_id not in places:
            raise Unknown(
                f"Reading {index}: sensor {reading.sensor_id!r} was not found.",
                field=f"readings[{index}].sensor_id",
            )
    return places


def _not_kept_yet(session: Session, readings: Sequence[Reading]) -> list[Reading]:
    """The readings that are new, each once, by time: only they may move the engine."""
    first: dict[tuple[str, datetime], Reading] = {}
    for reading in readings:
        first.setdefault((reading.sensor_id, reading.taken_at), reading)
    keys = list(first)
    key = tuple_(ReadingRow.sensor_id, ReadingRow.taken_at)
    for start in range(0, len(keys), KEYS_A_QUERY):
        kept = select(ReadingRow.sensor_id, ReadingRow.taken_at).where(key.in_(keys[start : start + KEYS_A_QUERY]))
        for sensor_id, taken_at in session.execute(kept):
            del first[sensor_id, taken_at]
    return sorted(first.values(), key=lambda reading: (reading.taken_at, reading.sensor_id))
