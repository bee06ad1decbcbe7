"""Many readings at once: the same alarms as one by one, without looking at readings that can change nothing.

Most readings are newer than the last, inside the limits, and follow one that was inside. They change no more
than the time of the last reading, so they are found with array operations and passed over.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from warehouse.coldchain.alarms import Event, SensorState, watch_reading
from warehouse.coldchain.limits import Limit
from warehouse.coldchain.readings import Reading

COLUMNS = ("sensor_id", "taken_at", "temperature_c")


@dataclass(frozen=True)
class Watched:
    """The states after the readings, by sensor, and what happened, in the order of the readings."""

    states: Mapping[str, SensorState]
    events: tuple[Event, ...]


def watch_readings(
    states: Mapping[str, SensorState],
    readings: pd.DataFrame,
    limits: Mapping[str, Sequence[Limit]],
) -> Watched:
    """Watch readings in the order of their rows; equal to `watch_reading` row by row.

    readings  sensor_id (str), taken_at (datetime64 with zone), temperature_c (float)
    limits    by sensor_id, all limits of the sensor's zone; a sensor without limits has no alarms
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
        after[name], events = _watch_sensor(state, own, in_order)
        happened += [(int(rows[at]), event) for at, event in events]
    happened.sort(key=lambda one: one[0])
    return Watched(after, tuple(event for _, event in happened))


def _watch_sensor(
    state: SensorState, readings: pd.DataFrame, limits: Sequence[Limit]
) -> tuple[SensorState, list[tuple[int, Event]]]:
    """One sensor's state after its readings, and the events with the number of their reading."""
    taken_at = pd.DatetimeIndex(readings["taken_at"]).tz_convert("UTC").as_unit("us")
    moments = taken_at.to_pydatetime()
    temperatures = readings["temperature_c"].to_numpy(float)
    valid_from = pd.DatetimeIndex([limit.valid_from for limit in limits], tz="UTC").as_unit("us")
    in_force = np.searchsorted(valid_from.asi8, taken_at.asi8, side="right") - 1
    quiet = _quiet(state, taken_at.asi8, _well_inside(temperatures, in_force, limits))
    events: list[tuple[int, Event]] = []
    for at in np.flatnonzero(~quiet).tolist():
        if at > 0 and quiet[at - 1]:
            state = SensorState(state.sensor_id, moments[at - 1], float(temperatures[at - 1]))
        reading = Reading(state.sensor_id, moments[at], float(temperatures[at]))
        limit = limits[in_force[at]] if in_force[at] >= 0 else None
        state, happened = watch_reading(state, reading, limit)
        events += [(at, event) for event in happened]
    if quiet[-1]:
        state = SensorState(state.sensor_id, moments[-1], float(temperatures[-1]))
    return state, events


def _well_inside(
    temperatures: NDArray[np.float64], in_force: NDArray[np.intp], limits: Sequence[Limit]
) -> NDArray[np.bool_]:
    """Whether a reading is inside its limit by the margin that ends an alarm; `in_force` -1: it has no limit."""
    # the last entry is what the index -1 finds
    high = [np.inf if limit.high_c is None else limit.high_c - limit.recovery_margin_c for limit in limits]
    low = [-np.inf if limit.low_c is None else limit.low_c + limit.recovery_margin_c for limit in limits]
    highs, lows = np.array([*high, np.inf]), np.array([*low, -np.inf])
    inside: NDArray[np.bool_] = (temperatures <= highs[in_force]) & (temperatures >= lows[in_force])
    return inside


def _quiet(state: SensorState, taken_at: NDArray[np.int64], well_inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which readings change no more than the time of the last one: newer, inside, and after one that was both."""
    before_all = np.iinfo(np.int64).min
    last = before_all if state.last_taken_at is None else pd.Timestamp(state.last_taken_at).value // 1000
    newest_before = np.maximum.accumulate(np.concatenate([[last], taken_at[:-1]]))
    calm = well_inside & (taken_at > newest_before)
    quiet: NDArray[np.bool_] = calm & np.concatenate([[state.excursion is None], calm[:-1]])
    return quiet


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
