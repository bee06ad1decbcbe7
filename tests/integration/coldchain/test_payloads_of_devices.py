"""What devices publish, each in its own words, is kept as readings and measurements; a mapping is data."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.tables import MeasurementRow, QuarantinedMessageRow, ReadingRow, SensorRow
from flows.coldchain.messages.payload_mappings import keep_mapping, kept_mappings, mapping_of, remove_mapping
from flows.coldchain.messages.quarantine import SensorMessage
from flows.coldchain.messages.replaying import StillUnkept, replay
from flows.coldchain.messages.sensor_messages import receive_messages
from flows.commands.application import freshfront
from flows.errors import Invalid, Unknown

NIGHT = datetime(2026, 3, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LORA = {"name": "lora", "topic": "lora/{sensor_id}/up", "values": {"temperature": "object.t"}, "time_path": "time"}


def receive(engine: Engine, *messages: tuple[str, Any], at: datetime = NIGHT, now: datetime = NIGHT) -> None:
    with writing(engine) as session:
        said = [SensorMessage(topic, json.dumps(payload).encode(), at) for topic, payload in messages]
        receive_messages(session, said, now)


def readings(engine: Engine) -> list[tuple[str, datetime, float]]:
    with reading(engine) as session:
        found = session.execute(select(ReadingRow.sensor_id, ReadingRow.taken_at, ReadingRow.temperature_c))
        return sorted(tuple(row) for row in found)


def measurements(engine: Engine) -> list[tuple[str, str, float]]:
    with reading(engine) as session:
        found = session.execute(select(MeasurementRow.sensor_id, MeasurementRow.quantity, MeasurementRow.value))
        return sorted(tuple(row) for row in found)


def reasons(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return list(session.scalars(select(QuarantinedMessageRow.reason)))


def keep(engine: Engine, **said: Any) -> None:
    with writing(engine) as session:
        keep_mapping(session, mapping_of(LORA | said), NIGHT, "Wang")


def test_humidity_and_battery_are_kept_beside_the_temperature(cold_room: Engine) -> None:
    receive(cold_room, ("freshfront/readings/S1", {"temperature": 3.5, "humidity": 60, "battery": 100}))
    receive(cold_room, ("freshfront/readings/S2", {"humidity": 61}))

    assert readings(cold_room) == [("S1", NIGHT, 3.5)]
    assert measurements(cold_room) == [("S1", "battery", 100), ("S1", "humidity", 60), ("S2", "humidity", 61)]


AT = datetime(2026, 11, 26, 5, tzinfo=UTC)
CAME = AT + 2 * SECOND
OTHERS = {
    "bare": {
        "values": {"temperature": "object.temperature"}, "time_path": "time",
    },
    "uplink": {
        "values": {"temperature": "uplink_message.decoded_payload.TempC_SHT"}, "time_path": "received_at",
    },
    "probe": {
        "values": {"temperature": {"path": "DS18B20.Temperature", "unit_path": "TempUnit"}}, "time_path": "Time",
        "timezone": "UTC",
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("payload", "taken_at", "mapping"),
    [
        ({"temperature": 3.5, "humidity": 60, "battery": 100}, CAME, None),
        ({"time": AT.timestamp(), "temperature": 3.5}, AT, None),
        ({"time": AT.timestamp() * 1000, "temperature": 3.5}, AT, None),
        ([{"bn": "urn:dev:mac:1/", "bt": 1764133200, "n": "temperature", "u": "Cel", "v": 3.5}],
         datetime.fromtimestamp(1764133200, UTC), None),
        ({"time": "2026-11-26T05:00:00Z", "object": {"temperature": 3.5}}, AT, "bare"),
        ({"received_at": "2026-11-26T05:00:00Z", "uplink_message": {"decoded_payload": {"TempC_SHT": 3.5}}}, AT,
         "uplink"),
        ({"Time": "2026-11-26T05:00:00", "DS18B20": {"Temperature": 3.5}, "TempUnit": "C"}, AT, "probe"),
    ],
    ids=["no time", "seconds", "milliseconds", "SenML", "bare", "uplink", "probe"],
)  # fmt: skip
def test_what_devices_publish_is_kept_at_once_or_by_a_mapping_that_a_command_tries(
    cold_room: Engine, capsys: pytest.CaptureFixture[str], tmp_path: Path, payload: Any, taken_at: datetime, mapping
) -> None:
    topic = "freshfront/readings/S1"
    if mapping:
        topic = f"{mapping}/S1/up"
        said = {"name": mapping, "topic": f"{mapping}/{{sensor_id}}/up"} | OTHERS[mapping]
        (tmp_path / "mapping.json").write_text(json.dumps(said))
        asked = ["mappings", "try", "--mapping", str(tmp_path / "mapping.json"), "--topic", topic, json.dumps(payload)]
        freshfront(asked, prog_name="freshfront", standalone_mode=False)
        assert capsys.readouterr().out == f"S1  {AT.isoformat()}  temperature 3.5  ({mapping})\n"
        with writing(cold_room) as session:
            keep_mapping(session, mapping_of(said), AT, "Wang")

    receive(cold_room, (topic, payload), at=CAME, now=CAME)

    assert (readings(cold_room), reasons(cold_room)) == ([("S1", taken_at, 3.5)], [])


def test_a_humidity_that_cannot_be_true_keeps_no_temperature_out(cold_room: Engine) -> None:
    receive(cold_room, ("freshfront/readings/S1", {"temperature": 3.5, "humidity": 160}))

    assert (readings(cold_room), measurements(cold_room)) == ([("S1", NIGHT, 3.5)], [])
    assert reasons(cold_room) == [
        "Reading 0 of sensor 'S1': humidity 160 is outside 0 to 100. Check the sensor and the unit it sends. "
        "1 other of the message is kept."
    ]


def test_one_bad_reading_of_a_message_lies_in_the_quarantine_and_the_others_are_kept(cold_room: Engine) -> None:
    said = [{"time": (NIGHT + minute * 60 * SECOND).isoformat(), "temperature": 3.5} for minute in range(-998, 1)]
    ahead = {"time": (NIGHT + 7200 * SECOND).isoformat(), "temperature": 3.5}
    receive(cold_room, ("freshfront/readings/S1", [*said[:417], ahead, *said[417:]]))
    assert len(readings(cold_room)) == 999
    (reason,) = reasons(cold_room)
    assert reason.startswith("Reading 417 of sensor 'S1': taken_at 2026-03-01T02:00:00+00:00 lies in the future.")
    assert reason.endswith("999 others of the message are kept.")

    with reading(cold_room) as session:
        (message_id,) = session.scalars(select(QuarantinedMessageRow.message_id))
    received = replay(cold_room, message_id, NIGHT + 7200 * SECOND)
    assert (received.accepted, received.duplicates, reasons(cold_room)) == (1, 999, [])


def test_a_replay_keeps_what_it_can_and_the_rest_stays_with_its_reason(cold_room: Engine) -> None:
    both = [{"bn": f"urn:dev:mac:{n}/", "n": "temperature", "u": "Cel", "v": 3.5} for n in (1, 2)]
    receive(cold_room, ("freshfront/readings/S1", both), at=NIGHT - SECOND)
    with writing(cold_room) as session:
        (message_id,) = session.scalars(select(QuarantinedMessageRow.message_id))
        session.add(SensorRow(sensor_id="urn:dev:mac:2", zone_id="Z1", name="Top"))

    with pytest.raises(StillUnkept):
        replay(cold_room, message_id, NIGHT)
    assert readings(cold_room) == [("urn:dev:mac:2", NIGHT - SECOND, 3.5)], "as of its arrival"
    assert reasons(cold_room) == ["Reading 0: sensor 'urn:dev:mac:1' was not found. 1 other of the message is kept."]


def test_messages_without_a_time_that_arrive_together_are_each_kept(cold_room: Engine) -> None:
    with writing(cold_room) as session:
        payload = b'{"temperature": 3.5}'
        topic = "freshfront/readings/S1"
        said = [SensorMessage(topic, payload, NIGHT), SensorMessage(topic, payload, NIGHT + SECOND)]
        receive_messages(session, said, NIGHT + SECOND)
    assert [at for _, at, _ in readings(cold_room)] == [NIGHT, NIGHT + SECOND]


def test_senml_is_of_the_sensor_that_its_name_tells_where_there_is_one(cold_room: Engine) -> None:
    with writing(cold_room) as session:
        session.add(SensorRow(sensor_id="urn:dev:mac:1", zone_id="Z1", name="Top"))
    record = {"bt": NIGHT.timestamp(), "n": "temperature", "u": "Cel", "v": 3.5}

    receive(cold_room, ("freshfront/readings/S1", [{"bn": "urn:dev:mac:1/", **record}]))
    receive(cold_room, ("freshfront/readings/S2", [{"bn": "urn:dev:mac:2/", **record}]))
    assert readings(cold_room) == [("S2", NIGHT, 3.5), ("urn:dev:mac:1", NIGHT, 3.5)]

    both = [{"bn": "urn:dev:mac:1/", **record}, {"bn": "urn:dev:mac:2/", **record}]
    receive(cold_room, ("freshfront/readings/S2", both))
    assert reasons(cold_room) == ["Reading 1: sensor 'urn:dev:mac:2' was not found. 1 other of the message is kept."]


def test_a_kept_mapping_reads_what_lay_in_the_quarantine_when_it_is_replayed(cold_room: Engine) -> None:
    payload = {"time": "2026-03-01T00:00:00Z", "object": {"t": 3.5}}
    receive(cold_room, ("lora/S1/up", payload))
    with reading(cold_room) as session:
        (message_id,) = session.scalars(select(QuarantinedMessageRow.message_id))
    assert readings(cold_room) == []

    keep(cold_room)
    replay(cold_room, message_id, NIGHT + SECOND)

    assert readings(cold_room) == [("S1", NIGHT, 3.5)]
    assert reasons(cold_room) == []


def test_a_reading_without_a_time_is_replayed_as_of_its_arrival(cold_room: Engine) -> None:
    receive(cold_room, ("freshfront/readings/S9", {"temperature": 3.5}))
    with writing(cold_room) as session:
        (message_id,) = session.scalars(select(QuarantinedMessageRow.message_id))
        session.add(SensorRow(sensor_id="S9", zone_id="Z1", name="New"))

    replay(cold_room, message_id, NIGHT + 3600 * SECOND)
    assert readings(cold_room) == [("S9", NIGHT, 3.5)]


def test_a_sensor_that_the_payload_names_and_nobody_knows_is_told_by_its_name(cold_room: Engine) -> None:
    keep(cold_room, sensor_path="id")
    receive(cold_room, ("lora/S1/up", {"time": "2026-03-01T00:00:00Z", "object": {"t": 3.5}, "id": "S7"}))
    assert reasons(cold_room) == ["Reading 0: sensor 'S7' was not found."]


def test_a_mapping_takes_the_place_of_its_name_and_is_removed(cold_room: Engine) -> None:
    keep(cold_room)
    keep(cold_room, time_path=None)
    with reading(cold_room) as session:
        assert [(one.name, one.time_path) for one in kept_mappings(session)] == [("lora", None)]

    with writing(cold_room) as session:
        remove_mapping(session, "lora")
        with pytest.raises(Unknown, match="'other' was not found"):
            remove_mapping(session, "other")
    with reading(cold_room) as session:
        assert kept_mappings(session) == []


def test_a_mapping_that_cannot_be_used_is_refused_by_its_field() -> None:
    with pytest.raises(Invalid, match="The mapping cannot be used: timezone") as refused:
        mapping_of(LORA | {"timezone": "Nowhere"})
    assert refused.value.field == "timezone"
    for name in ("", "a/b", "x" * 65):
        with pytest.raises(Invalid, match="a name of at most 64"):
            mapping_of(LORA | {"name": name})


@pytest.mark.parametrize("mqtt_broker", ["mosquitto"], indirect=True)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_watcher_listens_to_the_topic_of_a_mapping(cold_room: Engine, start_watcher, publisher, wait_until) -> None:
    keep(cold_room, time_path=None)
    watcher = start_watcher()
    wait_until(lambda: "lora/+/up too" in watcher.log())

    publisher._client.publish("lora/S2/up", '{"object": {"t": 3.5}}', qos=1)
    wait_until(lambda: [(sensor, c) for sensor, _, c in readings(cold_room)] == [("S2", 3.5)])


def test_samples_are_tried_without_a_database(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "lora.json").write_text(json.dumps(LORA))
    (tmp_path / "sample.json").write_text('{"time": "2026-03-01T00:00:00Z", "object": {"t": 3.5}}')
    asked = ["mappings", "try", "--mapping", str(tmp_path / "lora.json"), "--topic", "lora/S1/up"]

    with pytest.raises(SystemExit) as ended:
        freshfront([*asked, str(tmp_path / "sample.json"), '{"object": {}}'], prog_name="freshfront")

    assert ended.value.code == 1
    assert capsys.readouterr().out.splitlines() == [
        "S1  2026-03-01T00:00:00+00:00  temperature 3.5  (lora)",
        "{\"object\": {}}: cannot be read: mapping 'lora': nothing stands at object.t",
    ]
