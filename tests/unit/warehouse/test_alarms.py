"""When an alarm begins and ends, one reading at a time and many at once."""

import json
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.coldchain.alarms import (
    AlarmEnded,
    AlarmRaised,
    Event,
    ReadingIgnored,
    SensorState,
)
from warehouse.coldchain.limits import Limit, limit_in_force
from warehouse.coldchain.many_readings import watch_few, watch_readings
from warehouse.coldchain.readings import Reading
from warehouse.coldchain.rules import Rules
from warehouse.coldchain.watching import watch

MIDNIGHT = datetime(2026, 3, 2, tzinfo=UTC)
FROM_THE_START = datetime(2020, 1, 1, tzinfo=UTC)
USUAL = Rules()


def at(minutes: float) -> datetime:
    return MIDNIGHT + timedelta(minutes=minutes)


def limit(
    low: float | None = 0.0,
    high: float | None = 4.0,
    delay: int = 30,
    low_delay: int = 30,
    margin: float = 0.0,
    valid_from: datetime = FROM_THE_START,
) -> Limit:
    return Limit("cold room", low, high, timedelta(minutes=delay), timedelta(minutes=low_delay), valid_from, margin)


def hear(
    temperatures: list[float],
    in_force: Limit | None,
    state: SensorState | None = None,
    first: int = 0,
    rules: Rules = USUAL,
    every: int = 15,
) -> tuple[SensorState, list[Event]]:
    """Readings `every` so many minutes from minute `first` on."""
    state = state or SensorState("t1")
    events: list[Event] = []
    for number, celsius in enumerate(temperatures):
        state, happened = watch(state, Reading("t1", at(first + every * number), celsius), rules, in_force)
        events += happened
    return state, events


def test_an_alarm_is_raised_when_the_delay_is_over_and_ends_with_the_first_reading_inside() -> None:
    _, events = hear([3, 5, 6, 5.5, 5, 4, 3], limit())
    raised, ended = events
    assert isinstance(raised, AlarmRaised)
    assert (raised.began_at, raised.raised_at) == (at(15), at(45))
    assert (raised.kind.value, raised.worst_c, raised.temperature_c, raised.limit_c) == ("too_warm", 6, 5.5, 4)
    assert raised.zone_id == "cold room"
    assert isinstance(ended, AlarmEnded)
    assert (ended.alarm_key, ended.ended_at, ended.worst_c) == (raised.alarm_key, at(75), 6)


def test_a_short_stay_outside_raises_nothing_and_starts_the_clock_anew() -> None:
    assert hear([5, 5, 3, 5, 5, 3], limit())[1] == []


def test_too_cold_has_its_own_limit_and_delay() -> None:
    _, events = hear([-1, -2], limit(delay=60, low_delay=15))
    (raised,) = events
    assert isinstance(raised, AlarmRaised)
    assert (raised.kind.value, raised.worst_c, raised.limit_c) == ("too_cold", -2, 0)


def test_without_a_delay_the_first_reading_outside_raises() -> None:
    assert len(hear([5], limit(delay=0))[1]) == 1


def test_going_straight_from_too_warm_to_too_cold_ends_one_and_starts_the_other_clock() -> None:
    state, events = hear([5, 5, 5, -1, -1, -1], limit())
    assert [type(event).__name__ for event in events] == ["AlarmRaised", "AlarmEnded", "AlarmRaised"]
    assert state.excursion is not None
    assert state.excursion.began_at == at(45)


def test_an_alarm_ends_only_with_the_recovery_margin() -> None:
    _, events = hear([5, 5, 5, 3.8, 3.4], limit(margin=0.5))
    assert isinstance(events[-1], AlarmEnded)
    assert events[-1].ended_at == at(60)


def test_a_state_saved_half_way_through_a_delay_goes_on_where_it_was() -> None:
    temperatures = [3, 5, 6, 5.5, 5, 3]
    state, before = hear(temperatures[:3], limit())
    restored = SensorState.from_dict(json.loads(json.dumps(state.as_dict())))
    _, after = hear(temperatures[3:], limit(), restored, first=45)
    assert restored == state
    assert before + after == hear(temperatures, limit())[1]


