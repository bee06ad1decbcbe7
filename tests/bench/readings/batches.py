"""Batches of 1,000 readings by HTTP: what one costs with so many readings kept as with none, beside a bare executemany
of the same rows in transactions of 1,000 into a table like ours.

`python -m tests.bench.readings.batches --kept 20000000` prints lines of Markdown for docs/measured.md and ends with 1
where a batch costs more than 1.2 times as much with them, or its pace is below a quarter of the bare one.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx
from sqlalchemy import Engine, text

from data.database import open_database, writing
from data.tables import Role
from flows.access.keys import create_key
from tests.bench.readings.places import database, put_readings, put_sensors
from tests.ports import free_port

BATCH, BATCHES, WARM = 1_000, 60, 10
AT_MOST, AT_LEAST = 1.2, 0.25
BARE = {
    "sqlite": "CREATE TABLE bare_readings (sensor_id VARCHAR(64), taken_at DATETIME, temperature_c DOUBLE, "
    "known_at DATETIME, PRIMARY KEY (sensor_id, taken_at)) WITHOUT ROWID",
    "postgresql": "CREATE TABLE bare_readings (sensor_id VARCHAR(64), taken_at TIMESTAMPTZ, temperature_c DOUBLE "
    "PRECISION, known_at TIMESTAMPTZ, PRIMARY KEY (sensor_id, taken_at))",
}
Row = tuple[str, datetime, float]


@contextmanager
def served(url: str) -> Iterator[httpx.Client]:
    """A client with a key of the service as `freshfront serve` runs it."""
    engine, port = open_database(url), free_port()
    with writing(engine) as session:
        _, key = create_key(session, f"bench {port}", Role.INTEGRATION, datetime.now(UTC))
    engine.dispose()
    settings = {"FRESHFRONT_DATABASE_URL": url, "FRESHFRONT_PORT": str(port), "FRESHFRONT_CHANGES_PER_MINUTE": "100000"}
    command = "from flows.settings import Settings; from flows.processes.running import serve; serve(Settings())"
    process = subprocess.Popen([sys.executable, "-c", command], env=os.environ | settings, stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        with httpx.Client(
            base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {key}"}, timeout=60
        ) as client:
            _wait_for(client)
            yield client
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(client: httpx.Client) -> None:
    while True:
        try:
            if client.get("/livez").is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.1)


def batches(sensor_ids: list[str], first: datetime, count: int) -> Iterator[list[Row]]:
    """New readings in the order of their times, inside their limits."""
    each = BATCH // len(sensor_ids)
    for batch in range(count):
        moments = [first + timedelta(seconds=30 * (batch * each + n)) for n in range(each)]
        yield [(sensor_id, moment, 3.0) for moment in moments for sensor_id in sensor_ids]


def seconds_by_http(client: httpx.Client, sensor_ids: list[str], first: datetime) -> list[float]:
    """Of each batch, from sending its body; the first ones are not counted."""
    took = []
    for rows in batches(sensor_ids, first, WARM + BATCHES):
        sent = [{"sensor_id": s, "taken_at": t.isoformat(), "temperature_c": c} for s, t, c in rows]
        body, kind = json.dumps({"readings": sent}), {"Content-Type": "application/json"}
        began = time.perf_counter()
        answer = client.post("/v1/readings", content=body, headers=kind)
        took.append(time.perf_counter() - began)
        if answer.status_code != 200 or answer.json()["accepted"] != len(rows):
            raise SystemExit(f"answered {answer.status_code}: {answer.text[:300]}")
    return took[WARM:]


def seconds_bare(engine: Engine, sensor_ids: list[str], first: datetime) -> list[float]:
    """Of each batch by the driver's executemany, in a transaction of its own."""
    dialect, took = engine.dialect.name, []
    mark = "?" if dialect == "sqlite" else "%s"
    statement = f"INSERT INTO bare_readings VALUES ({', '.join([mark] * 4)})"  # noqa: S608 - our own names
    with engine.begin() as connection:
        connection.execute(text(BARE[dialect]))
    writers = engine.execution_options(freshfront_writes=True)
    for rows in batches(sensor_ids, first, WARM + BATCHES):
        as_kept = [(s, t.strftime("%Y-%m-%d %H:%M:%S.%f") if dialect == "sqlite" else t, c) for s, t, c in rows]
        values = [(*row, row[1]) for row in as_kept]
        with writers.connect() as connection:
            began = time.perf_counter()
            with connection.begin():
                connection.exec_driver_sql(statement, values)
            took.append(time.perf_counter() - began)
    return took[WARM:]


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kept", type=int, default=20_000_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    parser.add_argument("--sensors", type=int, default=200)
    asked = parser.parse_args()
    print("| database | with none | with readings kept | times as much | bare executemany | share of its pace |")
    print("|---|---|---|---|---|---|")
    good = True
    for kind in asked.database or ("sqlite", "postgresql"):
        with database(kind) as url:
            good &= _measured(url, asked.kept, asked.sensors)
    sys.exit(0 if good else 1)


def _measured(url: str, kept: int, sensors: int) -> bool:
    engine = open_database(url)
    sensor_ids = put_sensors(engine, sensors)
    last = put_readings(engine, kept, sensors)
    with served(url) as client:
        full = statistics.median(seconds_by_http(client, sensor_ids, last))
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM readings" if engine.dialect.name == "sqlite" else "TRUNCATE readings"))
        connection.execute(text("DELETE FROM sensor_states"))
    with served(url) as client:
        none = statistics.median(seconds_by_http(client, sensor_ids, last))
    bare = statistics.median(seconds_bare(engine, sensor_ids, last))
    name = engine.dialect.name
    engine.dispose()
    with_none, with_kept, by_driver = (f"{seconds * 1000:.1f} ms" for seconds in (none, full, bare))
    share = f"{full / none:.2f} | {by_driver} | {bare / full:.0%}"
    print(f"| {name} | {with_none} | {with_kept} with {kept:,} | {share} |", flush=True)
    return full / none <= AT_MOST and bare / full >= AT_LEAST


if __name__ == "__main__":
    main()
