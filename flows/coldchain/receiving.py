"""Readings in, alarms out: keeps new readings, runs the pure alarm engine over the sensors' kept states and keeps
states, alarms and webhook messages, all in the caller's one transaction. A batch that comes again changes nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import cast

from sqlalchemy import Table, select, tuple_, update
from sqlalchemy.orm import Session

from data import tables
from data.bulk import write_rows
from flows.errors import Invalid, Unknown
from flows.notifying.delivery import tell_webhooks
from warehouse.coldchain.alarms import (
    AlarmEnded,
    AlarmRaised,
    SensorState,
    alarm_key,
    watch_reading,
)
from warehouse.coldchain.readings import Limit, Reading, limit_in_force

CLOCKS_DIFFER_BY = timedelta(minutes=2)  # a sensor's clock may be this far ahead of ours
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)  # a clock that was never set starts in 1970
COLDEST_C, WARMEST_C = -90.0, 90.0
MOST_READINGS = 10_000  # in one batch, so that no transaction keeps the others waiting for long
LONGEST_NOTE = 1_000
KEYS_A_QUERY = 500

READINGS = cast(Table, tables.ReadingRow.__table__)
SENSOR_STATES = cast(Table, tables.SensorStateRow.__table__)


@dataclass(frozen=True)
class ReceivedReadings:
    """What became of a batch. `duplicates` were there already; `raised` and `ended` are alarm ids."""

    accepted: int
    duplicates: int
    raised: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Place:
    """Where a sensor hangs."""

    zone_id: str
    warehouse_id: str


def receive_readings(session: Session, readings: Sequence[Reading], now: datetime) -> ReceivedReadings:
    """Keeps the readings and raises and ends alarms.

    Raises Unknown for a sensor that is not there and Invalid for a reading from the future, from before 2000 or
    outside -90..90 C, naming the reading's index in `field` (`readings[3].taken_at`), before anything is written."""
    _refuse_impossible(readings, now)
    places = _places_of_sensors(session, readings)
    states = _locked_states(session, places)
    new = _not_kept_yet(session, readings)
    if not new:
        return ReceivedReadings(accepted=0, duplicates=len(readings))
    limits = _limits_of_zones(session, {place.zone_id for place in places.values()})
    write_rows(
        session.connection(),
        READINGS,
        ["sensor_id", "taken_at", "temperature_c", "known_at"],
        [(reading.sensor_id, reading.taken_at, reading.temperature_c, now) for reading in new],
        "ignore",
    )
    received = ReceivedReadings(accepted=len(new), duplicates=len(readings) - len(new))
    before = dict(states)
    for reading in new:
        place = places[reading.sensor_id]
        limit = limit_in_force(limits[place.zone_id], reading.taken_at)
        states[reading.sensor_id], events = watch_reading(states[reading.sensor_id], reading, limit)
        for event in events:
            if isinstance(event, AlarmRaised):
                received.raised.append(_raise_alarm(session, event, place, now))
            elif isinstance(event, AlarmEnded):
                received.ended.append(_end_alarm(session, event, now))
    _keep_states(session, before, states)
    return received


def acknowledge_alarm(session: Session, alarm_id: str, note: str | None, now: datetime, by: str) -> None:
    """Marks an alarm as seen by someone. Safe to repeat: the first acknowledgement stays. Raises Unknown."""
    if note is not None and (len(note) > LONGEST_NOTE or not _is_storable(note)):
        raise Invalid(f"A note has at most {LONGEST_NOTE} characters, all of them printable.", field="note")
    alarm = session.get(tables.AlarmRow, alarm_id, with_for_update=True) if _is_storable(alarm_id) else None
    if alarm is None:
        raise Unknown(f"There is no alarm {alarm_id!r}.", field="alarm_id")
    if alarm.acknowledged_at is None:
        alarm.acknowledged_at, alarm.acknowledged_by, alarm.acknowledgement_note = now, by, note
        tell_webhooks(session, "alarm.acknowledged", alarm, happened_at=now, now=now)


def alarm_id_of(alarm_key: str) -> str:
    """The id under which an alarm is kept: the same for the same sensor, kind and beginning, so none is there twice."""
    return f"al_{sha256(alarm_key.encode()).hexdigest()[:20]}"


def _refuse_impossible(readings: Sequence[Reading], now: datetime) -> None:
    if len(readings) > MOST_READINGS:
        raise Invalid(f"{len(readings)} readings at once, at most {MOST_READINGS}: send them in parts.")
    for index, reading in enumerate(readings):
        what = f"Reading {index} of sensor {reading.sensor_id!r}"
        if reading.taken_at > now + CLOCKS_DIFFER_BY:
            raise Invalid(
                f"{what} lies in the future: taken at {reading.taken_at.isoformat()}, it is {now.isoformat()}.",
                field=f"readings[{index}].taken_at",
            )
        if reading.taken_at < EARLIEST:
            raise Invalid(
                f"{what} was taken at {reading.taken_at.isoformat()}: is the sensor's clock set?",
                field=f"readings[{index}].taken_at",
            )
        if not COLDEST_C <= reading.temperature_c <= WARMEST_C:
            raise Invalid(
                f"{what} says {reading.temperature_c} C: nothing in a warehouse is outside {COLDEST_C}..{WARMEST_C} C.",
                field=f"readings[{index}].temperature_c",
            )


