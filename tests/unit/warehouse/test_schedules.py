"""What a rule set says at which hours: by the clock on the wall, in the nights in which it changes too."""

import json
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.coldchain.alarms import AlarmRaised, Event, SensorState
from warehouse.coldchain.limits import Limit
from warehouse.coldchain.many_readings import watch_readings
from warehouse.coldchain.readings import Reading
from warehouse.coldchain.rules import BY_HOURS, Rules, WrongRule
from warehouse.coldchain.schedule import Hours
from warehouse.coldchain.watching import watch

BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = timedelta(minutes=1)
DAIRY = Limit("dairy", 1.0, 5.0, 30 * MINUTE, 30 * MINUTE, datetime(2026, 1, 1, tzinfo=UTC))
RECEIVING: dict[str, Any] = {"from": "04:00", "until": "07:00", "weekdays": [1, 2, 3], "rules": {"high_delay": 90}}


def scheduled(*parts: dict[str, Any], timezone: str = "Europe/Berlin", **usual: Any) -> Rules:
    return Rules.from_dict(usual | {"schedule": list(parts)}, timezone)


def wall_clock(day: str, clock: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=BERLIN, fold=fold)


def test_a_rule_set_says_something_else_at_its_hours_and_on_its_weekdays_only() -> None:
    rules = scheduled(RECEIVING, high_delay=30)
    said = {at: rules.at(wall_clock("2026-05-04", at)).high_delay for at in ("03:59", "04:00", "06:59", "07:00")}
    assert said == {"03:59": 30 * MINUTE, "04:00": 90 * MINUTE, "06:59": 90 * MINUTE, "07:00": 30 * MINUTE}
    assert rules.at(wall_clock("2026-05-07", "05:00")).high_delay == 30 * MINUTE  # a Thursday


def test_hours_over_midnight_are_those_of_the_day_on_which_they_begin() -> None:
    friday_night = Hours(time(22), time(5), frozenset({5}))
    assert friday_night.hold_at(datetime(2026, 5, 8, 23, tzinfo=BERLIN))
    assert friday_night.hold_at(datetime(2026, 5, 9, 4, 59, tzinfo=BERLIN))
    assert not friday_night.hold_at(datetime(2026, 5, 8, 4, tzinfo=BERLIN))
    assert not friday_night.hold_at(datetime(2026, 5, 9, 23, tzinfo=BERLIN))
    assert Hours(time(22), time(5), frozenset({7})).hold_at(
        datetime(2026, 5, 11, 1, tzinfo=BERLIN)
    )  # Monday, after Sunday's night


def test_of_two_parts_that_hold_the_first_counts_and_what_only_one_says_holds_too() -> None:
    night = {"from": "22:00", "until": "06:00", "rules": {"high_delay": 60, "door_delay": 5}}
    rules = scheduled(RECEIVING, night).at(wall_clock("2026-05-04", "05:00"))
    assert (rules.high_delay, rules.door_delay) == (90 * MINUTE, 5 * MINUTE)


@pytest.mark.parametrize(
    ("day", "minutes_from_two_to_four"), [("2026-03-29", 60), ("2026-10-25", 180), ("2026-05-04", 120)]
)
def test_in_the_nights_in_which_the_clock_changes_hours_are_as_long_as_the_clock_shows_them(
    day: str, minutes_from_two_to_four: int
) -> None:
    rules = scheduled({"from": "02:00", "until": "04:00", "rules": {"high_delay": 90}})
    midnight = wall_clock(day, "00:00").astimezone(UTC)
    holding = [at for n in range(60 * 8) if rules.at(at := midnight + n * MINUTE).high_delay is not None]
    assert len(holding) == minutes_from_two_to_four
    assert all(at.astimezone(BERLIN).hour in (2, 3) for at in holding)


def test_a_longer_delay_at_night_lets_the_same_stay_pass_that_is_told_by_day() -> None:
    rules = scheduled({"from": "22:00", "until": "06:00", "rules": {"high_delay": 120}})

    def told(clock: str) -> bool:
        state, events = SensorState("S1"), list[Event]()
        for minute in range(0, 90, 5):
            reading = Reading("S1", wall_clock("2026-05-04", clock) + minute * MINUTE, 6.0)
            state, happened = watch(state, reading, rules, DAIRY)
            events += happened
        return any(isinstance(event, AlarmRaised) for event in events)

    assert (told("23:00"), told("12:00")) == (False, True)


