"""A recorded cold store near Mexico City: its sensors, the limits its alarm log tells of, and its readings in UTC.

The folder holds `readings.csv` (time, sensor_id, temperature_c) and `alarms.csv` (time, sensor_id, event, limit_c,
value_c). Times carry no zone. The clock that wrote them went back on 2021-11-07, as clocks in the United States
did; Mexico City's went back a week before. So stamps are read as US Central time, and of two equal stamps of a
sensor the first is summer time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Engine

from data.bulk import write_rows
from data.database import writing
from data.tables import Band, LimitRow, ReadingRow, SensorRow, WarehouseRow, ZoneRow

WAREHOUSE_ID = "cold-store"
TIMEZONE = "America/Mexico_City"  # the warehouse's local days
RECORDING_CLOCK = "America/Chicago"  # what the stamps follow

# Its log lists two sensors under one name; their alarms carry the same limits, so the limits are both sensors'.
MIXED_NAMES = {"freezer_1_or_3": ("freezer_1", "freezer_3")}
# Nearly all alarms came at the fourth reading outside (15 minutes apart), those of deepfreezer_1 at the third.
DELAY_MINUTES = {"deepfreezer_1": 30}
USUAL_DELAY_MINUTES = 45
ZONE_METRES = 10.0  # the record has no floor plan: its zones are drawn as squares side by side


@dataclass(frozen=True)
class LoggedEvent:
    """A line of the alarm log. `event` is too_warm, too_cold, recovered, sensor_failed, ...; C where known."""

    at: datetime
    sensor_id: str
    event: str
    limit_c: float | None
    value_c: float | None


@dataclass(frozen=True)
class LimitInForce:
    """The limits of a sensor's zone from `valid_from` on, as far as the log tells (None: no limit known)."""

    sensor_id: str
    valid_from: datetime
    low_c: float | None
    high_c: float | None

    @property
    def zone_id(self) -> str:
        return zone_of(self.sensor_id)

    @property
    def delay_minutes(self) -> int:
        return DELAY_MINUTES.get(self.sensor_id, USUAL_DELAY_MINUTES)


@dataclass(frozen=True)
class ImportedColdStore:
    """How much of it is in the database now."""

    sensors: int
    limits: int
    readings: int


def import_cold_store(engine: Engine, folder: Path, with_readings: bool = False) -> ImportedColdStore:
    """Keeps the warehouse, a zone for each sensor and the limits over time; with `with_readings` the readings too.

    Importing again changes nothing. Raises FileNotFoundError where the folder lacks one of the two files."""
    sensors = sorted(_recorded(folder / "readings.csv", ["sensor_id"])["sensor_id"].unique())
    limits = cold_store_limits(folder)
    with writing(engine) as session:
        connection = session.connection()
        write_rows(
            connection,
            WarehouseRow.__table__,  # type: ignore[arg-type]
            ["warehouse_id", "name", "city", "timezone"],
            [(WAREHOUSE_ID, "Cold store", "Mexico City", TIMEZONE)],
        )
        write_rows(
            connection,
            ZoneRow.__table__,  # type: ignore[arg-type]
            ["zone_id", "warehouse_id", "name", "band", "x_m", "y_m", "width_m", "depth_m"],
            [
                (zone_of(s), WAREHOUSE_ID, s, _band_of(s), n * ZONE_METRES, 0.0, ZONE_METRES, ZONE_METRES)
                for n, s in enumerate(sensors)
            ],
        )
        write_rows(
            connection,
            SensorRow.__table__,  # type: ignore[arg-type]
            ["sensor_id", "zone_id", "name"],
            [(s, zone_of(s), s) for s in sensors],
        )
        write_rows(
            connection,
            LimitRow.__table__,  # type: ignore[arg-type]
            ["zone_id", "valid_from", "low_c", "high_c", "low_delay_minutes", "high_delay_minutes"],
            [(x.zone_id, x.valid_from, x.low_c, x.high_c, x.delay_minutes, x.delay_minutes) for x in limits],
        )
        kept = 0
        if with_readings:
            kept = write_rows(
                connection,
                ReadingRow.__table__,  # type: ignore[arg-type]
                ["sensor_id", "taken_at", "temperature_c", "known_at"],
                ((s, at, celsius, at) for s, at, celsius in cold_store_readings(folder)),
                "ignore",
            )
    return ImportedColdStore(len(sensors), len(limits), kept)