def _places_of_sensors(session: Session, readings: Sequence[Reading]) -> dict[str, _Place]:
    named = {reading.sensor_id for reading in readings if _is_storable(reading.sensor_id)}
    rows = session.execute(
        select(tables.SensorRow.sensor_id, tables.ZoneRow.zone_id, tables.ZoneRow.warehouse_id)
        .join(tables.ZoneRow, tables.ZoneRow.zone_id == tables.SensorRow.zone_id)
        .where(tables.SensorRow.sensor_id.in_(named))
    )
    places = {sensor_id: _Place(zone_id, warehouse_id) for sensor_id, zone_id, warehouse_id in rows}
    for index, reading in enumerate(readings):
        if reading.sensor_id not in places:
            raise Unknown(
                f"Reading {index} names the sensor {reading.sensor_id!r}, which is not there.",
                field=f"readings[{index}].sensor_id",
            )
    return places


def _locked_states(session: Session, sensor_ids: Iterable[str]) -> dict[str, SensorState]:
    """The engine's memory of the sensors; who comes second for one of them waits until the first has committed."""
    wanted = sorted(sensor_ids)  # a stable order, so that no two wait for each other
    in_order = (
        select(tables.SensorStateRow.sensor_id, tables.SensorStateRow.state)
        .where(tables.SensorStateRow.sensor_id.in_(wanted))
        .order_by(tables.SensorStateRow.sensor_id)
        .with_for_update()
    )
    found = {sensor_id: SensorState.from_dict(state) for sensor_id, state in session.execute(in_order)}
    if fresh := [sensor_id for sensor_id in wanted if sensor_id not in found]:
        rows = [(sensor_id, SensorState(sensor_id).as_dict()) for sensor_id in fresh]
        write_rows(session.connection(), SENSOR_STATES, ["sensor_id", "state"], rows, "ignore")
        found = {sensor_id: SensorState.from_dict(state) for sensor_id, state in session.execute(in_order)}
    return found


def _not_kept_yet(session: Session, readings: Sequence[Reading]) -> list[Reading]:
    """The readings that are new, each once, by time: only they may move the engine."""
    first: dict[tuple[str, datetime], Reading] = {}
    for reading in readings:
        first.setdefault((reading.sensor_id, reading.taken_at), reading)
    keys = list(first)
    key = tuple_(tables.ReadingRow.sensor_id, tables.ReadingRow.taken_at)
    for start in range(0, len(keys), KEYS_A_QUERY):
        kept = select(tables.ReadingRow.sensor_id, tables.ReadingRow.taken_at).where(
            key.in_(keys[start : start + KEYS_A_QUERY])
        )
        for sensor_id, taken_at in session.execute(kept):
            del first[sensor_id, taken_at]
    return sorted(first.values(), key=lambda reading: (reading.taken_at, reading.sensor_id))


def _limits_of_zones(session: Session, zone_ids: Iterable[str]) -> dict[str, list[Limit]]:
    limits: dict[str, list[Limit]] = defaultdict(list)
    for row in session.scalars(select(tables.LimitRow).where(tables.LimitRow.zone_id.in_(zone_ids))):
        limits[row.zone_id].append(
            Limit(
                zone_id=row.zone_id,
                low_c=row.low_c,
                high_c=row.high_c,
                low_delay=timedelta(minutes=row.low_delay_minutes),
                high_delay=timedelta(minutes=row.high_delay_minutes),
                valid_from=row.valid_from,
            )
        )
    return limits


def _raise_alarm(session: Session, event: AlarmRaised, place: _Place, now: datetime) -> str:
    alarm_id = alarm_id_of(event.alarm_key)
    if session.get(tables.AlarmRow, alarm_id) is None:
        alarm = tables.AlarmRow(
            alarm_id=alarm_id,
            sensor_id=event.sensor_id,
            zone_id=place.zone_id,
            warehouse_id=place.warehouse_id,
            kind=event.kind.value,
            began_at=event.began_at,
            raised_at=event.raised_at,
            limit_c=event.limit_c,
            worst_c=event.worst_c,
        )
        session.add(alarm)
        tell_webhooks(session, "alarm.raised", alarm, happened_at=event.raised_at, now=now)
    return alarm_id


def _end_alarm(session: Session, event: AlarmEnded, now: datetime) -> str:
    alarm_id = alarm_id_of(event.alarm_key)
    if alarm := session.get(tables.AlarmRow, alarm_id):  # unless someone has deleted it
        alarm.ended_at, alarm.worst_c = event.ended_at, event.worst_c
        tell_webhooks(session, "alarm.ended", alarm, happened_at=event.ended_at, now=now)
    return alarm_id


def _keep_states(session: Session, before: dict[str, SensorState], after: dict[str, SensorState]) -> None:
    changed = [state for sensor_id, state in after.items() if state != before[sensor_id]]
    if changed:
        session.execute(
            update(tables.SensorStateRow),
            [{"sensor_id": state.sensor_id, "state": state.as_dict()} for state in changed],
        )
    for state in changed:
        outside = state.outside
        if outside is None or outside.raised_at is None or outside == before[state.sensor_id].outside:
            continue
        if alarm := session.get(
            tables.AlarmRow, alarm_id_of(alarm_key(state.sensor_id, outside.kind, outside.began_at))
        ):
            alarm.worst_c = outside.worst_c


def _is_storable(text: str) -> bool:
    """Whether a database can hold it: PostgreSQL refuses a NUL, UTF-8 half a surrogate pair."""
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False
