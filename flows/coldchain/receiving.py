"""Readings in, alarms out: keeps new readings, runs the pure alarm engine over the sensors' kept states and keeps
states, alarms and what is to be told of them, all in the caller's one transaction. A batch that comes again changes
nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Self, cast

from sqlalchemy import Table
from sqlalchemy.orm import Session

from data.bulk import write_rows
from data.rows_of_keys import rows_of_keys
from data.tables import ReadingRow
from flows.coldchain.alarms import is_storable, keep_alarms
from flows.coldchain.control.deciding import control_by_readings
from flows.coldchain.heard_clocks import believed_until, server_behind_now
from flows.coldchain.kept_limits import limits_of_zones
from flows.coldchain.sensors import Place, keep_states, locked_states, places_of_sensors
from flows.errors import Invalid, Refusal, Unknown
from warehouse.coldchain.alarms import Ahead, Event, SensorState
from warehouse.coldchain.clocks import TOLERATED, set_right
from warehouse.coldchain.limits import limit_in_force
from warehouse.coldchain.readings import Reading, why_implausible
from warehouse.coldchain.rules import Rules
from warehouse.coldchain.watching import watch

MOST_READINGS = 10_000  # in one batch, so that no transaction keeps the others waiting for long

READINGS = cast(Table, ReadingRow.__table__)


@dataclass(frozen=True)
class ReceivedReadings:
    """What became of a batch. `duplicates` were there already; `raised` and `ended` are alarm ids."""

    accepted: int
    duplicates: int
    raised: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)


class FromTheFuture(Invalid):
    """A reading whose time lies further ahead than a clock is believed."""


@dataclass(frozen=True)
class Acceptable:
    """What readings are judged by before they are kept: where sensors hang, and until when a time is believed."""

    places: Mapping[str, Place]
    believed_until: datetime

    @classmethod
    def of(cls, session: Session, readings: Sequence[Reading], now: datetime) -> Self:
        """For these readings, which came now."""
        places = places_of_sensors(session, {one.sensor_id for one in readings if is_storable(one.sensor_id)})
        return cls(places, believed_until(session, [one for one in readings if one.sensor_id in places], now))

    def why_refused(self, number: int, reading: Reading) -> Refusal | None:
        """Why the reading of this number in its batch is not kept, naming it in `field` (`readings[3].taken_at`):
        Unknown for a sensor that is not there, Invalid for what cannot be true; None: it is kept."""
        if problem := why_implausible(reading.taken_at, reading.temperature_c, self.believed_until):
            value = reading.taken_at.isoformat() if problem.field == "taken_at" else reading.temperature_c
            kind = FromTheFuture if reading.taken_at > self.believed_until else Invalid
            return kind(
                f"Reading {number} of sensor {reading.sensor_id!r}: {problem.field} {value} {problem.reason}. "
                f"{problem.remedy}.",
                field=f"readings[{number}].{problem.field}",
            )
        if reading.sensor_id not in self.places:
            return Unknown(
                f"Reading {number}: sensor {reading.sensor_id!r} was not found.",
                field=f"readings[{number}].sensor_id",
            )
        return None


def receive_readings(session: Session, readings: Sequence[Reading], now: datetime) -> ReceivedReadings:
    """Keeps the readings and raises and ends alarms.

    Raises Unknown for a sensor that is not there and Invalid for a reading that cannot be true, naming the reading's
    index in `field` (`readings[3].taken_at`), before anything is written."""
    if len(readings) > MOST_READINGS:
        raise Invalid(
            f"{len(readings)} readings in one request; at most {MOST_READINGS} are allowed. Send them in parts."
        )
    acceptable = Acceptable.of(session, readings, now)
    for number, reading in enumerate(readings):
        if refusal := acceptable.why_refused(number, reading):
            raise refusal
    return keep_readings(session, readings, acceptable.places, now)


def keep_readings(
    session: Session, readings: Sequence[Reading], places: Mapping[str, Place], now: datetime
) -> ReceivedReadings:
    """Keeps readings that are acceptable, all of sensors in `places`, and raises and ends alarms."""
    before = locked_states(session, {reading.sensor_id for reading in readings})
    new = _not_kept_yet(session, readings, now)
    if not new:
        return ReceivedReadings(accepted=0, duplicates=len(readings))
    write_rows(
        session.connection(),
        READINGS,
        ["sensor_id", "taken_at", "temperature_c", "known_at"],
        [(reading.sensor_id, reading.taken_at, reading.temperature_c, now) for reading in new],
    )
    after, events = _watched(session, before, new, places, now)
    changed = keep_alarms(session, events, before, after, places, now)
    keep_states(session, before, after)
    control_by_readings(session, new, events, places, now)
    return ReceivedReadings(len(new), len(readings) - len(new), changed.raised, changed.ended)


def _watched(
    session: Session,
    before: Mapping[str, SensorState],
    readings: Sequence[Reading],
    places: Mapping[str, Place],
    now: datetime,
) -> tuple[dict[str, SensorState], list[Event]]:
    """The sensors' states after the readings, which are in the order of their times, and what happened."""
    limits = limits_of_zones(session, {places[reading.sensor_id].zone_id for reading in readings})
    after, events = dict(before), list[Event]()
    gone_back = {
        reading.sensor_id
        for reading in readings
        if (last := before[reading.sensor_id].last_taken_at) and reading.taken_at < last and last > now + TOLERATED
    }
    right_now = now + server_behind_now(session, readings, now) if gone_back else now
    for reading in readings:
        state = after[reading.sensor_id]
        if reading.sensor_id in gone_back:
            state = set_right(state, reading.taken_at, right_now)
        limit = limit_in_force(limits[places[reading.sensor_id].zone_id], reading.taken_at)
        state, happened = watch(state, reading, Rules(), limit)
        after[reading.sensor_id] = _with_clock(state, reading, now)
        events += happened
    return after, events


def _with_clock(state: SensorState, reading: Reading, now: datetime) -> SensorState:
    """The state with what the reading, which came now, says of the sensor's clock."""
    ahead = None
    if reading.taken_at > now + TOLERATED:
        ahead = Ahead(reading.taken_at - now, now)
    elif state.last_taken_at is not None and state.last_taken_at > now + TOLERATED:
        ahead = Ahead(timedelta(0), now)  # it was ahead, or the server's clock went back: this is newer word of it
    return state if state.ahead == ahead else replace(state, ahead=ahead)


def _not_kept_yet(session: Session, readings: Sequence[Reading], now: datetime) -> list[Reading]:
    """The readings that are new, each once, by time: only they may move the engine. What a sensor says at a time that
    it had named before, when its clock was ahead, is new."""
    first: dict[tuple[str, datetime], Reading] = {}
    for reading in readings:
        first.setdefault((reading.sensor_id, reading.taken_at), reading)
    columns = ("sensor_id", "taken_at", "known_at")
    for sensor_id, taken_at, known_at in rows_of_keys(session.connection(), READINGS, columns, list(first)):
        was_ahead = taken_at - known_at > TOLERATED and taken_at - now <= TOLERATED
        if not was_ahead:
            del first[sensor_id, taken_at]
    return sorted(first.values(), key=lambda reading: (reading.taken_at, reading.sensor_id))
