"""Readings in, alarms out: keeps new readings, runs the pure alarm engine over the sensors' kept states and keeps
states, alarms and what is to be told of them, all in the caller's one transaction. A batch that comes again changes
nothing.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import cast

from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from data.among import among
from data.bulk import write_rows
from data.rows_of_keys import rows_of_keys
from data.tables import ReadingRow, SensorStateRow
from flows.coldchain.alarms.alarm_ledger import AlarmLedger
from flows.coldchain.alarms.alarms import keep_alarms, moment_of
from flows.coldchain.alarms.late_readings import judge_again
from flows.coldchain.control.deciding import control_by_readings
from flows.coldchain.readings.accepting import Acceptable, Parted, RefusedValue
from flows.coldchain.readings.contradictions import Contradiction, keep_contradictions
from flows.coldchain.readings.measurements import keep_measurements
from flows.coldchain.sensors.heard_clocks import note_clocks, server_behind_now
from flows.coldchain.sensors.sensor_places import SensorPlaces, places_over_time, zones_of
from flows.coldchain.sensors.sensors import Place, keep_states, locked_states
from flows.errors import Invalid
from warehouse.coldchain.alarms import Ahead, Event, SensorState
from warehouse.coldchain.clocks import TOLERATED, set_right
from warehouse.coldchain.quantities import Measurement
from warehouse.coldchain.readings import Reading

MOST_READINGS = 10_000  # in one batch, so that no transaction keeps the others waiting for long

READINGS = cast(Table, ReadingRow.__table__)


@dataclass(frozen=True)
class ReceivedReadings:
    """What became of a batch. `duplicates` were there already, `contradictory` say another temperature than what is
    kept of the sensor at that moment, and of those accepted so many came `late`; `raised` and `ended` are alarm ids,
    `ahead` the numbers in the batch of those that come from further ahead than clocks may differ, `refused` the values
    that are not kept; fans and coolers were given so many `commands`."""

    accepted: int
    duplicates: int
    raised: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    late: int = 0
    contradictory: int = 0
    ahead: list[int] = field(default_factory=list)
    refused: list[RefusedValue] = field(default_factory=list)
    commands: int = 0


def receive_readings(
    session: Session,
    readings: Sequence[Reading],
    now: datetime,
    numbers: Sequence[int] | None = None,
    measured: Sequence[tuple[int, Measurement]] = (),
) -> ReceivedReadings:
    """Keeps the readings and what was measured with them, raises and ends alarms. `numbers` are the readings' in the
    batch that they came with; None: they are all of it.

    What cannot be kept is refused by itself and named. Raises NothingAcceptable where that is all, and Invalid for a
    batch that is too large, before anything is written."""
    if len(readings) > MOST_READINGS:
        raise Invalid(
            "{number} readings in one request; at most {most_readings} are allowed. Send them in parts.",
            number=len(readings),
            most_readings=MOST_READINGS,
        )
    acceptable = Acceptable.of(session, readings, [one for _, one in measured], now)
    numbered = list(zip(numbers or range(len(readings)), readings, strict=True))
    parted = acceptable.part(numbered, measured).something()
    received = keep_parted(session, parted, acceptable.places, now)
    return replace(received, ahead=[number for number, one in numbered if _is_kept_ahead(one, acceptable, now)])


def keep_parted(session: Session, parted: Parted, places: Mapping[str, Place], now: datetime) -> ReceivedReadings:
    """Keeps what can be kept of what came; whose clock is so far ahead that it cannot is noted."""
    received = ReceivedReadings(0, 0)
    from_the_future = [one.ahead for one in parted.refused if one.ahead is not None and one.sensor_id in places]
    if from_the_future:  # all states at once and in order, so that no two wait for each other
        locked_states(session, {one.sensor_id for one in (*parted.readings, *from_the_future)})
    if parted.readings:
        received = keep_readings(session, parted.readings, places, now)
    commands = received.commands + keep_measurements(session, parted.measurements, places, now)
    if from_the_future:
        note_clocks(session, from_the_future, now)
    return replace(received, refused=list(parted.refused), commands=commands)


def _is_kept_ahead(reading: Reading, acceptable: Acceptable, now: datetime) -> bool:
    return now + TOLERATED < reading.taken_at <= acceptable.believed_until and reading.sensor_id in acceptable.places


def keep_readings(
    session: Session, readings: Sequence[Reading], places: Mapping[str, Place], now: datetime
) -> ReceivedReadings:
    """Keeps readings that are acceptable, all of sensors in `places`, and raises and ends alarms."""
    before = locked_states(session, {reading.sensor_id for reading in readings})
    sorted_out = _sorted_out(session, readings, now)
    contradictory = keep_contradictions(session, sorted_out.contradictory, now)
    new = sorted_out.new
    if not new:
        duplicates = len(readings) - contradictory
        return ReceivedReadings(accepted=0, duplicates=duplicates, contradictory=contradictory)
    write_rows(
        session.connection(),
        READINGS,
        ["sensor_id", "taken_at", "temperature_c", "known_at"],
        [(reading.sensor_id, reading.taken_at, reading.temperature_c, now) for reading in new],
        "update" if sorted_out.said_ahead else "fail",
    )
    judged = _judged(session, before, new, now)
    changed = keep_alarms(session, judged.events, before, judged.after, judged.places, now, judged.ledger)
    keep_states(session, before, judged.after, dict.fromkeys({reading.sensor_id for reading in new}, now))
    commands = control_by_readings(session, new, judged.events, places, now)
    duplicates = len(readings) - len(new) - contradictory
    return ReceivedReadings(
        len(new), duplicates, changed.raised, changed.ended, judged.late, contradictory, commands=commands
    )


@dataclass(frozen=True)
class _Judged:
    """The sensors' states after the readings, what happened in the order of their times, and how many came late; what
    those showed is in the ledger (None: none came late)."""

    after: dict[str, SensorState]
    events: list[Event]
    places: Mapping[str, SensorPlaces]
    late: int
    ledger: AlarmLedger | None


def _judged(session: Session, before: Mapping[str, SensorState], readings: Sequence[Reading], now: datetime) -> _Judged:
    """What the readings, which are in the order of their times, make of the sensors: those that came late first."""
    after, events = dict(before), list[Event]()
    places = places_over_time(session, before)
    of_sensors = _by_sensor(readings)
    gone_back = {
        sensor_id
        for sensor_id, own in of_sensors.items()
        if (last := before[sensor_id].last_taken_at) and own[0].taken_at < last and last > now + TOLERATED
    }
    right_now = now + server_behind_now(session, readings, now) if gone_back else now
    late = {
        sensor_id: number
        for sensor_id, own in of_sensors.items()
        if sensor_id not in gone_back and (number := _number_late(own, before[sensor_id]))
    }
    ledger = AlarmLedger(session, now, zones_of(places.values())) if late else None
    for sensor_id, number in sorted(late.items()):
        taken = [one.taken_at for one in of_sensors[sensor_id][:number]]
        again = judge_again(session, before[sensor_id], places[sensor_id], taken[0], taken[-1])
        after[sensor_id] = again.state
        if ledger is not None:
            ledger.revise(again, places[sensor_id])
    for sensor_id, own in sorted(of_sensors.items()):
        state = after[sensor_id]
        if sensor_id in gone_back:
            for reading in own:
                right = set_right(state, reading.taken_at, right_now)
                state, happened = places[sensor_id].watch(right, [reading])
                events += happened
                state = _with_clock(state, reading, now)
        elif newer := own[late.get(sensor_id, 0) :]:
            state, happened = places[sensor_id].watch(state, newer)
            events += happened
            state = _with_clock(state, newer[-1], now)
        after[sensor_id] = state
    events.sort(key=moment_of)
    return _Judged(after, events, places, sum(late.values()), ledger)


def _by_sensor(readings: Iterable[Reading]) -> dict[str, list[Reading]]:
    by_sensor = defaultdict[str, list[Reading]](list)
    for reading in readings:
        by_sensor[reading.sensor_id].append(reading)
    return by_sensor


def _number_late(readings: Sequence[Reading], state: SensorState) -> int:
    """How many of a sensor's readings, the first ones in the order of their times, are older than its last one."""
    last = state.last_taken_at
    if last is None or readings[0].taken_at >= last:
        return 0
    return bisect_left(readings, last, key=attrgetter("taken_at"))


