"""Fans and coolers are told what to be in the transaction that keeps the reading, and each command has its result."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.tables import ActuatorKind, ActuatorStateRow, AuditEntryRow, CommandRow, OutboxEventRow
from flows.coldchain.control.actuators import (
    Actuator,
    end_override,
    override_actuator,
    register_actuator,
    retire_actuator,
)
from flows.coldchain.control.commands import Report, expire_commands, has_expired, note_reports, note_sent
from flows.coldchain.control.deciding import _actuators, control_what_is_due, is_due
from flows.coldchain.control.sending import desired_states, report_in, waiting_commands
from flows.coldchain.messages.quarantine import SensorMessage
from flows.coldchain.messages.sensor_messages import receive_messages
from flows.coldchain.readings.receiving import receive_readings
from flows.errors import Invalid, NotNow, Unknown
from warehouse.coldchain.control.rule import Switch
from warehouse.coldchain.quantities import Measurement, Quantity
from warehouse.coldchain.readings import Reading

NIGHT = datetime(2026, 3, 1, tzinfo=UTC)
RULE = {"start_above_c": 4.0, "stop_below_c": 2.5, "min_on_minutes": 0, "min_off_minutes": 0, "safe_state": "on"}
COOLER = Actuator("C1", "Z1", ActuatorKind.COOLER, "Cooler", "shop/C1", RULE)


def at(minute: float) -> datetime:
    return NIGHT + timedelta(minutes=minute)


class ColdRoom:
    """A zone with a cooler, and what is kept of it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        with writing(engine) as session:
            register_actuator(session, COOLER, NIGHT)

    def hears(self, minute: float, c: float, sensor: str = "S1", came: float | None = None) -> None:
        with writing(self.engine) as session:
            receive_readings(session, [Reading(sensor, at(minute), c)], at(minute if came is None else came))

    def sends(self, minute: float) -> list[str]:
        with writing(self.engine) as session:
            ids = [one.command_id for one in waiting_commands(session, at(minute))]
            note_sent(session, ids, at(minute))
        return ids

    def says(self, minute: float, state: Switch, command_id: str | None = None, kept: bool = False) -> None:
        with writing(self.engine) as session:
            assert note_reports(session, [Report("shop/C1", state, command_id, kept)], at(minute)) == set()

    def is_told(self, minute: float, **values: Any) -> None:
        with writing(self.engine) as session:
            message = SensorMessage("freshfront/readings/S1", json.dumps(values).encode(), at(minute))
            assert receive_messages(session, [message], at(minute)).unkept == []

    @property
    def commands(self) -> list[tuple[str, str, str]]:
        with reading(self.engine) as session:
            rows = session.scalars(select(CommandRow).order_by(CommandRow.command_no))
            return [(row.desired, row.reason, row.status.value) for row in rows]


@pytest.fixture
def room(cold_room: Engine) -> ColdRoom:
    return ColdRoom(cold_room)


def test_a_reading_and_the_command_that_follows_are_kept_together_or_not_at_all(room: ColdRoom) -> None:
    with writing(room.engine) as session:
        receive_readings(session, [Reading("S1", at(0), 9.0)], at(0))
        assert session.scalar(select(CommandRow.desired)) == "on"
        session.rollback()

    assert room.commands == []
    room.hears(0, 9.0)
    room.hears(0, 9.0)  # the gateway sends it again
    assert room.commands == [("on", "too_warm", "waiting")]


def test_a_command_is_confirmed_by_what_the_cooler_says_and_then_stands_in_the_audit_trail(room: ColdRoom) -> None:
    room.hears(0, 9.0)
    (command_id,) = room.sends(0.1)
    assert room.sends(0.2) == []
    room.says(0.3, Switch.ON, command_id)
    room.says(0.4, Switch.ON, command_id)

    assert room.commands == [("on", "too_warm", "confirmed")]
    with reading(room.engine) as session:
        told = session.scalars(select(OutboxEventRow.event_id).order_by(OutboxEventRow.event_id)).all()
        entry = session.scalars(select(AuditEntryRow)).one()
        now = session.get_one(ActuatorStateRow, "C1")
    assert told == [f"{command_id}_confirmed", f"{command_id}_decided"]
    assert (entry.by, entry.operation, entry.about["actuator_id"]) == ("the rule", "command", "C1")
    (change,) = entry.changes
    assert change["after"]["said"] == "9 C (starts above 4, stops below 2.5)"
    assert change["after"]["status"] == "confirmed"
    assert (now.desired, now.reported, now.reported_at) == ("on", "on", at(0.4))


