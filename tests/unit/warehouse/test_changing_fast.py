"""A temperature that changes fast: an alarm of its own, and never a probe's jump."""

import json
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.coldchain.alarms import AlarmEnded, AlarmKind, AlarmRaised, AlarmWorse, Event, SensorState
from warehouse.coldchain.many_readings import watch_readings
from warehouse.coldchain.readings import Reading
from warehouse.coldchain.rules import Rules, WrongRule
from warehouse.coldchain.watching import watch

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
RULES = Rules(changes_by_c=5.0, changes_within=timedelta(minutes=30))
Told = list[tuple[float, float]]


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def heard(told: Told, rules: Rules = RULES) -> tuple[SensorState, list[Event]]:
    """What becomes of temperatures at minutes. The state goes through JSON between two of them."""
    state, events = SensorState("S1"), list[Event]()
    for minutes, celsius in told:
        state, happened = watch(state, Reading("S1", at(minutes), celsius), rules, None)
        state = SensorState.from_dict(json.loads(json.dumps(state.as_dict())))
        events += happened
    return state, events


def changes(told: Told, rules: Rules = RULES) -> list[tuple[str, float, float]]:
    """When a change was told or over, and by how much it changed."""
    times = []
    for event in heard(told, rules)[1]:
        if isinstance(event, AlarmRaised | AlarmEnded) and event.kind is AlarmKind.CHANGING_FAST:
            moment = event.raised_at if isinstance(event, AlarmRaised) else event.ended_at
            minutes = (moment - NOON) / timedelta(minutes=1)
            times.append(("raised" if isinstance(event, AlarmRaised) else "ended", minutes, event.worst_c))
    return times


def test_a_room_that_warms_or_cools_by_so_much_within_so_many_minutes_is_an_alarm_inside_its_limits_too() -> None:
    warming = [(10 * n, 3.0 + 2.0 * n) for n in range(4)]  # 2 C in ten minutes
    assert changes(warming) == [("raised", 30, 6.0)]
    assert changes([(minutes, -celsius) for minutes, celsius in warming]) == [("raised", 30, 6.0)]
    assert changes([(minutes, celsius / 2) for minutes, celsius in warming * 1]) == []
    assert changes([(10 * n, 1.5 * n) for n in range(20)]) == []  # 4.5 C in thirty minutes, for hours


def test_it_ends_once_it_has_changed_by_less_than_half_and_does_not_flicker_before() -> None:
    risen = [(0, 3.0), (10, 8.0), (20, 8.0), (30, 5.4), (40, 5.5)]
    assert changes(risen) == [("raised", 10, 5.0)]
    assert changes([*risen, (55, 5.6)]) == [("raised", 10, 5.0), ("ended", 55, 5.0)]


def test_what_lies_longer_ago_than_the_window_does_not_count() -> None:
    assert changes([(0, 3.0), (30, 8.0)]) == [("raised", 30, 5.0)]
    assert changes([(0, 3.0), (31, 8.0)]) == []


def test_a_jump_that_the_next_reading_does_not_confirm_is_the_probes_fault_and_no_change() -> None:
    jump = [(0, 3.0), (5, 40.0), (10, 3.1), (15, 3.0)]
    assert changes(jump) == []
    raised = [event.kind for event in heard(jump)[1] if isinstance(event, AlarmRaised)]
    assert raised == [AlarmKind.FAULTY]
    assert changes([(0, 3.0), (5, 85.0), (10, 3.1)]) == []  # a code of a broken probe
    assert changes([(0, 3.0), (5, 70.0), (10, 71.0)]) == [("raised", 10, 68.0)]  # the room really did


def test_only_turning_points_are_remembered_and_none_where_no_rule_asks() -> None:
    steady = [(n / 2, 3.0 + (n % 2) / 10) for n in range(100)]
    assert len(heard(steady)[0].recent) == 2
    assert heard(steady, Rules())[0].recent == ()
    assert "recent" not in heard(steady, Rules())[0].as_dict()


