"""A chilled zone with two sensors and a limit of 0..4 C for half an hour; a broker, a gateway that publishes and a
watcher, the brokers and the watcher as real processes."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from sqlalchemy import Engine

from data.database import writing
from data.tables import Band, LimitRow, SensorRow, WarehouseRow, ZoneRow
from tests import ports
from tests.forked import CallWithSettings, Copy
from tests.integration.conftest import Filling
from tests.ports import wait_for_port
from warehouse.coldchain.readings import Reading

NIGHT = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def filling(request: pytest.FixtureRequest) -> Filling | None:
    """The cold room, where one is asked for."""
    return keep_cold_room if "cold_room" in request.fixturenames else None


@pytest.fixture
def cold_room(engine: Engine) -> Engine:
    """The engine of a database in which the zone and its sensors S1 and S2 are."""
    return engine


@pytest.fixture
def reading_at() -> Callable[..., Reading]:
    """`reading_at(minute, temperature_c, sensor_id)`: a reading so many minutes into the night."""

    def reading_at(minute: float, temperature_c: float, sensor_id: str = "S1") -> Reading:
        return Reading(sensor_id, NIGHT + timedelta(minutes=minute), temperature_c)

    return reading_at


def keep_cold_room(engine: Engine) -> None:
    with writing(engine) as session:
        session.add(WarehouseRow(warehouse_id="W1", name="Riverside", city="Hangzhou", timezone="Asia/Shanghai"))
        session.flush()
        session.add(
            ZoneRow(
                zone_id="Z1", warehouse_id="W1", name="Dairy", band=Band.CHILLED, x_m=0, y_m=0, width_m=5, depth_m=4
            )
        )
        session.flush()
        session.add_all(SensorRow(sensor_id=f"S{n}", zone_id="Z1", name=f"Door {n}") for n in (1, 2))
        session.add(
            LimitRow(
                zone_id="Z1",
                valid_from=datetime(2020, 1, 1, tzinfo=UTC),
                low_c=0.0,
                high_c=4.0,
                low_delay_minutes=30,
                high_delay_minutes=30,
            )
        )


@pytest.fixture
def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on."""
    return ports.free_port()


Command = list[str] | CallWithSettings


class Process:
    """A process of its own that a test starts, kills and starts again."""

    def __init__(self, command: Command, environment: dict[str, str], folder: Path, name: str) -> None:
        self._command, self._environment, self._folder = command, os.environ | environment, folder
        self._log = folder / f"{name}.log"
        self._running: subprocess.Popen[bytes] | Copy | None = None

    def start(self) -> None:
        if isinstance(self._command, CallWithSettings):
            self._log.touch()
            self._running = Copy(self._command, self._environment, self._folder, self._log)
            return
        with self._log.open("ab") as log:
            self._running = subprocess.Popen(  # noqa: S603 - our own command
                self._command, env=self._environment, cwd=self._folder, stdout=log, stderr=log
            )

    def kill(self) -> None:
        """As `kill -9` does."""
        if self._running is not None:
            self._running.kill()
            self._running.wait(10)

    def log(self) -> str:
        return self._log.read_text()


@pytest.fixture
def start_process(tmp_path: Path) -> Iterator[Callable[[str, Command, dict[str, str]], Process]]:
    """`start_process(name, command, environment)`; whatever still runs at the end of the test is killed."""
    started: list[Process] = []

    def start_process(name: str, command: Command, environment: dict[str, str]) -> Process:
        process = Process(command, environment, tmp_path, name)
        started.append(process)
        process.start()
        return process

    yield start_process
    for process in started:
        process.kill()


@dataclass(frozen=True)
class BrokerProcess:
    """A broker that listens on 127.0.0.1."""

    process: Process
    port: int

    @property
    def settings(self) -> dict[str, str]:
        return {"FRESHFRONT_MQTT_PORT": str(self.port)}

    def start_again(self) -> None:
        self.process.kill()
        self.process.start()
        wait_for_port(self.port)


@pytest.fixture(params=["amqtt", "mosquitto"])
def mqtt_broker(
    request: pytest.FixtureRequest,
    start_process: Callable[..., Process],
    free_port: int,
    tmp_path: Path,
    database_url: str,
) -> BrokerProcess:
    """A real broker: the built-in one, and Debian's mosquitto where it is installed."""
    if request.param == "amqtt":
        environment = {"FRESHFRONT_MQTT_PORT": str(free_port), "FRESHFRONT_DATABASE_URL": database_url}
        process = start_process("broker", CallWithSettings("flows.processes.broker:broker"), environment)
    else:
        mosquitto = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin")
        if mosquitto is None:
            pytest.skip("mosquitto is not installed (Debian: apt-get install mosquitto)")
        config = tmp_path / "mosquitto.conf"
        # without the third line mosquitto drops what goes beyond 1000 messages for a client that is away
        config.write_text(f"listener {free_port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n")
        process = start_process("broker", [mosquitto, "-c", str(config)], {})
    wait_for_port(free_port)
    return BrokerProcess(process, free_port)


@pytest.fixture
def start_watcher(
    start_process: Callable[..., Process], mqtt_broker: BrokerProcess, database_url: str
) -> Callable[[], Process]:
    """Starts the watcher's process on the test's database and broker."""

    def start_watcher() -> Process:
        environment = mqtt_broker.settings | {"FRESHFRONT_DATABASE_URL": database_url}
        return start_process("watcher", CallWithSettings("flows.processes.watcher:watch"), environment)

    return start_watcher


class Publisher:
    """A sensor gateway: publishes at QoS 1 and, as MQTT asks of it, sends again what was not acknowledged."""

    def __init__(self, port: int) -> None:
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="gateway", clean_session=False)
        self._client.max_inflight_messages_set(100)
        self._client.reconnect_delay_set(0.1, 1)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def publish(self, sensor_id: str, payload: object) -> paho.MQTTMessageInfo:
        body = payload if isinstance(payload, str) else json.dumps(payload)
        return self._client.publish(f"freshfront/readings/{sensor_id}", body, qos=1)

    def publish_readings(self, readings: Iterable[Reading]) -> paho.MQTTMessageInfo | None:
        last = None
        for one in readings:
            last = self.publish(
                one.sensor_id, {"taken_at": one.taken_at.isoformat(), "temperature_c": one.temperature_c}
            )
        return last

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def publisher(mqtt_broker: BrokerProcess) -> Iterator[Publisher]:
    gateway = Publisher(mqtt_broker.port)
    yield gateway
    gateway.close()


@pytest.fixture
def wait_until() -> Callable[..., None]:
    """`wait_until(condition, seconds)`: fails when the condition does not come true in time."""

    def wait_until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
        until = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < until, f"not within {seconds} s"
            time.sleep(0.05)

    return wait_until