def _with_clock(state: SensorState, reading: Reading, now: datetime) -> SensorState:
    """The state with what the reading, which came now, says of the sensor's clock."""
    ahead = None
    if reading.taken_at > now + TOLERATED:
        ahead = Ahead(reading.taken_at - now, now)
    elif state.last_taken_at is not None and state.last_taken_at > now + TOLERATED:
        ahead = Ahead(timedelta(0), now)  # it was ahead, or the server's clock went back: this is newer word of it
    return state if state.ahead == ahead else replace(state, ahead=ahead)


@dataclass(frozen=True)
class _SortedOut:
    """Readings that are new, each once and by time, and those that say something else than what is kept. `said_ahead`:
    some take the place of what their sensor had said of that moment while its clock was ahead."""

    new: list[Reading]
    contradictory: list[Contradiction]
    said_ahead: bool


def _sorted_out(session: Session, readings: Sequence[Reading], now: datetime) -> _SortedOut:
    """Only what is new may move the engine. What a sensor says at a time that it had named before, when its clock was
    ahead, is new."""
    first: dict[tuple[str, datetime], Reading] = {}
    contradictory: list[Contradiction] = []
    for reading in readings:
        there = first.setdefault((reading.sensor_id, reading.taken_at), reading)
        if there.temperature_c != reading.temperature_c:
            contradictory.append(Contradiction(reading, there.temperature_c))
    newest = newest_kept(session, {sensor_id for sensor_id, _ in first})
    may_be_kept = [key for key in first if (last := newest[key[0]]) is not None and key[1] <= last]
    columns = ("sensor_id", "taken_at", "known_at", "temperature_c")
    said_ahead = False
    for sensor_id, taken_at, known_at, kept_c in rows_of_keys(session.connection(), READINGS, columns, may_be_kept):
        was_ahead = taken_at - known_at > TOLERATED and taken_at - now <= TOLERATED
        said_ahead |= was_ahead
        if not was_ahead:
            said = first.pop((sensor_id, taken_at))
            if said.temperature_c != kept_c:
                contradictory.append(Contradiction(said, kept_c))
    new = sorted(first.values(), key=attrgetter("taken_at", "sensor_id"))
    return _SortedOut(new, contradictory, said_ahead)


def newest_kept(session: Session, sensor_ids: Iterable[str]) -> dict[str, datetime | None]:
    """When the newest reading that is kept of each sensor was taken: one look into the index a sensor. The sensors'
    states are there, and locked."""
    of_it = select(func.max(ReadingRow.taken_at)).where(ReadingRow.sensor_id == SensorStateRow.sensor_id)
    newest = select(SensorStateRow.sensor_id, of_it.scalar_subquery())
    found = session.connection().execute(newest.where(among(SensorStateRow.sensor_id, sensor_ids)))
    return dict(found.tuples().all())
