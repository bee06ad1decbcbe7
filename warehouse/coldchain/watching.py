"""What a sensor's next reading, or the clock alone, makes of what is known of it: alarms that begin, get worse and end.

A pure step (state, reading or tick, rules, limit) -> (state, events). Readings that are not newer than the last one
change nothing: giving the same readings again, after a restart from a saved state, gives nothing new. A tick is the
clock's word that nothing came; it alone can tell of silence, and no temperature alarm hangs on it.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from warehouse.coldchain.alarms import (
    AlarmEnded,
    AlarmKind,
    AlarmRaised,
    Event,
    Excursion,
    IgnoredBecause,
    ReadingIgnored,
    SensorState,
    alarm_key,
)
from warehouse.coldchain.excursions import judge_temperature
from warehouse.coldchain.limits import Limit
from warehouse.coldchain.readings import Reading
from warehouse.coldchain.rules import Rules


@dataclass(frozen=True)
class Tick:
    """A moment of the server's clock at which a sensor is looked at without a reading. Raises ValueError for a naive
    time."""

    at: datetime

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError(f"tick at {self.at} has no time zone")
        object.__setattr__(self, "at", self.at.astimezone(UTC))


def watch(
    state: SensorState, observed: Reading | Tick, rules: Rules, limit: Limit | None
) -> tuple[SensorState, tuple[Event, ...]]:
    """The sensor's next state and what happened. `limit` is the one in force when the reading was taken.

    Without a limit no reading is outside, and a running temperature alarm ends. A zone that goes straight from too warm
    to too cold ends the one and starts the clock of the other. Raises ValueError for another sensor's reading."""
    if isinstance(observed, Tick):
        return _listen(state, observed, rules, limit)
    if observed.sensor_id != state.sensor_id:
        raise ValueError(f"reading of sensor {observed.sensor_id} offered to the state of {state.sensor_id}")
    if state.last_taken_at is not None and observed.taken_at <= state.last_taken_at:
        late = observed.taken_at < state.last_taken_at
        because = IgnoredBecause.LATE if late else IgnoredBecause.DUPLICATE
        return state, (ReadingIgnored(observed.sensor_id, observed.taken_at, because),)
    state, heard_again = _heard(state, observed)
    judged = judge_temperature(state, observed, rules, limit)
    after = SensorState(
        state.sensor_id,
        observed.taken_at,
        observed.temperature_c,
        judged.excursion,
        also=state.also,
        stays=judged.stays,
    )
    return after, (*heard_again, *judged.events)


def _listen(state: SensorState, tick: Tick, rules: Rules, limit: Limit | None) -> tuple[SensorState, tuple[Event, ...]]:
    """Raises the silence of a sensor that was heard once and is no more; once a silence."""
    last = state.last_taken_at
    if last is None or tick.at - last <= rules.silent_for or _known(state, AlarmKind.SILENT) is not None:
        return state, ()
    worst_c = 0.0 if state.last_c is None else state.last_c
    silence = Excursion(AlarmKind.SILENT, last, worst_c, tick.at)
    raised = AlarmRaised(
        alarm_key=alarm_key(state.sensor_id, AlarmKind.SILENT, last),
        sensor_id=state.sensor_id,
        zone_id=None if limit is None else limit.zone_id,
        kind=AlarmKind.SILENT,
        began_at=last,
        raised_at=tick.at,
        temperature_c=state.last_c,
        worst_c=worst_c,
        limit_c=None,
    )
    return replace(state, also=(*state.also, silence)), (raised,)


def _heard(state: SensorState, reading: Reading) -> tuple[SensorState, tuple[Event, ...]]:
    """The state of a sensor that is heard, its silence ended."""
    silence = _known(state, AlarmKind.SILENT)
    if silence is None:
        return state, ()
    ended = AlarmEnded(
        alarm_key=alarm_key(state.sensor_id, AlarmKind.SILENT, silence.began_at),
        sensor_id=state.sensor_id,
        kind=AlarmKind.SILENT,
        began_at=silence.began_at,
        ended_at=max(reading.taken_at, silence.raised_at or reading.taken_at),
        temperature_c=reading.temperature_c,
        worst_c=silence.worst_c,
    )
    return replace(state, also=tuple(one for one in state.also if one is not silence)), (ended,)


def _known(state: SensorState, kind: AlarmKind) -> Excursion | None:
    """What is known of a kind beside the excursion."""
    return next((one for one in state.also if one.kind is kind), None)
