"""Readings from a file: how fast `freshfront import readings` checks, keeps and judges them, beside a bare executemany
(SQLite) or COPY (PostgreSQL) of the same rows, parsed already, into the same table with its keys, in turns.

`python -m tests.bench.readings.by_import --readings 1000000` prints lines of Markdown for docs/measured.md and ends
with 1 where the import's pace is below half of the bare one.
"""

import argparse
import csv
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from sqlalchemy import Engine, func, select

from data.database import open_database, reading
from data.tables import ReadingRow
from flows.importing.documented_kinds import import_documented_file
from tests.bench.readings.places import FIRST, SENSORS, database, put_sensors

AT_LEAST = 0.5
EVERY = timedelta(minutes=5)
COLUMNS = ("sensor_id", "taken_at", "temperature_c", "known_at")
Row = tuple[str, datetime, float]


def readings(sensor_ids: Sequence[str], count: int, seed: int) -> Iterator[Row]:
    """By their times, as a logger writes them: each sensor sends at a second of its own and tells tenths of a degree
    inside its limits; a room in a hundred is too warm for two hours of each day."""
    drawn = Random(seed)  # noqa: S311 - no secret
    seconds = [drawn.randrange(int(EVERY.total_seconds())) for _ in sensor_ids]
    by_second = sorted(zip(seconds, sensor_ids, strict=True))
    for number in range(count):
        turn, which = divmod(number, len(by_second))
        second, sensor_id = by_second[which]
        taken_at = FIRST + turn * EVERY + timedelta(seconds=second)
        warm = sensor_id.endswith("00") and taken_at.hour in (10, 11)
        yield sensor_id, taken_at, round(drawn.uniform(1.0, 3.0) + (4.0 if warm else 0.0), 1)


def seconds_to_import(url: str, sensors: int, count: int, seed: int) -> float:
    """Of the whole import, from the file to the alarms."""
    engine = open_database(url)
    sensor_ids = put_sensors(engine, sensors)
    with TemporaryDirectory(dir=Path.cwd()) as folder:
        file = Path(folder) / "readings.csv"
        with file.open("w", encoding="utf-8", newline="") as opened:
            writer = csv.writer(opened)
            writer.writerow(COLUMNS[:3])
            writer.writerows((s, t.isoformat(), c) for s, t, c in readings(sensor_ids, count, seed))
        began = time.perf_counter()
        result = import_documented_file(engine, "readings", file, now=datetime.now(UTC))
        took = time.perf_counter() - began
    with reading(engine) as session:
        kept = session.scalar(select(func.count()).select_from(ReadingRow))
    engine.dispose()
    if result.rows != count or kept != count:
        raise SystemExit(f"{kept} of {count} readings are kept: {result}")
    print(f"<!-- {' '.join(result.notes)} -->", flush=True)
    return took


def seconds_bare(url: str, sensors: int, count: int, seed: int) -> float:
    """Of the driver alone, in one transaction, of rows that are as it takes them."""
    engine = open_database(url)
    sensor_ids, dialect = put_sensors(engine, sensors), engine.dialect.name
    said = ((s, t.strftime("%Y-%m-%d %H:%M:%S.%f") if dialect == "sqlite" else t, c)
            for s, t, c in readings(sensor_ids, count, seed))  # fmt: skip
    rows = [(s, t, c, t) for s, t, c in said]
    took = _executemany(engine, rows) if dialect == "sqlite" else _copy(engine, rows)
    engine.dispose()
    return took


def _executemany(engine: Engine, rows: Sequence[tuple[object, ...]]) -> float:
    statement = f"INSERT INTO readings ({', '.join(COLUMNS)}) VALUES (?, ?, ?, ?)"  # noqa: S608 - our own names
    with engine.execution_options(freshfront_writes=True).connect() as connection:
        began = time.perf_counter()
        with connection.begin():
            connection.connection.cursor().executemany(statement, rows)
        return time.perf_counter() - began


def _copy(engine: Engine, rows: Sequence[tuple[object, ...]]) -> float:
    with engine.connect() as connection:
        began = time.perf_counter()
        copying = f"COPY readings ({', '.join(COLUMNS)}) FROM STDIN"
        with connection.begin(), connection.connection.cursor() as cursor, cursor.copy(copying) as copy:
            for row in rows:
                copy.write_row(row)
        return time.perf_counter() - began


def _measured(kind: str, sensors: int, count: int, rounds: int) -> bool:
    took: dict[Callable[[str, int, int, int], float], list[float]] = {seconds_to_import: [], seconds_bare: []}
    for seed in range(rounds):
        for measure, seconds in took.items():
            with database(kind) as url:
                seconds.append(measure(url, sensors, count, seed))
    ours, bare = (statistics.median(seconds) for seconds in took.values())
    paces = f"{count / ours:,.0f} a second | {bare:.2f} s | {count / bare:,.0f} a second"
    print(f"| {kind} | {count:,} | {ours:.2f} s | {paces} | {bare / ours:.0%} |", flush=True)
    return bare / ours >= AT_LEAST


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readings", type=int, default=1_000_000)
    parser.add_argument("--sensors", type=int, default=SENSORS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append", type=str.lower)
    asked = parser.parse_args()
    print("| database | readings | import | its pace | bare | its pace | share |\n|---|---|---|---|---|---|---|")
    kinds = asked.database or ("sqlite", "postgresql")
    good = [_measured(kind, asked.sensors, asked.readings, asked.rounds) for kind in kinds]
    sys.exit(0 if all(good) else 1)


if __name__ == "__main__":
    main()
