"""What a thermometer in a sample warehouse shows at a moment: a closed formula of sensor, moment and seed.

Set point, a slow wander, the day's wave, a defrost every six hours with a short warm-up, doors that open in working
hours, and coolers that fail. Being a formula of the moment it needs no memory: the readings that the region is born
with and those of the live simulator are one curve.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from data.tables import Band

Minutes = NDArray[np.int64]  # since 1970-01-01T00:00Z
DEFROST_EVERY = 360  # minutes
KNOT = 40  # minutes between the points that the slow wander passes through
DOOR = 12  # minutes in which a door opens at most once
LOCAL_OFFSET = 8 * 60  # the sample region lies in one zone without summer time


@dataclass(frozen=True)
class Climate:
    """How a zone of a band behaves (C): set point, wander, day's wave, warm-up by defrosts and by doors, the
    temperature it drifts to without cooling and how fast (minutes)."""

    set_point: float
    wander: float
    wave: float
    defrost: float
    door: float
    without_cooling: float
    warms_within: float


CLIMATES = {
    Band.LEAF: Climate(2.4, 0.35, 0.1, 1.3, 0.9, 20.0, 240),
    Band.CHILLED: Climate(1.9, 0.40, 0.1, 1.8, 1.1, 20.0, 260),
    Band.TROPICAL: Climate(11.5, 0.35, 0.2, 0.5, 0.6, 22.0, 300),
    Band.AMBIENT: Climate(18.5, 0.50, 1.8, 0.0, 0.6, 24.0, 300),
    Band.FROZEN: Climate(-21.5, 0.40, 0.1, 3.6, 1.6, 18.0, 700),
}


@dataclass(frozen=True)
class Thermometer:
    """A sensor and the zone it measures."""

    sensor_id: str
    zone_id: str
    band: Band


@dataclass(frozen=True)
class CoolingFailure:
    """A zone whose cooling stands still from one moment to another (None: it still does)."""

    zone_id: str
    begins_at: datetime
    ends_at: datetime | None


def minute_of(moment: datetime) -> int:
    """The moment's minute since 1970."""
    return int(moment.astimezone(UTC).timestamp() // 60)


def temperatures(
    thermometers: Sequence[Thermometer], minutes: Minutes, seed: int, failures: Sequence[CoolingFailure] = ()
) -> NDArray[np.float64]:
    """Temperatures in C, to a tenth (sensor, minute)."""
    shown = np.empty((len(thermometers), len(minutes)))
    for row, thermometer in enumerate(thermometers):
        climate = CLIMATES[thermometer.band]
        place, sensor = _key(seed, thermometer.zone_id), _key(seed, thermometer.sensor_id)
        shown[row] = (
            climate.set_point
            + 0.2 * (_chance(sensor, np.zeros(1, np.int64)) - 0.5)
            + climate.wave * np.sin((minutes + LOCAL_OFFSET - 9 * 60) * (2 * np.pi / 1440))
            + climate.wander * _wander(sensor, minutes)
            + climate.defrost * _defrost(place, minutes)
            + climate.door * _doors(place, minutes)
        )
        for failure in failures:
            if failure.zone_id == thermometer.zone_id:
                rise = climate.without_cooling - climate.set_point
                shown[row] += rise * warmed(failure, minutes, climate.warms_within)
    return tenths(shown)


def tenths(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rounded to a tenth, without a negative zero: SQLite keeps none, so the databases would differ."""
    return np.round(values, 1) + 0.0


def warmed(failure: CoolingFailure, minutes: Minutes, within: float) -> NDArray[np.float64]:
    """The share (0..1) of the way to the temperature without cooling; recovery takes a tenth of the time."""
    begins = minute_of(failure.begins_at)
    ends = np.inf if failure.ends_at is None else float(minute_of(failure.ends_at))
    reached = 1 - np.exp(-np.clip(np.minimum(minutes, ends) - begins, 0, None) / within)
    return np.asarray(reached * np.exp(-np.clip(minutes - ends, 0, None) / (within / 10)))


def _key(seed: int, name: str) -> int:
    return int.from_bytes(blake2b(f"{seed}:{name}".encode(), digest_size=8).digest(), "little")


def _chance(key: int, at: NDArray[np.int64]) -> NDArray[np.float64]:
    """A uniform number in [0, 1) for each number `at` (splitmix64): the same whenever it is asked for."""
    mixed = at.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(key)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray((mixed ^ (mixed >> np.uint64(31))) / 2.0**64)


def _wander(key: int, minutes: Minutes) -> NDArray[np.float64]:
    """Between -1 and 1, through random points and straight between them."""
    knot, into = minutes // KNOT, (minutes % KNOT) / KNOT
    return (_chance(key, knot) * (1 - into) + _chance(key, knot + 1) * into) * 2 - 1


def _defrost(key: int, minutes: Minutes) -> NDArray[np.float64]:
    """0..1: up within ten minutes, most of it gone a quarter of an hour later."""
    since = (minutes + key % DEFROST_EVERY) % DEFROST_EVERY
    return np.where(since < 10, since / 10, np.exp(-(since - 10) / 7))


def _doors(key: int, minutes: Minutes) -> NDArray[np.float64]:
    """How warm doors that opened lately made it; they open between 05:00 and 22:00, mostly in the busy hours."""
    warmth = np.zeros(len(minutes))
    for back in range(3):
        turn = minutes // DOOR - back
        hour = (turn * DOOR + LOCAL_OFFSET) // 60 % 24
        likely = np.where((hour >= 8) & (hour <= 10) | (hour >= 15) & (hour <= 17), 0.12, 0.05)
        likely = np.where((hour >= 5) & (hour < 22), likely, 0.0)
        opened = _chance(key, 3 * turn) < likely
        since = minutes - (turn * DOOR + (_chance(key, 3 * turn + 1) * DOOR).astype(np.int64))
        strength = 0.4 + 1.1 * _chance(key, 3 * turn + 2)
        warmth += np.where(opened & (since >= 0), strength * np.exp(-np.clip(since, 0, None) / 5), 0.0)
    return warmth