def test_the_same_readings_again_after_a_restart_give_nothing_new() -> None:
    temperatures = [3, 5, 6, 5.5, 5]
    state, _ = hear(temperatures, limit())
    again, events = hear(temperatures, limit(), state)
    assert again == state
    assert {type(event) for event in events} == {ReadingIgnored}


def test_late_and_repeated_readings_are_told_and_change_nothing() -> None:
    state, _ = hear([5, 5], limit())
    for minutes, because in ((15, "duplicate"), (10, "late")):
        after, (event,) = watch(state, Reading("t1", at(minutes), 3), USUAL, limit())
        assert after == state
        assert isinstance(event, ReadingIgnored)
        assert event.because == because


def test_a_reading_counts_in_the_limit_in_force_when_it_was_taken() -> None:
    summer, winter = limit(high=6.0), limit(high=4.0, valid_from=at(60))
    assert limit_in_force([winter, summer], at(59)) is summer
    assert limit_in_force([winter, summer], at(60)) is winter
    assert limit_in_force([winter], at(0)) is None


def test_a_limit_that_is_lifted_ends_the_alarm() -> None:
    state, _ = hear([5, 5, 5], limit())
    _, events = hear([5], None, state, first=45)
    assert isinstance(events[0], AlarmEnded)


def test_an_hour_that_the_clock_shows_twice_is_two_hours() -> None:
    chicago = ZoneInfo("America/Chicago")
    state, events = SensorState("t1"), []
    for fold in (0, 1):
        for minute in (0, 15, 30, 45):
            taken_at = datetime(2021, 11, 7, 1, minute, tzinfo=chicago, fold=fold)
            state, happened = watch(state, Reading("t1", taken_at, 5.0), USUAL, limit(delay=90))
            events += happened
    (raised,) = events
    assert isinstance(raised, AlarmRaised)
    assert raised.raised_at - raised.began_at == timedelta(minutes=90)


def test_an_alarm_has_the_same_key_in_whatever_zone_its_readings_came() -> None:
    keys = set()
    for zone in (UTC, timezone(timedelta(hours=8))):
        reading = Reading("t1", at(0).astimezone(zone), 5.0)
        _, (raised,) = watch(SensorState("t1"), reading, USUAL, limit(delay=0))
        assert isinstance(raised, AlarmRaised)
        keys.add(raised.alarm_key)
    assert len(keys) == 1


def test_impossible_readings_and_limits_are_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        Reading("t1", datetime(2026, 3, 2), 3.0)  # noqa: DTZ001 - that is the point
    with pytest.raises(ValueError, match="no temperature"):
        Reading("t1", at(0), float("nan"))
    with pytest.raises(ValueError, match="lies above"):
        limit(low=5, high=4)
    with pytest.raises(ValueError, match="offered to the state"):
        watch(SensorState("t2"), Reading("t1", at(0), 3), USUAL, limit())


def frame(rows: list[tuple[str, int, float]]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "sensor_id": [sensor for sensor, _, _ in rows],
            "taken_at": pd.to_datetime([at(minutes) for _, minutes, _ in rows], utc=True),
            "temperature_c": np.array([celsius for _, _, celsius in rows], dtype=float),
        }
    )


RULE_SETS = (
    Rules(),
    Rules(recovery_margin_c=2.0, recovered_for=timedelta(minutes=4), back_inside_for=timedelta(minutes=9)),
    Rules(outside_at_most=timedelta(minutes=5), outside_within=timedelta(minutes=12), worse_by_c=2.0),
    Rules(outside_at_most=None, degree_minutes=9.0, outside_within=timedelta(minutes=20)),
    Rules(ceiling_c=7.0, floor_c=-2.0, defrost_every=timedelta(minutes=8), defrost_up_to_c=9.0),
)


CELSIUS = st.one_of(st.integers(-3, 8), st.sampled_from([3, 3, 3, 37, 85, -127, 24, 25]))


