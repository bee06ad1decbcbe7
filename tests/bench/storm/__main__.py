"""A storm over Freshfront on SQLite and on PostgreSQL, and what is left of what it had acknowledged.

    python -m tests.bench.storm --minutes 5 --seed 1

For so many minutes 300 readings a second come by MQTT and some by HTTP, fifty readers open pages, three buyers make
plans, change lines and approve parts, tables are imported. Meanwhile every process is killed with -9 at random moments,
the disk is full for 20 s, the database away for 30 s and (PostgreSQL) read-only for 15 s, and the clock jumps. Takes
root, for a disk that can be filled. Prints a table; ends with 1 where something that was acknowledged is lost, half or
there twice, or `/livez` was not in time.
"""

import argparse
import json
import random
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final

import httpx
from paho.mqtt import publish
from sqlalchemy import Engine, func, select

from data.database import open_database, reading, upgrade_schema
from data.tables import QuarantinedMessageRow, ReadingRow
from tests.bench.storm import judging, liveness
from tests.bench.storm.asking import Client
from tests.bench.storm.buyers import Buyer
from tests.bench.storm.databases import Database, Postgres, Sqlite
from tests.bench.storm.imports import keep_importing
from tests.bench.storm.installation import ROOT, Installation
from tests.bench.storm.machine import Clock, small_disk
from tests.bench.storm.record import Record
from tests.bench.storm.region import WAREHOUSES, Keys, buyer_of, furnish
from tests.bench.storm.sensors import Sensors, post_readings
from tests.bench.storm.troubles import Troubles

READY_WITHIN: Final = 120.0
CALM_WITHIN: Final = 90.0  # after the storm, for what is still under way
QUIET: Final = 20.0  # seconds without a new reading: all are in
BACK_WITHIN: Final = 15.0
KEPT_IN: Final = (ReadingRow, QuarantinedMessageRow)
TOLD: Final = 20  # answers that should not be


@dataclass(frozen=True)
class Options:
    """What was asked for."""

    seconds: float
    seed: int
    rate: int
    mosquitto: bool
    logs: Path | None


@dataclass(frozen=True)
class Outcome:
    """The rows of one database's column: figures by what they are, and what must not be."""

    figures: dict[str, str]
    faults: Sequence[str]


def main() -> int:
    """Storms, one database after the other; the exit code."""
    options, names = _asked()
    outcomes = {name: storm(name, options) for name in names}
    print(f"| what | {' | '.join(names)} |\n|---|{'---|' * len(names)}")
    rows = dict.fromkeys(row for outcome in outcomes.values() for row in outcome.figures)
    for row in rows:
        print(f"| {row} | {' | '.join(outcome.figures.get(row, '') for outcome in outcomes.values())} |")
    for name, outcome in outcomes.items():
        for fault in outcome.faults:
            print(f"FAULT on {name}: {fault}")
    return int(any(outcome.faults for outcome in outcomes.values()))


def _asked() -> tuple[Options, list[str]]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=int, default=300, help="readings a second by MQTT")
    parser.add_argument("--broker", choices=("mosquitto", "built-in"), default="mosquitto")
    parser.add_argument("--database", choices=("SQLite", "PostgreSQL"), action="append")
    parser.add_argument("--logs", type=Path, help="folder to leave the logs in")
    asked = parser.parse_args()
    options = Options(60 * asked.minutes, asked.seed, asked.rate, asked.broker == "mosquitto", asked.logs)
    return options, asked.database or ["SQLite", "PostgreSQL"]


