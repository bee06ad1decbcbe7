"""Readings by MQTT: sensors publish so many a second to mosquitto, the watcher keeps them and switches coolers.

`python -m tests.bench.readings.by_mqtt --a-second 1500 --minutes 5` prints lines of Markdown for docs/measured.md: how
many were lost, how long a reading was under way until it was kept, and how long from the reading that makes a cooler
start or stop until its command is heard at the broker. Ends with 1 where one is lost or the 99th percentile is a second
or more.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import paho.mqtt.client as paho
from sqlalchemy import Engine, func, select

from data.database import open_database, reading, writing
from data.tables import ActuatorKind, ReadingRow
from flows.coldchain.control.actuators import Actuator, register_actuator
from tests.bench.readings.places import database, put_sensors
from tests.ports import free_port
from warehouse.coldchain.control.rule import ControlRule

RULE = ControlRule(start_above_c=3.5, stop_below_c=2.5, min_on=timedelta(0), min_off=timedelta(0), starts_per_hour=1000)
SENSORS_A_ZONE, COOLERS, SWITCHED_EVERY = 4, 10, 5.0  # seconds
AT_MOST, SETTLES_WITHIN = 1.0, 60.0  # seconds


@contextmanager
def broker() -> Iterator[int]:
    """mosquitto as docs/operations.md sets it up: nothing is dropped that the watcher has not taken yet."""
    with TemporaryDirectory() as folder:
        port, settings = free_port(), Path(folder) / "mosquitto.conf"
        settings.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n")
        command = ["mosquitto", "-c", str(settings)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
        try:
            time.sleep(1)
            yield port
        finally:
            process.terminate()
            process.wait(20)


@contextmanager
def watcher(url: str, port: int) -> Iterator[int]:
    """The watcher as `freshfront watch` runs it; its process."""
    settings = {"FRESHFRONT_DATABASE_URL": url, "FRESHFRONT_MQTT_URL": f"mqtt://127.0.0.1:{port}"}
    command = "from flows.processes.watcher import watch; from flows.settings import Settings; watch(Settings())"
    process = subprocess.Popen([sys.executable, "-c", command], env=os.environ | settings, stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(60)


class Commands:
    """Hears what coolers are told, and how long after the reading that asked for it."""

    def __init__(self, port: int) -> None:
        self.asked_at: dict[str, tuple[str, float]] = {}  # by topic: what for, and when
        self.took: list[float] = []
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2)
        self._client.on_message = self._hear
        self._client.connect("127.0.0.1", port)
        self._client.subscribe("cooler/+/set", qos=1)
        self._client.loop_start()

    def _hear(self, _client: paho.Client, _said: object, message: paho.MQTTMessage) -> None:
        topic = message.topic.removesuffix("/set")
        state, asked_at = self.asked_at.get(topic, ("", 0.0))
        if json.loads(message.payload)["state"] == state:
            self.took.append(time.time() - asked_at)
            del self.asked_at[topic]

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def put_coolers(engine: Engine) -> None:
    """One in each of the first zones; they start when it is warmer than 3.5 C and stop below 2.5."""
    with writing(engine) as session:
        for number in range(COOLERS):
            told = (f"C{number}", f"Z{number:05}", ActuatorKind.COOLER, f"C{number}", f"cooler/{number}")
            register_actuator(session, Actuator(*told, RULE.as_dict()), datetime.now(UTC))


def publish(port: int, sensor_ids: Sequence[str], a_second: int, seconds: float, commands: Commands) -> int:
    """Publishes at an even pace, all sensors of a cooler's zone warm and cold in turn; how many the broker took."""
    client = paho.Client(paho.CallbackAPIVersion.VERSION2)
    client.max_inflight_messages_set(1000)
    client.connect("127.0.0.1", port)
    client.loop_start()
    began, number = time.time(), 0
    told, told_last = None, dict[str, str]()
    while (elapsed := time.time() - began) < seconds:
        while number < elapsed * a_second:
            which = number % len(sensor_ids)
            zone, now = which // SENSORS_A_ZONE, time.time()
            warm = int((now - began) / SWITCHED_EVERY) % 2 == 0
            celsius = (3.8 if warm else 2.2) if zone < COOLERS else 3.0
            if zone < COOLERS and which % SENSORS_A_ZONE == 0:
                topic, state = f"cooler/{zone}", "on" if warm else "off"
                if told_last.get(topic) != state:
                    told_last[topic] = state
                    commands.asked_at[topic] = (state, now)
            said = {"taken_at": datetime.fromtimestamp(now, UTC).isoformat(), "temperature_c": celsius}
            told = client.publish(f"freshfront/readings/{sensor_ids[which]}", json.dumps(said), qos=1)
            number += 1
        time.sleep(0.005)
    if told is not None:
        told.wait_for_publish(60)
    client.disconnect()
    client.loop_stop()
    return number


