"""What a rule set would have raised over past readings, what it would have missed, and what it costs whoever is told.

Missed is measured against the limits alone, with their delays and nothing else: a stay outside that they would have
told and for which the rule set has no alarm at any time. The clock's ticks are those that find a sensor silent, and
zones are compared once an hour for a sensor that is stuck, once a week for one that drifts.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from warehouse.coldchain.alarms import AlarmEnded, AlarmKind, AlarmRaised, Event, SensorState
from warehouse.coldchain.drifting import DRIFT_DAYS, drift_told, with_drift
from warehouse.coldchain.excursions import LONGEST_STEP
from warehouse.coldchain.limits import Limit
from warehouse.coldchain.many_readings import watch_readings
from warehouse.coldchain.neighbours import ENOUGH_TO_TELL, stuck_sensors
from warehouse.coldchain.rules import Rules
from warehouse.coldchain.watching import Tick, watch

TEMPERATURE_KINDS = (AlarmKind.TOO_WARM, AlarmKind.TOO_COLD)
COMPARED_EVERY = timedelta(hours=1)
DRIFT_LOOKED_AT_EVERY = 7  # days
JUST_AFTER = timedelta(seconds=1)


@dataclass(frozen=True)
class WatchedSensor:
    """How a sensor is watched: in which zone, by which limits over time, by which rules."""

    zone_id: str
    limits: Sequence[Limit]
    rules: Rules


@dataclass(frozen=True)
class PastAlarm:
    """An alarm over past readings; `ended_at` is None where it goes on after the last of them."""

    sensor_id: str
    zone_id: str
    kind: AlarmKind
    began_at: datetime
    raised_at: datetime
    ended_at: datetime | None
    worst: float


@dataclass(frozen=True)
class Cost:
    """What the alarms cost: how many, how long they are open, and how long the zones were outside (hours, summed over
    sensors; of the temperature alarms). `by_limits_alone` is how many the limits and delays alone would raise."""

    alarms: int
    temperature_alarms: int
    by_limits_alone: int
    hours_open: float
    hours_outside: float


@dataclass(frozen=True)
class Replayed:
    """What a rule set would have raised and missed, in the order of time, and its cost."""

    alarms: tuple[PastAlarm, ...]
    missed: tuple[PastAlarm, ...]
    cost: Cost


def replay_rules(
    readings: pd.DataFrame, sensors: Mapping[str, WatchedSensor], since: datetime | None = None
) -> Replayed:
    """Runs the sensors' rules over past readings.

    readings  as `watch_readings` takes them, any order; readings of a sensor that is not in `sensors` are left out
    since     what was over before does not count: those readings only show what a rhythm, or a stay, begins with
    """
    alarms, alone = list[PastAlarm](), list[PastAlarm]()
    hours_outside, ends = 0.0, dict[str, datetime]()
    by_zone: dict[str, dict[str, pd.DataFrame]] = {}
    in_order = readings.sort_values("taken_at", kind="stable")
    for sensor_id, own in in_order.groupby("sensor_id", sort=True):
        name = str(sensor_id)
        if (sensor := sensors.get(name)) is None:
            continue
        plain = Rules(recovery_margin_c=0.0, outside_at_most=None, worse_by_c=None, learn_defrosts=False)
        alarms += alarms_of(_events_with_ticks(name, own, sensor), sensor.zone_id)
        alone += alarms_of(watch_readings({}, own, {name: sensor.limits}, {name: plain}).events, sensor.zone_id)
        hours_outside += _hours_outside(own if since is None else own[own["taken_at"] >= since], sensor.limits)
        ends[name] = own["taken_at"].iloc[-1].to_pydatetime()
        by_zone.setdefault(sensor.zone_id, {})[name] = own
    for zone_id, zone in by_zone.items():
        alarms += [*_stuck(zone_id, zone, sensors), *_drifting(zone_id, zone, sensors)]
    alarms, alone = _going_on_after(since, alarms), _going_on_after(since, alone)
    alarms.sort(key=lambda alarm: (alarm.raised_at, alarm.sensor_id, alarm.kind.value))
    of_temperature = [alarm for alarm in alarms if alarm.kind in TEMPERATURE_KINDS]
    alone = [alarm for alarm in alone if alarm.kind in TEMPERATURE_KINDS]
    hours_open = sum(
        ((one.ended_at or ends[one.sensor_id]) - max(one.raised_at, since or one.raised_at)).total_seconds()
        for one in of_temperature
    )
    cost = Cost(len(alarms), len(of_temperature), len(alone), hours_open / 3600, hours_outside)
    return Replayed(tuple(alarms), tuple(_missed(alone, of_temperature)), cost)


def _events_with_ticks(sensor_id: str, own: pd.DataFrame, sensor: WatchedSensor) -> Iterator[Event]:
    """The events of a sensor's readings, and of the clock where it says nothing for too long."""
    rules = _with_interval(own, sensor.rules)
    times = own["taken_at"]
    long_silent = np.flatnonzero((times.diff() > rules.silent_for).to_numpy())
    state = SensorState(sensor_id)
    for first, after in zip([0, *long_silent], [*long_silent, len(own)], strict=True):
        watched = watch_readings(
            {sensor_id: state}, own.iloc[first:after], {sensor_id: sensor.limits}, {sensor_id: rules}
        )
        state = watched.states[sensor_id]
        yield from watched.events
        if after < len(own) and state.last_taken_at is not None:
            in_force = [limit for limit in sensor.limits if limit.valid_from <= state.last_taken_at]
            limit = max(in_force, key=lambda one: one.valid_from, default=None)
            state, events = watch(state, Tick(state.last_taken_at + rules.silent_for + JUST_AFTER), rules, limit)
            yield from events


