"""Sensors that are carried elsewhere, replaced and retired: what they said stays where it was said."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.tables import AlarmRow, Band, ExcursionRow, LimitRow, LotRow, ProductRow, SensorRow, SlotRow, Unit, ZoneRow
from flows.coldchain.alarms.alarms import acknowledge_alarm, close_alarm
from flows.coldchain.alarms.carrying import Carried, carry_sensor
from flows.coldchain.alarms.retiring import retire_sensor
from flows.coldchain.readings.receiving import ReceivedReadings, receive_readings
from flows.errors import Invalid, Unknown
from flows.importing.documented_kinds import import_documented_file
from warehouse.coldchain.readings import Reading

NIGHT = datetime(2026, 3, 1, tzinfo=UTC)
MORNING = NIGHT + timedelta(hours=8)


def at(minute: float) -> datetime:
    return NIGHT + timedelta(minutes=minute)


def say(engine: Engine, *rows: tuple[float, float], sensor_id: str = "S1", now: float = 480) -> ReceivedReadings:
    with writing(engine) as session:
        return receive_readings(session, [Reading(sensor_id, at(m), c) for m, c in rows], at(now))


@pytest.fixture(params=["by file", "by API"])
def carried(request: pytest.FixtureRequest, cold_room: Engine, tmp_path: Path) -> Engine:
    """S1, in an alarm of the dairy since minute 0, was carried to dry goods of 10..25 C at minute 60."""
    with writing(cold_room) as session:
        shape = {"x_m": 0, "y_m": 0, "width_m": 1, "depth_m": 1}
        session.add(ZoneRow(zone_id="Z2", warehouse_id="W1", name="Dry goods", band=Band.AMBIENT, **shape))
        session.flush()
        session.add(LimitRow(zone_id="Z2", valid_from=NIGHT - timedelta(days=9), low_c=10.0, high_c=25.0))
    say(cold_room, *((m, 9.0) for m in range(0, 60, 10)))
    if request.param == "by API":
        with writing(cold_room) as session:
            (alarm_id,) = session.scalars(select(AlarmRow.alarm_id))
            assert carry_sensor(session, "S1", "Z2", at(60)) == Carried("Z1", [alarm_id])
        return cold_room
    path = tmp_path / "sensors.csv"
    path.write_text("sensor_id,zone_id,name\nS1,Z2,Shelf\n")
    import_documented_file(cold_room, "sensors", path, now=at(60))
    return cold_room


def alarms(engine: Engine) -> list[tuple[str, str, datetime | None]]:
    with reading(engine) as session:
        rows = session.scalars(select(AlarmRow).order_by(AlarmRow.raised_at))
        return [(row.zone_id, row.kind, row.ended_at) for row in rows]


def test_what_a_carried_sensor_says_elsewhere_does_not_end_the_alarm_of_the_zone_that_it_left(carried) -> None:
    received = say(carried, (70, 18.0), (80, 18.5))

    assert (received.raised, received.ended) == ([], [])
    assert alarms(carried) == [("Z1", "too_warm", None)]


def test_late_readings_are_judged_by_where_the_sensor_hung_then(carried) -> None:
    say(carried, (200, 18.0))

    say(carried, *((m, 18.0) for m in (55, 65, 90, 150)))  # of the dairy the first only

    with reading(carried) as session:
        (one,) = session.scalars(select(ExcursionRow))
        assert (one.zone_id, one.worst_c, one.ended_at) == ("Z1", 18.0, None)


def test_a_carried_sensor_raises_what_it_finds_where_it_is_now(carried) -> None:
    say(carried, *((m, 5.0) for m in (70, 90, 110)))

    assert alarms(carried) == [("Z1", "too_warm", None), ("Z2", "too_cold", None)]


def test_the_alarm_of_a_sensor_that_is_replaced_ends_with_a_note(cold_room) -> None:
    (alarm_id,) = say(cold_room, *((m, 9.0) for m in range(0, 60, 10))).raised

    with writing(cold_room) as session:
        assert retire_sensor(session, "S1", "it is broken", MORNING, "Lin", "S2").ended == [alarm_id]
    with writing(cold_room) as session:
        assert retire_sensor(session, "S1", "again", MORNING, "Wu").ended == []

    with reading(cold_room) as session:
        alarm, sensor = session.get_one(AlarmRow, alarm_id), session.get_one(SensorRow, "S1")
        assert (alarm.ended_at, alarm.ended_because, alarm.ended_by) == (MORNING, "retired", "Lin")
        assert alarm.end_note == "Sensor S1 was replaced by S2: it is broken"
        assert (sensor.retired_because, sensor.replaced_by) == ("it is broken", "S2")
    assert say(cold_room, (500, 12.0), (600, 12.0), now=600).raised == [], "it is judged no more"


@pytest.mark.parametrize(
    ("sensor_id", "reason", "replaced_by", "kind", "field"),
    [
        ("S9", "broken", None, Unknown, "sensor_id"),
        ("S1", "broken", "S9", Unknown, "replaced_by"),
        ("S1", "broken", "S1", Invalid, "replaced_by"),
        ("S1", " ", None, Invalid, "reason"),
    ],
)
def test_what_cannot_be_retired_is_said(cold_room, sensor_id, reason, replaced_by, kind, field) -> None:
    with pytest.raises(kind) as refused, writing(cold_room) as session:
        retire_sensor(session, sensor_id, reason, MORNING, "Lin", replaced_by)
    assert refused.value.field == field


def test_one_alarm_of_a_zone_goes_on_until_the_last_of_its_sensors_is_back(cold_room) -> None:
    (alarm_id,) = say(cold_room, *((m, 9.0) for m in (0, 15, 30))).raised
    assert say(cold_room, *((m, 11.0) for m in (5, 20, 35)), sensor_id="S2").raised == []

    assert say(cold_room, (40, 3.0)).ended == []
    assert say(cold_room, (45, 3.0), sensor_id="S2").ended == [alarm_id]

    with reading(cold_room) as session:
        (alarm,) = session.scalars(select(AlarmRow))
        assert (alarm.sensor_id, alarm.worst_c, alarm.ended_at) == ("S1", 11.0, at(45))


def test_an_acknowledged_alarm_that_becomes_worse_by_far_is_to_be_seen_again(cold_room) -> None:
    (alarm_id,) = say(cold_room, *((m, 5.0) for m in (0, 15, 30))).raised
    with writing(cold_room) as session:
        acknowledge_alarm(session, alarm_id, None, at(31), "Lin")

    say(cold_room, (45, 9.0))
    with reading(cold_room) as session:
        assert session.get_one(AlarmRow, alarm_id).acknowledged_by == "Lin"
    say(cold_room, (60, 12.0))
    with reading(cold_room) as session:
        alarm = session.get_one(AlarmRow, alarm_id)
        assert (alarm.acknowledged_by, alarm.times_worse, alarm.worst_c) == (None, 1, 12.0)


def test_an_alarm_closed_by_hand_says_who_and_why_and_is_not_opened_again_for_the_same_excursion(cold_room) -> None:
    (alarm_id,) = say(cold_room, *((m, 9.0) for m in (0, 15, 30))).raised
    with pytest.raises(Invalid), writing(cold_room) as session:
        close_alarm(session, alarm_id, " ", at(40), "Lin")
    for reason in ("the zone is empty", "again"):
        with writing(cold_room) as session:
            close_alarm(session, alarm_id, reason, at(40), "Lin")

    assert say(cold_room, (45, 9.5)).raised == []
    with reading(cold_room) as session:
        (alarm,) = session.scalars(select(AlarmRow))
        assert (alarm.ended_because, alarm.ended_by, alarm.end_note) == ("closed", "Lin", "the zone is empty")


def test_an_alarm_is_as_urgent_as_what_lies_in_its_zone(cold_room) -> None:
    with writing(cold_room) as session:
        session.add(ProductRow(product_id="milk", name="milk", category="c", band=Band.CHILLED, unit=Unit.KG))
        session.flush()
        session.add(
            SlotRow(slot_id="A1", warehouse_id="W1", zone_id="Z1", x_m=0, y_m=0, distance_m=1, volume_l=9,
                    product_id="milk")
        )  # fmt: skip
        session.add(
            LotRow(lot_id="L1", warehouse_id="W1", product_id="milk", received_at=NIGHT, quantity_received=40,
                   quantity_on_hand=30, unit_cost=2, known_at=NIGHT, expires_on=(NIGHT + timedelta(days=4)).date())
        )  # fmt: skip

    say(cold_room, *((m, 9.0) for m in (0, 15, 30)))

    with reading(cold_room) as session:
        (alarm,) = session.scalars(select(AlarmRow))
        assert alarm.severity == "critical"
        assert alarm.at_risk == {"kg": 30.0, "pieces": 0, "money": 60.0, "currency": "CNY", "days_left": 5.0}