def storm(name: str, options: Options) -> Outcome:
    """One storm over one database."""
    say = _sayer(name)
    with ExitStack() as at_the_end:
        outside = Path(mkdtemp(prefix="storm-"))
        at_the_end.callback(shutil.rmtree, outside)
        disk = at_the_end.enter_context(small_disk(outside / "disk"))
        database: Database = Sqlite(disk.folder) if name == "SQLite" else Postgres(disk.folder, outside)
        if database.process is not None:
            at_the_end.callback(database.process.end)
        engine = open_database(database.url)
        at_the_end.callback(engine.dispose)
        upgrade_schema(engine)
        keys = furnish(engine)
        engine.dispose()
        clock = Clock(outside)
        installation = Installation(database, disk, outside, clock, options.mosquitto)
        at_the_end.callback(_keep_logs, installation, options.logs, name)
        at_the_end.callback(installation.end)
        installation.start()
        _wait_until_ready(installation.url)
        _wait_until_heard(engine, installation.mqtt_port)
        say("ready")
        troubles = Troubles(installation, database, disk, clock, options.seconds, options.seed, say)
        return _played(engine, installation, keys, troubles, options, say)


def _played(
    engine: Engine,
    installation: Installation,
    keys: Keys,
    troubles: Troubles,
    options: Options,
    say: Callable[[str], None],
) -> Outcome:
    record, asked, read = Record(), installation.outside / "asked", installation.outside / "read.json"
    begun = time.monotonic()
    ends = begun + options.seconds
    with (
        _beside("liveness", str(installation.port), str(asked)),
        _beside("readers", str(installation.port), keys.buyers[0], str(read)),
    ):
        sensors = Sensors(installation.mqtt_port, options.rate, record)
        stop = threading.Event()
        users = _users(installation.url, keys, record, stop, ends + CALM_WITHIN, options.seed)
        for thread in users:
            thread.start()
        sensors.start()
        try:
            troubles.make()
            say("calm")
        finally:
            stop.set()
            sensors.stop()
        for thread in users:
            thread.join()
        all_in = _wait_until_all_is_in(engine, sensors)
        say(f"all is in, {sensors.waiting} messages were never acknowledged")
    sensors.close()
    installation.end()
    broker_kills = [moment for moment, target in troubles.kills if target == "mosquitto"]
    findings = judging.judge(engine, record, broker_kills)
    return _outcome(findings, record, troubles, liveness.read(asked), json.loads(read.read_text()), all_in - ends)


def _users(
    url: str, keys: Keys, record: Record, stop: threading.Event, until: float, seed: int
) -> list[threading.Thread]:
    def client(key: str) -> Client:
        return Client(url, key, until, record, stop)

    def chance(number: int) -> random.Random:
        return random.Random(1000 * seed + number)  # noqa: S311 - which lines, how long a thought

    threads = [threading.Thread(target=post_readings, args=(client(keys.integration), record, chance(0)))]
    for number, warehouse in enumerate(WAREHOUSES):
        key = client(keys.buyers[number])
        buyer = Buyer(key, record, warehouse, buyer_of(warehouse), chance(1 + number))
        threads.append(threading.Thread(target=buyer.buy))
    for number, kinds in enumerate((["suppliers", "sales"], ["orders", "lots"], ["readings"])):
        asked = (client(keys.erp), record, kinds, chance(10 + number))
        threads.append(threading.Thread(target=keep_importing, args=asked))
    return threads


@contextmanager
def _beside(module: str, *arguments: str) -> Iterator[None]:
    command = [sys.executable, "-m", f"tests.bench.storm.{module}", *arguments]
    with subprocess.Popen(command, cwd=ROOT) as process:  # noqa: S603 - our own
        try:
            yield
        finally:
            process.terminate()


def _wait_until_ready(url: str) -> None:
    until = time.monotonic() + READY_WITHIN
    while time.monotonic() < until:
        try:
            if httpx.get(f"{url}/readyz", timeout=2, trust_env=False).is_success:
                time.sleep(5)  # for the watcher, which follows
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise SystemExit("Freshfront has not become ready.")


def _wait_until_heard(engine: Engine, port: int) -> None:
    """Waits until a message arrives: before it is subscribed to for the first time, a broker acknowledges what it has
    nobody to keep for."""
    until = time.monotonic() + READY_WITHIN
    while time.monotonic() < until:
        publish.single("freshfront/readings/nobody", "is somebody there?", qos=1, hostname="127.0.0.1", port=port)
        time.sleep(0.2)
        with reading(engine) as session:
            if session.scalar(select(func.count()).select_from(QuarantinedMessageRow)):
                return
    raise SystemExit("The watcher hears nothing.")