def cold_store_readings(folder: Path) -> Iterator[tuple[str, datetime, float]]:
    """Sensor, moment (UTC) and degrees C of every reading, in the order of time."""
    readings = _recorded(folder / "readings.csv", ["time", "sensor_id", "temperature_c"])
    second = readings.duplicated(["sensor_id", "time"]).to_numpy()
    readings["at"] = _moments(readings["time"], summer_time=~second)
    readings = readings.sort_values(["at", "sensor_id"], kind="stable")
    for first in range(0, len(readings), 10_000):  # moments become Python objects a part at a time
        part = readings.iloc[first : first + 10_000]
        moments = part["at"].dt.to_pydatetime()
        yield from zip(part["sensor_id"], moments, part["temperature_c"].tolist(), strict=True)


def cold_store_events(folder: Path) -> Iterator[LoggedEvent]:
    """The alarm log in the order of time, with the sensors' names as logged."""
    log = _recorded(folder / "alarms.csv", ["time", "sensor_id", "event", "limit_c", "value_c"])
    moments = _moments(log["time"], summer_time=np.ones(len(log), dtype=bool))
    for at, row in zip(moments, log.itertuples(index=False), strict=True):
        yield LoggedEvent(
            at.to_pydatetime(), str(row.sensor_id), str(row.event), _number(row.limit_c), _number(row.value_c)
        )


def cold_store_limits(folder: Path) -> list[LimitInForce]:
    """The limits over time of every sensor that the log has limits of, by sensor and time.

    An alarm tells the limit that was in force when it was raised, so it holds from the delay before that alarm
    on, and until the log shows another. A recovery without a limit tells that the limit was lifted. Where a
    limit contradicts the one on the other side (low not below high), the newer word counts and the other side is
    unknown until it is told again."""
    events: dict[str, list[LoggedEvent]] = {}
    for event in cold_store_events(folder):
        for sensor_id in MIXED_NAMES.get(event.sensor_id, (event.sensor_id,)):
            events.setdefault(sensor_id, []).append(event)
    return [limit for sensor_id in sorted(events) for limit in _limits_of(sensor_id, events[sensor_id])]


def zone_of(sensor_id: str) -> str:
    """The zone that a sensor hangs in; every sensor has its own, because each had limits of its own."""
    return f"{WAREHOUSE_ID}-{sensor_id}"


def _limits_of(sensor_id: str, events: list[LoggedEvent]) -> list[LimitInForce]:
    delay = timedelta(minutes=DELAY_MINUTES.get(sensor_id, USUAL_DELAY_MINUTES))
    limits: list[LimitInForce] = []
    known: dict[str, float | None] = {"too_cold": None, "too_warm": None}
    side: str | None = None
    for event in events:
        if event.event in known:
            side = event.event
            told, valid_from = event.limit_c, event.at - delay
        elif event.event == "recovered" and side is not None:
            told, valid_from = event.limit_c, event.at
            if told is not None and told in known.values():
                continue
        else:
            continue
        if told == known[side]:
            continue
        known[side] = told
        if _contradicts(known):
            known["too_warm" if side == "too_cold" else "too_cold"] = None
        if limits:  # never before the limit that it replaces
            valid_from = max(valid_from, limits[-1].valid_from + timedelta(seconds=1))
        limits.append(LimitInForce(sensor_id, valid_from, known["too_cold"], known["too_warm"]))
    return limits


def _contradicts(known: dict[str, float | None]) -> bool:
    low, high = known["too_cold"], known["too_warm"]
    return low is not None and high is not None and low >= high


def _recorded(path: Path, columns: list[str]) -> pd.DataFrame:
    return pd.read_csv(path, usecols=columns, dtype={"sensor_id": "str", "event": "str"})


def _moments(stamps: pd.Series, summer_time: np.ndarray[Any, np.dtype[np.bool_]]) -> pd.Series:
    local = pd.to_datetime(stamps, format="%Y-%m-%d %H:%M:%S")
    # a stamp that the clock cannot have shown moves on by the hour that was left out: a replay should not end there
    moments = local.dt.tz_localize(RECORDING_CLOCK, ambiguous=summer_time, nonexistent=pd.Timedelta(hours=1))
    return moments.dt.tz_convert(UTC)


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def _band_of(sensor_id: str) -> Band:
    return Band.FROZEN if "freezer" in sensor_id else Band.CHILLED
