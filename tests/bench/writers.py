"""How long writers wait for each other on SQLite, which lets one write at a time: five plans of the sample region at
once, each of other warehouses, then an import of a large file, while somebody makes small writes all the time.

`python -m tests.bench.writers` prints lines of Markdown for docs/measured.md and ends with 1 where a plan was not made
or a small write waited longer than a second. `--database FILE` takes a copy of a region that is there, forecasts and
all, instead of making one.
"""

import argparse
import csv
import os
import shutil
import sys
import time
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Engine, event, select, text

from data.database import open_database, reading, upgrade_schema, writing
from data.importers.importing import import_file
from data.sample.region import generate_sample_region
from data.tables import ProductRow, WarehouseRow
from flows.day import steps
from flows.day.scope import chosen_warehouses, regions_of_run
from flows.for_each_warehouse import side_by_side
from flows.purchasing.planning.purchase_plans import make_purchase_plan

AT_MOST = 1.0  # seconds that a small write may wait
PLANS = 5
SPAWN = get_context("spawn")


@dataclass
class WriteTimes:
    """By write transaction of an engine, in seconds: how long it waited to begin, and how long others then waited."""

    waited: list[float] = field(default_factory=list)
    held: list[float] = field(default_factory=list)

    def watch(self, engine: Engine) -> None:
        """Measures all that the engine writes from now on."""
        since: dict[int, float] = {}

        def asks(connection: Any) -> None:
            since[id(connection)] = time.monotonic()

        def begins(connection: Any) -> None:
            if connection.get_execution_options().get("freshfront_writes"):
                now = time.monotonic()
                self.waited.append(now - since[id(connection)])
                since[id(connection)] = now
            else:
                since.pop(id(connection))

        def ends(connection: Any) -> None:
            if (began := since.pop(id(connection), None)) is not None:
                self.held.append(time.monotonic() - began)

        event.listen(engine, "begin", asks, insert=True)
        event.listen(engine, "begin", begins)
        event.listen(engine, "commit", ends)
        event.listen(engine, "rollback", ends)


def small_writes(url: str, ready: Any, stop: Any, answer: Any) -> None:
    """In a process of its own, as the watcher is: writes a row every few milliseconds until told to stop, and answers
    with the seconds that each took."""
    engine, seconds = open_database(url), []
    ready.set()
    while not stop.wait(0.02):
        since = time.monotonic()
        with writing(engine) as session:
            session.execute(text("UPDATE warehouses SET name = name WHERE warehouse_id = 'W01'"))
        seconds.append(time.monotonic() - since)
    answer.put(seconds)


def make_plan(url: str, warehouse_ids: list[str], now: datetime) -> tuple[float, WriteTimes]:
    """In a process or thread of its own: how long a plan took, and its writes."""
    engine, times = open_database(url), WriteTimes()
    times.watch(engine)
    since = time.monotonic()
    make_purchase_plan(engine, warehouse_ids, now, "bench")
    return time.monotonic() - since, times


def main() -> int:
    """Measures what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", type=Path)
    parser.add_argument("--rows", type=int, default=100_000, help="rows of the file of sales")
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        engine = open_database(f"sqlite:///{folder}/writers.sqlite")
        if asked.database is None:
            _make_region(engine)
        else:
            engine.dispose()
            shutil.copy(asked.database, Path(folder) / "writers.sqlite")
        upgrade_schema(engine)
        print("| at once | longest wait of a small write | longest hold | small writes | seconds |")
        print("|---|---:|---:|---:|---:|")
        late = [
            _plans(engine, ProcessPoolExecutor(PLANS, mp_context=SPAWN), "a process each"),
            _plans(engine, ThreadPoolExecutor(PLANS), "in one process"),
            _import(engine, Path(folder), asked.rows),
        ]
    return int(any(late))


def _plans(engine: Engine, together: Executor, how: str) -> bool:
    with reading(engine) as session:
        names = list(session.scalars(select(WarehouseRow.warehouse_id).order_by(WarehouseRow.warehouse_id)))
        origin = session.scalar(text("SELECT max(origin) FROM forecasts"))
    now = datetime.fromisoformat(origin).replace(tzinfo=UTC) + timedelta(minutes=10)
    url = engine.url.render_as_string(hide_password=False)
    parts = [names[part::PLANS] for part in range(PLANS)]
    with together:
        list(together.map(abs, range(PLANS)))  # they are there

        def plans() -> WriteTimes:
            made = [together.submit(make_plan, url, part, now) for part in parts]
            done = [one.result() for one in made]
            return WriteTimes(held=[held for _, times in done for held in times.held])

        return _measured(engine, f"{PLANS} plans of {len(parts[0])} warehouses, {how}", plans)


def _import(engine: Engine, folder: Path, rows: int) -> bool:
    path = folder / "sales.csv"
    with reading(engine) as session:
        warehouses = list(session.scalars(select(WarehouseRow.warehouse_id)))
        products = list(session.scalars(select(ProductRow.product_id)))
    days = -(-rows // (len(warehouses) * len(products)))
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["warehouse_id", "product_id", "date", "sales"])
        for day in range(days):
            on = date(2024, 1, 1) + timedelta(days=day)
            writer.writerows((place, product, on, day % 7) for place in warehouses for product in products)

    def imports() -> WriteTimes:
        times = WriteTimes()
        own = open_database(engine.url.render_as_string(hide_password=False))
        times.watch(own)
        import_file(own, "sales", path, now=datetime.now(UTC))
        own.dispose()
        return times

    return _measured(engine, f"import of {days * len(warehouses) * len(products):,} rows of sales", imports)


def _measured(engine: Engine, what: str, work: Callable[[], WriteTimes]) -> bool:
    """Prints how long small writes waited while the work was done; whether one waited too long."""
    ready, stop, answer = SPAWN.Event(), SPAWN.Event(), SPAWN.Queue()
    url = engine.url.render_as_string(hide_password=False)
    somebody = SPAWN.Process(target=small_writes, args=(url, ready, stop, answer))
    somebody.start()
    ready.wait()
    since = time.monotonic()
    times = work()
    took = time.monotonic() - since
    stop.set()
    seconds = answer.get()
    somebody.join()
    print(f"| {what} | {max(seconds):.2f} s | {max(times.held):.2f} s | {len(seconds):,} | {took:.1f} |")
    return max(seconds) > AT_MOST


def _make_region(engine: Engine) -> None:
    """The sample region with its forecasts of today."""
    upgrade_schema(engine)
    now = datetime(2026, 3, 1, 17, tzinfo=UTC)  # 01:00 on March 2nd in Shanghai
    generate_sample_region(engine, until=date(2026, 3, 1))
    os.environ["FRESHFRONT_DATABASE_URL"] = engine.url.render_as_string(hide_password=False)  # the steps open it
    for region in regions_of_run(engine, chosen_warehouses(engine, None, now), now).values():
        steps.train(region.warehouses, region.origin, now, side_by_side)
        steps.forecast(region.warehouses, region.origin, now, side_by_side)


if __name__ == "__main__":
    sys.exit(main())