def _with_interval(own: pd.DataFrame, rules: Rules) -> Rules:
    """The rules with the sensor's own interval: as told, or as its readings mostly come."""
    if rules.interval is not None or len(own) < 2:
        return rules
    gaps = np.diff(pd.DatetimeIndex(own["taken_at"]).as_unit("us").asi8)
    return replace(rules, interval=timedelta(microseconds=float(np.median(gaps))))


def alarms_of(events: Iterable[Event], zone_id: str | None = None) -> list[PastAlarm]:
    """The alarms that events tell of, of the zone that is named, or that which each event names."""
    alarms: dict[str, PastAlarm] = {}
    for event in events:
        if isinstance(event, AlarmRaised):
            times = (event.began_at, event.raised_at, None)
            alarms[event.alarm_key] = PastAlarm(
                event.sensor_id, zone_id or event.zone_id or "", event.kind, *times, event.worst_c
            )
        elif isinstance(event, AlarmEnded) and event.alarm_key in alarms:
            alarm = alarms[event.alarm_key]
            alarms[event.alarm_key] = replace(alarm, ended_at=event.ended_at, worst=event.worst_c)
    return list(alarms.values())


def _going_on_after(since: datetime | None, alarms: list[PastAlarm]) -> list[PastAlarm]:
    return [alarm for alarm in alarms if since is None or alarm.ended_at is None or alarm.ended_at > since]


def _missed(alone: Sequence[PastAlarm], alarms: Sequence[PastAlarm]) -> Iterator[PastAlarm]:
    """The alarms of the limits alone at the time of which the rule set has none of the same sensor and kind."""
    by_sensor: dict[tuple[str, AlarmKind], list[PastAlarm]] = {}
    for alarm in alarms:
        by_sensor.setdefault((alarm.sensor_id, alarm.kind), []).append(alarm)
    for one in sorted(alone, key=lambda alarm: (alarm.raised_at, alarm.sensor_id)):
        theirs = by_sensor.get((one.sensor_id, one.kind), [])
        if not any(_overlap(one, alarm) for alarm in theirs):
            yield one


def _overlap(one: PastAlarm, other: PastAlarm) -> bool:
    before_end = one.ended_at is None or other.raised_at <= one.ended_at
    return before_end and (other.ended_at is None or other.ended_at >= one.began_at)


