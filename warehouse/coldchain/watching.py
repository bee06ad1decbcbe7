"""What a sensor's next reading, or the clock alone, makes of what is known of it: alarms that begin, get worse and end.

A pure step (state, reading or tick, rules, limit) -> (state, events). Readings that are not newer than the last one
change nothing: giving the same readings again, after a restart from a saved state, gives nothing new. What a broken
probe says is the sensor's fault and reaches no temperature alarm. A tick is the clock's word that nothing came, with
what the sensor's last will said; it alone can tell of silence, and no temperature alarm hangs on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from warehouse.coldchain.alarms import (
    AlarmKind,
    Event,
    Excursion,
    IgnoredBecause,
    RaisedBecause,
    ReadingIgnored,
    SensorState,
)
from warehouse.coldchain.changing import judge_change
from warehouse.coldchain.conditions import end, judge_conditions, known_of, put, start
from warehouse.coldchain.excursions import judge_temperature
from warehouse.coldchain.faults import Doubt, doubt_about
from warehouse.coldchain.limits import Limit
from warehouse.coldchain.neighbours import stuck_sensors
from warehouse.coldchain.readings import Reading
from warehouse.coldchain.rules import Rules


@dataclass(frozen=True)
class Tick:
    """A moment of the server's clock at which a sensor is looked at without a reading. `offline_since` is since when it
    is gone by its last will; None: nobody says so. Raises ValueError for a naive time."""

    at: datetime
    offline_since: datetime | None = None

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError(f"tick at {self.at} has no time zone")
        object.__setattr__(self, "at", self.at.astimezone(UTC))


def watch(
    state: SensorState, observed: Reading | Tick, rules: Rules, limit: Limit | None
) -> tuple[SensorState, tuple[Event, ...]]:
    """The sensor's next state and what happened. `limit` is the one in force when the reading was taken; of the rules
    hold those of that hour.

    Without a limit no reading is outside, and a running temperature alarm ends. A zone that goes straight from too warm
    to too cold ends the one and starts the clock of the other. Raises ValueError for another sensor's reading."""
    zone_id = None if limit is None else limit.zone_id
    if isinstance(observed, Tick):
        return _listen(state, observed, rules, zone_id)
    if observed.sensor_id != state.sensor_id:
        raise ValueError(f"reading of sensor {observed.sensor_id} offered to the state of {state.sensor_id}")
    if state.last_taken_at is not None and observed.taken_at <= state.last_taken_at:
        late = observed.taken_at < state.last_taken_at
        because = IgnoredBecause.LATE if late else IgnoredBecause.DUPLICATE
        return state, (ReadingIgnored(observed.sensor_id, observed.taken_at, because),)
    rules = rules.at(observed.taken_at)
    doubt = doubt_about(observed, state, known_of(state, AlarmKind.FAULTY), rules)
    state, heard = _heard(state, observed)
    state, told = judge_conditions(state, observed, rules, zone_id)
    if doubt is not None:
        state, doubted = _doubted(state, observed, doubt, zone_id)
        return state, (*heard, *told, *doubted)
    state, believed = _believed(state, observed, zone_id)
    judged = judge_temperature(state, observed, rules, limit)
    the_same = state.last_c == observed.temperature_c and state.unchanged > 0
    after = SensorState(
        state.sensor_id,
        observed.taken_at,
        observed.temperature_c,
        judged.excursion,
        also=state.also,
        stays=judged.stays,
        unchanged=state.unchanged + 1 if the_same else 1,
        unchanged_since=state.unchanged_since if the_same else observed.taken_at,
        door_closed_at=state.door_closed_at,
        recent=state.recent,
    )
    after, changed = judge_change(after, observed.taken_at, rules, zone_id)
    return after, (*heard, *told, *believed, *judged.events, *changed)


def watch_zone(
    zone: Mapping[str, SensorState], at: datetime, rules: Rules, limit: Limit | None
) -> tuple[dict[str, SensorState], tuple[Event, ...]]:
    """The states of a zone's sensors after they were compared with each other at a moment, and what happened: which may
    be stuck, which `watch` ends with the first reading that differs. Which drift is told by weeks (`drifting.py`)."""
    after, events = dict(zone), list[Event]()
    for sensor_id in sorted(stuck_sensors(zone, rules)):
        state = zone[sensor_id]
        if known_of(state, AlarmKind.STUCK) is None and state.unchanged_since and state.last_c is not None:
            stuck = Excursion(AlarmKind.STUCK, state.unchanged_since, state.last_c)
            after[sensor_id], raised = start(state, stuck, at, None if limit is None else limit.zone_id)
            events += raised
    return after, tuple(events)


def _listen(state: SensorState, tick: Tick, rules: Rules, zone_id: str | None) -> tuple[SensorState, tuple[Event, ...]]:
    """Raises the silence of a sensor that was heard once and is no more; once a silence. Only a reading ends it: one
    that is online again has not said yet how warm it is."""
    last, is_gone = state.last_taken_at, rules.is_gone(tick.offline_since, tick.at)
    if last is None or known_of(state, AlarmKind.SILENT) is not None:
        return state, ()
    if not is_gone and tick.at - last <= rules.silent_for:
        return state, ()
    silence = Excursion(AlarmKind.SILENT, last, 0.0 if state.last_c is None else state.last_c)
    because = RaisedBecause.OFFLINE if is_gone else None
    state, events = start(state, silence, tick.at, zone_id, because=because)
    return state, tuple(events)


def _heard(state: SensorState, reading: Reading) -> tuple[SensorState, list[Event]]:
    """The state of a sensor that is heard: its silence is over, and that it was stuck where it says something else."""
    events: list[Event] = []
    for kind in (AlarmKind.SILENT, AlarmKind.STUCK):
        known = known_of(state, kind)
        if known is not None and (kind is AlarmKind.SILENT or reading.temperature_c != state.last_c):
            state, ended = end(state, known, reading.taken_at)
            events += ended
    return state, events


def _doubted(
    state: SensorState, reading: Reading, doubt: Doubt, zone_id: str | None
) -> tuple[SensorState, list[Event]]:
    """The state after a reading that is not believed. A code or another unit is a fault at once, a jump when the next
    reading does not agree with it."""
    celsius, known = reading.temperature_c, known_of(state, AlarmKind.FAULTY)
    events: list[Event] = [ReadingIgnored(reading.sensor_id, reading.taken_at, IgnoredBecause.FAULTY)]
    faulty = replace(known or Excursion(AlarmKind.FAULTY, reading.taken_at, celsius), told_c=celsius)
    state = put(state, faulty)
    if faulty.raised_at is None and (known is not None or doubt is not Doubt.JUMP):
        state, raised = start(state, faulty, reading.taken_at, zone_id)
        events += raised
    return replace(state, last_taken_at=reading.taken_at, ahead=None), events


def _believed(state: SensorState, reading: Reading, zone_id: str | None) -> tuple[SensorState, list[Event]]:
    """The state after a reading that is believed, a fault ended. A jump that it contradicts was a fault."""
    faulty = known_of(state, AlarmKind.FAULTY)
    if faulty is None:
        return state, []
    contradicted = faulty.told_c is not None and abs(reading.temperature_c - faulty.told_c) > abs(
        reading.temperature_c - (reading.temperature_c if state.last_c is None else state.last_c)
    )
    raised: list[Event] = []
    if faulty.raised_at is None and contradicted:
        state, raised = start(state, faulty, reading.taken_at, zone_id)
        faulty = replace(faulty, raised_at=reading.taken_at)
    state, ended = end(state, faulty, reading.taken_at)
    return state, [*raised, *ended]
