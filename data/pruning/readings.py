"""Readings from before a moment, of which what each hour came to is left: lowest, mean, highest and how many.

The hours around an alarm keep all of their readings, an hour before it began and one after it ended included, and so
does the hour in which a sensor was heard last. A reading of such an hour that comes again later changes nothing but a
lowest or highest that it goes beyond. What contradicted readings goes with them, what sensors measured beside
temperature without a summary. An hour of which a reading is not as it was sealed stays whole: once pruned, nobody could
tell.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Engine, Table, bindparam, delete, func, select, text

from data.database import reading
from data.pruning.batches import Work, count_of, in_batches, removing
from data.records.checking import altered_readings
from data.records.hours import Altered
from data.records.noting import note_rows
from data.tables import (
    ContradictingReadingRow,
    ExcursionRow,
    MeasurementRow,
    ReadingHourRow,
    ReadingRow,
    SensorRow,
)
from data.tables.types import Moment
from data.whole_hours import HOUR, begin_of_hour

READINGS, HOURS = cast(Table, ReadingRow.__table__), cast(Table, ReadingHourRow.__table__)
MEASUREMENTS, CONTRADICTING = cast(Table, MeasurementRow.__table__), cast(Table, ContradictingReadingRow.__table__)
FIRST_MOMENT = datetime(1970, 1, 1, tzinfo=UTC)
AROUND = HOUR  # of an alarm
ROWS_AN_HOUR = 60  # of a sensor that is heard every minute: how many hours a batch of rows is


class RecordAltered(Exception):
    """Readings that were to be pruned are not as they were sealed; all others were."""


Span = tuple[datetime, datetime]  # from the beginning of an hour up to that of another

SUMMARISE = """
    INSERT INTO reading_hours (sensor_id, hour, lowest_c, mean_c, highest_c, readings)
    SELECT sensor_id, {hour}, min(temperature_c), avg(temperature_c), max(temperature_c), count(*) FROM readings
    WHERE sensor_id = :sensor_id AND taken_at >= :first AND taken_at < :last GROUP BY 1, 2
    ON CONFLICT (sensor_id, hour) DO UPDATE SET
        mean_c = CASE WHEN excluded.readings > reading_hours.readings
            THEN excluded.mean_c ELSE reading_hours.mean_c END,
        lowest_c = {least}(excluded.lowest_c, reading_hours.lowest_c),
        highest_c = {greatest}(excluded.highest_c, reading_hours.highest_c),
        readings = {greatest}(excluded.readings, reading_hours.readings)
