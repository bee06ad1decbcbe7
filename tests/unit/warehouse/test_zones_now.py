"""How a zone is now, from what its sensors said last."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from warehouse.coldchain.alarms import AlarmKind, Excursion, SensorState
from warehouse.coldchain.limits import Limit
from warehouse.coldchain.zones import LastHeard, ZoneState, silent_since, state_of_sensor, state_of_zone

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
LIMIT = Limit("Z1", 0.0, 4.0, timedelta(minutes=30), timedelta(minutes=30), NOW - timedelta(days=9))


def heard(minutes_ago: float, excursion: Excursion | None = None, *also: AlarmKind) -> LastHeard:
    since = NOW - timedelta(hours=1)
    beside = tuple(Excursion(kind, since, 1.0, raised_at=since) for kind in also)
    return LastHeard(NOW - timedelta(minutes=minutes_ago), 3.0, excursion, beside)


def excursion(alarm: bool) -> Excursion:
    began_at = NOW - timedelta(hours=2)
    return Excursion(AlarmKind.TOO_WARM, began_at, 9.0, began_at + timedelta(minutes=30) if alarm else None)


@pytest.mark.parametrize(
    ("last", "limit", "state"),
    [
        (heard(1), LIMIT, ZoneState.IN_ORDER),
        (heard(15), LIMIT, ZoneState.IN_ORDER),
        (heard(15.1), LIMIT, ZoneState.SILENT),
        (heard(1), None, ZoneState.NO_LIMIT),
        (heard(20), None, ZoneState.SILENT),
        (heard(1, excursion(alarm=False)), LIMIT, ZoneState.EXCURSION),
        (heard(20, excursion(alarm=False)), LIMIT, ZoneState.SILENT),
        (heard(1, excursion(alarm=True)), LIMIT, ZoneState.ALARM),
        (heard(20, excursion(alarm=True)), LIMIT, ZoneState.ALARM),
        (LastHeard(None, None), LIMIT, ZoneState.SILENT),
        (heard(1, None, AlarmKind.FAULTY), LIMIT, ZoneState.FAULT),
        (heard(1, None, AlarmKind.STUCK), None, ZoneState.FAULT),
        (heard(1, None, AlarmKind.DRIFTING), LIMIT, ZoneState.FAULT),
        (heard(1, excursion(alarm=False), AlarmKind.FAULTY), LIMIT, ZoneState.EXCURSION),
        (heard(20, None, AlarmKind.FAULTY), LIMIT, ZoneState.SILENT),
        (heard(1, None, AlarmKind.BATTERY_LOW), LIMIT, ZoneState.IN_ORDER),
        (heard(1, None, AlarmKind.SILENT), LIMIT, ZoneState.SILENT),
        (heard(1, None, AlarmKind.DOOR_OPEN), LIMIT, ZoneState.ALARM),
        (heard(1, None, AlarmKind.TOO_HUMID, AlarmKind.FAULTY), LIMIT, ZoneState.ALARM),
    ],
)
def test_a_sensor_is_in_alarm_silent_on_an_excursion_at_fault_or_in_order(
    last: LastHeard, limit: Limit | None, state: ZoneState
) -> None:
    assert state_of_sensor(last, limit, NOW, QUARTER) is state


def test_a_sensor_may_be_silent_for_as_long_as_is_set() -> None:
    assert state_of_sensor(heard(16), LIMIT, NOW, timedelta(minutes=20)) is ZoneState.IN_ORDER
    assert state_of_sensor(heard(6), LIMIT, NOW, timedelta(minutes=5)) is ZoneState.SILENT


def test_silence_begins_with_the_last_reading_also_during_an_alarm() -> None:
    assert silent_since(heard(20, excursion(alarm=True)), NOW, QUARTER) == NOW - timedelta(minutes=20)
    assert silent_since(heard(15), NOW, QUARTER) is None
    assert silent_since(LastHeard(None, None), NOW, QUARTER) is None


def test_what_is_not_an_alarm_yet_is_no_fault() -> None:
    doubted = Excursion(AlarmKind.FAULTY, NOW - timedelta(minutes=1), 9.0)
    raised = replace(doubted, kind=AlarmKind.STUCK, raised_at=NOW)
    state = SensorState("S1", NOW, 3.0, also=(doubted, raised))

    assert LastHeard.of(replace(state, also=(doubted,))).faults == ()
    assert LastHeard.of(state) == LastHeard(NOW, 3.0, None, (raised,))
    assert LastHeard.of(state).faults == (raised,)


def test_the_most_urgent_sensor_counts_for_the_zone() -> None:
    in_order = list(ZoneState)
    assert in_order[0] is ZoneState.ALARM
    for place, state in enumerate(in_order):
        assert state_of_zone(reversed(in_order[place:])) is state
    assert state_of_zone([ZoneState.IN_ORDER, ZoneState.SILENT, ZoneState.EXCURSION]) is ZoneState.EXCURSION
    assert state_of_zone([]) is ZoneState.NO_SENSOR
