"""A sensor that joins an alarm which others know of already is told, once; it calls nobody anew."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.tables import AlarmChangeRow, AlarmRow
from flows.coldchain.alarms.alarms import acknowledge_alarm
from flows.coldchain.readings.receiving import receive_readings
from flows.notifying.deliveries import deliver_due
from flows.notifying.forms import pagerduty
from flows.notifying.forms.told_event import ToldEvent
from flows.notifying.forms.words import sentence
from flows.notifying.silences import add_silence
from tests.integration.coldchain.receiver import Receiver
from tests.integration.coldchain.told_alarms import LOCAL, NOW, register
from warehouse.coldchain.readings import Reading

NIGHT = datetime(2026, 3, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ALONE = {"route": {"grouped": False}}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


def say(engine: Engine, minute: int, **celsius: float) -> None:
    """Readings of sensors, as they come and are passed on at once."""
    now = NIGHT + minute * MINUTE
    with writing(engine) as session:
        receive_readings(session, [Reading(sensor_id, now, c) for sensor_id, c in celsius.items()], now)
    deliver_due(engine, now, LOCAL)


def told(receiver: Receiver) -> list[tuple[Any, ...]]:
    """The types of events so far, with the sensors that each names."""
    return [(one["type"], *one["data"]["sensor_ids"]) for one in receiver.payloads()]


def test_a_sensor_that_joins_later_is_told_once_and_one_that_comes_with_the_alarm_is_not(
    cold_room: Engine, receiver: Receiver
) -> None:
    register(cold_room, receiver.url, **ALONE)
    for minute in range(0, 60, 10):
        say(cold_room, minute, S1=9.0)
    for minute in range(60, 130, 10):
        say(cold_room, minute, S1=9.0, S2=8.0 + minute / 100)
    say(cold_room, 130, S1=9.0, S2=3.0)
    for minute in range(140, 200, 10):  # outside again, while the alarm goes on: they know that it is in it
        say(cold_room, minute, S1=9.0, S2=9.0)
    say(cold_room, 210, S1=3.0, S2=3.0)

    assert told(receiver) == [("alarm.raised", "S1"), ("alarm.joined", "S1", "S2"), ("alarm.ended", "S1", "S2")]
    joined = receiver.payloads()[1]["data"]
    assert (joined["joined_sensor_id"], joined["last_c"], joined["last_taken_at"]) == (
        "S2",
        8.9,
        "2026-03-01T01:30:00Z",
    )
    with reading(cold_room) as session:
        changes = session.scalars(select(AlarmChangeRow).order_by(AlarmChangeRow.change_no)).all()
    assert [(one.what, one.note) for one in changes] == [("raised", None), ("joined", "S2"), ("ended", None)]


def test_sensors_that_are_outside_from_the_beginning_are_named_by_the_alarm_itself(
    cold_room: Engine, receiver: Receiver
) -> None:
    register(cold_room, receiver.url, **ALONE)
    for minute in (0, 20, 40):
        say(cold_room, minute, S1=9.0, S2=9.0)

    assert told(receiver) == [("alarm.raised", "S1", "S2")]


def test_who_has_seen_an_alarm_is_not_called_anew_by_a_sensor_that_joins_it(
    cold_room: Engine, receiver: Receiver
) -> None:
    register(cold_room, receiver.url, route={"grouped": False, "after_minutes": 45})
    for minute in range(0, 40, 10):
        say(cold_room, minute, S1=9.0)
    with writing(cold_room) as session:
        (alarm_id,) = session.scalars(select(AlarmRow.alarm_id))
        acknowledge_alarm(session, alarm_id, None, NIGHT + 35 * MINUTE, "Li")
    for minute in range(40, 200, 10):
        say(cold_room, minute, S1=9.0, S2=9.0)

    assert told(receiver) == [], "the first had seen it before the second was to be called"
    with reading(cold_room) as session:
        assert session.scalars(select(AlarmRow.acknowledged_by)).all() == ["Li"]


def test_an_escalation_that_waits_goes_on_waiting_for_somebody_to_look(cold_room: Engine, receiver: Receiver) -> None:
    register(cold_room, receiver.url, route={"grouped": False, "after_minutes": 60})
    for minute in range(0, 40, 10):
        say(cold_room, minute, S1=9.0)
    for minute in range(40, 130, 10):
        say(cold_room, minute, S1=9.0, S2=9.0)
        assert told(receiver) == [] or minute >= 90

    assert told(receiver) == [("alarm.raised", "S1"), ("alarm.joined", "S1", "S2")]


@pytest.mark.parametrize("silenced", ["S1", None])
def test_a_silence_of_one_sensor_hides_no_other_that_joins_its_alarm(
    cold_room: Engine, receiver: Receiver, silenced: str | None
) -> None:
    register(cold_room, receiver.url, **ALONE)
    with writing(cold_room) as session:
        until = NIGHT + timedelta(hours=5)
        add_silence(session, "W1", until, "new probe", "Li", NIGHT, zone_id="Z1", sensor_id=silenced)
    for minute in range(0, 60, 10):
        say(cold_room, minute, S1=9.0)
    assert told(receiver) == []
    for minute in range(60, 100, 10):
        say(cold_room, minute, S1=9.0, S2=9.0)

    both = [("alarm.raised", "S1"), ("alarm.joined", "S1", "S2")]
    assert told(receiver) == ([] if silenced is None else both)
    deliver_due(cold_room, NIGHT + timedelta(hours=6), LOCAL)
    assert told(receiver) == both


def test_a_webhook_that_is_registered_meanwhile_learns_which_sensors_are_in_it(
    cold_room: Engine, receiver: Receiver
) -> None:
    for minute in range(0, 60, 10):
        say(cold_room, minute, S1=9.0)
    for minute in range(60, 100, 10):
        say(cold_room, minute, S1=9.0, S2=9.0)
    register(cold_room, receiver.url, **ALONE)
    deliver_due(cold_room, NOW, LOCAL)

    assert told(receiver) == [("alarm.raised", "S1"), ("alarm.joined", "S1", "S2")]


def test_people_read_that_it_is_another_sensor_and_pagerduty_adds_it_to_the_incident(
    cold_room: Engine, receiver: Receiver
) -> None:
    register(cold_room, receiver.url, **ALONE)
    for minute in range(0, 60, 10):
        say(cold_room, minute, S1=9.0)
    for minute in range(60, 100, 10):
        say(cold_room, minute, S1=9.0, S2=9.0)

    raised, joined = (
        ToldEvent(headers["webhook-id"], one["type"], NIGHT, one["data"])
        for (headers, _), one in zip(receiver.messages, receiver.payloads(), strict=True)
    )
    assert sentence(joined).startswith("Another sensor: too warm, Riverside / Dairy / S1, S2; worst 9.0 C")
    incident = pagerduty.message([joined], "key")
    assert (incident["event_action"], incident["dedup_key"]) == ("trigger", raised.data["alarm_id"])
