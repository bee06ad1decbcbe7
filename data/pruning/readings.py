"""Readings from before a moment, of which what each hour came to is left: lowest, mean, highest and how many.

The hours around an alarm keep all of their readings, an hour before it began and one after it ended included, and so
does the hour in which a sensor was heard last. A reading of such an hour that comes again later changes nothing but a
lowest or highest that it goes beyond. What sensors measured beside temperature goes without a summary.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Engine, Table, bindparam, delete, func, select, text

from data.database import reading
from data.pruning.batches import Work, count_of, in_batches, removing
from data.records.checking import altered_readings
from data.records.noting import begin_of_hour, note_rows
from data.tables import ExcursionRow, MeasurementRow, ReadingHourRow, ReadingRow, SensorRow
from data.tables.types import Moment

READINGS, HOURS = cast(Table, ReadingRow.__table__), cast(Table, ReadingHourRow.__table__)
MEASUREMENTS = cast(Table, MeasurementRow.__table__)
HOUR = timedelta(hours=1)
FIRST_MOMENT = datetime(1970, 1, 1, tzinfo=UTC)
AROUND = HOUR  # of an alarm
ROWS_AN_HOUR = 60  # of a sensor that is heard every minute: how many hours a batch of rows is


class RecordAltered(Exception):
    """Readings that are to be pruned are not as they were sealed."""


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
    rows = sum(_prune_sensor(engine, sensor_id, before, dry_run) for sensor_id in sensors)
    return rows + sum(_prune_measurements(engine, sensor_id, before, dry_run) for sensor_id in sensors)


def _prune_measurements(engine: Engine, sensor_id: str, before: datetime, dry_run: bool) -> int:
    """What a sensor measured beside temperature goes without a summary."""
    of_it = (MEASUREMENTS.c.sensor_id == sensor_id) & (MEASUREMENTS.c.taken_at < before)
    return count_of(engine, MEASUREMENTS, of_it) if dry_run else in_batches(engine, removing(MEASUREMENTS, of_it))


def _prune_sensor(engine: Engine, sensor_id: str, before: datetime, dry_run: bool) -> int:
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
        rows += _count(engine, sensor_id, span) if dry_run else in_batches(engine, _summarising(sensor_id, span))
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


def _summarising(sensor_id: str, span: Span) -> Work:
    begin, end = span

    def work(connection: Connection, size: int) -> int:
        nonlocal begin
        first = connection.scalar(select(func.min(READINGS.c.taken_at)).where(_of(sensor_id, (begin, end))))
        if first is None:
            return 0
        begin = begin_of_hour(first)
        hours = begin, min(begin + HOUR * max(1, size // ROWS_AN_HOUR), end)
        given = {"sensor_id": sensor_id, "first": hours[0], "last": hours[1]}
        summarise = text(SUMMARISE.format(**IN_SQL[connection.dialect.name])).bindparams(
            bindparam("first", type_=Moment()), bindparam("last", type_=Moment())
        )
        _refuse_altered(connection, sensor_id, hours)
        connection.execute(summarise, given)
        left = select(HOURS).where(HOURS.c.sensor_id == sensor_id, HOURS.c.hour >= hours[0], HOURS.c.hour < hours[1])
        note_rows(connection, HOURS, cast(Any, connection.execute(left).mappings()))
        return connection.execute(delete(READINGS).where(_of(sensor_id, hours))).rowcount

    return work


def _refuse_altered(connection: Connection, sensor_id: str, span: Span) -> None:
    """Raises RecordAltered for readings that are not as they were sealed: once pruned, nobody could tell."""
    for altered in list(altered_readings(connection, sensor_id, None, span)):  # to its end, which closes what it reads
        raise RecordAltered(
            f"The reading of sensor {sensor_id} at {altered.at} {altered.what} since it was sealed: readings of that "
            "sensor are not pruned. Run: freshfront coldchain verify"
        )


def _of(sensor_id: str, span: Span) -> ColumnElement[bool]:
    return (READINGS.c.sensor_id == sensor_id) & (READINGS.c.taken_at >= span[0]) & (READINGS.c.taken_at < span[1])


def _count(engine: Engine, sensor_id: str, span: Span) -> int:
    return count_of(engine, READINGS, _of(sensor_id, span))
