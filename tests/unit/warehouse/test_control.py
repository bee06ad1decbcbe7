"""When a cooler is started and stopped: thresholds, minimum times, interlocks, overrides, the safe state."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.coldchain.control.rule import ControlRule, Switch
from warehouse.coldchain.control.switching import (
    ActuatorState,
    Command,
    Measured,
    Override,
    Reason,
    Tick,
    control,
    next_look,
)

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
COOLER = ControlRule(start_above_c=4.0, stop_below_c=2.5, min_on=timedelta(0), min_off=timedelta(0))
ON, OFF = Switch.ON, Switch.OFF


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


def measured(minute: float, c: float | None = None, sensor: str = "S1", **more: object) -> Measured:
    return Measured(sensor, at(minute), c, **more)  # type: ignore[arg-type]


class Cooler:
    """A cooler under a rule, and what it was told."""

    def __init__(self, rule: ControlRule = COOLER) -> None:
        self.rule, self.state = rule, ActuatorState.registered("C1", NOON)
        self.override: Override | None = None
        self.commands: list[Command] = []

    def sees(self, *observed: Measured | Tick) -> "Cooler":
        for one in observed:
            self.state, commands = control(self.state, one, self.rule, self.override)
            self.commands += commands
        return self

    @property
    def told(self) -> list[tuple[float, Switch, Reason]]:
        return [((one.at - NOON) / timedelta(minutes=1), one.desired, one.reason) for one in self.commands]


def rule(**changed: object) -> ControlRule:
    plain = COOLER.as_dict() | changed
    return ControlRule.from_dict(plain)


def test_it_starts_above_one_threshold_and_stops_below_the_other() -> None:
    cooler = Cooler().sees(*(measured(n, c) for n, c in enumerate((3.0, 4.0, 4.1, 3.0, 2.5, 2.4, 3.9, 4.1))))

    assert cooler.told == [
        (0, OFF, Reason.IN_RANGE),
        (2, ON, Reason.TOO_WARM),
        (5, OFF, Reason.IN_RANGE),
        (7, ON, Reason.TOO_WARM),
    ]
    assert cooler.commands[1].said == "4.1 C (starts above 4, stops below 2.5)"


def test_the_warmest_of_the_zone_s_sensors_starts_it_and_must_allow_it_to_stop() -> None:
    cooler = Cooler().sees(measured(0, 3), measured(0, 5, "S2"), measured(1, 2), measured(2, 2, "S2"))

    assert cooler.told == [(0, OFF, Reason.IN_RANGE), (0, ON, Reason.TOO_WARM), (2, OFF, Reason.IN_RANGE)]


def test_either_quantity_starts_a_fan_and_both_must_allow_it_to_stop() -> None:
    fan = Cooler(rule(start_above_humidity=95.0, stop_below_humidity=88.0)).sees(
        measured(0, 2, humidity_percent=96.0),
        measured(1, 5, humidity_percent=96.0),
        measured(2, 5, humidity_percent=80.0),
        measured(3, 2, humidity_percent=90.0),
        measured(4, 2, humidity_percent=87.0),
    )

    assert fan.told == [(0, ON, Reason.TOO_HUMID), (4, OFF, Reason.IN_RANGE)]


def test_a_measurement_of_another_quantity_leaves_the_last_temperature_as_it_was() -> None:
    cooler = Cooler().sees(measured(0, 5), measured(1, door_open=False), measured(2, 3, "S2"))

    assert cooler.told == [(0, ON, Reason.TOO_WARM)]


def test_it_runs_and_rests_for_the_minimum_times() -> None:
    cooler = Cooler(rule(min_on_minutes=5, min_off_minutes=4)).sees(
        *(measured(n, 5 if n in (0, 6, 7, 8, 9) else 2) for n in range(16))
    )

    assert [(minute, to) for minute, to, _ in cooler.told] == [(0, ON), (5, OFF), (9, ON), (14, OFF)]


def test_it_starts_only_so_often_within_an_hour() -> None:
    cooler = Cooler(rule(starts_per_hour=2)).sees(*(measured(n, 2 + 3 * (n % 2)) for n in range(70)))

    assert [minute for minute, to, _ in cooler.told if to is ON] == [1, 3, 61, 63]


def test_frost_stops_it_at_once_by_the_coldest_sensor() -> None:
    cooler = Cooler(rule(never_below_c=0.5, min_on_minutes=10)).sees(measured(0, 6), measured(1, 0.4, "S2"))

    assert cooler.told == [(0, ON, Reason.TOO_WARM), (1, OFF, Reason.TOO_COLD)]


@pytest.mark.parametrize(("what", "reason"), [("door_open", Reason.DOOR_OPEN), ("defrosting", Reason.DEFROSTING)])
def test_door_and_defrost_keep_it_off_and_then_it_goes_on(what: str, reason: Reason) -> None:
    cooler = Cooler().sees(
        measured(0, 5), measured(1, 3, **{what: True}), measured(2, 3), measured(3, 3, **{what: False})
    )

    assert cooler.told == [(0, ON, Reason.TOO_WARM), (1, OFF, reason), (3, ON, Reason.TOO_WARM)]


def test_a_door_left_open_keeps_it_off_only_so_long() -> None:
    cooler = Cooler(rule(interlock_at_most_minutes=20)).sees(*(measured(n, 6, door_open=True) for n in range(0, 30, 5)))

    assert cooler.told == [(0, OFF, Reason.DOOR_OPEN), (20, ON, Reason.TOO_WARM)]


def test_a_rule_may_say_that_a_door_stops_nothing() -> None:
    assert Cooler(rule(door_open_stops=False)).sees(measured(0, 5, door_open=True)).told == [(0, ON, Reason.TOO_WARM)]


def test_without_measurements_it_takes_the_safe_state_at_the_moment_they_count_no_more() -> None:
    cooler = Cooler(rule(reading_valid_minutes=15)).sees(measured(0, 5), Tick(at(14.9)), Tick(at(22)))

    assert cooler.told == [(0, ON, Reason.TOO_WARM), (15, OFF, Reason.NOTHING_HEARD)]
    assert cooler.sees(Tick(at(90))).told[2:] == []
    assert cooler.sees(measured(91, 5)).told[2:] == [(91, ON, Reason.TOO_WARM)]


def test_one_that_never_hears_anything_takes_the_safe_state_too() -> None:
    freezer = Cooler(rule(reading_valid_minutes=15, safe_state="on")).sees(Tick(at(14)), Tick(at(16)))

    assert freezer.told == [(15, ON, Reason.NOTHING_HEARD)]


def test_a_quantity_that_is_not_heard_any_more_is_not_hidden_by_the_other() -> None:
    fan = Cooler(rule(start_above_humidity=95.0, stop_below_humidity=88.0, reading_valid_minutes=15))
    fan.sees(measured(0, 5, humidity_percent=90.0), *(measured(n, humidity_percent=90.0) for n in range(4, 24, 4)))

    assert fan.told == [(0, ON, Reason.TOO_WARM), (15, OFF, Reason.NOTHING_HEARD)]


def test_a_measurement_at_the_very_end_of_the_last_one_s_time_is_no_gap() -> None:
    cooler = Cooler(rule(reading_valid_minutes=15)).sees(*(measured(n, 5) for n in (0, 15, 30)))

    assert cooler.told == [(0, ON, Reason.TOO_WARM)]


def test_a_person_overrides_the_rule_and_its_interlocks_until_the_end_of_it() -> None:
    cooler = Cooler(rule(min_on_minutes=30)).sees(measured(0, 5))
    cooler.override = Override(OFF, at(20), "Li Na")
    cooler.sees(Tick(at(5)), measured(10, 9), measured(19, 9))

    assert cooler.told[1:] == [(5, OFF, Reason.OVERRIDDEN)]
    assert cooler.commands[1].by == "Li Na"
    assert cooler.sees(Tick(at(26))).told[2:] == [(20, ON, Reason.TOO_WARM)]
    assert cooler.commands[2].by is None


def test_a_start_that_a_person_wants_waits_for_the_minimum_rest_and_comes_by_itself() -> None:
    cooler = Cooler(rule(min_off_minutes=10)).sees(measured(0, 5), measured(1, 2))
    cooler.override = Override(ON, at(60), "Li Na")

    assert cooler.sees(Tick(at(2))).told[2:] == []
    assert next_look(cooler.state, cooler.rule, cooler.override) == at(11)
    assert cooler.sees(Tick(at(12))).told[2:] == [(11, ON, Reason.OVERRIDDEN)]


def test_an_override_taken_back_lets_the_rule_decide_at_once() -> None:
    cooler = Cooler().sees(measured(0, 2))
    cooler.override = Override(ON, at(60), "Li Na")
    cooler.sees(Tick(at(1)))
    cooler.override = None

    assert cooler.sees(Tick(at(2))).told[1:] == [(1, ON, Reason.OVERRIDDEN), (2, OFF, Reason.IN_RANGE)]


def test_measurements_that_come_late_or_twice_change_nothing() -> None:
    cooler = Cooler().sees(measured(0, 2), measured(5, 2))
    before = cooler.state

    assert cooler.sees(measured(3, 9), measured(5, 9)).state == before


def test_a_door_told_of_apart_from_a_newer_temperature_counts_and_its_own_late_word_does_not() -> None:
    cooler = Cooler().sees(measured(0, 5), measured(3, 5), measured(2, door_open=True), measured(1, door_open=False))
    cooler.sees(measured(2, door_open=False))

    assert cooler.told == [(0, ON, Reason.TOO_WARM), (3, OFF, Reason.DOOR_OPEN)]


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        Measured("S1", datetime(2026, 6, 1), 3.0)  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"stop_below_c": None}, "stop_below_c is missing"),
        ({"stop_below_c": 4.0}, "not below start_above_c"),
        ({"start_above_c": None, "stop_below_c": None}, "start_above_c and start_above_humidity are both missing"),
        ({"never_below_c": 2.5}, "never_below_c"),
        ({"starts_per_hour": 0}, "starts_per_hour"),
        ({"starts_per_hour": 1.5}, "starts_per_hour"),
        ({"start_above_c": "4"}, "start_above_c"),
        ({"start_above_c": float("nan")}, "start_above_c"),
        ({"min_on_minutes": -1}, "min_on_minutes"),
        ({"min_off_minutes": 1e300}, "min_off_minutes"),
        ({"command_expires_seconds": 0}, "command_expires"),
        ({"safe_state": "warm"}, "safe_state"),
        ({"door_open_stops": 1}, "door_open_stops"),
        ({"start_above": 4.0}, "start_above is no field"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_by_the_name_of_its_field(changed: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        rule(**changed)


def test_rule_and_state_survive_as_json() -> None:
    cooler = Cooler(rule(never_below_c=0.5, safe_state="on")).sees(measured(0, 5, door_open=True), measured(40, 5))

    assert ControlRule.from_dict(cooler.rule.as_dict()) == cooler.rule
    assert ActuatorState.from_dict(cooler.state.as_dict()) == cooler.state


MEASUREMENTS = st.lists(
    st.tuples(
        st.integers(1, 12),
        st.sampled_from((None, 0.0, 2.0, 3.0, 5.0, 8.0)),
        st.sampled_from(("S1", "S2")),
        st.sampled_from((None, None, None, True, False)),
    ),
    max_size=60,
)
SPARED = rule(min_on_minutes=4, min_off_minutes=6, starts_per_hour=3, reading_valid_minutes=10, never_below_c=1.0)


def in_time(steps: list[tuple[int, float | None, str, bool | None]]) -> list[Measured]:
    minute, found = 0, []
    for step, c, sensor, door in steps:
        minute += step
        if c is not None or door is not None:  # what says nothing is no measurement
            found.append(measured(minute, c, sensor, door_open=door))
    return found


@settings(deadline=None)  # a busy machine is no fault
@given(MEASUREMENTS)
def test_it_is_never_started_too_soon_or_too_often(steps: list[tuple[int, float | None, str, bool | None]]) -> None:
    cooler = Cooler(SPARED).sees(*in_time(steps))

    starts = [one.at for one in cooler.commands if one.desired is ON]
    for before, after in pairwise(cooler.commands):
        assert before.desired is not after.desired
        if after.desired is ON:
            assert after.at - before.at >= SPARED.min_off
        elif after.reason is Reason.IN_RANGE:
            assert after.at - before.at >= SPARED.min_on
    assert all(later - first >= timedelta(hours=1) for first, later in zip(starts, starts[3:], strict=False))
    assert len({one.command_id for one in cooler.commands}) == len(cooler.commands)


@settings(deadline=None)  # a busy machine is no fault
@given(MEASUREMENTS, st.data())
def test_ticks_in_between_make_no_other_commands(
    steps: list[tuple[int, float | None, str, bool | None]], data: st.DataObject
) -> None:
    measurements = in_time(steps)
    last = measurements[-1].at if measurements else NOON
    ticks = [Tick(at(minute)) for minute in data.draw(st.lists(st.integers(0, 300), max_size=10))]
    with_ticks = sorted([*measurements, *(tick for tick in ticks if tick.at < last)], key=lambda one: one.at)

    assert Cooler(SPARED).sees(*with_ticks).commands == Cooler(SPARED).sees(*measurements).commands
