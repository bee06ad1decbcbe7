"""A generated cold chain with seeded faults of every kind, defrosts and doors: what is found, what is told for nothing.

Zones of three sensors, every five minutes: dairy, vegetables, freezers that defrost at their own rhythm, doors that
open for a few minutes all day. Into it go faults whose beginning, end and kind are known. A fault is found where an
alarm of its kind is raised on its sensor between its beginning and an hour after its end. An alarm is false where no
fault that may raise its kind touches it.

    python -m tests.bench.coldchain_year [--sensors 500] [--days 365] [--seed 1]
"""

import argparse
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from warehouse.coldchain.alarms import AlarmKind
from warehouse.coldchain.limits import Limit
from warehouse.coldchain.replaying import WatchedSensor, replay_rules
from warehouse.coldchain.rules import Rules

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
EVERY = timedelta(minutes=5)
A_DAY = 288
A_ZONE = 3  # sensors
GRACE = timedelta(hours=1)
DELAY = timedelta(minutes=30)
FAULTS_A_SENSOR_AND_YEAR = 12
DAYS_APART = 6  # of two faults of one zone, so that each is judged alone
RULES = Rules(recovery_margin_c=0.5, recovered_for=timedelta(minutes=30))

# what a fault may raise beside its own kind, as a compressor that fails is seen by all sensors of its zone
ALLOWED = {
    "warm": {"too_warm"},
    "cold": {"too_cold"},
    "often": {"too_warm"},
    "silent": {"silent"},
    "stuck": {"stuck"},
    "code": {"faulty"},
    "unit": {"faulty"},
    "jump": {"faulty"},
    "battery": {"battery_low"},
    "door": {"door_open", "too_warm"},
    "defrost": {"too_warm"},
    "drift": {"drifting"},
}
EXPECTED = {
    **{"warm": "too_warm", "cold": "too_cold", "often": "too_warm", "silent": "silent", "stuck": "stuck"},
    **{"code": "faulty", "unit": "faulty", "jump": "faulty", "battery": "battery_low", "door": "door_open"},
    **{"defrost": "too_warm", "drift": "drifting"},
}
DRIFT_DAYS = 60  # over which a probe moves away by 4 C, and is then replaced
DRIFT_SEEN_WITHIN = timedelta(days=21)


@dataclass(frozen=True)
class Climate:
    """What a zone keeps, and how its air moves."""

    low_c: float | None
    high_c: float
    usual_c: float
    swing_c: float
    defrosts: bool = False


CLIMATES = (
    Climate(0.0, 5.0, 2.8, 0.4),
    Climate(8.0, 16.0, 12.0, 0.8),
    Climate(None, -18.0, -21.5, 0.5, defrosts=True),
)


@dataclass(frozen=True)
class Fault:
    """A fault that was seeded: what, on which sensor of which zone, from when to when."""

    what: str
    sensor_id: str
    zone_id: str
    began_at: datetime
    ended_at: datetime


@dataclass
class Zone:
    """A zone's sensors as they are generated: a row a sensor, a column a reading."""

    zone_id: str
    climate: Climate
    celsius: NDArray[np.float64]
    kept: NDArray[np.bool_]
    door: NDArray[np.bool_]
    battery: NDArray[np.float64]
    faults: list[Fault]

    def sensor_id(self, number: int) -> str:
        """The name of a sensor."""
        return f"{self.zone_id}-{number + 1}"


def generated_zone(number: int, days: int, random: np.random.Generator) -> Zone:
    """A zone in which all is well, then its faults."""
    climate = CLIMATES[number % len(CLIMATES)]
    steps = days * A_DAY
    hours = np.arange(steps) / 12
    compressor = climate.swing_c * np.sin(2 * np.pi * hours / random.uniform(0.4, 0.8))
    daily = 0.4 * climate.swing_c * np.sin(2 * np.pi * (hours - 9) / 24)
    noise = random.normal(0, 0.08, (A_ZONE, steps))
    place = random.normal(0, 0.25, (A_ZONE, 1))
    air = climate.usual_c + compressor + daily
    if climate.defrosts:
        air = air + _defrosts(steps, random)
    door = _doors(steps, random)
    air = air + 0.8 * np.convolve(door, np.exp(-np.arange(12) / 3), "full")[:steps] * (not climate.defrosts)
    celsius = air + place + noise
    battery = np.tile(np.linspace(95, 60, steps), (A_ZONE, 1))
    kept = random.random((A_ZONE, steps)) > 0.003  # a radio loses a few
    zone = Zone(f"zone-{number:03}", climate, celsius, kept, door, battery, [])
    _seed_faults(zone, days, random)
    zone.celsius = np.round(zone.celsius, 2)
    return zone