def test_an_answer_that_comes_before_the_command_is_noted_as_sent_counts(room: ColdRoom) -> None:
    room.hears(0, 9.0)
    with reading(room.engine) as session:
        (said,) = waiting_commands(session, at(0.1))
    room.says(0.1, Switch.ON)
    with writing(room.engine) as session:
        note_sent(session, [said.command_id], at(0.2))

    assert room.commands == [("on", "too_warm", "confirmed")]


def test_what_the_cooler_said_before_the_command_is_no_answer_to_it(room: ColdRoom) -> None:
    room.says(0, Switch.ON)
    room.hears(1, 9.0)
    room.sends(1.1)

    assert room.commands == [("on", "too_warm", "sent")]


def test_a_reading_that_the_alarms_do_not_believe_switches_nothing(room: ColdRoom) -> None:
    room.hears(0, 2.0)
    room.hears(1, 85.0)

    assert [one[0] for one in room.commands] == ["off"]


def test_a_door_that_a_reading_tells_of_stops_it_and_humidity_switches_too(room: ColdRoom) -> None:
    damp = RULE | {"start_above_humidity": 95.0, "stop_below_humidity": 88.0}
    with writing(room.engine) as session:
        register_actuator(session, Actuator("F1", "Z1", ActuatorKind.FAN, "Fan", "shop/F1", damp), NIGHT)
        readings = [
            Reading("S1", at(0), 2.0, humidity_percent=97.0),
            Reading("S1", at(1), 2.0, humidity_percent=97.0, door_open=True),
        ]
        receive_readings(session, readings, at(1))
        of_fan = select(CommandRow.reason).where(CommandRow.actuator_id == "F1").order_by(CommandRow.command_no)
        assert session.scalars(of_fan).all() == ["too_humid", "door_open"]


@pytest.mark.parametrize(("what", "reason"), [("door", "door_open"), ("defrost", "defrosting")])
def test_an_interlock_that_a_message_without_a_temperature_tells_of_stops_it(
    room: ColdRoom, what: str, reason: str
) -> None:
    room.is_told(0, temperature=9.0)
    room.is_told(1, **{what: True})
    room.is_told(2, temperature=9.0)
    room.is_told(3, **{what: False})

    assert [one[:2] for one in room.commands] == [("on", "too_warm"), ("off", reason), ("on", "too_warm")]


def test_a_door_counts_that_is_told_together_with_newer_temperatures_of_its_sensor(room: ColdRoom) -> None:
    told = [(0, {"temperature": 9.0}), (1, {"door": "open"}), (2, {"temperature": 9.0})]
    with writing(room.engine) as session:
        topic = "freshfront/readings/S1"
        messages = [SensorMessage(topic, json.dumps(values).encode(), at(minute)) for minute, values in told]
        receive_messages(session, messages, at(2))

    assert [one[:2] for one in room.commands] == [("on", "too_warm"), ("off", "door_open")]


def test_a_sensor_of_humidity_alone_switches_a_fan(room: ColdRoom) -> None:
    damp = {"start_above_humidity": 95.0, "stop_below_humidity": 88.0}
    with writing(room.engine) as session:
        register_actuator(session, Actuator("F1", "Z1", ActuatorKind.FAN, "Fan", "shop/F1", damp), NIGHT)
        receive_readings(session, [], at(0), measured=[(0, Measurement("S2", Quantity.HUMIDITY, at(0), 97.0))])

    with reading(room.engine) as session:
        assert session.scalars(select(CommandRow.reason)).all() == ["too_humid"]


@pytest.mark.parametrize(
    ("state", "command_id", "kept"),
    [(Switch.OFF, None, False), (Switch.ON, "co_another", False), (Switch.ON, None, True)],
    ids=["another state", "another command", "what the broker had kept"],
)
def test_what_says_nothing_of_this_command_does_not_confirm_it(
    room: ColdRoom, state: Switch, command_id: str | None, kept: bool
) -> None:
    room.hears(0, 9.0)
    room.sends(0.1)
    room.says(0.2, state, command_id, kept)

    assert room.commands == [("on", "too_warm", "sent")]


