"""Many readings at once: the same alarms as one by one, without looking at readings that can change nothing.

Most readings are newer than the last and inside the limits, of a sensor with which all is in order. They change no more
than the time of the last reading, so they are found with array operations and passed over.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from warehouse.coldchain.alarms import Event, SensorState
from warehouse.coldchain.excursions import still_remembered
from warehouse.coldchain.limits import Limit
from warehouse.coldchain.readings import Reading
from warehouse.coldchain.rules import Rules
from warehouse.coldchain.watching import watch

COLUMNS = ("sensor_id", "taken_at", "temperature_c")
USUAL = Rules()
NONE_OF_THEIR_OWN: Mapping[str, Rules] = MappingProxyType({})


@dataclass(frozen=True)
class Watched:
    """The states after the readings, by sensor, and what happened, in the order of the readings."""

    states: Mapping[str, SensorState]
    events: tuple[Event, ...]


def watch_readings(
    states: Mapping[str, SensorState],
    readings: pd.DataFrame,
    limits: Mapping[str, Sequence[Limit]],
    rules: Mapping[str, Rules] = NONE_OF_THEIR_OWN,
) -> Watched:
    """Watch readings in the order of their rows; equal to `watch` row by row.

    readings  sensor_id (str), taken_at (datetime64 with zone), temperature_c (float)
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
        in_order = sorted(limits.get(name, ()), key=lambda limit: limit.valid_from)
        after[name], events = _watch_sensor(state, own, in_order, rules.get(name, USUAL))
        happened += [(int(rows[at]), event) for at, event in events]
    happened.sort(key=lambda one: one[0])
    return Watched(after, tuple(event for _, event in happened))


def _watch_sensor(
    state: SensorState, readings: pd.DataFrame, limits: Sequence[Limit], rules: Rules
) -> tuple[SensorState, list[tuple[int, Event]]]:
    """One sensor's state after its readings, and the events with the number of their reading."""
    taken_at = pd.DatetimeIndex(readings["taken_at"]).tz_convert("UTC").as_unit("us")
    moments = taken_at.to_pydatetime()
    temperatures = readings["temperature_c"].to_numpy(float)
    valid_from = pd.DatetimeIndex([limit.valid_from for limit in limits], tz="UTC").as_unit("us")
    in_force = np.searchsorted(valid_from.asi8, taken_at.asi8, side="right") - 1
    calm = _inside(temperatures, in_force, limits) & _newer(state, taken_at.asi8)
    disturbed = [*np.flatnonzero(~calm).tolist(), len(calm)]
    events: list[tuple[int, Event]] = []
    at = 0
    while at < len(calm):
        if calm[at] and state.excursion is None and not state.also:
            at = disturbed[bisect_left(disturbed, at)]
            state = _after_quiet(state, moments[at - 1], float(temperatures[at - 1]), rules)
            continue
        reading = Reading(state.sensor_id, moments[at], float(temperatures[at]))
        limit = limits[in_force[at]] if in_force[at] >= 0 else None
        state, happened = watch(state, reading, rules, limit)
        events += [(at, event) for event in happened]
        at += 1
    return state, events


def _after_quiet(state: SensorState, taken_at: datetime, temperature_c: float, rules: Rules) -> SensorState:
    """The state after the last of some quiet readings."""
    return SensorState(state.sensor_id, taken_at, temperature_c, stays=still_remembered(state.stays, taken_at, rules))


def _inside(
    temperatures: NDArray[np.float64], in_force: NDArray[np.intp], limits: Sequence[Limit]
) -> NDArray[np.bool_]:
    """Whether a reading is inside its limit; `in_force` -1: it has none."""
    # the last entry is what the index -1 finds
    highs = np.array([*(np.inf if limit.high_c is None else limit.high_c for limit in limits), np.inf])
    lows = np.array([*(-np.inf if limit.low_c is None else limit.low_c for limit in limits), -np.inf])
    inside: NDArray[np.bool_] = (temperatures <= highs[in_force]) & (temperatures >= lows[in_force])
    return inside


def _newer(state: SensorState, taken_at: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whether a reading is newer than all before it."""
    before_all = np.iinfo(np.int64).min
    last = before_all if state.last_taken_at is None else pd.Timestamp(state.last_taken_at).value // 1000
    newer: NDArray[np.bool_] = taken_at > np.maximum.accumulate(np.concatenate([[last], taken_at[:-1]]))
    return newer


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
