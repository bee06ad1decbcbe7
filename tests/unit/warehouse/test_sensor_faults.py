"""A sensor's fault is told as one and never as a warm room: codes, other units, jumps, one value for ever."""

from datetime import UTC, datetime, timedelta

import pytest

from warehouse.coldchain.alarms import AlarmEnded, AlarmRaised, Event, ReadingIgnored, SensorState
from warehouse.coldchain.limits import Limit
from warehouse.coldchain.readings import Reading
from warehouse.coldchain.rules import Rules
from warehouse.coldchain.watching import watch, watch_zone

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
HALF_AN_HOUR = timedelta(minutes=30)
DAIRY = Limit("dairy", 1.0, 5.0, HALF_AN_HOUR, HALF_AN_HOUR, datetime(2026, 1, 1, tzinfo=UTC))
USUAL = Rules()
FREEZER = Limit("ice", None, -18.0, HALF_AN_HOUR, HALF_AN_HOUR, datetime(2026, 1, 1, tzinfo=UTC))


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def heard(
    temperatures: list[float], limit: Limit = DAIRY, every: int = 5, rules: Rules = USUAL
) -> tuple[SensorState, list[Event]]:
    state, events = SensorState("S1"), list[Event]()
    for number, celsius in enumerate(temperatures):
        state, happened = watch(state, Reading("S1", at(every * number), celsius), rules, limit)
        events += happened
    return state, events


def told(events: list[Event]) -> list[tuple[str, str]]:
    return [(type(event).__name__, event.kind.value) for event in events if isinstance(event, AlarmRaised | AlarmEnded)]


@pytest.mark.parametrize("code", [85.0, -127.0, 327.67])
def test_a_code_of_a_broken_probe_is_a_fault_and_never_a_temperature(code: float) -> None:
    state, events = heard([3.0, code, 3.1])
    assert told(events) == [("AlarmRaised", "faulty"), ("AlarmEnded", "faulty")]
    assert state.excursion is None
    assert [event.taken_at for event in events if isinstance(event, ReadingIgnored)] == [at(5)]
    assert told(heard([3.0] + [code] * 40)[1]) == [("AlarmRaised", "faulty")]


def test_a_code_during_an_alarm_is_not_its_worst_value_and_does_not_end_it() -> None:
    state, events = heard([7.0] * 8 + [85.0, -127.0] + [7.5] * 2)
    assert told(events) == [("AlarmRaised", "too_warm"), ("AlarmRaised", "faulty"), ("AlarmEnded", "faulty")]
    assert state.excursion is not None
    assert state.excursion.worst_c == 7.5


@pytest.mark.parametrize(
    "in_another_unit",
    [
        [38.3, 38.5, 38.1, 37.9] * 5,  # Fahrenheit
        [35.0, 36.0, 34.0, 33.0] * 5,  # tenths
    ],
)
def test_another_unit_is_a_fault_for_as_long_as_it_lasts(in_another_unit: list[float]) -> None:
    state, events = heard([3.5, 3.6, 3.5, *in_another_unit])
    assert told(events) == [("AlarmRaised", "faulty")]
    assert state.excursion is None
    assert state.last_c == 3.5


WARM_AT_ONCE = [3.0, *[30.0, 30.2, 30.1] * 40]  # what 3.0 in tenths of a degree looks like too


def test_a_warm_room_that_looks_like_another_unit_is_a_fault_at_first_and_told_as_warm_within_hours() -> None:
    state, events = heard(WARM_AT_ONCE)
    assert told(events) == [("AlarmRaised", "faulty"), ("AlarmEnded", "faulty"), ("AlarmRaised", "too_warm")]
    ended, raised = [event for event in events if isinstance(event, AlarmRaised | AlarmEnded)][1:]
    assert isinstance(ended, AlarmEnded)
    assert ended.ended_at == at(5 + 6 * 60 + 5)  # the first reading after six hours
    assert isinstance(raised, AlarmRaised)
    assert raised.raised_at == ended.ended_at + HALF_AN_HOUR
    assert state.last_c == 30.1


