"""Whose clock is wrong, and how a sensor goes on whose clock was ahead."""

from datetime import UTC, datetime, timedelta

import pytest

from warehouse.coldchain.alarms import Ahead, AlarmKind, Excursion, SensorState
from warehouse.coldchain.clocks import (
    ClockDifference,
    Whose,
    clock_differences,
    lead_of,
    leads_heard_lately,
    server_behind,
    set_right,
)
from warehouse.coldchain.limits import Limit
from warehouse.coldchain.readings import Reading
from warehouse.coldchain.rules import Rules
from warehouse.coldchain.watching import watch

LIMIT = Limit("Z1", 0.0, 4.0, timedelta(minutes=30), timedelta(minutes=30), datetime(2020, 1, 1, tzinfo=UTC))
NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


@pytest.mark.parametrize(
    ("leads", "behind"),
    [
        ([5, 5, 5, 5], 5),
        ([5, 4, 6, 0], 5),  # one was long under way
        ([5, 5, 0, 0], 0),  # half of them is not most
        ([5, 5, 5, 0, 0], 5),
        ([0, 0, 0, 600], 0),
        ([600, 600, 600, 0, 0], 600),
        ([5, 20, 60, 300], 0),  # most are ahead, but not by the same amount
        ([2, 2, 2], 0),  # so much is tolerated
        ([5, 5], 0),  # nobody can tell
        ([4e9, 4e9, 4e9], 0),  # thousands of years: a moment that far ahead is in no calendar
        ([], 0),
    ],
)
def test_the_server_s_clock_is_behind_where_most_sensors_are_ahead_by_the_same_amount(leads, behind) -> None:
    assert server_behind([minutes(lead) for lead in leads]) == minutes(behind)


def test_one_sensor_ahead_has_its_own_clock_wrong() -> None:
    leads = {"S1": minutes(0), "S2": minutes(40), "S3": minutes(0), "S4": minutes(1)}

    assert clock_differences(leads) == [ClockDifference(Whose.SENSOR, "S2", minutes(40))]


def test_a_sensor_that_is_wrong_besides_the_server_is_ahead_of_the_other_sensors() -> None:
    leads = {"S1": minutes(5), "S2": minutes(45), "S3": minutes(5), "S4": minutes(5)}

    assert clock_differences(leads) == [
        ClockDifference(Whose.SERVER, None, minutes(5)),
        ClockDifference(Whose.SENSOR, "S2", minutes(40)),
    ]


def test_of_two_sensors_nobody_can_tell_whose_clock_is_wrong() -> None:
    assert clock_differences({"S1": minutes(5), "S2": minutes(0)}) == [
        ClockDifference(Whose.UNKNOWN, "S1", minutes(5)),
    ]


@pytest.mark.parametrize(
    ("state", "lead"),
    [
        (SensorState("S1"), None),
        (SensorState("S1", NOW - minutes(59), 3.0), minutes(0)),
        (SensorState("S1", NOW - minutes(61), 3.0), None),  # silent: it says nothing of clocks
        (SensorState("S1", NOW + minutes(2), 3.0), minutes(0)),
        (SensorState("S1", NOW + minutes(300), 3.0), minutes(300)),  # heard before the server's clock went back
        (SensorState("S1", NOW + minutes(9), 3.0, None, Ahead(minutes(10), NOW - minutes(1))), minutes(10)),
        (SensorState("S1", None, None, None, Ahead(minutes(900), NOW - minutes(50))), minutes(900)),
        (SensorState("S1", NOW - minutes(60), 3.0, None, Ahead(minutes(10), NOW - minutes(70))), None),
    ],
)
def test_the_lead_of_a_sensor_is_what_it_was_when_it_was_heard_lately(state, lead) -> None:
    assert lead_of(state, NOW) == lead
    assert leads_heard_lately([state], NOW) == ({} if lead is None else {"S1": lead})


def test_a_state_is_the_same_after_it_was_kept_and_one_of_before_there_were_clocks_is_read() -> None:
    state = SensorState("S1", NOW, 3.0, None, Ahead(minutes(10), NOW))
    before = {name: value for name, value in state.as_dict().items() if name != "ahead"}

    assert SensorState.from_dict(state.as_dict()) == state
    assert SensorState.from_dict(before) == SensorState("S1", NOW, 3.0)


def test_a_running_delay_goes_on_when_a_clock_that_was_ahead_is_set_right() -> None:
    ahead = SensorState(
        "S1", NOW + minutes(40), 6.0, Excursion(AlarmKind.TOO_WARM, NOW + minutes(20), 7.0), Ahead(minutes(40), NOW)
    )

    right = set_right(ahead, NOW + minutes(1), NOW + minutes(1))

    assert right == SensorState("S1", None, 6.0, Excursion(AlarmKind.TOO_WARM, NOW - minutes(19), 7.0))


def test_an_alarm_stays_as_it_is_when_a_clock_is_set_right() -> None:
    alarm = Excursion(AlarmKind.TOO_WARM, NOW + minutes(1), 7.0, NOW + minutes(31))

    right = set_right(SensorState("S1", NOW + minutes(40), 6.0, alarm), NOW, NOW)
    state, (ended,) = watch(right, Reading("S1", NOW, 3.0), Rules(), LIMIT)

    assert right.excursion == alarm
    assert (state.last_taken_at, state.excursion) == (NOW, None)
    assert ended.ended_at == NOW + minutes(31), "no alarm ends before it was raised"


@pytest.mark.parametrize(
    ("last", "taken", "why"),
    [
        (2, 0, "clocks agree: the reading is late"),
        (40, -3, "it was long under way, and says nothing of the clock now"),
        (40, 41, "the clock is ahead still"),
    ],
)
def test_a_late_reading_sets_no_clock_right(last, taken, why) -> None:
    state = SensorState("S1", NOW + minutes(last), 3.0)

    assert set_right(state, NOW + minutes(taken), NOW) == state, why
