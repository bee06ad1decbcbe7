"""The sample region's thermometers, live: what each shows at a moment, going on from its last kept reading.

The same curve as the region's own readings (temperatures.py), with a cooling failure now and then. A zone whose last
reading was outside its limits is still failing when the simulator starts, and is repaired a while later.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine, func, select

from data.database import reading
from data.sample.extent import ZONE
from data.sample.streams import stream
from data.sample.temperatures import CoolingFailure, Thermometer, minute_of, temperatures, tenths
from data.tables import LimitRow, ReadingRow, SensorRow, ZoneRow

FAILS_A_DAY = 0.015  # chance that a zone's cooling fails on a day: about once a day in 70 zones
REPAIRED_AFTER = timedelta(minutes=45)
FORGETS_WITHIN = 25.0  # minutes in which the difference to the last kept reading fades


@dataclass(frozen=True)
class LastReading:
    """The newest reading of a sensor, and whether it was outside the limits of its zone."""

    taken_at: datetime
    temperature_c: float
    outside: bool


class LiveSensors:
    """The simulated thermometers from `started_at` on. Deterministic: the same arguments and moment give the same
    readings, however often and in whatever order they are asked for."""

    def __init__(
        self,
        thermometers: Sequence[Thermometer],
        last_readings: Mapping[str, LastReading],
        *,
        seed: int,
        started_at: datetime,
    ) -> None:
        """`last_readings` by sensor_id; a sensor without one starts on its curve."""
        self._thermometers = sorted(thermometers, key=lambda thermometer: thermometer.sensor_id)
        self._seed = seed
        self._zones = sorted({thermometer.zone_id for thermometer in thermometers})
        count = len(self._thermometers)
        self._difference = np.zeros(count)
        self._fades_from = np.full(count, minute_of(started_at))
        for row, thermometer in enumerate(self._thermometers):
            last = last_readings.get(thermometer.sensor_id)
            if last is None:
                continue
            self._difference[row] = last.temperature_c - self._curve(last.taken_at, [thermometer])[0]
            fades_from = started_at + REPAIRED_AFTER if last.outside else last.taken_at
            self._fades_from[row] = minute_of(fades_from)

    def at(self, moment: datetime) -> list[tuple[str, datetime, float]]:
        """What every sensor shows: (sensor_id, taken_at, temperature in C), in the order of their ids. `taken_at` is
        `moment` in UTC. Raises ValueError for a moment without a time zone."""
        if moment.tzinfo is None:
            raise ValueError(f"a moment needs a time zone, {moment!r} has none")
        since = np.maximum(minute_of(moment) - self._fades_from, 0)
        shown = self._curve(moment, self._thermometers) + self._difference * np.exp(-since / FORGETS_WITHIN)
        taken_at = moment.astimezone(UTC)
        return [
            (thermometer.sensor_id, taken_at, value)
            for thermometer, value in zip(self._thermometers, tenths(shown).tolist(), strict=True)
        ]

    def _curve(self, moment: datetime, thermometers: Sequence[Thermometer]) -> NDArray[np.float64]:
        day = moment.astimezone(ZONE).date()
        failures = [
            failure
            for begun_on in (day - timedelta(days=1), day)
            for failure in cooling_failures(self._zones, self._seed, begun_on)
        ]
        return temperatures(thermometers, np.array([minute_of(moment)]), self._seed, failures)[:, 0]


def cooling_failures(zone_ids: Sequence[str], seed: int, day: date) -> list[CoolingFailure]:
    """The cooling failures of those zones that begin on that local day."""
    random = stream(seed, f"cooling failures of {day}")
    begins, lasts = random.integers(0, 1440, len(zone_ids)), random.integers(60, 180, len(zone_ids))
    fails = random.random(len(zone_ids)) < FAILS_A_DAY
    midnight = datetime.combine(day, time(), ZONE)
    failures = []
    for number in np.flatnonzero(fails).tolist():
        begins_at = midnight + timedelta(minutes=int(begins[number]))
        ends_at = begins_at + timedelta(minutes=int(lasts[number]))
        failures.append(CoolingFailure(zone_ids[number], begins_at, ends_at))
    return failures


def live_sensors(engine: Engine, *, seed: int, started_at: datetime) -> LiveSensors:
    """The simulator of all sensors in the database, going on from their last readings and the limits in force."""
    with reading(engine) as session:
        placed = session.execute(
            select(SensorRow.sensor_id, SensorRow.zone_id, ZoneRow.band).join(
                ZoneRow, ZoneRow.zone_id == SensorRow.zone_id
            )
        ).all()
        limits: dict[str, tuple[float | None, float | None]] = {}
        in_force = select(LimitRow).where(LimitRow.valid_from <= started_at).order_by(LimitRow.valid_from)
        for limit in session.scalars(in_force):
            limits[limit.zone_id] = (limit.low_c, limit.high_c)
        newest = (
            select(func.max(ReadingRow.taken_at))
            .where(ReadingRow.sensor_id == SensorRow.sensor_id, ReadingRow.taken_at <= started_at)
            .correlate(SensorRow)
            .scalar_subquery()
        )
        last = session.execute(
            select(ReadingRow.sensor_id, SensorRow.zone_id, ReadingRow.taken_at, ReadingRow.temperature_c)
            .join(SensorRow, SensorRow.sensor_id == ReadingRow.sensor_id)
            .where(ReadingRow.taken_at == newest)
        ).all()
    last_readings = {
        row.sensor_id: LastReading(
            row.taken_at, row.temperature_c, _outside(row.temperature_c, *limits.get(row.zone_id, (None, None)))
        )
        for row in last
    }
    thermometers = [Thermometer(row.sensor_id, row.zone_id, row.band) for row in placed]
    return LiveSensors(thermometers, last_readings, seed=seed, started_at=started_at)


def _outside(temperature_c: float, low_c: float | None, high_c: float | None) -> bool:
    return (low_c is not None and temperature_c < low_c) or (high_c is not None and temperature_c > high_c)
