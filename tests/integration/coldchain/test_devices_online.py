"""Devices that say whether they are online: the last will of one that is killed, which the broker says, is kept, told
once and survives restarts. Through real brokers, on real databases."""

import json
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from sqlalchemy import Engine, func, select

from data.database import reading, writing
from data.tables import (
    AlarmChangeRow,
    AlarmRow,
    OnlineStateRow,
    OutboxEventRow,
    QuarantinedMessageRow,
    ReadingRow,
    SensorRow,
    SensorStateRow,
    WarehouseRow,
    ZoneRow,
)
from flows.coldchain.alarms.silence import tick
from flows.coldchain.alarms.zones_now import SensorNow, zones_now
from flows.coldchain.messages.keeping_messages import keep_messages
from flows.coldchain.messages.payload_mappings import keep_mapping, mapping_of
from flows.coldchain.messages.quarantine import SensorMessage
from flows.coldchain.messages.replaying import StillUnkept, replay
from flows.coldchain.messages.sensor_messages import receive_messages
from flows.coldchain.readings.receiving import receive_readings
from flows.coldchain.rules.kept_rules import keep_rules
from flows.commands.application import freshfront
from flows.processes.broker import KeptMessages
from flows.processes.folder_lock import VAR
from warehouse.coldchain.readings import Reading
from warehouse.coldchain.rules import Rules
from warehouse.coldchain.zones import ZoneState