def _hours_outside(own: pd.DataFrame, limits: Sequence[Limit]) -> float:
    """For how long a sensor's readings lie outside the limits in force, each until the next."""
    in_order = sorted(limits, key=lambda limit: limit.valid_from)
    times = pd.DatetimeIndex(own["taken_at"]).as_unit("us")
    valid_from = pd.DatetimeIndex([limit.valid_from for limit in in_order], tz="UTC").as_unit("us")
    in_force = np.searchsorted(valid_from.asi8, times.asi8, side="right") - 1
    highs = np.array([*(np.inf if one.high_c is None else one.high_c for one in in_order), np.inf])[in_force]
    lows = np.array([*(-np.inf if one.low_c is None else one.low_c for one in in_order), -np.inf])[in_force]
    celsius = own["temperature_c"].to_numpy(float)
    steps = np.minimum(np.diff(times.asi8) / 1e6, LONGEST_STEP.total_seconds())
    return float((steps * ((celsius > highs) | (celsius < lows))[:-1]).sum() / 3600)


def _stuck(zone_id: str, zone: Mapping[str, pd.DataFrame], sensors: Mapping[str, WatchedSensor]) -> list[PastAlarm]:
    """The alarms of a zone's sensors that stay on one value while their neighbours move."""
    runs = {name: _Runs.of(own) for name, own in zone.items()} if len(zone) > 1 else {}
    found: list[PastAlarm] = []
    for name, own_runs in runs.items():
        rules = sensors[name].rules
        stuck_after = rules.stuck_after or len(own_runs.times) + 1
        for run in np.flatnonzero(own_runs.lengths >= stuck_after):
            first = int(own_runs.starts[run])
            last = first + int(own_runs.lengths[run]) - 1
            moment, until = own_runs.times[first + stuck_after - 1], own_runs.times[last]
            while moment <= until:
                states = {other: its_runs.state_at(other, moment) for other, its_runs in runs.items()}
                if name in stuck_sensors(states, rules):
                    ended_at = own_runs.times[last + 1] if last + 1 < len(own_runs.times) else None
                    began_at, celsius = own_runs.times[first], float(own_runs.celsius[first])
                    found.append(PastAlarm(name, zone_id, AlarmKind.STUCK, began_at, moment, ended_at, celsius))
                    break
                moment += COMPARED_EVERY
    return found


def _drifting(zone_id: str, zone: Mapping[str, pd.DataFrame], sensors: Mapping[str, WatchedSensor]) -> list[PastAlarm]:
    """The alarms of a zone's sensors that move away from their neighbours, looked at once a week over three."""
    if len(zone) < ENOUGH_TO_TELL:
        return []
    means = pd.DataFrame(
        {name: own.set_index("taken_at")["temperature_c"].resample("1D").median() for name, own in zone.items()}
    )
    states = {name: SensorState(name) for name in zone}
    events: list[Event] = []
    rules = sensors[next(iter(zone))].rules
    for last in range(DRIFT_DAYS, len(means) + 1, DRIFT_LOOKED_AT_EVERY):
        moment = (means.index[last - 1] + pd.Timedelta(days=1)).to_pydatetime()
        for name, by_c in drift_told(states, moment, rules, means).items():
            states[name], happened = with_drift(states[name], by_c, moment, zone_id)
            events += happened
    return alarms_of(events, zone_id)


@dataclass(frozen=True, eq=False)
class _Runs:
    """A sensor's readings as runs of exactly the same value."""

    times: list[datetime]
    celsius: NDArray[np.float64]
    starts: NDArray[np.intp]
    lengths: NDArray[np.intp]

    @classmethod
    def of(cls, own: pd.DataFrame) -> "_Runs":
        celsius = own["temperature_c"].to_numpy(float)
        starts = np.flatnonzero(np.concatenate([[True], celsius[1:] != celsius[:-1]]))
        lengths = np.diff(np.append(starts, len(celsius)))
        return cls(list(pd.DatetimeIndex(own["taken_at"]).to_pydatetime()), celsius, starts, lengths)

    def state_at(self, sensor_id: str, moment: datetime) -> SensorState:
        """As far as sensors are compared: for how many readings a value has stayed the same."""
        at = bisect_right(self.times, moment) - 1
        if at < 0:
            return SensorState(sensor_id)
        first = int(self.starts[np.searchsorted(self.starts, at, side="right") - 1])
        return SensorState(
            sensor_id,
            self.times[at],
            float(self.celsius[at]),
            unchanged=at - first + 1,
            unchanged_since=self.times[first],
        )
