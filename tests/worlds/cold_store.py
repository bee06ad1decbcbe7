"""The recorded cold store as what is measured on it takes it: seven sensors that the alarm log names one to one, with
their operators' limits over time."""

from datetime import timedelta
from pathlib import Path
from typing import Final

import pandas as pd

from data.datasets.cold_store import cold_store_limits, cold_store_readings
from warehouse.coldchain.limits import Limit

ONE_TO_ONE: Final = (
    *("platform_1", "platform_2", "freezer_2", "deepfreezer_1", "deepfreezer_2"),
    *("cooling_1", "cooling_2"),
)
SIDES: Final = ("too_warm", "too_cold")  # as the log calls them, and AlarmKind
ONE_READING: Final = timedelta(minutes=15)


def operators_limits(folder: Path) -> dict[str, list[Limit]]:
    """The limits of each sensor, with the operators' delays, in the order of their times."""
    limits: dict[str, list[Limit]] = {}
    for told in cold_store_limits(folder):
        delay = timedelta(minutes=told.delay_minutes)
        one = Limit(told.zone_id, told.low_c, told.high_c, delay, delay, told.valid_from)
        limits.setdefault(told.sensor_id, []).append(one)
    return limits


def recorded_readings(folder: Path) -> pd.DataFrame:
    """Columns sensor_id, taken_at (UTC), temperature_c of the seven sensors, in the order of time."""
    rows = (row for row in cold_store_readings(folder) if row[0] in ONE_TO_ONE)
    return pd.DataFrame(rows, columns=["sensor_id", "taken_at", "temperature_c"])
