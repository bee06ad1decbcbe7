"""What a rule set makes of readings: when an alarm ends, what adds up, what is told again, and what is silence."""

import json
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest

from warehouse.coldchain.alarms import AlarmEnded, AlarmRaised, AlarmWorse, Event, SensorState
from warehouse.coldchain.limits import Limit
from warehouse.coldchain.readings import Reading
from warehouse.coldchain.rules import Rules
from warehouse.coldchain.watching import Tick, watch

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
HALF_AN_HOUR = timedelta(minutes=30)
DAIRY = Limit("dairy", 1.0, 5.0, HALF_AN_HOUR, HALF_AN_HOUR, datetime(2026, 1, 1, tzinfo=UTC))
HOUR = timedelta(hours=1)
One = TypeVar("One")


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def heard(
    temperatures: list[float], rules: Rules, every: int = 5, state: SensorState | None = None, first: float = 0
) -> tuple[SensorState, list[Event]]:
    """What becomes of readings `every` so many minutes. The state goes through JSON between two of them."""
    state = state or SensorState("S1")
    events: list[Event] = []
    for number, celsius in enumerate(temperatures):
        state, happened = watch(state, Reading("S1", at(first + every * number), celsius), rules, DAIRY)
        state = SensorState.from_dict(json.loads(json.dumps(state.as_dict())))
        events += happened
    return state, events


def of_type(events: list[Event], kind: type[One]) -> list[One]:
    return [event for event in events if isinstance(event, kind)]


def test_an_alarm_goes_on_until_the_zone_has_been_back_by_the_margin_for_as_long_as_asked() -> None:
    rules = Rules(recovery_margin_c=1.0, recovered_for=timedelta(minutes=20))
    warm = [6.0] * 7
    _, events = heard([*warm, 3.9, 3.9, 4.5, 3.9, 3.9, 3.9, 3.9, 3.9, 3.9], rules)
    raised, ended = events
    assert isinstance(raised, AlarmRaised)
    assert isinstance(ended, AlarmEnded)
    assert ended.ended_at == at(5 * 14)  # 20 minutes after 4.5, which was inside but not by the margin


def test_an_alarm_ends_too_when_the_zone_has_long_been_inside_without_the_margin() -> None:
    rules = Rules(recovery_margin_c=1.0, back_inside_for=HOUR)
    _, events = heard([6.0] * 7 + [4.8] * 20, rules)
    (ended,) = of_type(events, AlarmEnded)
    assert ended.ended_at == at(35 + 60)
    assert not of_type(heard([6.0] * 7 + [4.8] * 20, Rules(recovery_margin_c=1.0))[1], AlarmEnded)


def test_a_new_stay_outside_while_an_alarm_waits_to_end_is_the_same_alarm() -> None:
    rules = Rules(recovered_for=HOUR)
    _, events = heard([6.0] * 7 + [4.0] * 6 + [8.0] * 12 + [4.0] * 13, rules)
    raised, ended = events
    assert isinstance(raised, AlarmRaised)
    assert isinstance(ended, AlarmEnded)
    assert ended.worst_c == 8.0
    assert ended.ended_at == at(5 * 25 + 60)


def test_short_stays_outside_add_up_to_one_alarm() -> None:
    twenty_out_of_twenty_five = [5.6, 5.6, 5.6, 5.6, 4.9]
    state, events = heard(twenty_out_of_twenty_five * 20, Rules())
    (raised,) = events
    assert isinstance(raised, AlarmRaised)
    assert at(150) < raised.raised_at <= at(190)  # two and a half hours outside, 20 minutes of every 25
    _, later = heard([4.9] * 7, Rules(), state=state, first=5 * 100)
    (ended,) = later
    assert isinstance(ended, AlarmEnded)
    assert ended.ended_at == at(5 * 99 + 30)  # inside for as long as the delay


def test_stays_outside_that_are_older_than_the_window_add_up_to_nothing() -> None:
    twenty_minutes_an_hour = [5.6] * 4 + [4.0] * 8
    assert heard(twenty_minutes_an_hour * 24, Rules())[1] == []


def test_what_was_told_as_an_alarm_is_not_counted_again() -> None:
    _, events = heard([6.0] * 40 + [4.0] * 3 + [6.0] * 3 + [4.0] * 3, Rules())
    assert [type(event) for event in events] == [AlarmRaised, AlarmEnded]


