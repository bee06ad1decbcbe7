"""Coolers by MQTT through a real broker: a command brings a zone back, comes again after a kill, and when nobody looks
after a cooler any more it takes its safe state."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import paho.mqtt.client as paho
import pytest
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.sample.coolers import ReserveCooling
from data.tables import ActuatorKind, ActuatorStateRow, Band, CommandRow, CommandStatus, SensorRow, ZoneRow
from flows.coldchain.control.actuators import Actuator, register_actuator
from flows.processes.actuators_by_mqtt import switch_actuators
from flows.processes.readings_by_mqtt import Heard, listen
from flows.processes.sensor_simulator import SimulatedRegion, publish
from flows.processes.simulated_coolers import SimulatedCooler, SimulatedCoolers
from flows.settings import Settings
from warehouse.coldchain.control.rule import ControlRule

RULE = ControlRule(
    start_above_c=4.0,
    stop_below_c=3.0,
    min_on=timedelta(0),
    min_off=timedelta(0),
    reading_valid=timedelta(hours=10),
    command_expires=timedelta(seconds=30),
)
PLACE = {"x_m": 0, "y_m": 0, "width_m": 5, "depth_m": 4}
MOSQUITTO = [("sqlite", "mosquitto"), ("postgresql", "mosquitto")]


@pytest.fixture
def cooler(cold_room: Engine) -> Engine:
    with writing(cold_room) as session:
        told = Actuator("C1", "Z1", ActuatorKind.COOLER, "Cooler", "shop/C1", RULE.as_dict())
        register_actuator(session, told, datetime.now(UTC) - timedelta(hours=6))
    return cold_room


@pytest.fixture
def second_cooler(cooler: Engine) -> None:
    with writing(cooler) as session:
        session.add(ZoneRow(zone_id="Z2", warehouse_id="W1", name="Z2", band=Band.CHILLED, **PLACE))
        session.flush()
        session.add(SensorRow(sensor_id="S3", zone_id="Z2", name="S3"))
        told = Actuator("C2", "Z2", ActuatorKind.COOLER, "Cooler", "shop/C2", RULE.as_dict())
        register_actuator(session, told, datetime.now(UTC))


@contextmanager
def notes_of_c1_wait(engine: Engine) -> Iterator[None]:
    with writing(engine) as session:
        session.execute(select(ActuatorStateRow).where(ActuatorStateRow.actuator_id == "C1").with_for_update())
        yield


def waiting_command(command_id: str, actuator_id: str) -> CommandRow:
    now = datetime.now(UTC)
    return CommandRow(
        command_id=command_id,
        command_no=1,
        actuator_id=actuator_id,
        zone_id="Z1",
        warehouse_id="W1",
        desired="on",
        reason="too_warm",
        said="9 C",
        decided_at=now,
        written_at=now,
        expires_at=now + timedelta(minutes=5),
        status=CommandStatus.WAITING,
    )


def commands(engine: Engine) -> list[tuple[str, str]]:
    with reading(engine) as session:
        rows = session.scalars(select(CommandRow).order_by(CommandRow.command_no)).all()
        return [(row.desired, row.status.value) for row in rows]


class Device:
    """A client that hears what a cooler is told, and answers where it is to."""

    def __init__(self, port: int, answers: bool = True) -> None:
        self.heard: list[dict[str, Any]] = []
        self.service: list[bytes] = []
        self._answers = answers
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="device")
        self._client.on_message = self._on_message
        self._client.connect("127.0.0.1", port)
        self._client.subscribe([("shop/+/set", 1), ("freshfront/service", 1)])
        self._client.loop_start()

    def _on_message(self, client: paho.Client, _: object, message: paho.MQTTMessage) -> None:
        if message.topic == "freshfront/service":
            self.service.append(message.payload)
            return
        told = json.loads(message.payload)
        self.heard.append(told | {"heard_at": time.time(), "topic": message.topic})
        if self._answers:
            client.publish("shop/C1/state", told["state"].upper(), qos=1)

    @property
    def ids(self) -> list[str]:
        """The ids of what it was told, each once."""
        return list(dict.fromkeys(one["command_id"] for one in self.heard))

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def device(mqtt_broker: Any) -> Iterator[Callable[..., Device]]:
    made: list[Device] = []

    def device(answers: bool = True) -> Device:
        made.append(Device(mqtt_broker.port, answers))
        return made[-1]

    yield device
    for one in made:
        one.close()


class FailingCooling:
    """Sensors of a zone whose own cooling has stood still since a moment: a degree warmer every four minutes."""

    def __init__(self, since: datetime) -> None:
        self._since = since

    def at(self, moment: datetime) -> list[tuple[str, datetime, float]]:
        minutes = max((moment - self._since) / timedelta(minutes=1), 0.0)
        return [("S1", moment, round(2.0 + min(minutes / 4, 8.0), 1))]


@pytest.mark.parametrize(("database_url", "mqtt_broker"), [("sqlite", "mosquitto")], indirect=True)
async def test_a_command_brings_a_simulated_zone_back(cooler, mqtt_broker, start_watcher, wait_until) -> None:
    watcher = start_watcher()
    wait_until(lambda: "switching fans" in watcher.log() and "listening to" in watcher.log())
    began = datetime.now(UTC)
    night = began - timedelta(hours=4)
    cooling = ReserveCooling({"Z1": Band.CHILLED})
    settings = Settings(_env_file=None, mqtt_port=mqtt_broker.port)
    coolers = SimulatedCoolers([SimulatedCooler("shop/C1", "Z1")], cooling, settings.mqtt_service_topic)
    region = SimulatedRegion(FailingCooling(night), {"S1": "Z1"}, cooling, coolers)  # type: ignore[arg-type]

    def clock() -> datetime:  # three minutes a second
        return night + 180 * (datetime.now(UTC) - began)

    def is_back() -> bool:
        confirmed = [status for _, status in commands(cooler)[:3]] == ["confirmed"] * 3
        return confirmed and min(shown[shown.index(max(shown)) :]) < 3.0

    playing = asyncio.ensure_future(publish(settings, region, clock, every=0.3))
    shown: list[float] = []
    try:
        while clock() < night + timedelta(minutes=75) and not is_back():
            await asyncio.sleep(0.2)
            shown.append(region.shown(clock())[0][2])
    finally:
        playing.cancel()
        with suppress(asyncio.CancelledError):
            await playing

    warmest = shown.index(max(shown))
    told = commands(cooler)
    assert 3.5 < max(shown) < 7.0  # without the cooler it would be at 10 C
    assert min(shown[warmest:]) < 3.0
    assert [one[0] for one in told[:3]] == ["off", "on", "off"]
    assert {one[1] for one in told[:3]} == {"confirmed"}


@pytest.mark.parametrize(("database_url", "mqtt_broker"), MOSQUITTO, indirect=True)
def test_after_a_kill_the_cooler_hears_each_command_once_but_for_repeats(
    cooler, mqtt_broker, publisher, device, start_watcher, wait_until
) -> None:
    began = datetime.now(UTC) - timedelta(hours=5)
    played = device()
    watcher = start_watcher()
    wait_until(lambda: "listening to" in watcher.log() and "switching" in watcher.log())
    readings = [(began + timedelta(minutes=n), 5.0 if n // 10 % 2 else 2.0) for n in range(240)]
    for n, (taken_at, c) in enumerate(readings):
        publisher.publish("S1", {"taken_at": taken_at.isoformat(), "temperature_c": c})
        if n in (60, 140):
            wait_until(lambda n=n: len(played.ids) > n // 20)
            watcher.kill()
            watcher.start()
    wait_until(lambda: len(played.ids) == 24 and commands(cooler)[-1][1] == "confirmed")

    states = {one["command_id"]: one["state"] for one in played.heard}
    assert [states[one] for one in played.ids] == ["off", "on"] * 12
    assert [one[0] for one in commands(cooler)] == ["off", "on"] * 12
    assert {one[1] for one in commands(cooler)} <= {"confirmed", "superseded"}


@pytest.mark.parametrize(("database_url", "mqtt_broker"), [("sqlite", "mosquitto"), ("sqlite", "amqtt")], indirect=True)
def test_who_looks_after_coolers_is_said_and_a_last_will_says_when_nobody_does(
    cooler, mqtt_broker, device, start_watcher, wait_until
) -> None:
    watching = device()
    watcher = start_watcher()
    wait_until(lambda: watching.service[-1:] == [b"online"])
    watcher.kill()

    wait_until(lambda: watching.service[-1:] == [b"offline"])


@pytest.mark.parametrize(("database_url", "mqtt_broker"), [("sqlite", "mosquitto"), ("sqlite", "amqtt")], indirect=True)
def test_a_reading_becomes_a_command_within_a_second_and_one_who_comes_later_hears_it_too(
    cooler, mqtt_broker, publisher, device, start_watcher, wait_until
) -> None:
    there = device(answers=False)
    start_watcher()
    wait_until(lambda: there.service[-1:] == [b"online"])
    sent = time.time()
    publisher.publish("S1", {"taken_at": datetime.now(UTC).isoformat(), "temperature_c": 9.0})
    wait_until(lambda: len(there.heard) == 1)
    there.close()
    later = device()
    wait_until(lambda: len(later.heard) >= 1)
    wait_until(lambda: commands(cooler) == [("on", "confirmed")])

    assert there.heard[0]["heard_at"] - sent < 1.0
    assert later.heard[0]["command_id"] == there.heard[0]["command_id"]
    with reading(cooler) as session:
        assert session.get_one(ActuatorStateRow, "C1").reported == "on"


@pytest.mark.parametrize(("database_url", "mqtt_broker"), [("postgresql", "mosquitto")], indirect=True)
def test_a_command_does_not_wait_for_another_cooler_s_to_be_noted(
    cooler, second_cooler, mqtt_broker, publisher, device, start_watcher, wait_until
) -> None:
    there = device(answers=False)
    start_watcher()
    wait_until(lambda: there.service[-1:] == [b"online"])
    with notes_of_c1_wait(cooler):
        with writing(cooler) as session:
            session.add(waiting_command("c1", "C1"))
        wait_until(lambda: [one["topic"] for one in there.heard] == ["shop/C1/set"])
        publisher.publish("S3", {"taken_at": datetime.now(UTC).isoformat(), "temperature_c": 9.0})

        wait_until(lambda: [one["topic"] for one in there.heard] == ["shop/C1/set", "shop/C2/set"])
    wait_until(lambda: "waiting" not in {one[1] for one in commands(cooler)})


@pytest.mark.parametrize(("database_url", "mqtt_broker"), [("postgresql", "mosquitto")], indirect=True)
async def test_who_stops_first_notes_what_the_broker_has(cooler, second_cooler, mqtt_broker, device) -> None:
    there, stop = device(answers=False), asyncio.Event()
    switching = asyncio.ensure_future(
        switch_actuators(Settings(_env_file=None, mqtt_port=mqtt_broker.port), cooler, stop)
    )
    async with asyncio.timeout(30):
        with notes_of_c1_wait(cooler):
            for command_id, actuator_id in (("c1", "C1"), ("c2", "C2")):
                with writing(cooler) as session:
                    session.add(waiting_command(command_id, actuator_id))
                while command_id not in there.ids:
                    await asyncio.sleep(0.05)
            stop.set()
            await asyncio.sleep(0.5)
        await switching

    assert commands(cooler) == [("on", "sent"), ("on", "sent")]


@pytest.mark.parametrize(("database_url", "mqtt_broker"), [("sqlite", "mosquitto")], indirect=True)
async def test_a_command_that_a_reading_decides_is_sent_without_being_looked_for(
    cooler, mqtt_broker, publisher, device, monkeypatch
) -> None:
    monkeypatch.setattr("flows.processes.actuators_by_mqtt.LOOK_EVERY", 3600.0)
    settings = Settings(_env_file=None, mqtt_port=mqtt_broker.port)
    there, stop, decided = device(answers=False), asyncio.Event(), asyncio.Event()
    watching = asyncio.gather(
        listen(settings, cooler, stop, Heard(), decided), switch_actuators(settings, cooler, stop, decided)
    )
    try:
        async with asyncio.timeout(30):
            while there.service[-1:] != [b"online"]:
                await asyncio.sleep(0.05)
            await asyncio.sleep(1)  # whatever waited when it connected was looked for
            while not there.heard:
                publisher.publish("S1", {"taken_at": datetime.now(UTC).isoformat(), "temperature_c": 9.0})
                await asyncio.sleep(0.2)
    finally:
        stop.set()
        await watching

    assert there.heard[0]["state"] == "on"


def test_a_simulated_cooler_takes_its_safe_state_when_what_it_was_told_holds_no_more() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    coolers = SimulatedCoolers(
        [SimulatedCooler("shop/C1", "Z1")], ReserveCooling({"Z1": Band.CHILLED}), "freshfront/service"
    )

    def told(state: str, minutes: float) -> bytes:
        until = (now + timedelta(minutes=minutes)).isoformat()
        return json.dumps({"state": state, "command_id": "c", "valid_until": until, "safe_state": "off"}).encode()

    def states(said: list[Any]) -> list[str]:
        return [json.loads(one.payload)["state"] for one in said]

    assert states(coolers.hear("shop/C1/set", told("on", 2), now)) == ["on"]
    assert states(coolers.look(now + timedelta(minutes=1))) == []
    assert states(coolers.look(now + timedelta(minutes=2))) == ["off"]
    assert states(coolers.hear("shop/C1/set", told("on", 2), now + timedelta(minutes=3))) == []  # kept by the broker
    assert states(coolers.hear("shop/C1/set", told("on", 9), now + timedelta(minutes=3))) == ["on"]
    assert states(coolers.hear("freshfront/service", b"offline", now + timedelta(minutes=4))) == ["off"]
    assert coolers.hear("shop/C1/set", b"on", now) == []
