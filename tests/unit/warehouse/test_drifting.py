"""A sensor that moves away from its neighbours is told until it has come back half way, however long that takes."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from warehouse.coldchain.alarms import AlarmEnded, AlarmRaised, Event, SensorState
from warehouse.coldchain.drifting import DAY, drift_told, weeks_needed, with_drift
from warehouse.coldchain.neighbours import moved_from_neighbours
from warehouse.coldchain.rules import Rules

FIRST = datetime(2026, 3, 1, tzinfo=UTC)
NAMES = ("S1", "S2", "S3", "S4")
RULES = Rules(drift_c=2.0)


def means(days: int, away: dict[str, float], since: int = 14, names: tuple[str, ...] = NAMES) -> pd.DataFrame:
    """Daily means of 3 C; from the day `since` on some sensors lie so far away."""
    index = pd.date_range(FIRST, periods=days, freq="D")
    later = np.arange(days) >= since
    return pd.DataFrame({name: 3.0 + later * away.get(name, 0.0) for name in names}, index=index)


def after(days: float) -> datetime:
    return FIRST + timedelta(days=days)


def zone(*names: str) -> dict[str, SensorState]:
    return {name: SensorState(name) for name in names or NAMES}


def look(
    zone: dict[str, SensorState], at: datetime, daily_means: pd.DataFrame
) -> tuple[dict[str, SensorState], list[Event]]:
    events: list[Event] = []
    for name, by_c in drift_told(zone, at, RULES, daily_means).items():
        state, happened = with_drift(zone[name], by_c, at, "dairy")
        zone, events = zone | {name: state}, [*events, *happened]
    return zone, events


def test_a_mean_that_moves_away_from_the_neighbours_is_drift_and_a_constant_distance_is_none() -> None:
    before = pd.DataFrame({"door": [5.0] * 7, "back": [3.0] * 7, "old": [3.0] * 7})
    moved = moved_from_neighbours(before, before.assign(old=5.0))

    assert moved == pytest.approx({"old": 2.0, "door": -1.0, "back": -1.0})  # of two neighbours their median moves too
    assert moved_from_neighbours(before[["door", "old"]], before[["door", "old"]]) == {}


def test_a_neighbour_that_comes_or_goes_makes_nobody_drift() -> None:
    before = pd.DataFrame({"a": [1.0] * 7, "b": [3.0] * 7, "c": [5.0] * 7, "cold": [-9.0] * 7})
    lately = before.assign(cold=np.nan)

    assert moved_from_neighbours(before, lately) == {"a": 0.0, "b": 0.0, "c": 0.0}


def test_a_sensor_that_drifts_is_told_once_until_it_has_come_back_half_way() -> None:
    assert look(zone(), after(21), means(21, {"S1": 1.9})) == (zone(), [])
    drifting, (raised,) = look(zone(), after(21), means(21, {"S1": -2.0}))
    assert isinstance(raised, AlarmRaised)
    assert (raised.sensor_id, raised.kind, raised.worst_c, raised.zone_id) == ("S1", "drifting", -2.0, "dairy")

    assert look(drifting, after(21.5), means(21, {"S1": -2.0})) == (drifting, [])
    assert look(drifting, after(21), means(21, {"S1": -1.1})) == (drifting, [])
    over, (ended,) = look(drifting, after(21), means(21, {"S1": -1.0}))
    assert isinstance(ended, AlarmEnded)
    assert ended.alarm_key == raised.alarm_key
    assert over == zone()


def test_a_sensor_that_stays_away_stays_told_when_all_three_weeks_lie_after_it_moved() -> None:
    drifting, _ = look(zone(), after(21), means(21, {"S1": 3.0}))

    assert look(drifting, after(90), means(90, {"S1": 3.0})) == (drifting, [])


def test_of_three_sensors_only_the_one_that_has_moved_furthest_drifts() -> None:
    three = ("S1", "S2", "S3")

    assert drift_told(zone(*three), after(21), RULES, means(21, {"S2": 4.0}, names=three)) == {"S2": 4.0}


def test_two_that_drift_in_a_large_zone_are_both_told() -> None:
    names = (*NAMES, "S5", "S6")

    told = drift_told(zone(*names), after(21), RULES, means(21, {"S2": 4.0, "S5": -3.0}, names=names))

    assert told == {"S2": 4.0, "S5": -3.0}


def test_where_nobody_asks_for_drift_any_more_it_is_over() -> None:
    drifting, _ = look(zone(), after(21), means(21, {"S1": 3.0}))

    assert drift_told(drifting, after(22), Rules(drift_c=None), means(22, {"S1": 3.0})) == {"S1": None}


def test_a_look_needs_two_weeks_and_one_more_for_each_that_drifts_whatever_the_history() -> None:
    drifting, _ = look(zone(), after(21.3), means(21, {"S1": 3.0}))

    week = 7 * DAY
    first, last, before = weeks_needed(drifting, after(100.7))
    assert (first, last) == ((after(79), after(79) + week), (after(93), after(100)))
    assert before == (after(0), after(7))


def test_from_what_was_not_heard_nobody_can_tell() -> None:
    drifting, _ = look(zone(), after(21), means(21, {"S1": 3.0}))
    silent = means(40, {"S1": 3.0})
    silent.loc[silent.index >= after(33), "S1"] = np.nan

    assert drift_told(drifting, after(40), RULES, silent) == {}
    assert drift_told(zone(), after(21), RULES, pd.DataFrame()) == {}
