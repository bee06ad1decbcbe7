"""What else may be wrong than the temperature, each a condition with its delay and what ends it: humidity, a door that
stays open, a battery that runs low, a probe that is broken, a sensor that may be stuck, silence.

A condition is kept in the sensor's state beside its excursion and becomes an alarm once it has held for its delay.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from warehouse.coldchain.alarms import (
    AlarmEnded,
    AlarmKind,
    AlarmRaised,
    Event,
    Excursion,
    RaisedBecause,
    SensorState,
    alarm_key,
)
from warehouse.coldchain.readings import Reading
from warehouse.coldchain.rules import Rules

BATTERY_BACK_BY = 5.0  # percent: a battery that wavers about its limit is one alarm
HUMIDITY_BACK_BY = 2.0


@dataclass(frozen=True)
class Condition:
    """What a reading says of a kind: whether it is wrong, in order again (neither: between the two), how bad it is, and
    for how long it may be."""

    kind: AlarmKind
    wrong: bool
    in_order: bool
    value: float
    delay: timedelta = timedelta(0)
    limit: float | None = None


def judge_conditions(
    state: SensorState, reading: Reading, rules: Rules, zone_id: str | None
) -> tuple[SensorState, tuple[Event, ...]]:
    """The state and what happened after what a reading says beside its temperature."""
    events: list[Event] = []
    for condition in _told_by(reading, rules):
        known = known_of(state, condition.kind)
        if condition.in_order and known is not None:
            state, ended = end(state, known, reading.taken_at)
            events += ended
            if condition.kind is AlarmKind.DOOR_OPEN:
                state = replace(state, door_closed_at=reading.taken_at)
        elif condition.wrong:
            known = known or Excursion(condition.kind, reading.taken_at, condition.value)
            is_due = known.raised_at is None and reading.taken_at - known.began_at >= condition.delay
            state = put(state, known)
            if is_due:
                state, raised = start(state, known, reading.taken_at, zone_id, condition.limit)
                events += raised
    return state, tuple(events)


def known_of(state: SensorState, kind: AlarmKind) -> Excursion | None:
    """What is known of a kind beside the excursion."""
    return next((one for one in state.also if one.kind is kind), None)


def put(state: SensorState, known: Excursion) -> SensorState:
    """The state with this known of its kind."""
    others = [one for one in state.also if one.kind is not known.kind]
    return replace(state, also=tuple(sorted([*others, known], key=lambda one: one.kind.value)))


def start(
    state: SensorState,
    known: Excursion,
    at: datetime,
    zone_id: str | None,
    limit: float | None = None,
    because: RaisedBecause | None = None,
) -> tuple[SensorState, list[Event]]:
    """The state with a condition that is an alarm from now on, and the alarm."""
    raised = AlarmRaised(
        alarm_key=alarm_key(state.sensor_id, known.kind, known.began_at),
        sensor_id=state.sensor_id,
        zone_id=zone_id,
        kind=known.kind,
        began_at=known.began_at,
        raised_at=at,
        temperature_c=state.last_c,
        worst_c=known.worst_c,
        limit_c=limit,
        raised_because=because,
    )
    return put(state, replace(known, raised_at=at)), [raised]


def end(state: SensorState, known: Excursion, at: datetime) -> tuple[SensorState, list[Event]]:
    """The state without a condition, and the end of its alarm where it was one."""
    state = replace(state, also=tuple(one for one in state.also if one.kind is not known.kind))
    if known.raised_at is None:
        return state, []
    ended = AlarmEnded(
        alarm_key=alarm_key(state.sensor_id, known.kind, known.began_at),
        sensor_id=state.sensor_id,
        kind=known.kind,
        began_at=known.began_at,
        ended_at=max(at, known.raised_at),
        temperature_c=state.last_c,
        worst_c=known.worst_c,
    )
    return state, [ended]


def _told_by(reading: Reading, rules: Rules) -> Iterator[Condition]:
    """What a reading says of each kind that it tells of and the rules ask for."""
    humidity, battery = reading.humidity_percent, reading.battery_percent
    if humidity is not None and (high := rules.humid_percent) is not None:
        back = humidity <= high - HUMIDITY_BACK_BY
        yield Condition(AlarmKind.TOO_HUMID, humidity > high, back, humidity, rules.humidity_delay, high)
    if humidity is not None and (low := rules.dry_percent) is not None:
        back = humidity >= low + HUMIDITY_BACK_BY
        yield Condition(AlarmKind.TOO_DRY, humidity < low, back, humidity, rules.humidity_delay, low)
    if battery is not None and (least := rules.battery_percent) is not None:
        back = battery >= least + BATTERY_BACK_BY
        yield Condition(AlarmKind.BATTERY_LOW, battery < least, back, battery, limit=least)
    if reading.door_open is not None:
        delay = timedelta.max if rules.door_open_for is None else rules.door_open_for
        yield Condition(AlarmKind.DOOR_OPEN, reading.door_open, not reading.door_open, 1.0, delay)