"""
IN_SQL = {
    "sqlite": {"hour": "strftime('%Y-%m-%d %H:00:00.000000', taken_at)", "least": "min", "greatest": "max"},
    "postgresql": {"hour": "date_trunc('hour', taken_at, 'UTC')", "least": "least", "greatest": "greatest"},
}


def prune_readings(engine: Engine, before: datetime, dry_run: bool) -> int:
    """Removes, or counts, readings, and keeps what their hours came to."""
    with reading(engine) as session:
        sensors = list(session.scalars(select(SensorRow.sensor_id).order_by(SensorRow.sensor_id)))
    altered: list[str] = []
    rows = sum(_prune_sensor(engine, sensor_id, before, dry_run, altered) for sensor_id in sensors)
    rows += sum(_prune_measurements(engine, sensor_id, before, dry_run) for sensor_id in sensors)
    if altered:
        raise RecordAltered(
            f"{len(altered):,} hours of readings were not pruned, of which some are not as they were sealed, the first "
            f"{altered[0]}. Run: freshfront coldchain verify"
        )
    return rows


def _prune_measurements(engine: Engine, sensor_id: str, before: datetime, dry_run: bool) -> int:
    """What a sensor measured beside temperature goes without a summary."""
    of_it = (MEASUREMENTS.c.sensor_id == sensor_id) & (MEASUREMENTS.c.taken_at < before)
    return count_of(engine, MEASUREMENTS, of_it) if dry_run else in_batches(engine, removing(MEASUREMENTS, of_it))


def _prune_sensor(engine: Engine, sensor_id: str, before: datetime, dry_run: bool, altered: list[str]) -> int:
    with reading(engine) as session:
        last = session.scalar(select(func.max(ReadingRow.taken_at)).where(ReadingRow.sensor_id == sensor_id))
        if last is None:
            return 0
        until = min(begin_of_hour(before), begin_of_hour(last))
        alarms = session.execute(
            select(ExcursionRow.began_at, ExcursionRow.ended_at)
            .where(ExcursionRow.sensor_id == sensor_id, ExcursionRow.began_at < until + AROUND)
            .order_by(ExcursionRow.began_at)
        ).all()
    kept = [
        (begin_of_hour(began - AROUND), until if ended is None else begin_of_hour(ended + AROUND) + HOUR)
        for began, ended in alarms
    ]
    rows = 0
    for span in between(kept, until):
        contradicting = _of(CONTRADICTING, sensor_id, span)
        if dry_run:
            rows += count_of(engine, READINGS, _of(READINGS, sensor_id, span))
            rows += count_of(engine, CONTRADICTING, contradicting)
        else:
            rows += in_batches(engine, _summarising(sensor_id, span, altered))
            rows += in_batches(engine, removing(CONTRADICTING, contradicting))
    return rows


def between(kept: Sequence[Span], until: datetime) -> Iterator[Span]:
    """The spans up to `until` that lie in none of those `kept`, which come by their beginnings."""
    begin = FIRST_MOMENT
    for first, last in kept:
        if begin < min(first, until):
            yield begin, min(first, until)
        begin = max(begin, last)
    if begin < until:
        yield begin, until


def _summarising(sensor_id: str, span: Span, altered: list[str]) -> Work:
    begin, end = span

    def work(connection: Connection, size: int) -> int:
        nonlocal begin
        while (first := _first_hour(connection, sensor_id, (begin, end))) is not None:
            until = min(first + HOUR * max(1, size // ROWS_AN_HOUR), end)
            if (bad := next(iter(_altered(connection, sensor_id, (first, until))), None)) is not None:
                until = begin_of_hour(bad.at) if isinstance(bad.at, datetime) else first
            if bad is None or until > first:
                return _summarised(connection, sensor_id, (first, until))
            altered.append(f"of sensor {sensor_id} at {bad.at}, which {bad.what}")
            begin = first + HOUR
        return 0

    return work


def _first_hour(connection: Connection, sensor_id: str, span: Span) -> datetime | None:
    first = connection.scalar(select(func.min(READINGS.c.taken_at)).where(_of(READINGS, sensor_id, span)))
    return None if first is None else begin_of_hour(first)


def _altered(connection: Connection, sensor_id: str, span: Span) -> list[Altered]:
    return list(altered_readings(connection, sensor_id, None, span))  # to its end, which closes what it reads


def _summarised(connection: Connection, sensor_id: str, hours: Span) -> int:
    given = {"sensor_id": sensor_id, "first": hours[0], "last": hours[1]}
    summarise = text(SUMMARISE.format(**IN_SQL[connection.dialect.name])).bindparams(
        bindparam("first", type_=Moment()), bindparam("last", type_=Moment())
    )
    connection.execute(summarise, given)
    left = select(HOURS).where(HOURS.c.sensor_id == sensor_id, HOURS.c.hour >= hours[0], HOURS.c.hour < hours[1])
    note_rows(connection, HOURS, cast(Any, connection.execute(left).mappings()))
    return connection.execute(delete(READINGS).where(_of(READINGS, sensor_id, hours))).rowcount


def _of(table: Table, sensor_id: str, span: Span) -> ColumnElement[bool]:
    return (table.c.sensor_id == sensor_id) & (table.c.taken_at >= span[0]) & (table.c.taken_at < span[1])
