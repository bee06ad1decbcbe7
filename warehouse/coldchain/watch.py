"""Many readings at once: the same alarms as one by one, without looking at readings that can change nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from warehouse.coldchain.alarms import Event, SensorState
from warehouse.coldchain.readings import Limit


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

    Raises ValueError for naive times and temperatures that are not numbers.
    """
    raise NotImplementedError