def test_beyond_the_ceiling_a_warm_room_is_told_by_its_second_reading_whatever_it_looks_like() -> None:
    state, events = heard(WARM_AT_ONCE[:3], rules=Rules(ceiling_c=15.0))
    assert told(events) == [("AlarmRaised", "too_warm")]
    assert state.excursion is not None
    assert state.excursion.raised_at == at(10)
    assert told(heard([3.0, 30.0, 3.0], rules=Rules(ceiling_c=15.0))[1]) == [
        ("AlarmRaised", "faulty"),
        ("AlarmEnded", "faulty"),
    ]


def test_a_jump_is_confirmed_by_a_reading_within_ten_degrees_of_it_and_no_other() -> None:
    assert heard([7.0, 29.0, 39.0])[0].last_c == 39.0
    state, events = heard([7.0, 29.0, 39.5])
    assert told(events) == [("AlarmRaised", "faulty")]
    assert state.last_c == 7.0


def test_a_jump_that_the_next_reading_contradicts_was_a_fault() -> None:
    state, events = heard([4.9, 26.0, 4.9])
    assert told(events) == [("AlarmRaised", "faulty"), ("AlarmEnded", "faulty")]
    assert state.excursion is None


def test_a_jump_that_the_next_reading_confirms_is_a_warm_room() -> None:
    _, events = heard([7.0] + [29.0] * 9)
    assert told(events) == [("AlarmRaised", "too_warm")]


def test_a_room_that_gets_warm_or_a_freezer_that_defrosts_is_no_fault() -> None:
    assert told(heard([-21.0, -17.0, -13.0, -12.0, -16.0, -20.0, -21.0], FREEZER)[1]) == []
    assert told(heard([3.0, 6.0, 10.0, 14.0, 17.0, 19.0, 20.0, 21.0], DAIRY)[1]) == [("AlarmRaised", "too_warm")]


def zone_after(minutes: int, values: dict[str, list[float]]) -> dict[str, SensorState]:
    states = {name: SensorState(name) for name in values}
    for minute in range(minutes):
        for name, own in values.items():
            reading = Reading(name, at(minute), own[minute % len(own)])
            states[name], _ = watch(states[name], reading, Rules(), DAIRY)
    return states


def test_exactly_the_same_value_while_neighbours_move_may_be_stuck_until_it_moves() -> None:
    moving = {"S2": [3.1, 3.2, 3.3], "S3": [2.8, 2.9]}
    almost = zone_after(239, {"S1": [3.3], **moving})
    assert watch_zone(almost, at(239), Rules(), DAIRY)[1] == ()
    states, (raised,) = watch_zone(zone_after(240, {"S1": [3.3], **moving}), at(240), Rules(), DAIRY)
    assert isinstance(raised, AlarmRaised)
    assert (raised.sensor_id, raised.kind, raised.began_at, raised.zone_id) == ("S1", "stuck", NOON, "dairy")
    assert watch_zone(states, at(241), Rules(), DAIRY) == (states, ())
    same, nothing = watch(states["S1"], Reading("S1", at(241), 3.3), Rules(), DAIRY)
    assert nothing == ()
    _, (ended,) = watch(same, Reading("S1", at(242), 3.4), Rules(), DAIRY)
    assert isinstance(ended, AlarmEnded)
    assert ended.alarm_key == raised.alarm_key


def test_a_zone_in_which_nothing_moves_or_a_sensor_alone_is_not_stuck() -> None:
    assert watch_zone(zone_after(400, {"S1": [3.3], "S2": [3.1]}), at(400), Rules(), DAIRY)[1] == ()
    assert watch_zone(zone_after(400, {"S1": [3.3]}), at(400), Rules(), DAIRY)[1] == ()