def test_a_rule_that_is_taken_away_ends_its_alarm() -> None:
    state, _ = heard([(0, 3.0), (10, 9.0)])
    state, (ended,) = watch(state, Reading("S1", at(15), 9.0), Rules(), None)
    assert isinstance(ended, AlarmEnded)
    assert (state.also, state.recent) == ((), ())


def test_hours_at_which_it_changes_fast_as_a_matter_of_course_are_left_out() -> None:
    doors = [{"from": "12:00", "until": "13:00", "rules": {"changes_by_c": None}}]
    rules = Rules.from_dict({"changes_by_c": 5, "schedule": doors})
    assert changes([(0, 3.0), (10, 9.0), (30, 3.0), (62, 3.0), (70, 9.0)], rules) == [("raised", 70, 6.0)]
    only_then = Rules.from_dict({"schedule": [doors[0] | {"rules": {"changes_by_c": 5}}]})
    assert changes([(50, 3.0), (59, 9.0), (60, 9.0)], only_then) == [("raised", 59, 6.0), ("ended", 60, 6.0)]


def test_no_change_and_a_window_too_long_to_be_remembered_are_refused() -> None:
    for wrong in ({"changes_by_c": 0.0}, {"changes_within": timedelta(hours=5)}, {"changes_within": timedelta(0)}):
        with pytest.raises(WrongRule, match=next(iter(wrong))):
            Rules(**wrong)


def slow_truth(told: Told, rules: Rules) -> list[tuple[str, float, float]]:
    """The same by looking at all readings of the window each time."""
    known: float | None = None
    found = []
    limit = rules.changes_by_c or 0
    for number, (minutes, celsius) in enumerate(told):
        window = [c for m, c in told[: number + 1] if timedelta(minutes=minutes - m) <= rules.changes_within]
        by = round(max(abs(celsius - other) for other in window), 6)
        if known is None and by >= limit:
            known = by
            found.append(("raised", minutes, by))
        elif known is not None and by < limit / 2:
            found.append(("ended", minutes, known))
            known = None
        elif known is not None:
            known = max(known, by)
    return found


TOLD = st.lists(st.tuples(st.integers(1, 12), st.integers(0, 70).map(lambda tenths: tenths / 10)), max_size=60)


def in_time(gaps: Told) -> Told:
    return [(sum(gap for gap, _ in gaps[: number + 1]), celsius) for number, (_, celsius) in enumerate(gaps)]


@settings(max_examples=200, deadline=None)
@given(gaps=TOLD)
def test_turning_points_tell_what_all_readings_of_the_window_tell(gaps: Told) -> None:
    assert changes(in_time(gaps), RULES) == slow_truth(in_time(gaps), RULES)


@settings(max_examples=200, deadline=None)
@given(
    gaps=st.lists(st.tuples(st.integers(-4, 12), st.sampled_from([2.0, 2.5, 4.0, 7.5, 9.0, 40.0, 85.0])), max_size=60),
    cut=st.integers(0, 60),
    by_hours=st.booleans(),
)  # fmt: skip
def test_many_readings_at_once_miss_no_change_that_one_by_one_tells(gaps: Told, cut: int, by_hours: bool) -> None:
    doors = [{"from": "12:30", "until": "13:30", "rules": {"changes_by_c": 3}}]
    rules = Rules.from_dict({"changes_by_c": None if by_hours else 5, "schedule": doors if by_hours else []})
    told = in_time(gaps)
    state, events = SensorState("S1"), list[Event]()
    for minutes, celsius in told:
        state, happened = watch(state, Reading("S1", at(minutes), celsius), rules, None)
        events += happened
    readings = pd.DataFrame(
        {
            "sensor_id": "S1",
            "taken_at": pd.to_datetime([at(minutes) for minutes, _ in told], utc=True),
            "temperature_c": [float(celsius) for _, celsius in told],
        }
    )
    first = watch_readings({}, readings.iloc[:cut], {}, {"S1": rules})
    second = watch_readings(first.states, readings.iloc[cut:], {}, {"S1": rules})
    assert [*first.events, *second.events] == events
    assert second.states.get("S1", SensorState("S1")) == state
    assert not any(isinstance(event, AlarmWorse) for event in events)