VALUES = {
    "recovery_margin_c": st.sampled_from([None, 0.5]),
    "recovered_for": st.sampled_from([0, 15]),
    "back_inside_for": st.sampled_from([None, 20]),
    "high_delay": st.sampled_from([None, 0, 60]),
    "low_delay": st.sampled_from([None, 10]),
    "outside_at_most": st.sampled_from([None, 20]),
    "degree_minutes": st.sampled_from([None, 30]),
    "worse_by_c": st.sampled_from([None, 2.0]),
    "changes_by_c": st.sampled_from([None, 3.0]),
    "door_delay": st.sampled_from([0, 30]),
    "door_open_for": st.sampled_from([None, 10]),
    "humid_percent": st.sampled_from([None, 90.0]),
    "dry_percent": st.sampled_from([None, 50.0]),
    "humidity_delay": st.sampled_from([0, 20]),
}


@settings(max_examples=150, deadline=None)
@given(
    said=st.fixed_dictionaries({}, optional=VALUES).filter(bool),
    begins=st.sampled_from(["00:00", "05:30", "23:59"]),
    start=st.sampled_from(["2026-03-28T20:00Z", "2026-10-24T20:00Z", "2026-05-04T00:00Z"]),
    after=st.integers(0, 600),
    told=st.lists(
        st.tuples(
            st.integers(1, 25),
            st.sampled_from([-1.0, 3.0, 4.5, 6.0, 9.0, 25.0]),
            st.none() | st.sampled_from([40.0, 70.0, 95.0]),
            st.none() | st.booleans(),
        ),
        max_size=40,
    ),
)  # fmt: skip
def test_a_schedule_that_covers_the_whole_day_is_the_plain_rule_set(
    said: dict[str, Any], begins: str, start: str, after: int, told: list[tuple[int, float, float | None, bool | None]]
) -> None:
    assert set(VALUES) == set(BY_HOURS)
    plain = Rules.from_dict(said)
    by_hours = scheduled({"from": begins, "until": begins, "rules": said})
    at, rows = datetime.fromisoformat(start) + after * MINUTE, []
    for minutes, celsius, humidity, door in told:
        at += minutes * MINUTE
        rows.append(("S1", at, celsius, humidity, door))
    columns = ["sensor_id", "taken_at", "temperature_c", "humidity_percent", "door_open"]
    readings = pd.DataFrame(rows, columns=columns).astype({"taken_at": "datetime64[us, UTC]", "temperature_c": float})
    assert watch_readings({}, readings, {"S1": [DAIRY]}, {"S1": by_hours}) == watch_readings(
        {}, readings, {"S1": [DAIRY]}, {"S1": plain}
    )


def test_a_schedule_is_its_json_and_its_clock_is_told_apart_from_it() -> None:
    night = {"from": "22:00", "until": "24:00", "rules": {"door_open_for": None}}
    rules = scheduled(RECEIVING, night)
    said = json.loads(json.dumps(rules.as_dict()))
    assert said["schedule"] == [RECEIVING, night | {"weekdays": [1, 2, 3, 4, 5, 6, 7]}]
    assert Rules.from_dict(said, "Europe/Berlin") == rules
    assert replace(rules, interval=MINUTE).at(wall_clock("2026-05-04", "05:00")).high_delay == 90 * MINUTE


@pytest.mark.parametrize(
    ("part", "field", "words"),
    [
        ({"from": "4"}, "schedule[0].from", "a time as 07:30"),
        ({"until": "24:30"}, "schedule[0].until", "a time as 07:30"),
        ({"from": "24:00"}, "schedule[0].from", "a time as 07:30"),
        ({"weekdays": [0]}, "schedule[0].weekdays", "1 .Monday. to 7"),
        ({"weekdays": []}, "schedule[0].weekdays", "1 .Monday. to 7"),
        ({"weekdays": [[1]]}, "schedule[0].weekdays", "1 .Monday. to 7"),
        ({"weekdays": [True]}, "schedule[0].weekdays", "1 .Monday. to 7"),
        ({"rules": {}}, "schedule[0].rules", "is missing"),
        ({"rules": {"ceiling_c": 9}}, "schedule[0].rules.ceiling_c", "the same at all hours"),
        ({"rules": {"hih_delay": 9}}, "schedule[0].rules.hih_delay", "is unknown"),
        ({"rules": {"high_delay": -1}}, "schedule[0].rules.high_delay", "below zero"),
        ({"rules": {"outside_at_most": 600}}, "schedule[0].rules.outside_at_most", "longer than outside_within"),
        ({"hours": 3}, "schedule[0]", "unknown hours"),
    ],
)
def test_what_a_schedule_cannot_say_is_named_with_its_place(part: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(WrongRule, match=words) as wrong:
        scheduled(RECEIVING | part)
    assert wrong.value.field == field