def test_a_command_without_an_answer_expires_and_is_told(room: ColdRoom) -> None:
    room.hears(0, 9.0)
    (command_id,) = room.sends(0.1)
    with writing(room.engine) as session:
        assert not has_expired(session, at(0.9))
        assert has_expired(session, at(1))
        expire_commands(session, at(1))
    room.says(5, Switch.ON, command_id)

    assert room.commands == [("on", "too_warm", "expired")]
    with reading(room.engine) as session:
        event = session.get_one(OutboxEventRow, f"{command_id}_expired")
        assert session.get_one(ActuatorStateRow, "C1").reported == "on"
    assert (event.type, event.payload["warehouse_id"]) == ("command.expired", "W1")


def test_a_command_that_could_not_be_sent_in_time_is_not_sent_late(room: ColdRoom) -> None:
    room.hears(0, 9.0)

    assert room.sends(1) == []


def test_the_next_command_supersedes_one_without_an_answer(room: ColdRoom) -> None:
    room.hears(0, 9.0)
    room.sends(0.1)
    room.hears(0.2, 1.0)
    (second,) = room.sends(0.3)
    assert [one[2] for one in room.commands] == ["superseded", "sent"]
    room.says(0.4, Switch.OFF, second)

    assert room.commands == [("on", "too_warm", "superseded"), ("off", "in_range", "confirmed")]


def test_what_a_clock_that_is_ahead_dates_later_switches_now(room: ColdRoom) -> None:
    room.hears(30, 9.0, came=0)
    with writing(room.engine) as session:
        told = [(0, Measurement("S2", Quantity.DOOR, at(30), 1.0))]
        receive_readings(session, [], at(1), measured=told)

    with reading(room.engine) as session:
        found = session.execute(select(CommandRow.reason, CommandRow.decided_at).order_by(CommandRow.command_no)).all()
    assert [tuple(row) for row in found] == [("too_warm", at(0)), ("door_open", at(1))]


def test_what_comes_after_an_outage_is_too_old_to_switch_anything(room: ColdRoom) -> None:
    room.hears(0, 9.0, came=30)
    assert room.commands == []
    room.hears(1, 9.0, came=30)

    assert room.commands[-1] == ("on", "too_warm", "waiting")


def test_readings_that_stay_away_are_noticed_by_the_clock(room: ColdRoom) -> None:
    room.hears(0, 2.0)
    with writing(room.engine) as session:
        assert not is_due(session, at(29))
        assert is_due(session, at(31))
        control_what_is_due(session, at(31))
        assert not is_due(session, at(31))

    assert [one[:2] for one in room.commands] == [("off", "in_range"), ("on", "nothing_heard")]


def test_what_somebody_says_holds_until_its_end_and_the_command_names_who(room: ColdRoom) -> None:
    room.hears(0, 2.0)
    with writing(room.engine) as session:
        override_actuator(session, "C1", Switch.ON, at(20), "cleaning", "Li Na", at(5))
    room.hears(10, 2.0)
    with writing(room.engine) as session:
        control_what_is_due(session, at(21))

    assert [one[:2] for one in room.commands] == [("off", "in_range"), ("on", "overridden"), ("off", "in_range")]
    with reading(room.engine) as session:
        assert session.scalars(select(CommandRow.decided_by).order_by(CommandRow.command_no)).all() == [
            None,
            "Li Na",
            None,
        ]


def test_an_override_is_taken_back(room: ColdRoom) -> None:
    room.hears(0, 2.0)
    with writing(room.engine) as session:
        override_actuator(session, "C1", Switch.ON, at(60), None, "Li Na", at(5))
    with writing(room.engine) as session:
        end_override(session, "C1", at(6))
        end_override(session, "C1", at(7))

    assert [one[0] for one in room.commands] == ["off", "on", "off"]


@pytest.mark.parametrize("minute", [5, 7 * 24 * 60 + 6])
def test_an_override_needs_an_end_that_comes(room: ColdRoom, minute: float) -> None:
    with pytest.raises(Invalid, match="Give such an end"), writing(room.engine) as session:
        override_actuator(session, "C1", Switch.ON, at(minute), None, "Li Na", at(5))


