"""Many readings at once: the same alarms as one by one, without looking at readings that can change nothing.

Most readings are newer than the last and inside the limits, of a sensor with which all is in order. They change no more
than the time of the last reading, so they are found with array operations and passed over.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from warehouse.coldchain.alarms import Event, SensorState, Taken
from warehouse.coldchain.changing import PLACES, remembered
from warehouse.coldchain.excursions import still_remembered
from warehouse.coldchain.faults import OTHER_UNIT_AWAY_C, RESET_CODE_C
from warehouse.coldchain.limits import Limit, limit_in_force
from warehouse.coldchain.readings import COLDEST_C, WARMEST_C, Reading
from warehouse.coldchain.rules import Rules
from warehouse.coldchain.watching import watch

COLUMNS = ("sensor_id", "taken_at", "temperature_c")
BESIDES = ("humidity_percent", "battery_percent", "door_open")
USUAL = Rules()
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NONE_OF_THEIR_OWN: Mapping[str, Rules] = MappingProxyType({})


@dataclass(frozen=True)
class Watched:
    """The states after the readings, by sensor, and what happened, in the order of the readings."""

    states: Mapping[str, SensorState]
    events: tuple[Event, ...]


@dataclass(frozen=True, eq=False)
class Series:
    """Readings of one sensor: `taken_at` in microseconds since 1970 and what was `told` beside the temperatures, by its
    name, missing where a reading did not tell."""

    taken_at: NDArray[np.int64]
    temperature_c: NDArray[np.float64]
    told: Mapping[str, list[Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, taken: Sequence[tuple[datetime, float]]) -> "Series":
        """Temperatures with their moments."""
        moments = [microseconds(taken_at) for taken_at, _ in taken]
        return cls(np.array(moments, dtype=np.int64), np.array([celsius for _, celsius in taken], dtype=float))

    def __len__(self) -> int:
        return len(self.taken_at)

    def __getitem__(self, part: slice) -> "Series":
        told = {name: values[part] for name, values in self.told.items()}
        return Series(self.taken_at[part], self.temperature_c[part], told)

    def number_before(self, moment: datetime) -> int:
        """How many of them, which are in the order of their times, were taken before a moment."""
        return int(np.searchsorted(self.taken_at, microseconds(moment)))


def watch_readings(
    states: Mapping[str, SensorState],
    readings: pd.DataFrame,
    limits: Mapping[str, Sequence[Limit]],
    rules: Mapping[str, Rules] = NONE_OF_THEIR_OWN,
) -> Watched:
    """Watch readings in the order of their rows; equal to `watch` row by row.

    readings  sensor_id (str), taken_at (datetime64 with zone), temperature_c (float); as far as known humidity_percent,
              battery_percent (float) and door_open (bool), missing where a reading did not tell
    limits    by sensor_id, all limits of the sensor's zone; a sensor without limits has no alarms
    rules     by sensor_id; a sensor without them is watched by the usual ones
    states    by sensor_id; a sensor without one starts afresh. All of them are in the answer

    Raises ValueError for missing columns, naive times and temperatures that are not numbers.
    """
    _check(readings)
    after = dict(states)
    happened: list[tuple[int, Event]] = []
    for sensor_id, rows in readings.groupby("sensor_id", sort=False).indices.items():
        name = str(sensor_id)
        state = after.get(name, SensorState(name))
        own = readings.iloc[rows]
        taken_at = pd.DatetimeIndex(own["taken_at"]).tz_convert("UTC").as_unit("us").asi8
        in_order = sorted(limits.get(name, ()), key=lambda limit: limit.valid_from)
        taken = Series(taken_at, own["temperature_c"].to_numpy(float), _told_besides(own))
        after[name], events = _watch_sensor(state, taken, in_order, rules.get(name, USUAL))
        happened += [(int(rows[at]), event) for at, event in events]
    happened.sort(key=lambda one: one[0])
    return Watched(after, tuple(event for _, event in happened))


def watch_series(
    state: SensorState, readings: Series, limits: Sequence[Limit], rules: Rules
) -> tuple[SensorState, list[Event]]:
    """The same for readings of one sensor, and its limits in the order in which they came into force."""
    state, events = _watch_sensor(state, readings, limits, rules)
    return state, [event for _, event in events]


def _watch_sensor(
    state: SensorState, readings: Series, limits: Sequence[Limit], rules: Rules
) -> tuple[SensorState, list[tuple[int, Event]]]:
    """One sensor's state after its readings, and the events with the number of their reading."""
    taken_at, temperatures, told = readings.taken_at, readings.temperature_c, readings.told
    moments = pd.DatetimeIndex(taken_at.view("M8[us]")).tz_localize("UTC").to_pydatetime().tolist()
    valid_from = np.array([microseconds(limit.valid_from) for limit in limits], dtype=np.int64)
    in_force = np.searchsorted(valid_from, taken_at, side="right") - 1
    newer = _newer(state, taken_at)
    calm = newer & _inside(temperatures, in_force, limits, rules) & _steady(state, temperatures, newer)
    calm &= _changes_slowly(state, taken_at, temperatures, rules)
    for values in told.values():
        calm &= pd.isna(values)
    disturbed = [*np.flatnonzero(~calm).tolist(), len(calm)]
    events: list[tuple[int, Event]] = []
    at = 0
    while at < len(calm):
        if calm[at] and state.excursion is None and not state.also:
            end = disturbed[bisect_left(disturbed, at)]
            state = _after_quiet(state, moments[at:end], temperatures[at:end].tolist(), rules)
            at = end
            continue
        besides = {name: values[at] for name, values in told.items() if not pd.isna(values[at])}
        reading = Reading(state.sensor_id, moments[at], float(temperatures[at]), **besides)
        limit = limits[in_force[at]] if in_force[at] >= 0 else None
        state, happened = watch(state, reading, rules, limit)
        events += [(at, event) for event in happened]
        at += 1
    return state, events


