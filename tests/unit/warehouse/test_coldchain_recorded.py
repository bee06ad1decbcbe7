"""The recorded cold store: our alarms against those its operators' system raised over seven months."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from data.datasets.cold_store import cold_store_events
from tests.worlds.cold_store import ONE_READING, ONE_TO_ONE, SIDES, operators_limits, recorded_readings
from warehouse.coldchain.alarms import AlarmKind, AlarmRaised, Event
from warehouse.coldchain.many_readings import watch_readings
from warehouse.coldchain.rules import Rules

TEMPERATURE = (AlarmKind.TOO_WARM, AlarmKind.TOO_COLD)
Episode = tuple[str, str, datetime]  # sensor, kind, raised at


@dataclass(frozen=True)
class Replay:
    """What the log raised and what we raise from the same readings."""

    logged: list[Episode]
    ours: list[Episode]
    fewer: list[Episode]  # with rules that let an alarm wait for recovery

    def at_the_same_time(self) -> int:
        """Logged episodes that we raise within one reading, each of ours counted once."""
        left: Mapping[tuple[str, str], list[datetime]] = defaultdict(list)
        for sensor, kind, moment in self.ours:
            left[sensor, kind].append(moment)
        found = 0
        for sensor, kind, moment in self.logged:
            near = [one for one in left[sensor, kind] if abs(one - moment) <= ONE_READING]
            if near:
                left[sensor, kind].remove(near[0])
                found += 1
        return found


@pytest.fixture(scope="module")
def replay() -> Replay:
    folder = Path(__file__).parents[4] / "shared" / "data" / "cold_store"
    if not folder.is_dir():
        pytest.skip("the recorded cold store is not beside this checkout (../shared/data/cold_store)")
    limits, readings = operators_limits(folder), recorded_readings(folder)
    events = watch_readings({}, readings, limits).events
    waiting = Rules(
        recovery_margin_c=1.0,
        recovered_for=timedelta(hours=2),
        back_inside_for=timedelta(hours=6),
        outside_at_most=None,
    )
    fewer = watch_readings({}, readings, limits, dict.fromkeys(ONE_TO_ONE, waiting)).events
    return Replay(
        logged=[
            (event.sensor_id, event.event, event.at)
            for event in cold_store_events(folder)
            if event.sensor_id in ONE_TO_ONE and event.event in SIDES
        ],
        ours=_raised(events),
        fewer=_raised(fewer),
    )


def _raised(events: Iterable[Event]) -> list[Episode]:
    raised = (event for event in events if isinstance(event, AlarmRaised))
    return [(event.sensor_id, event.kind.value, event.raised_at) for event in raised if event.kind in TEMPERATURE]


@pytest.mark.shared_data
def test_nine_of_ten_logged_alarms_are_raised_at_the_same_reading_give_or_take_one(replay: Replay) -> None:
    found = replay.at_the_same_time()
    print(f"{found} of {len(replay.logged)} logged alarms raised at the same time, {len(replay.ours) - found} more")
    assert len(replay.logged) == 1463
    assert found >= 0.93 * len(replay.logged)


@pytest.mark.shared_data
def test_few_alarms_are_raised_that_the_log_does_not_have(replay: Replay) -> None:
    assert len(replay.ours) - replay.at_the_same_time() <= 0.12 * len(replay.logged)


@pytest.mark.shared_data
def test_rules_that_wait_for_recovery_make_two_of_five_alarms_at_most(replay: Replay) -> None:
    print(f"{len(replay.fewer)} alarms where the operators had {len(replay.logged)}")
    assert len(replay.fewer) <= 0.4 * len(replay.logged)