def _defrosts(steps: int, random: np.random.Generator) -> NDArray[np.float64]:
    """What defrosts add: at even intervals, for about 40 minutes, up to about 9 degrees."""
    every, first = int(random.choice([6, 8, 12])) * 12, int(random.integers(0, 72))
    shape = np.array([2.0, 4.5, 6.5, 8.0, 8.8, 8.2, 6.0, 3.5, 1.5])
    added = np.zeros(steps + len(shape))
    for start in range(first, steps, every):
        at = max(start + int(random.integers(-1, 2)), 0)
        added[at : at + len(shape)] += shape * random.uniform(0.95, 1.05)
    return added[:steps]


def _doors(steps: int, random: np.random.Generator) -> NDArray[np.bool_]:
    """When the door is open: now and then in working hours, for five minutes."""
    hour = (np.arange(steps) // 12) % 24
    opened: NDArray[np.bool_] = (hour >= 6) & (hour < 20) & (random.random(steps) < 0.06)
    return opened


def _seed_faults(zone: Zone, days: int, random: np.random.Generator) -> None:
    """Faults of every kind in turn, each alone in its zone for some days."""
    if days > 3 * DRIFT_DAYS:
        _seed(zone, "drift", 1, DRIFT_DAYS * A_DAY, random)
    kinds = [kind for kind in EXPECTED if kind != "drift"]
    kinds = [kind for kind in kinds if kind != "cold" or zone.climate.low_c is not None]
    kinds = [kind for kind in kinds if kind != "defrost" or zone.climate.defrosts]
    turn = int(random.integers(len(kinds)))
    for day in range(DAYS_APART, days - DAYS_APART, DAYS_APART):
        at = day * A_DAY + int(random.integers(A_DAY))
        _seed(zone, kinds[turn % len(kinds)], int(random.integers(A_ZONE)), at, random)
        turn += 1


def _seed(zone: Zone, what: str, number: int, at: int, random: np.random.Generator) -> None:
    """Puts one fault into a zone's readings."""
    own, lasts = zone.celsius[number], int(random.integers(24, 72))
    end = at + lasts
    if what in ("warm", "cold", "defrost"):
        high, low = zone.climate.high_c, zone.climate.low_c or 0.0
        beyond = random.uniform(1.0, 6.0) if what != "defrost" else random.uniform(8.0, 12.0)
        target = high + beyond if what != "cold" else low - beyond
        rise = np.minimum(np.minimum(np.arange(lasts) / 8, 1.0), np.arange(lasts)[::-1] / 6)
        zone.celsius[:, at:end] += rise * (target - zone.celsius[:, at:end])
    elif what == "often":
        end = at + 12 * 8
        warm = np.arange(end - at) % 6 < 5
        own[at:end] = np.where(warm, zone.climate.high_c + 0.6, zone.climate.high_c - 0.3)
    elif what == "silent":
        zone.kept[number, at:end] = False
        zone.kept[number, end] = True
    elif what == "stuck":
        end = at + 300
        own[at:end] = round(float(own[at]), 2)
    elif what == "code":
        end = at + int(random.integers(1, 4))
        own[at:end] = random.choice([85.0, -127.0, 327.67])
    elif what == "unit":
        if zone.climate.usual_c < -5:
            return _seed(zone, "code", number, at, random)
        own[at:end] = own[at:end] * 1.8 + 32 if random.random() < 0.5 else own[at:end] * 10
    elif what == "jump":
        end = at + 1
        own[at] += random.choice([-1, 1]) * random.uniform(28, 45)
    elif what == "battery":
        end = at + A_DAY
        zone.battery[number, at:end] = 9.0
    elif what == "drift":
        end = at + DRIFT_DAYS * A_DAY
        own[at:end] -= np.linspace(0, 4, end - at) if zone.climate.defrosts else np.linspace(0, 2.6, end - at)
    elif what == "door":
        zone.door[at:end] = True
        zone.celsius[:, at:end] += np.minimum(np.arange(lasts) * 0.15, 2.0)
    zone.kept[number, at : min(end, at + 3)] |= what in ("code", "jump", "unit")
    sensor_id = zone.sensor_id(number)
    zone.faults.append(Fault(what, sensor_id, zone.zone_id, BEGAN + at * EVERY, BEGAN + end * EVERY))
    return None


def readings_of(zone: Zone) -> pd.DataFrame:
    """The zone's readings as they come."""
    times = pd.date_range(BEGAN, periods=zone.celsius.shape[1], freq=EVERY)
    frames = []
    for number in range(A_ZONE):
        kept = zone.kept[number]
        frame = pd.DataFrame({"taken_at": times[kept], "temperature_c": zone.celsius[number][kept]})
        frame["battery_percent"] = np.where(np.arange(len(frame)) % 72 == 0, zone.battery[number][kept], np.nan)
        changes = np.concatenate([[True], zone.door[kept][1:] != zone.door[kept][:-1]])
        still_open = zone.door[kept] & (np.arange(len(frame)) % 3 == 0)
        frame["door_open"] = pd.Series(zone.door[kept], dtype="object").where(changes | still_open, None)
        frames.append(frame.assign(sensor_id=zone.sensor_id(number)))
    return pd.concat(frames, ignore_index=True)


def judged(zone: Zone) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """Of a zone: faults seeded and found by what they are, and false alarms by kind."""
    climate = zone.climate
    limit = Limit(zone.zone_id, climate.low_c, climate.high_c, DELAY, DELAY, BEGAN - timedelta(days=1))
    watched = {zone.sensor_id(number): WatchedSensor(zone.zone_id, [limit], RULES) for number in range(A_ZONE)}
    alarms = replay_rules(readings_of(zone), watched).alarms
    seeded = Counter(fault.what for fault in zone.faults)
    found, false = Counter[str](), Counter[str]()
    for fault in zone.faults:
        found[fault.what] += any(
            alarm.kind == EXPECTED[fault.what]
            and (alarm.sensor_id == fault.sensor_id or fault.what == "door")
            and fault.began_at - EVERY <= alarm.raised_at <= fault.ended_at + _grace(fault)
            for alarm in alarms
        )
    for alarm in alarms:
        ended_at = alarm.ended_at or datetime.max.replace(tzinfo=UTC)
        if not any(
            alarm.kind.value in ALLOWED[fault.what]
            and alarm.began_at <= fault.ended_at + _grace(fault)
            and ended_at >= fault.began_at
            for fault in zone.faults
        ):
            false[alarm.kind.value] += 1
    return seeded, found, false


def _grace(fault: Fault) -> timedelta:
    """How long after its end a fault may still be told."""
    return DRIFT_SEEN_WITHIN if fault.what == "drift" else GRACE


def zones(sensors: int, days: int, seed: int) -> Iterator[Zone]:
    """Zones for so many sensors, one after the other."""
    for number in range(max(sensors // A_ZONE, 1)):
        yield generated_zone(number, days, np.random.default_rng([seed, number]))


def main() -> None:
    """Prints what was found by kind of fault, and the false alarms by kind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sensors", type=int, default=500)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    seeded, found, false, count = Counter[str](), Counter[str](), Counter[str](), 0
    for zone in zones(arguments.sensors, arguments.days, arguments.seed):
        count += 1
        for total, of_zone in zip((seeded, found, false), judged(zone), strict=True):
            total.update(of_zone)
    print("| fault | seeded | found | recall |\n|---|---|---|---|")
    for what in EXPECTED:
        if seeded[what]:
            print(f"| {what} | {seeded[what]} | {found[what]} | {found[what] / seeded[what]:.1%} |")
    months = count * arguments.days / 30.4
    print(f"| all | {seeded.total()} | {found.total()} | {found.total() / seeded.total():.1%} |\n")
    print("| alarm | false | a zone and month |\n|---|---|---|")
    for kind in AlarmKind:
        print(f"| {kind.value} | {false[kind.value]} | {false[kind.value] / months:.2f} |")


if __name__ == "__main__":
    main()