@settings(max_examples=200, deadline=None)
@given(
    rows=st.lists(st.tuples(st.sampled_from(["t1", "t2"]), st.integers(0, 40), CELSIUS), max_size=60),
    in_order=st.booleans(),
    cut=st.integers(0, 60),
    margin=st.sampled_from([0.0, 1.0]),
    chosen=st.sampled_from(RULE_SETS),
)
def test_many_readings_at_once_give_what_one_by_one_gives(
    rows: list[tuple[str, int, float]], in_order: bool, cut: int, margin: float, chosen: Rules
) -> None:
    rows = sorted(rows, key=lambda row: row[1]) if in_order else rows
    limits = {"t1": [limit(high=6, valid_from=at(20), delay=5, margin=margin), limit(delay=3, low_delay=0)]}
    states: dict[str, SensorState] = {}
    events: list[Event] = []
    for sensor, minutes, celsius in rows:
        in_force = limit_in_force(limits.get(sensor, []), at(minutes))
        state = states.get(sensor, SensorState(sensor))
        states[sensor], happened = watch(state, Reading(sensor, at(minutes), celsius), chosen, in_force)
        events += happened

    rules = {"t1": chosen, "t2": chosen}
    first = watch_readings({}, frame(rows[:cut]), limits, rules)
    second = watch_readings(first.states, frame(rows[cut:]), limits, rules)
    assert dict(second.states) == states
    assert [*first.events, *second.events] == events


@settings(deadline=None)
@given(
    told=st.lists(
        st.tuples(
            st.integers(0, 60),
            st.one_of(st.floats(-4, 9, allow_nan=False), st.sampled_from([3.0, 3.5, 38.0, 85.0, -127.0])),
            st.sampled_from([None, None, None, 95.0]),
        ),
        max_size=25,
    ),
    in_order=st.booleans(),
    cut=st.integers(0, 25),
    chosen=st.sampled_from([*RULE_SETS, Rules(changes_by_c=3.0), Rules(ceiling_c=5.0, floor_c=-1.0)]),
)
def test_a_few_readings_give_what_one_by_one_gives(
    told: list[tuple[int, float, float | None]], in_order: bool, cut: int, chosen: Rules
) -> None:
    told = sorted(told, key=lambda one: one[0]) if in_order else told
    readings = [Reading("t1", at(minutes), celsius, humidity) for minutes, celsius, humidity in told]
    limits = [limit(high=6, valid_from=at(20), delay=5), limit(delay=3, low_delay=0)]
    state, events = SensorState("t1"), list[Event]()
    for reading in readings:
        state, happened = watch(state, reading, chosen, limit_in_force(limits, reading.taken_at))
        events += happened

    after, first = watch_few(SensorState("t1"), readings[:cut], limits, chosen)
    after, second = watch_few(after, readings[cut:], limits, chosen)
    assert after == state
    assert [*first, *second] == events


def test_what_readings_tell_besides_counts_in_many_as_in_one() -> None:
    humid = frame([("t1", minute, 3.0) for minute in range(6)]).assign(
        humidity_percent=[None, 95.0, 95.0, None, 70.0, None], door_open=[None, True, None, None, False, None]
    )
    rules = Rules(humid_percent=90.0, humidity_delay=timedelta(minutes=1), door_open_for=timedelta(0))
    watched = watch_readings({}, humid, {}, {"t1": rules})
    told = [
        (type(event).__name__, event.kind.value) for event in watched.events if not isinstance(event, ReadingIgnored)
    ]
    raised_and_ended = ["AlarmRaised", "AlarmRaised", "AlarmEnded", "AlarmEnded"]
    assert told == list(zip(raised_and_ended, ["door_open", "too_humid", "too_humid", "door_open"], strict=True))


def test_readings_with_naive_times_are_refused_together() -> None:
    naive = frame([("t1", 0, 3.0)]).assign(taken_at=pd.to_datetime(["2026-03-02"]))
    with pytest.raises(ValueError, match="not times with a zone"):
        watch_readings({}, naive, {})
    with pytest.raises(ValueError, match="no temperature"):
        watch_readings({}, frame([("t1", 0, float("nan"))]), {})
