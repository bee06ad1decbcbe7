"""Readings in, alarms out, on both databases: once each, refused before anything is written, safe side by side."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select, update

from data.database import reading, writing
from data.tables import AlarmRow, ExcursionRow, LimitRow, OutboxEventRow, ReadingRow, SensorStateRow
from flows.coldchain.alarms.alarms import acknowledge_alarm
from flows.coldchain.readings.receiving import MOST_READINGS, ReceivedReadings, receive_readings
from flows.errors import Invalid, Unknown
from warehouse.coldchain.readings import Reading

NIGHT = datetime(2026, 3, 1, tzinfo=UTC)
MORNING = NIGHT + timedelta(hours=8)
ReadingAt = Callable[..., Reading]


def receive(engine: Engine, readings: list[Reading], now: datetime = MORNING) -> ReceivedReadings:
    with writing(engine) as session:
        return receive_readings(session, readings, now)


def alarms(engine: Engine) -> list[AlarmRow]:
    with reading(engine) as session:
        found = list(session.scalars(select(AlarmRow).order_by(AlarmRow.raised_at, AlarmRow.sensor_id)))
        session.expunge_all()
        return found


def readings_kept(engine: Engine) -> int:
    with reading(engine) as session:
        return session.scalar(select(func.count()).select_from(ReadingRow)) or 0


def a_warm_hour(reading_at: ReadingAt, sensor_id: str = "S1") -> list[Reading]:
    return [reading_at(minute, 6.0 + minute / 60, sensor_id) for minute in range(0, 60, 10)]


def test_an_alarm_is_raised_after_the_delay_and_ends_with_the_recovery(cold_room, reading_at) -> None:
    for minute in (0, 15):
        assert receive(cold_room, [reading_at(minute, 6.0)]).raised == []

    raised = receive(cold_room, [reading_at(30, 7.5)])
    assert len(raised.raised) == 1
    receive(cold_room, [reading_at(40, 9.0)])
    (alarm,) = alarms(cold_room)
    assert (alarm.began_at, alarm.raised_at) == (NIGHT, NIGHT + timedelta(minutes=30))
    assert (alarm.kind, alarm.limit_c, alarm.worst_c, alarm.ended_at) == ("too_warm", 4.0, 9.0, None)
    assert (alarm.zone_id, alarm.warehouse_id) == ("Z1", "W1")

    ended = receive(cold_room, [reading_at(50, 3.0)])
    assert ended.ended == raised.raised
    assert alarms(cold_room)[0].ended_at == NIGHT + timedelta(minutes=50)


@pytest.mark.parametrize("code", [85.0, -127.0, 327.67, -180.0])
def test_what_a_broken_probe_says_is_kept_as_the_sensor_s_fault_and_never_as_the_zone_s_warmth(
    cold_room, reading_at, code: float
) -> None:
    receive(cold_room, [reading_at(minute, 6.0) for minute in range(0, 40, 10)])
    receive(cold_room, [reading_at(40, code)])
    receive(cold_room, [reading_at(50, 3.0)])

    found = {alarm.kind: alarm for alarm in alarms(cold_room)}
    assert found.keys() == {"too_warm", "faulty"}
    assert found["too_warm"].worst_c == 6.0
    assert found["faulty"].ended_at == NIGHT + timedelta(minutes=50)
    assert readings_kept(cold_room) == 6


def test_a_batch_that_comes_again_changes_nothing(cold_room, reading_at) -> None:
    batch = a_warm_hour(reading_at)
    first = receive(cold_room, batch)

    again = receive(cold_room, batch)

    assert (first.accepted, first.duplicates, len(first.raised)) == (6, 0, 1)
    assert again == ReceivedReadings(accepted=0, duplicates=6)
    assert (len(alarms(cold_room)), readings_kept(cold_room)) == (1, 6)


def test_a_reading_twice_in_a_batch_counts_once_and_the_order_within_it_does_not_matter(cold_room, reading_at) -> None:
    batch = [*reversed(a_warm_hour(reading_at)), reading_at(0, 3.0)]

    received = receive(cold_room, batch)

    assert (received.accepted, received.duplicates, received.contradictory, len(received.raised)) == (6, 0, 1, 1)


def test_the_limit_in_force_when_the_reading_was_taken_counts(cold_room, reading_at) -> None:
    with writing(cold_room) as session:
        session.add(LimitRow(zone_id="Z1", valid_from=NIGHT + timedelta(minutes=60), low_c=None, high_c=12.0))

    received = receive(cold_room, [*a_warm_hour(reading_at), reading_at(60, 8.0)])

    assert (len(received.raised), received.ended) == (1, received.raised)


@pytest.mark.parametrize(("temperature_c", "kind", "raised_after"), [(6.0, "too_warm", 60), (-2.0, "too_cold", 10)])
def test_each_side_of_a_limit_has_its_own_delay(cold_room, reading_at, temperature_c, kind, raised_after) -> None:
    with writing(cold_room) as session:
        session.execute(update(LimitRow).values(high_delay_minutes=60, low_delay_minutes=10))

    receive(cold_room, [reading_at(minute, temperature_c) for minute in range(0, 75, 5)])

    (alarm,) = alarms(cold_room)
    assert (alarm.kind, alarm.raised_at) == (kind, NIGHT + timedelta(minutes=raised_after))


def test_an_alarm_ends_only_when_the_zone_is_back_inside_by_the_recovery_margin(cold_room, reading_at) -> None:
    with writing(cold_room) as session:
        session.execute(update(LimitRow).values(recovery_margin_c=0.5))
    (alarm_id,) = receive(cold_room, a_warm_hour(reading_at)).raised

    assert receive(cold_room, [reading_at(60, 3.6)]).ended == []
    assert receive(cold_room, [reading_at(70, 3.5)]).ended == [alarm_id]


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"taken_at": MORNING + timedelta(minutes=61)}, "readings[1].taken_at", "future"),
        ({"taken_at": datetime(1970, 1, 1, tzinfo=UTC)}, "readings[1].taken_at", "clock"),
        ({"temperature_c": 850.0}, "readings[1].temperature_c", "850.0"),
        ({"temperature_c": -401.0}, "readings[1].temperature_c", "-401.0"),
    ],
)
def test_an_impossible_reading_is_refused_and_named_and_the_others_of_its_batch_are_kept(
    cold_room, reading_at, change, field, words
) -> None:
    bad = Reading(**({"sensor_id": "S2", "taken_at": NIGHT, "temperature_c": 3.0} | change))

    received = receive(cold_room, [reading_at(0, 3.0), bad, reading_at(1, 3.0)])
    assert [(one.field, words in str(one)) for one in received.refused] == [(field, True)]
    assert received.accepted == readings_kept(cold_room) == 2

    with pytest.raises(Invalid, match=words) as refused:
        receive(cold_room, [bad])
    assert refused.value.field == field.replace("1", "0")


@pytest.mark.parametrize("sensor_id", ["S9", "S1\0", "\ud800", ""])
def test_an_unknown_sensor_is_named_and_the_others_are_kept(cold_room, reading_at, sensor_id) -> None:
    received = receive(cold_room, [reading_at(0, 3.0), reading_at(0, 3.0, sensor_id)])
    assert [one.field for one in received.refused] == ["readings[1].sensor_id"]
    assert received.accepted == readings_kept(cold_room) == 1

    with pytest.raises(Unknown, match=r"Reading 0: sensor") as refused:
        receive(cold_room, [reading_at(1, 3.0, sensor_id)])
    assert refused.value.field == "readings[0].sensor_id"


def test_where_nothing_can_be_kept_each_is_named_and_nothing_is_written(cold_room, reading_at) -> None:
    with pytest.raises(Invalid) as refused:
        receive(cold_room, [reading_at(0, 3.0, "S9"), reading_at(0, 850.0)])
    assert not isinstance(refused.value, Unknown), "one of the sensors is known"
    fields = [refused.value.field, *(one.field for one in refused.value.others)]
    assert fields == ["readings[0].sensor_id", "readings[1].temperature_c"]
    assert readings_kept(cold_room) == 0


def test_a_clock_two_minutes_ahead_is_let_pass_and_a_batch_too_large_is_not(cold_room, reading_at) -> None:
    assert receive(cold_room, [reading_at(2, 3.0)], now=NIGHT).accepted == 1
    with pytest.raises(Invalid, match="in parts"):
        receive(cold_room, [reading_at(0, 3.0)] * (MOST_READINGS + 1))
    assert receive(cold_room, []) == ReceivedReadings(accepted=0, duplicates=0)


def test_an_error_after_the_readings_leaves_neither_reading_nor_state_nor_alarm(cold_room, reading_at) -> None:
    with pytest.raises(RuntimeError), writing(cold_room) as session:  # noqa: PT012
        receive_readings(session, a_warm_hour(reading_at), MORNING)
        raise RuntimeError("the service dies here")

    with reading(cold_room) as session:
        for table in (ReadingRow, SensorStateRow, AlarmRow, OutboxEventRow):
            assert session.scalar(select(func.count()).select_from(table)) == 0


def test_two_that_send_the_same_at_the_same_time_raise_one_alarm(cold_room, reading_at) -> None:
    batches = [
        [reading_at(minute, 6.0, sensor_id) for sensor_id in order]
        for minute in range(0, 60, 5)
        for order in (("S1", "S2"), ("S2", "S1"))
    ]

    with ThreadPoolExecutor(4) as pool:
        received = list(pool.map(lambda batch: receive(cold_room, batch), batches))

    assert sum(one.accepted for one in received) == 24
    assert sum(one.duplicates for one in received) == 24
    (alarm,) = alarms(cold_room)
    with reading(cold_room) as session:
        of_it = session.scalars(select(ExcursionRow).order_by(ExcursionRow.sensor_id)).all()
    assert [(one.sensor_id, one.alarm_id) for one in of_it] == [("S1", alarm.alarm_id), ("S2", alarm.alarm_id)]


def test_an_acknowledgement_is_kept_once_and_told_once(cold_room, reading_at) -> None:
    (alarm_id,) = receive(cold_room, a_warm_hour(reading_at)).raised

    for minutes, by in ((0, "Lin"), (5, "Wu")):
        with writing(cold_room) as session:
            acknowledge_alarm(session, alarm_id, "door was open", MORNING + timedelta(minutes=minutes), by)

    (alarm,) = alarms(cold_room)
    assert (alarm.acknowledged_at, alarm.acknowledged_by) == (MORNING, "Lin")
    assert alarm.acknowledgement_note == "door was open"
    with reading(cold_room) as session:
        told = session.execute(select(OutboxEventRow.event_id, OutboxEventRow.happened_at)).tuples().all()
    assert dict(told) == {
        f"{alarm_id}_raised": NIGHT + timedelta(minutes=30),
        f"{alarm_id}_acknowledged": MORNING,
    }


@pytest.mark.parametrize("alarm_id", ["al_none", "a\0b"])
def test_an_unknown_alarm_is_not_acknowledged(cold_room, alarm_id) -> None:
    with pytest.raises(Unknown), writing(cold_room) as session:
        acknowledge_alarm(session, alarm_id, None, MORNING, "Lin")


def test_a_note_too_long_is_refused(cold_room, reading_at) -> None:
    (alarm_id,) = receive(cold_room, a_warm_hour(reading_at)).raised
    with pytest.raises(Invalid, match="1000"), writing(cold_room) as session:
        acknowledge_alarm(session, alarm_id, "x" * 1001, MORNING, "Lin")