def wait_until_heard(engine: Engine, port: int, sensor_id: str) -> int:
    """Returns when the watcher keeps what is published, of which one is kept: before it listens a broker keeps nothing
    for it."""
    client = paho.Client(paho.CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", port)
    client.loop_start()
    said = json.dumps({"taken_at": datetime.now(UTC).isoformat(), "temperature_c": 3.0})
    while True:
        client.publish(f"freshfront/readings/{sensor_id}", said, qos=1).wait_for_publish(10)
        time.sleep(0.5)
        with reading(engine) as session:
            if session.scalar(select(ReadingRow.sensor_id).limit(1)) is not None:
                break
    client.disconnect()
    client.loop_stop()
    return 1


def lags(engine: Engine, published: int, since: datetime) -> tuple[int, list[float]]:
    """How many of the readings are not kept when nothing more comes, and how long each was under way, in seconds."""
    until = time.time() + SETTLES_WITHIN
    kept = select(func.count()).select_from(ReadingRow)
    while True:
        with reading(engine) as session:
            found = session.scalar(kept) or 0
            if found >= published or time.time() > until:
                times = session.execute(select(ReadingRow.taken_at, ReadingRow.known_at)).tuples()
                return published - found, [(known - taken).total_seconds() for taken, known in times if taken >= since]
        time.sleep(0.5)


def _cpu_seconds(pid: int) -> float:
    ticks = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def _at(part: float, seconds: list[float]) -> float:
    return sorted(seconds)[min(int(part * len(seconds)), len(seconds) - 1)] if seconds else float("inf")


def _measured(url: str, sensors: int, a_second: int, seconds: float) -> bool:
    engine = open_database(url)
    sensor_ids = put_sensors(engine, sensors)
    put_coolers(engine)
    with broker() as port, watcher(url, port) as pid:
        already = wait_until_heard(engine, port, sensor_ids[-1])
        commands, began = Commands(port), datetime.now(UTC)
        published = already + publish(port, sensor_ids, a_second, seconds, commands)
        behind_for = time.time()
        lost, under_way = lags(engine, published, began)
        caught_up = time.time() - behind_for
        cpu = _cpu_seconds(pid)
        commands.close()
    name = engine.dialect.name
    engine.dispose()
    figures = [f"{_at(part, found):.2f}" for found in (under_way, commands.took) for part in (0.5, 0.99)]
    middle = f"{statistics.mean(under_way):.2f}" if under_way else "-"
    counts = f"{published:,} | {lost:,} | {cpu:.0f} s | {caught_up:.1f} s"
    print(f"| {name} | {counts} | {middle} | {' | '.join(figures)} | {len(commands.took)} |", flush=True)
    return lost == 0 and _at(0.99, commands.took) < AT_MOST


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--a-second", type=int, default=1_500)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--sensors", type=int, default=500)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    asked = parser.parse_args()
    print(
        "| database | published | lost | CPU of the watcher | caught up after | until kept: mean | p50 | p99 | ", end=""
    )
    print("reading to command: p50 | p99 | commands |\n|---|---|---|---|---|---|---|---|---|---|---|")
    good = True
    for kind in asked.database or ("sqlite", "postgresql"):
        with database(kind) as url:
            good &= _measured(url, asked.sensors, asked.a_second, asked.minutes * 60)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
