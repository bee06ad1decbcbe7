"""What lets an alarm wait, what nothing lets wait, and what else than temperature is told."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from warehouse.coldchain.alarms import AlarmEnded, AlarmRaised, Event, SensorState
from warehouse.coldchain.limits import Limit
from warehouse.coldchain.readings import Reading
from warehouse.coldchain.rules import Rules
from warehouse.coldchain.watching import watch

MIDNIGHT = datetime(2026, 5, 4, tzinfo=UTC)
DELAY = timedelta(minutes=20)
ICE = Limit("ice", None, -18.0, DELAY, DELAY, datetime(2026, 1, 1, tzinfo=UTC))
DAIRY = Limit("dairy", 1.0, 5.0, DELAY, DELAY, datetime(2026, 1, 1, tzinfo=UTC))
DEFROST = [-20.0, -17.0, -15.0, -13.0, -12.0, -12.5, -14.0, -16.0, -17.5, -20.0]  # 40 minutes above -18 C


def raised_at(temperatures: Iterator[float] | list[float], rules: Rules, limit: Limit = ICE) -> list[datetime]:
    """When temperatures every 5 minutes raise an alarm."""
    state, events = SensorState("S1"), list[Event]()
    for number, celsius in enumerate(temperatures):
        taken_at = MIDNIGHT + timedelta(minutes=5 * number)
        state, happened = watch(state, Reading("S1", taken_at, celsius), rules, limit)
        events += happened
    return [event.raised_at for event in events if isinstance(event, AlarmRaised)]


def day(defrost: list[float], hours: tuple[int, ...] = (0, 6, 12, 18)) -> list[float]:
    temperatures = [-21.0] * 288
    for hour in hours:
        temperatures[hour * 12 : hour * 12 + len(defrost)] = defrost
    return temperatures


def test_a_freezer_defrost_raises_nothing_once_its_rhythm_is_known() -> None:
    raised = raised_at(day(DEFROST) * 7, Rules())
    assert len(raised) == 4
    assert max(raised) < MIDNIGHT + timedelta(days=1)


def test_a_freezer_defrost_that_was_told_raises_nothing_from_the_first() -> None:
    told = Rules(defrost_every=timedelta(hours=6), defrost_for=timedelta(minutes=45), defrost_up_to_c=-11.0)
    assert raised_at(day(DEFROST) * 2, told) == []
    assert raised_at(day(DEFROST, (0, 3)), told) != []  # two within one rhythm: the second is none


def test_without_a_rhythm_every_stay_outside_is_told() -> None:
    at_odd_hours = day(DEFROST, (1, 4, 11, 21)) + day(DEFROST, (2, 9, 14, 19)) + day(DEFROST, (3, 7, 16, 23))
    assert len(raised_at(at_odd_hours, Rules())) == 12
    assert len(raised_at(day(DEFROST) * 3, Rules(learn_defrosts=False))) == 12


@pytest.mark.parametrize(
    "fault",
    [
        [-20.0, -17.0, -14.0, *[-12.0] * 20],  # it does not end
        [-20.0, -17.0, -14.0, -10.0, -6.0, -2.0, -2.0, -2.0, -10.0],  # it gets warmer than any before
    ],
)
def test_a_defrost_that_goes_wrong_is_told(fault: list[float]) -> None:
    assert raised_at(day(DEFROST) * 3 + day(fault, (0,)), Rules())[4:] != []


@pytest.mark.parametrize(("others", "is_known"), [(2, True), (3, False)])
def test_a_zone_that_is_often_outside_at_other_times_too_has_no_rhythm(others: int, is_known: bool) -> None:
    """Eight defrosts in two days, and so many other stays: a quarter at most may be others."""
    two_days = day(DEFROST) * 2
    for hour in (2, 9, 27)[:others]:
        two_days[hour * 12 : hour * 12 + 7] = [-20.0, *[-5.0] * 5, -20.0]
    in_step = raised_at(two_days + day(DEFROST, (0,))[:12], Rules())
    assert (in_step[-1] < MIDNIGHT + timedelta(days=2)) is is_known


def test_nothing_suppresses_the_ceiling() -> None:
    told = Rules(defrost_every=timedelta(hours=6), defrost_up_to_c=-5.0, ceiling_c=-10.0)
    warmer = [-20.0, -17.0, -14.0, -9.5, -14.0, -19.0]
    assert raised_at(day(warmer, (0,)), told) == [MIDNIGHT + timedelta(minutes=15)]
    without_limits = Limit("ice", None, None, DELAY, DELAY, ICE.valid_from)
    assert raised_at([-12.0, -9.0, -9.0], told, without_limits) == [MIDNIGHT + timedelta(minutes=5)]
    assert raised_at([3.0, -0.5], Rules(floor_c=0.0), DAIRY) == [MIDNIGHT + timedelta(minutes=5)]


def heard(readings: list[Reading], rules: Rules, limit: Limit = DAIRY) -> list[tuple[str, str, datetime]]:
    """What happened: raised or ended, kind, when."""
    state, said = SensorState("S1"), list[tuple[str, str, datetime]]()
    for reading in readings:
        state, events = watch(state, reading, rules, limit)
        state = SensorState.from_dict(state.as_dict())
        said += [("raised", event.kind.value, event.raised_at) for event in events if isinstance(event, AlarmRaised)]
        said += [("ended", event.kind.value, event.ended_at) for event in events if isinstance(event, AlarmEnded)]
    return said


def at(minutes: int) -> datetime:
    return MIDNIGHT + timedelta(minutes=minutes)


def test_the_delay_is_longer_while_a_door_is_open_and_just_after() -> None:
    rules = Rules(door_delay=timedelta(minutes=10), door_open_for=None)

    def raised(door: list[bool | None]) -> list[tuple[str, str, datetime]]:
        readings = [Reading("S1", at(5 * n), 6.0 if n else 4.0, door_open=is_open) for n, is_open in enumerate(door)]
        return heard(readings, rules)

    assert raised([None] * 9) == [("raised", "too_warm", at(25))]
    assert raised([True] * 9) == [("raised", "too_warm", at(35))]
    assert raised([True, False, *[None] * 7]) == [("raised", "too_warm", at(35))]


def test_a_door_that_stays_open_is_told_until_it_is_closed() -> None:
    readings = [Reading("S1", at(10 * n), 4.0, door_open=n < 5) for n in range(7)]
    assert heard(readings, Rules(door_open_for=timedelta(minutes=30))) == [
        ("raised", "door_open", at(30)),
        ("ended", "door_open", at(50)),
    ]


def test_a_battery_that_wavers_about_its_limit_is_one_alarm() -> None:
    percents = [20.0, 14.0, 15.5, 14.0, 19.0, 20.0]
    readings = [Reading("S1", at(5 * n), 4.0, battery_percent=percent) for n, percent in enumerate(percents)]
    assert heard(readings, Rules(battery_percent=15.0)) == [
        ("raised", "battery_low", at(5)),
        ("ended", "battery_low", at(25)),
    ]


def test_humidity_is_told_after_its_delay() -> None:
    rules = Rules(humid_percent=90.0, dry_percent=50.0, humidity_delay=timedelta(minutes=10))
    percents = [95.0, 95.0, 95.0, 89.0, 88.0, 45.0, 45.0, 60.0]
    readings = [Reading("S1", at(5 * n), 4.0, humidity_percent=percent) for n, percent in enumerate(percents)]
    assert heard(readings, rules) == [("raised", "too_humid", at(10)), ("ended", "too_humid", at(20))]


def test_a_door_excuses_warm_air_and_no_cold() -> None:
    readings = [Reading("S1", at(5 * n), 0.0 if n else 4.0, door_open=True) for n in range(6)]
    assert heard(readings, Rules(door_open_for=None)) == [("raised", "too_cold", at(25))]


def test_a_rhythm_is_still_known_where_a_fault_hid_a_defrost() -> None:
    hidden = day(DEFROST) * 2 + day(DEFROST, (0, 6, 18)) + day(DEFROST) * 2
    assert max(raised_at(hidden, Rules())) < MIDNIGHT + timedelta(days=1)
