from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from data.sample.floor import ZONES
from data.sample.live import LastReading, LiveSensors, cooling_failures
from data.sample.temperatures import CoolingFailure, Thermometer, minute_of, temperatures
from data.tables import Band

START = datetime(2026, 11, 18, 16, tzinfo=UTC)
EVERY_FIVE = minute_of(START) + np.arange(0, 30 * 1440, 5)
SENSORS = [Thermometer(f"W01-{plan.code}-T{n}", f"W01-{plan.code}", plan.band) for plan in ZONES for n in (1, 2)]


def longest_stay(outside: np.ndarray) -> int:
    longest = stay = 0
    for out in outside:
        stay = stay + 1 if out else 0
        longest = max(longest, stay)
    return longest


def test_defrosts_and_doors_alone_never_stay_outside_for_half_an_hour() -> None:
    shown = temperatures(SENSORS, EVERY_FIVE, seed=1)
    for row, plan in zip(shown, (plan for plan in ZONES for _ in (1, 2)), strict=True):
        low = -np.inf if plan.low_c is None else plan.low_c
        high = np.inf if plan.high_c is None else plan.high_c
        assert longest_stay((row < low) | (row > high)) <= 5, plan.name


def test_a_zone_defrosts_every_six_hours_with_both_its_sensors() -> None:
    frozen = [sensor for sensor in SENSORS if "FROZEN" in sensor.zone_id]
    shown = temperatures(frozen, minute_of(START) + np.arange(0, 10 * 1440), seed=1)
    by_phase = shown.reshape(2, -1, 360).mean(1)
    peaks = by_phase.argmax(1)
    assert abs(int(peaks[0]) - int(peaks[1])) <= 3
    assert (by_phase.max(1) - np.median(by_phase, axis=1) > 2.5).all()


def test_a_zone_warms_up_while_its_cooling_fails_and_recovers() -> None:
    failure = CoolingFailure("W01-LEAF", START + timedelta(hours=2), START + timedelta(hours=5))
    leaf = [SENSORS[0]]
    hours = minute_of(START) + np.array([0, 5, 8]) * 60
    well = temperatures(leaf, hours, seed=1)[0]
    failed = temperatures(leaf, hours, seed=1, failures=[failure])[0]
    assert failed[0] == well[0]
    assert failed[1] > well[1] + 6
    assert failed[2] == pytest.approx(well[2], abs=0.1)


def test_live_sensors_give_the_same_whenever_and_in_whatever_order_they_are_asked() -> None:
    moments = [START + timedelta(minutes=m) for m in (0, 7, 400)]
    live = LiveSensors(SENSORS, {}, seed=1, started_at=START)
    forwards = [live.at(moment) for moment in moments]
    again = LiveSensors(list(reversed(SENSORS)), {}, seed=1, started_at=START)
    backwards = [again.at(moment) for moment in reversed(moments)]
    assert forwards == list(reversed(backwards))
    assert [sensor_id for sensor_id, _, _ in forwards[0]] == sorted(sensor.sensor_id for sensor in SENSORS)


def test_live_sensors_go_on_from_the_last_reading_and_a_failing_zone_is_repaired() -> None:
    last = {
        SENSORS[0].sensor_id: LastReading(START - timedelta(minutes=5), 9.4, outside=True),
        SENSORS[2].sensor_id: LastReading(START - timedelta(minutes=5), 2.9, outside=False),
    }
    live = LiveSensors(SENSORS, last, seed=1, started_at=START)
    now = {sensor_id: value for sensor_id, _, value in live.at(START)}
    assert now[SENSORS[0].sensor_id] == pytest.approx(9.4, abs=1.5)
    assert now[SENSORS[2].sensor_id] == pytest.approx(2.9, abs=1.5)
    half_an_hour = {sensor_id: value for sensor_id, _, value in live.at(START + timedelta(minutes=30))}
    assert half_an_hour[SENSORS[0].sensor_id] > 4
    later = {sensor_id: value for sensor_id, _, value in live.at(START + timedelta(hours=3))}
    assert later[SENSORS[0].sensor_id] < 4


def test_live_cooling_fails_now_and_then_and_shows() -> None:
    zones = sorted({sensor.zone_id for sensor in SENSORS if sensor.band is not Band.AMBIENT})
    days = [START.date() + timedelta(days=n) for n in range(60)]
    failures = [failure for day in days for failure in cooling_failures(zones, 1, day)]
    assert 1 <= len(failures) <= 15

    cold = [sensor for sensor in SENSORS if sensor.zone_id in zones]
    failure = failures[0]
    live = LiveSensors(cold, {}, seed=1, started_at=START)
    before, during = (
        {sensor_id: value for sensor_id, _, value in live.at(failure.begins_at + timedelta(minutes=after))}
        for after in (-1, 55)
    )
    assert during[f"{failure.zone_id}-T1"] > before[f"{failure.zone_id}-T1"] + 1.5


def test_a_moment_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        LiveSensors(SENSORS, {}, seed=1, started_at=START).at(datetime(2026, 1, 1))  # noqa: DTZ001