def test_actuators_are_locked_in_one_order_whichever_was_registered_first(room: ColdRoom) -> None:
    with writing(room.engine) as session:
        for name in ("C9", "C0", "C5"):
            register_actuator(session, replace(COOLER, actuator_id=name, topic=f"shop/{name}"), NIGHT)
    with writing(room.engine) as session:
        locked = [row.actuator_id for row, _ in session.execute(_actuators())]
    assert locked == ["C0", "C1", "C5", "C9"]


def test_one_that_was_retired_is_told_nothing_any_more(room: ColdRoom) -> None:
    with writing(room.engine) as session:
        retire_actuator(session, "C1", at(0))
        retire_actuator(session, "C1", at(1))
    room.hears(2, 9.0)
    with writing(room.engine) as session:
        control_what_is_due(session, at(90))
        assert not is_due(session, at(90))
        assert desired_states(session, at(90)) == []
        with pytest.raises(NotNow, match="retired"):
            override_actuator(session, "C1", Switch.ON, at(99), None, "Li Na", at(91))

    assert room.commands == []


def test_registering_again_keeps_what_is_remembered_and_a_new_rule_decides_at_the_next_reading(room: ColdRoom) -> None:
    room.hears(0, 3.0)
    with writing(room.engine) as session:
        colder = Actuator("C1", "Z1", ActuatorKind.COOLER, "Cooler", "shop/C1", RULE | {"start_above_c": 2.9})
        register_actuator(session, colder, at(1))
    room.hears(2, 3.0)

    assert [one[:2] for one in room.commands] == [("off", "in_range"), ("on", "too_warm")]


@pytest.mark.parametrize(
    ("changed", "refusal", "said"),
    [
        ({"zone_id": "Z9"}, Unknown, "Z9"),
        ({"actuator_id": "C2"}, NotNow, "C1"),
        ({"rule": RULE | {"stop_below_c": 5.0}}, Invalid, "stop_below_c"),
        ({"rule": RULE | {"stop_under": 5.0}}, Invalid, "stop_under"),
    ],
)
def test_an_actuator_that_cannot_be_is_refused(
    room: ColdRoom, changed: dict[str, object], refusal: type[Exception], said: str
) -> None:
    with pytest.raises(refusal, match=said), writing(room.engine) as session:
        register_actuator(session, Actuator(**(vars(COOLER) | changed)), NIGHT)  # type: ignore[arg-type]


def test_what_each_is_to_be_is_said_again_for_a_while(room: ColdRoom) -> None:
    room.hears(0, 9.0)
    with reading(room.engine) as session:
        assert desired_states(session, at(0.1)) == []  # the command itself comes first
    (command_id,) = room.sends(0.1)

    with reading(room.engine) as session:
        (said,) = desired_states(session, at(50))
    assert (said.topic, said.command_id) == ("shop/C1", command_id)
    assert b'"valid_until": "2026-03-01T00:52:00Z"' in said.payload
    assert b'"safe_state": "on"' in said.payload


@pytest.mark.parametrize(
    ("payload", "state", "command_id"),
    [
        (b'{"state": "on", "command_id": "co_1"}', Switch.ON, "co_1"),
        (b'{"state":"OFF","linkquality":80}', Switch.OFF, None),
        (b'{"state": true}', Switch.ON, None),
        (b"ON\n", Switch.ON, None),
        (b"0", Switch.OFF, None),
        (b"", None, None),
        (b"\xff", None, None),
        (b'{"state": null}', None, None),
        pytest.param(b"[" * 100_000, None, None, id="deep"),
    ],
)
def test_a_state_is_understood_in_the_words_that_devices_have(
    payload: bytes, state: Switch | None, command_id: str | None
) -> None:
    report = report_in("shop/C1/state", payload, kept=False)

    assert report == (None if state is None else Report("shop/C1", state, command_id))


def test_what_is_said_together_counts_in_its_order_and_what_no_actuator_says_is_known_as_such(room: ColdRoom) -> None:
    said = [Report("shop/C9", Switch.ON), Report("shop/C1", Switch.ON), Report("shop/C1", Switch.OFF)]
    with writing(room.engine) as session:
        assert note_reports(session, said, at(0)) == {"shop/C9"}
    with reading(room.engine) as session:
        assert session.get_one(ActuatorStateRow, "C1").reported == "off"