def watch_few(
    state: SensorState, readings: Sequence[Reading], limits: Sequence[Limit], rules: Rules
) -> tuple[SensorState, list[Event]]:
    """The same for a few readings of one sensor, for which arrays are not worth their price; equal to `watch` one by
    one."""
    events: list[Event] = []
    at = 0
    while at < len(readings):
        limit = limit_in_force(limits, readings[at].taken_at)
        end = _quiet_until(state, readings, at, limits, limit, rules)
        if end > at:
            quiet = readings[at:end]
            state = _after_quiet(state, [one.taken_at for one in quiet], [one.temperature_c for one in quiet], rules)
            at = end
            continue
        state, happened = watch(state, readings[at], rules, limit)
        events += happened
        at += 1
    return state, events


def _quiet_until(
    state: SensorState,
    readings: Sequence[Reading],
    at: int,
    limits: Sequence[Limit],
    limit: Limit | None,
    rules: Rules,
) -> int:
    """Up to which reading all from `at` on can change nothing; `at`: already this one may. `limit` is in force then."""
    if state.excursion is not None or state.also or state.recent or rules.least_change_c is not None:
        return at
    lows = (COLDEST_C, rules.floor_c, None if limit is None else limit.low_c)
    highs = (WARMEST_C, rules.ceiling_c, None if limit is None else limit.high_c)
    low = max(bound for bound in lows if bound is not None)
    high = min(bound for bound in highs if bound is not None)
    first_at = readings[at].taken_at
    other_limit_at = min((other.valid_from for other in limits if other.valid_from > first_at), default=None)
    last_at, last_c = state.last_taken_at, state.last_c
    for number in range(at, len(readings)):
        one = readings[number]
        taken_at, celsius = one.taken_at, one.temperature_c
        if (
            (last_at is not None and taken_at <= last_at)
            or (other_limit_at is not None and taken_at >= other_limit_at)
            or not low <= celsius <= high
            or celsius == RESET_CODE_C
            or (last_c is not None and abs(celsius - last_c) >= OTHER_UNIT_AWAY_C)
            or one.tells_more
        ):
            return number
        last_at, last_c = taken_at, celsius
    return len(readings)


def _told_besides(readings: pd.DataFrame) -> dict[str, list[Any]]:
    """What readings told beside their temperature, by its name; only what any of them told."""
    return {name: readings[name].tolist() for name in BESIDES if name in readings and readings[name].notna().any()}


def _after_quiet(
    state: SensorState, moments: Sequence[datetime], temperatures: Sequence[float], rules: Rules
) -> SensorState:
    """The state after some quiet readings."""
    last_c = float(temperatures[-1])
    first = len(temperatures) - 1
    while first > 0 and temperatures[first - 1] == last_c:
        first -= 1
    unchanged = len(temperatures) - first
    since: datetime | None = moments[first]
    if first == 0 and state.last_c == last_c and state.unchanged:
        unchanged, since = state.unchanged + unchanged, state.unchanged_since
    return replace(
        state,
        last_taken_at=moments[-1],
        last_c=last_c,
        ahead=None,
        stays=still_remembered(state.stays, moments[-1], rules),
        unchanged=unchanged,
        unchanged_since=since,
        recent=_turning_points(state, moments, temperatures, rules),
    )


