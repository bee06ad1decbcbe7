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

from data.datasets.cold_store import cold_store_events
from tests.worlds.cold_store import ONE_READING, ONE_TO_ONE, SIDES, operators_limits, recorded_readings
from warehouse.coldchain.many_readings import watch_readings
from warehouse.coldchain.replaying import PastAlarm, alarms_of

SHORTEST = timedelta(minutes=45)
BEFORE_THE_LOG = 3 * ONE_READING  # at the fourth reading outside


@dataclass(frozen=True)
class Logged:
    """From an alarm in the log to its end."""

    sensor_id: str
    side: str
    at: datetime
    ended_at: datetime

    def is_found_by(self, ours: PastAlarm) -> bool:
        return ours.began_at <= self.ended_at and (ours.ended_at is None or ours.ended_at >= self.at)

    def has_the_onset_of(self, ours: PastAlarm) -> bool:
        return self.at - BEFORE_THE_LOG - ONE_READING <= ours.began_at <= self.at + ONE_READING


def logged(folder: Path) -> Iterator[Logged]:
    """The log's excursions of the shortest length and longer; one that the log does not end is left out."""
    going_on: dict[str, tuple[str, datetime]] = {}
    for event in cold_store_events(folder):
        if event.event in SIDES:
            going_on[event.sensor_id] = event.event, event.at
        elif event.event == "recovered" and event.sensor_id in going_on:
            side, at = going_on.pop(event.sensor_id)
            if event.sensor_id in ONE_TO_ONE and event.at - at >= SHORTEST:
                yield Logged(event.sensor_id, side, at, event.at)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    ours: dict[tuple[str, str], list[PastAlarm]] = defaultdict(list)
    for alarm in alarms_of(watch_readings({}, recorded_readings(folder), operators_limits(folder)).events):
        ours[alarm.sensor_id, alarm.kind.value].append(alarm)
    long = list(logged(folder))
    over = [[alarm for alarm in ours[one.sensor_id, one.side] if one.is_found_by(alarm)] for one in long]
    found = sum(map(bool, over))
    onset = sum(any(map(one.has_the_onset_of, alarms)) for one, alarms in zip(long, over, strict=True))
    print(f"{len(long)} logged of {SHORTEST // timedelta(minutes=1)} min or longer")
    print(f"found {found} ({found / len(long):.1%}), with their onset {onset} ({onset / len(long):.1%})")


if __name__ == "__main__":
    main()