def _wait_until_all_is_in(engine: Engine, sensors: Sensors) -> float:
    """Waits until nothing new comes in any more; when the last came."""
    changed, before, until = time.monotonic(), -1, time.monotonic() + CALM_WITHIN
    while time.monotonic() < min(until, changed + QUIET) or (sensors.waiting and time.monotonic() < until):
        with reading(engine) as session:
            now = sum(session.scalar(select(func.count()).select_from(row)) or 0 for row in KEPT_IN)
        if now != before:
            changed, before = time.monotonic(), now
        time.sleep(0.5)
    return changed


def _outcome(
    findings: Sequence[judging.Finding],
    record: Record,
    troubles: Troubles,
    questions: Sequence[tuple[float, float]],
    read: dict[str, Any],
    late_by: float,
) -> Outcome:
    figures = {finding.what: f"{finding.figure:,}" for finding in findings}
    faults = [f"{finding.what}: {finding.figure}" for finding in findings if finding.fault and finding.figure]
    faults += [*record.unexpected, *read["faults"]][:TOLD]
    figures["the last of it was in after the storm's end"] = f"{max(0.0, late_by):.0f} s"
    kills = Counter(target for _, target in troubles.kills)
    figures["killed"] = f"{kills.total()}: " + ", ".join(f"{times} {target}" for target, times in kills.items())
    figures |= {name: f"{seconds:.0f} s" for name, seconds in troubles.seconds_of.items()}
    answers = Counter({what[-1]: times for what, times in record.counts.items() if isinstance(what, tuple)})
    for who, counts in (("readers' answers", read["counts"]), ("clients' answers", answers)):
        figures[who] = ", ".join(f"{times:,} {what}" for what, times in sorted(counts.items(), key=str))
    of_livez, late = _livez(questions, troubles.kills)
    return Outcome(figures | of_livez, [*faults, *late])


def _livez(
    questions: Sequence[tuple[float, float]], kills: Sequence[tuple[float, str]]
) -> tuple[dict[str, str], list[str]]:
    """What `/livez` did, and where that was not in time: after a kill of the service, and while it lived."""
    figures, faults = {}, []
    for target in ("service", "everything"):
        moments = [moment for moment, killed in kills if killed == target]
        back = sorted(liveness.judge(questions, moments, questions[-1][0]).back_after)
        if back:
            median = f"{back[len(back) // 2]:.1f} s"
            figures[f"`/livez` again after a kill of {target}"] = f"{median}, at most {back[-1]:.1f} s"
        if back and target == "service" and back[-1] > BACK_WITHIN:
            faults.append(f"/livez answered {back[-1]:.1f} s after a kill of the service")
    moments = [moment for moment, killed in kills if killed in ("service", "everything")]
    alive = liveness.judge(questions, moments, questions[-1][0])
    median = f"{1000 * alive.median:.0f} ms"
    figures["`/livez` while the service lives"] = f"median {median}, worst {alive.worst:.2f} s of {alive.asked:,}"
    figures["later than 1 s"] = f"{alive.late:,}"
    if alive.late:
        faults.append(f"{alive.late} answers of /livez were late, the worst by {alive.worst:.2f} s")
    return figures, faults


def _keep_logs(installation: Installation, logs: Path | None, name: str) -> None:
    if logs is not None:
        target = logs / name
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(installation.folder / "var" / "log", target)
        for log in installation.outside.glob("*.log"):
            shutil.copy(log, target)


def _sayer(name: str) -> Callable[[str], None]:
    begun = time.monotonic()

    def say(line: str) -> None:
        print(f"{name} {time.monotonic() - begun:6.1f} s  {line}", file=sys.stderr, flush=True)

    return say


if __name__ == "__main__":
    sys.exit(main())