NIGHT = datetime(2026, 3, 1, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
DOCUMENTED = (Path(__file__).parents[3] / "docs/integrations.md").read_text(encoding="utf-8")
mosquitto = pytest.mark.parametrize("mqtt_broker", ["mosquitto"], indirect=True)
sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def at(minute: float) -> datetime:
    return NIGHT + timedelta(minutes=minute)


def hear(engine: Engine, minute: float, *said: tuple[str, Any]) -> int:
    """Messages that come together: on which topic below that of readings, and what they say. How many statuses of them
    are kept."""
    messages = [SensorMessage.of(f"freshfront/readings/{topic}", what) for topic, what in said]
    with writing(engine) as session:
        return receive_messages(session, messages, at(minute)).statuses


def say(engine: Engine, minute: float, temperature_c: float = 3.0, sensor_id: str = "S1") -> None:
    with writing(engine) as session:
        receive_readings(session, [Reading(sensor_id, at(minute), temperature_c)], at(minute))


def look(engine: Engine, minute: float) -> int:
    """How many alarms the clock raises."""
    return len(tick(engine, at(minute), QUARTER).raised)


def states(engine: Engine) -> dict[tuple[str, str], tuple[bool, datetime]]:
    with reading(engine) as session:
        found = select(OnlineStateRow.sensor_id, OnlineStateRow.said_by, OnlineStateRow.online, OnlineStateRow.since)
        return {(one[0], one[1]): (one[2], one[3]) for one in session.execute(found)}


def online(engine: Engine) -> dict[tuple[str, str], bool]:
    return {key: is_online for key, (is_online, _) in states(engine).items()}


def alarms(engine: Engine) -> list[tuple[str, str | None, bool]]:
    """Kind, why it was raised, whether it goes on."""
    with reading(engine) as session:
        rows = session.scalars(select(AlarmRow).order_by(AlarmRow.raised_at))
        return [(row.kind, row.raised_because, row.ended_at is None) for row in rows]


def reasons(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return list(session.scalars(select(QuarantinedMessageRow.reason)))


def now_of(engine: Engine, minute: float, sensor_id: str = "S1") -> SensorNow:
    with reading(engine) as session:
        (zone,) = zones_now(session, "W1", at(minute), QUARTER)
        session.expunge_all()
        return next(one for one in zone.sensors if one.sensor.sensor_id == sensor_id)


def through_gateway(engine: Engine, *sensor_ids: str) -> None:
    with writing(engine) as session:
        for sensor_id in sensor_ids:
            session.get_one(SensorRow, sensor_id).gateway = "G1"


def test_one_that_says_offline_is_told_after_the_grace_and_ends_with_its_reading(cold_room: Engine) -> None:
    say(cold_room, 0)
    hear(cold_room, 1, ("S1/status", "online"))
    hear(cold_room, 2, ("S1/status", "offline"))

    assert [look(cold_room, minute) for minute in (4, 5, 6, 30)] == [0, 0, 1, 0]
    assert alarms(cold_room) == [("silent", "offline", True)]
    hear(cold_room, 31, ("S1/status", "online"))
    assert alarms(cold_room) == [("silent", "offline", True)], "nobody knows yet how warm it is"
    say(cold_room, 32, 3.1)

    assert alarms(cold_room) == [("silent", "offline", False)]
    with reading(cold_room) as session:
        told = session.scalars(select(OutboxEventRow).order_by(OutboxEventRow.happened_at)).all()
        assert [(one.type, one.payload["raised_because"]) for one in told] == [
            ("alarm.raised", "offline"), ("alarm.ended", "offline"),
        ]  # fmt: skip
        assert (told[0].payload["last_c"], told[0].payload["worst_c"]) == (3.0, None)
        assert told[0].payload["severity"] == "critical", "as every silence of a zone of which nobody knows the goods"


def test_a_reconnect_within_the_grace_tells_nobody(cold_room: Engine) -> None:
    say(cold_room, 0)
    for minute in (1, 3, 5, 7, 9):
        hear(cold_room, minute, ("S1/status", "offline"))
        hear(cold_room, minute + 1, ("S1/status", "online"))
        assert look(cold_room, minute + 1.5) == 0
    assert states(cold_room)["S1", "S1"] == (True, at(10))


def test_what_a_broker_retained_is_no_news(cold_room: Engine) -> None:
    say(cold_room, 0)
    for minute in (1, 3, 5, 7):
        hear(cold_room, minute, ("S1/status", "offline"))
    assert states(cold_room)["S1", "S1"] == (False, at(1))
    assert look(cold_room, 7) == 1
    say(cold_room, 8)
    hear(cold_room, 9, ("S1/status", "offline"))
    assert look(cold_room, 20) == 0, "it was heard after it had said so"
    assert alarms(cold_room) == [("silent", "offline", False)]


def test_a_gateway_speaks_for_its_sensors_in_one_alarm_of_their_zone(cold_room: Engine) -> None:
    through_gateway(cold_room, "S1", "S2")
    for sensor_id in ("S1", "S2"):
        say(cold_room, 0, sensor_id=sensor_id)
        hear(cold_room, 1, (f"{sensor_id}/status", "online"))
    hear(cold_room, 1, ("G1/status", "offline"))

    assert look(cold_room, 5) == 1
    say(cold_room, 6, sensor_id="S1")
    assert alarms(cold_room) == [("silent", "offline", True)], "the other one is still gone"
    assert now_of(cold_room, 6, "S1").gone_since is None
    assert now_of(cold_room, 6, "S2").gone_since == at(1)
    say(cold_room, 6, sensor_id="S2")
    assert alarms(cold_room) == [("silent", "offline", False)]


def test_a_gateway_that_a_sensor_no_longer_sends_through_says_nothing_of_it(cold_room: Engine) -> None:
    through_gateway(cold_room, "S1")
    say(cold_room, 0)
    hear(cold_room, 1, ("G1/status", "offline"))
    with writing(cold_room) as session:
        session.get_one(SensorRow, "S1").gateway = "G2"
    assert look(cold_room, 10) == 0
    assert now_of(cold_room, 10).online is None


def test_the_order_within_messages_that_come_together_counts(cold_room: Engine) -> None:
    a_reading = ("S1", {"temperature": 3.0})
    hear(cold_room, 0, a_reading)
    hear(cold_room, 10, ("S1/status", "offline"), a_reading)
    assert (look(cold_room, 20), now_of(cold_room, 20).gone_since) == (0, None), "heard after it"

    hear(cold_room, 21, a_reading, ("S1/status", "online"), ("S1/status", "offline"))
    assert now_of(cold_room, 21).gone_since is not None
    assert look(cold_room, 25) == 1


def test_an_offline_is_no_word_of_how_warm_a_room_is(cold_room: Engine) -> None:
    for minute in (0, 15, 30):
        say(cold_room, minute, 7.0)
    say(cold_room, 30, sensor_id="S2")
    hear(cold_room, 31, ("S1/status", "offline"), ("S2/status", "offline"))
    look(cold_room, 40)

    assert alarms(cold_room) == [("too_warm", None, True), ("silent", "offline", True)]
    assert now_of(cold_room, 40, "S1").state is ZoneState.ALARM, "nobody has seen it back inside"
    assert now_of(cold_room, 40, "S2").state is ZoneState.SILENT
    with reading(cold_room) as session:
        assert session.scalar(select(func.count()).select_from(ReadingRow)) == 4


def test_rules_say_after_how_long_and_whether_at_all(cold_room: Engine) -> None:
    for sensor_id in ("S1", "S2"):
        say(cold_room, 0, sensor_id=sensor_id)
    with writing(cold_room) as session:
        keep_rules(session, "Z1", Rules(offline_after=None), at(0), "Wang")
    hear(cold_room, 1, ("S1/status", "offline"))
    assert look(cold_room, 14) == 0
    with writing(cold_room) as session:
        keep_rules(session, "Z1", Rules(offline_after=timedelta(minutes=1), silent_after=timedelta(hours=9)), at(14),
                   "Wang")  # fmt: skip
    assert look(cold_room, 14.5) == 1


def test_a_device_that_nobody_knows_is_in_the_quarantine_until_it_is_registered(cold_room: Engine) -> None:
    say(cold_room, 0)
    assert hear(cold_room, 1, ("G1/status", "offline")) == 0
    assert hear(cold_room, 2, ("S1/status", "asleep")) == 0
    assert states(cold_room) == {}
    assert sorted(reasons(cold_room)) == [
        "'asleep' is neither online nor offline; online, on, true, 1, connected, ready, offline, off, false, 0, "
        "disconnected, lost are known",
        "Device 'G1' is neither a sensor nor the gateway of one.",
    ]
    with reading(cold_room) as session:
        of_gateway = QuarantinedMessageRow.topic.like("%G1/status")
        (message_id,) = session.scalars(select(QuarantinedMessageRow.message_id).where(of_gateway))
    with pytest.raises(StillUnkept, match="neither a sensor nor the gateway of one"):
        replay(cold_room, message_id, at(3))

    through_gateway(cold_room, "S1")
    replay(cold_room, message_id, at(4))
    assert states(cold_room) == {("S1", "G1"): (False, at(1))}, "as of its arrival"
    assert look(cold_room, 5) == 1


def test_a_word_from_the_quarantine_is_older_than_what_was_heard_since(cold_room: Engine) -> None:
    hear(cold_room, 1, ("G1/status", "offline"))
    through_gateway(cold_room, "S1")
    hear(cold_room, 2, ("G1/status", "online"))
    with reading(cold_room) as session:
        (message_id,) = session.scalars(select(QuarantinedMessageRow.message_id))
    replay(cold_room, message_id, at(3))
    assert states(cold_room) == {("S1", "G1"): (True, at(2))}
    assert reasons(cold_room) == []


def test_a_word_that_is_kept_shows_that_another_message_fails_by_itself(cold_room: Engine) -> None:
    with writing(cold_room) as session:  # what no code foresees
        session.add(SensorStateRow(sensor_id="S2", state={"sensor_id": "S2"}))
    said = SensorMessage.of("freshfront/readings/S1/status", "online")
    poison = SensorMessage.of("freshfront/readings/S2", {"temperature": 3.0})
    (failed,) = keep_messages(cold_room, [poison, said]).failed
    assert (failed.message, online(cold_room)) == (poison, {("S1", "S1"): True})


@sqlite
def test_sensors_of_another_warehouse_are_not_spoken_for(cold_room: Engine) -> None:
    with writing(cold_room) as session:
        session.add(WarehouseRow(warehouse_id="W2", name="Hill", city="Hangzhou", timezone="Asia/Shanghai"))
        session.flush()
        session.add(ZoneRow(zone_id="Z2", warehouse_id="W2", name="Dairy", band="chilled", x_m=0, y_m=0, width_m=1,
                            depth_m=1))  # fmt: skip
        session.flush()
        session.add(SensorRow(sensor_id="S9", zone_id="Z2", name="Door"))
    through_gateway(cold_room, "S1")
    hear(cold_room, 1, ("G1/status", "online"))
    assert online(cold_room) == {("S1", "G1"): True}


@sqlite
def test_a_command_lists_sensors_and_whether_they_are_online(
    cold_room: Engine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    monkeypatch.setenv("FRESHFRONT_DATABASE_URL", database_url)
    say(cold_room, 0)
    hear(cold_room, 1, ("S1/status", "offline"))

    freshfront(["coldchain", "sensors"], prog_name="freshfront", standalone_mode=False)
    assert capsys.readouterr().out.splitlines() == [
        "W1 Z1 S1  silent  3.0 °C at 2026-03-01 00:00 UTC, offline since 2026-03-01 00:01 UTC",
        "W1 Z1 S2  silent  nothing yet",
    ]
    freshfront(["coldchain", "sensors", "--json", "--warehouse", "W1"], prog_name="freshfront", standalone_mode=False)
    (first, second) = json.loads(capsys.readouterr().out)
    assert (first["online"], first["online_since"]) == (False, "2026-03-01 00:01:00+00:00")
    assert (second["online"], second["gateway"]) == (None, None)


def documented_gateway(port: int) -> str:
    """The program of docs/integrations.md, with a probe and for this broker."""
    program = re.search(r"```python\n(import json\nimport time\n\nimport paho.+?GATEWAY.+?)```", DOCUMENTED, re.DOTALL)
    assert program is not None
    there = '("broker.example.com", 1883)'
    assert there in program[1]
    probe = 'def measured():\n    return [("S1", 3.0)]\n\n\n'
    return probe + program[1].replace(there, f'("127.0.0.1", {port})')


def since_of(engine: Engine) -> datetime:
    return states(engine)["S1", "W01-gateway"][1]


@mosquitto
def test_the_last_will_of_the_documented_gateway_is_told_once_whatever_is_killed(
    cold_room: Engine, mqtt_broker, start_process, start_watcher, wait_until
) -> None:
    with writing(cold_room) as session:
        session.get_one(SensorRow, "S1").gateway = "W01-gateway"
        keep_rules(session, "Z1", Rules(offline_after=timedelta(seconds=1)), NIGHT, "Wang")
    watcher = start_watcher()
    wait_until(lambda: "listening" in watcher.log())
    gateway = start_process("gateway", [sys.executable, "-c", documented_gateway(mqtt_broker.port)], {})
    wait_until(lambda: online(cold_room) == {("S1", "W01-gateway"): True})
    wait_until(lambda: now_of(cold_room, 0).heard.taken_at is not None)

    watcher.kill()
    gateway.kill()  # without a DISCONNECT: the broker says its will
    watcher.start()
    wait_until(lambda: online(cold_room) == {("S1", "W01-gateway"): False})
    wait_until(lambda: alarms(cold_room) == [("silent", "offline", True)])

    since, before = since_of(cold_room), watcher.log().count("listening to")
    watcher.kill()
    watcher.start()  # the broker says again what it retained
    wait_until(lambda: watcher.log().count("listening to") > before)
    publisher = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="other")
    publisher.connect("127.0.0.1", mqtt_broker.port)
    publisher.loop_start()
    publisher.publish("freshfront/readings/S2/status", "online", qos=1).wait_for_publish(10)  # behind what was retained
    wait_until(lambda: ("S2", "S2") in online(cold_room))
    publisher.disconnect()
    publisher.loop_stop()
    assert since_of(cold_room) == since
    assert alarms(cold_room) == [("silent", "offline", True)]

    gateway.start()
    wait_until(lambda: alarms(cold_room) == [("silent", "offline", False)])
    with reading(cold_room) as session:
        assert session.scalars(select(AlarmChangeRow.what).order_by(AlarmChangeRow.change_no)).all() == [
            "raised",
            "ended",
        ]


@sqlite
@pytest.mark.parametrize("mqtt_broker", ["amqtt"], indirect=True)
def test_the_built_in_broker_keeps_a_last_will_for_the_watcher(
    cold_room: Engine, mqtt_broker, start_process, start_watcher, wait_until, tmp_path: Path
) -> None:
    with writing(cold_room) as session:
        session.get_one(SensorRow, "S1").gateway = "W01-gateway"
    watcher = start_watcher()
    wait_until(lambda: "listening" in watcher.log())
    gateway = start_process("gateway", [sys.executable, "-c", documented_gateway(mqtt_broker.port)], {})
    wait_until(lambda: online(cold_room) == {("S1", "W01-gateway"): True})

    watcher.kill()
    gateway.kill()
    file = KeptMessages(str(tmp_path / VAR / "broker.sqlite"))
    wait_until(lambda: file.oldest(999)[-1:] and file.oldest(999)[-1][2] == b"offline")
    file.close()
    mqtt_broker.start_again()  # what amqtt retained is gone with it, what it kept is not
    watcher.start()
    wait_until(lambda: online(cold_room) == {("S1", "W01-gateway"): False})
    assert reasons(cold_room) == []


@sqlite
def test_the_layout_of_a_device_comes_by_a_mapping_also_while_nobody_listens(
    cold_room: Engine, mqtt_broker, publisher, start_watcher, wait_until
) -> None:
    with writing(cold_room) as session:
        said = {"name": "tasmota-lwt", "topic": "tele/{sensor_id}/LWT", "online_path": "$"}
        keep_mapping(session, mapping_of(said), NIGHT, "Wang")
    watcher = start_watcher()
    wait_until(lambda: "tele/+/LWT too" in watcher.log())
    publisher._client.publish("tele/S1/LWT", "Online", qos=1)
    wait_until(lambda: online(cold_room) == {("S1", "S1"): True})

    watcher.kill()
    publisher._client.publish("tele/S2/LWT", "Offline", qos=1).wait_for_publish(10)
    watcher.start()
    wait_until(lambda: online(cold_room) == {("S1", "S1"): True, ("S2", "S2"): False})