def _turning_points(
    state: SensorState, moments: Sequence[datetime], temperatures: Sequence[float], rules: Rules
) -> tuple[Taken, ...]:
    """Those after some quiet readings."""
    if rules.least_change_c is None:
        return ()
    first = bisect_left(moments, moments[-1] - rules.changes_within)
    return remembered([*state.recent, *zip(moments[first:], temperatures[first:], strict=True)], rules)


def _changes_slowly(
    state: SensorState, taken_at: NDArray[np.int64], temperatures: NDArray[np.float64], rules: Rules
) -> NDArray[np.bool_]:
    """Whether a reading cannot show a change that is an alarm at any hour: all within the window are near each other,
    those that may not be believed among them."""
    if rules.least_change_c is None:
        return np.ones(len(temperatures), dtype=bool)
    before = pd.DatetimeIndex([at for at, _ in state.recent], tz="UTC").as_unit("us").asi8
    times = np.maximum.accumulate(np.concatenate([before, taken_at]))  # one that came late counts for longer
    told = pd.Series([*(celsius for _, celsius in state.recent), *temperatures], pd.DatetimeIndex(times.view("M8[us]")))
    lately = told.rolling(rules.changes_within, closed="both")
    slowly: NDArray[np.bool_] = np.round((lately.max() - lately.min()).to_numpy(), PLACES) < rules.least_change_c
    return slowly[len(before) :]


def _steady(state: SensorState, temperatures: NDArray[np.float64], newer: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether a reading follows one that counts, and is too near it to be doubted."""
    before = np.concatenate([[np.nan if state.last_c is None else state.last_c], temperatures[:-1]])
    near = np.abs(temperatures - before) < OTHER_UNIT_AWAY_C
    near[:1] |= state.last_c is None
    possible = (temperatures != RESET_CODE_C) & (temperatures >= COLDEST_C) & (temperatures <= WARMEST_C)
    steady: NDArray[np.bool_] = near & possible & np.concatenate([[True], newer[:-1]])
    return steady


def _inside(
    temperatures: NDArray[np.float64], in_force: NDArray[np.intp], limits: Sequence[Limit], rules: Rules
) -> NDArray[np.bool_]:
    """Whether a reading is inside its limit, and the absolute ones; `in_force` -1: it has none of its own."""
    ceiling_c = np.inf if rules.ceiling_c is None else rules.ceiling_c
    floor_c = -np.inf if rules.floor_c is None else rules.floor_c
    # the last entry is what the index -1 finds
    highs = np.array([*(np.inf if limit.high_c is None else limit.high_c for limit in limits), np.inf])
    lows = np.array([*(-np.inf if limit.low_c is None else limit.low_c for limit in limits), -np.inf])
    highs, lows = np.minimum(highs, ceiling_c), np.maximum(lows, floor_c)
    inside: NDArray[np.bool_] = (temperatures <= highs[in_force]) & (temperatures >= lows[in_force])
    return inside


def _newer(state: SensorState, taken_at: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether a reading is newer than all before it."""
    before_all = np.iinfo(np.int64).min
    last = before_all if state.last_taken_at is None else microseconds(state.last_taken_at)
    newer: NDArray[np.bool_] = taken_at > np.maximum.accumulate(np.concatenate([[last], taken_at[:-1]]))
    return newer


def microseconds(moment: datetime) -> int:
    """Since 1970."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def _check(readings: pd.DataFrame) -> None:
    missing = set(COLUMNS) - set(readings.columns)
    if missing:
        raise ValueError(f"readings: missing columns {sorted(missing)}")
    if not isinstance(readings["taken_at"].dtype, pd.DatetimeTZDtype):
        raise ValueError(f"readings: taken_at is {readings['taken_at'].dtype}, not times with a zone")
    no_temperature = ~np.isfinite(readings["temperature_c"].to_numpy(float))
    if no_temperature.any():
        bad = readings[no_temperature].iloc[0]
        raise ValueError(f"sensor {bad['sensor_id']}: {bad['temperature_c']} at {bad['taken_at']} is no temperature")
