"""A rule set run over past readings: what it would have raised, missed and cost."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from warehouse.coldchain.limits import Limit
from warehouse.coldchain.replaying import PastAlarm, WatchedSensor, replay_rules
from warehouse.coldchain.rules import Rules

MIDNIGHT = datetime(2026, 5, 4, tzinfo=UTC)
DELAY = timedelta(minutes=30)
DAIRY = Limit("dairy", 1.0, 5.0, DELAY, DELAY, datetime(2026, 1, 1, tzinfo=UTC))


def at(minutes: float) -> datetime:
    return MIDNIGHT + timedelta(minutes=minutes)


def readings(values: dict[str, list[tuple[float, float]]]) -> pd.DataFrame:
    rows = [(name, at(minute), celsius) for name, own in values.items() for minute, celsius in own]
    frame = pd.DataFrame(rows, columns=["sensor_id", "taken_at", "temperature_c"])
    return frame.assign(taken_at=pd.to_datetime(frame["taken_at"], utc=True))


def every_ten_minutes(temperatures: list[float], first: float = 0) -> list[tuple[float, float]]:
    return [(first + 10 * number, celsius) for number, celsius in enumerate(temperatures)]


def dairy(rules: Rules) -> WatchedSensor:
    return WatchedSensor("dairy", [DAIRY], rules)


def short(alarms: tuple[PastAlarm, ...]) -> list[tuple[str, str, datetime, datetime | None]]:
    return [(one.sensor_id, one.kind.value, one.raised_at, one.ended_at) for one in alarms]


def test_alarms_and_their_cost_are_told_and_nothing_is_missed_by_the_limits_alone() -> None:
    history = readings({"S1": every_ten_minutes([4.0] + [6.0] * 5 + [4.0] * 3)})
    replayed = replay_rules(history, {"S1": dairy(Rules())})
    assert short(replayed.alarms) == [("S1", "too_warm", at(40), at(60))]
    assert replayed.missed == ()
    assert (replayed.cost.alarms, replayed.cost.by_limits_alone) == (1, 1)
    assert replayed.cost.hours_open == pytest.approx(20 / 60)
    assert replayed.cost.hours_outside == pytest.approx(50 / 60)


def test_a_rule_set_that_waits_has_fewer_alarms_and_says_what_it_misses() -> None:
    twice = every_ten_minutes([6.0] * 5 + [4.0] * 3 + [6.0] * 5 + [4.0] * 30)
    assert replay_rules(readings({"S1": twice}), {"S1": dairy(Rules())}).cost.alarms == 2
    waits = replay_rules(readings({"S1": twice}), {"S1": dairy(Rules(recovered_for=timedelta(hours=1)))})
    assert short(waits.alarms) == [("S1", "too_warm", at(30), at(190))]
    assert waits.missed == ()
    defrosts = Rules(defrost_every=timedelta(hours=6), defrost_for=timedelta(hours=1), defrost_up_to_c=7.0)
    excused = replay_rules(readings({"S1": twice}), {"S1": dairy(defrosts)})
    assert short(excused.alarms) == [("S1", "too_warm", at(110), at(130))]
    assert short(excused.missed) == [("S1", "too_warm", at(30), at(50))]


def test_a_gap_is_told_as_silence_by_the_sensors_own_interval() -> None:
    own = [*every_ten_minutes([4.0] * 4), *every_ten_minutes([4.0] * 4, 55), *every_ten_minutes([4.0], 300)]
    replayed = replay_rules(readings({"S1": own}), {"S1": dairy(Rules())})
    (silent,) = replayed.alarms
    assert (silent.kind, silent.began_at, silent.ended_at) == ("silent", at(85), at(300))
    assert silent.raised_at == at(115) + timedelta(seconds=1)  # three of its intervals
    told = replay_rules(readings({"S1": own}), {"S1": dairy(Rules(interval=timedelta(hours=2)))})
    assert told.alarms == ()


def test_an_alarm_that_goes_on_after_the_last_reading_has_no_end_and_is_open_until_then() -> None:
    replayed = replay_rules(readings({"S1": every_ten_minutes([6.0] * 7)}), {"S1": dairy(Rules())})
    assert short(replayed.alarms) == [("S1", "too_warm", at(30), None)]
    assert replayed.cost.hours_open == pytest.approx(0.5)


def test_a_sensor_that_stays_the_same_while_a_neighbour_moves_is_told_as_stuck() -> None:
    moving = every_ten_minutes([3.0, 3.1, 3.2] * 100)
    stuck = every_ten_minutes([3.3] * 250 + [3.4] * 50)
    watched = {name: dairy(Rules()) for name in ("S1", "S2")}
    assert short(replay_rules(readings({"S1": stuck, "S2": moving}), watched).alarms) == [
        ("S1", "stuck", at(10 * 239), at(10 * 250))
    ]
    own_zone = {"S1": dairy(Rules()), "S2": WatchedSensor("elsewhere", [], Rules())}
    assert replay_rules(readings({"S1": stuck, "S2": moving}), own_zone).alarms == ()


def test_the_order_of_the_rows_says_nothing() -> None:
    history = readings({"S1": every_ten_minutes([6.0] * 7 + [4.0] * 3), "S2": every_ten_minutes([0.0] * 9)})
    watched = {name: dairy(Rules()) for name in ("S1", "S2")}
    assert replay_rules(history.sample(frac=1, random_state=3), watched) == replay_rules(history, watched)