def test_degrees_times_minutes_are_an_alarm_however_short_the_stay() -> None:
    rules = Rules(degree_minutes=100.0)
    _, events = heard([15.0, 15.0, 15.0, 15.0], rules)
    (raised,) = events
    assert isinstance(raised, AlarmRaised)
    assert raised.raised_at == at(10)  # 10 degrees for 10 minutes
    assert not heard([5.5, 5.5, 5.5, 5.5], rules)[1]


def test_an_alarm_that_becomes_worse_by_far_is_told_again_each_time() -> None:
    _, events = heard([6.0] * 7 + [9.0, 11.0, 12.0, 17.0, 8.0, 17.5], Rules(worse_by_c=5.0))
    worse = of_type(events, AlarmWorse)
    assert [(one.told_c, one.worst_c) for one in worse] == [(6.0, 11.0), (11.0, 17.0)]
    raised = of_type(events, AlarmRaised)[0]
    assert {one.alarm_key for one in worse} == {raised.alarm_key}


def test_a_sensor_is_silent_after_its_own_interval_and_told_once() -> None:
    slow = Rules(interval=timedelta(minutes=20))
    state, _ = heard([4.0], slow)
    assert watch(state, Tick(at(60)), slow, DAIRY) == (state, ())
    silent, (raised,) = watch(state, Tick(at(61)), slow, DAIRY)
    assert isinstance(raised, AlarmRaised)
    assert (raised.kind, raised.began_at, raised.raised_at) == ("silent", NOON, at(61))
    assert (raised.temperature_c, raised.limit_c, raised.zone_id) == (4.0, None, "dairy")
    assert watch(silent, Tick(at(90)), slow, DAIRY) == (silent, ())
    _, (ended,) = watch(silent, Reading("S1", at(100), 4.0), slow, DAIRY)
    assert isinstance(ended, AlarmEnded)
    assert (ended.alarm_key, ended.ended_at) == (raised.alarm_key, at(100))


def test_a_sensor_that_was_never_heard_is_not_silent_and_a_tick_needs_a_zone() -> None:
    assert watch(SensorState("S1"), Tick(at(999)), Rules(), DAIRY) == (SensorState("S1"), ())
    with pytest.raises(ValueError, match="no time zone"):
        Tick(datetime(2026, 5, 4))  # noqa: DTZ001 - that is the point


def test_an_excursion_outlives_the_silence_after_it() -> None:
    state, _ = heard([6.0] * 4, Rules())
    state, _ = watch(state, Tick(at(300)), Rules(), DAIRY)
    state = SensorState.from_dict(json.loads(json.dumps(state.as_dict())))
    state, events = watch(state, Reading("S1", at(301), 6.0), Rules(), DAIRY)
    assert [(type(event), event.kind) for event in events if not hasattr(event, "because")] == [
        (AlarmEnded, "silent"),
        (AlarmRaised, "too_warm"),
    ]
    assert state.excursion is not None
    assert state.excursion.began_at == NOON


def test_rules_are_their_json_and_unknown_or_wrong_fields_are_named() -> None:
    rules = Rules(recovery_margin_c=0.5, recovered_for=HOUR, outside_at_most=None, interval=timedelta(minutes=20))
    assert Rules.from_dict(json.loads(json.dumps(rules.as_dict()))) == rules
    assert Rules.from_dict({}) == Rules()
    with pytest.raises(ValueError, match="recoverd_for is unknown"):
        Rules.from_dict({"recoverd_for": 5})
    for wrong in ({"recovered_for": "an hour"}, {"missed_intervals": 2.5}, {"recovered_for": None}, {"interval": -1}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            Rules.from_dict(wrong)


def test_states_kept_by_older_versions_still_load() -> None:
    old = {
        "sensor_id": "S1",
        "last_taken_at": NOON.isoformat(),
        "last_c": 6.0,
        "excursion": {"kind": "too_warm", "began_at": NOON.isoformat(), "worst_c": 6.0, "raised_at": NOON.isoformat()},
    }
    state = SensorState.from_dict(old)
    _, (ended,) = watch(state, Reading("S1", at(5), 4.0), Rules(), DAIRY)
    assert isinstance(ended, AlarmEnded)
    assert ended.began_at == NOON
