"""How many of the excursions that a cold store's own system logged are found, from its readings and its limits.

    python -m tests.bench.coldchain_found ../shared/data/cold_store

An excursion is found where one of ours of its side overlaps it. Its onset is right where ours lies within one sampling
interval of the log's, which told an alarm at the first to fourth reading outside: which of them it was is not logged.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd

from data.datasets.cold_store import cold_store_events, cold_store_limits, cold_store_readings
from warehouse.coldchain.alarms import AlarmEnded, AlarmRaised
from warehouse.coldchain.limits import Limit
from warehouse.coldchain.many_readings import watch_readings

ONE_TO_ONE = ("platform_1", "platform_2", "freezer_2", "deepfreezer_1", "deepfreezer_2", "cooling_1", "cooling_2")
SIDES = ("too_warm", "too_cold")
INTERVAL = timedelta(minutes=15)
SHORTEST = timedelta(minutes=45)
BEFORE_THE_LOG = timedelta(minutes=45)  # at the fourth reading outside


@dataclass(frozen=True)
class Stay:
    """Outside on one side, from when to when."""

    sensor_id: str
    side: str
    began_at: datetime
    ended_at: datetime


def logged(folder: Path) -> Iterator[Stay]:
    """From an alarm in the log to its end."""
    going_on: dict[str, tuple[str, datetime]] = {}
    for event in cold_store_events(folder):
        if event.event in SIDES:
            going_on[event.sensor_id] = event.event, event.at
        elif event.event == "recovered" and event.sensor_id in going_on:
            side, at = going_on.pop(event.sensor_id)
            if event.sensor_id in ONE_TO_ONE and event.at - at >= SHORTEST:
                yield Stay(event.sensor_id, side, at, event.at)


def alarmed(folder: Path) -> Iterator[Stay]:
    """Our excursions that became alarms, from their first reading outside."""
    limits: dict[str, list[Limit]] = defaultdict(list)
    for told in cold_store_limits(folder):
        delay = timedelta(minutes=told.delay_minutes)
        limits[told.sensor_id].append(Limit(told.zone_id, told.low_c, told.high_c, delay, delay, told.valid_from))
    rows = (row for row in cold_store_readings(folder) if row[0] in ONE_TO_ONE)
    readings = pd.DataFrame(rows, columns=["sensor_id", "taken_at", "temperature_c"])
    raised: dict[str, AlarmRaised] = {}
    for event in watch_readings({}, readings, limits).events:
        if isinstance(event, AlarmRaised):
            raised[event.alarm_key] = event
        elif isinstance(event, AlarmEnded) and (began := raised.pop(event.alarm_key, None)) is not None:
            yield Stay(event.sensor_id, event.kind.value, began.began_at, event.ended_at)
    for event in raised.values():
        yield Stay(event.sensor_id, event.kind.value, event.began_at, readings["taken_at"].max())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    ours: dict[tuple[str, str], list[Stay]] = defaultdict(list)
    for stay in alarmed(folder):
        ours[stay.sensor_id, stay.side].append(stay)
    long = list(logged(folder))
    found = onset = 0
    for one in long:
        over = [
            stay
            for stay in ours[one.sensor_id, one.side]
            if stay.began_at <= one.ended_at and stay.ended_at >= one.began_at
        ]
        found += bool(over)
        earliest, latest = one.began_at - BEFORE_THE_LOG - INTERVAL, one.began_at + INTERVAL
        onset += any(earliest <= stay.began_at <= latest for stay in over)
    print(f"{len(long)} logged of {SHORTEST // timedelta(minutes=1)} min or longer")
    print(f"found {found} ({found / len(long):.1%}), with their onset {onset} ({onset / len(long):.1%})")


if __name__ == "__main__":
    main()
