"""Readings from before a moment, of which what each hour came to is left: lowest, mean, highest and how many.

The hours around an alarm keep all of their readings, an hour before it began and one after it ended included, and so
does the hour in which a sensor was heard last. A reading of such an hour that comes again later changes nothing but a
lowest or highest that it goes beyond. What contradicted readings goes with them, what sensors measured beside
temperature without a summary. An hour of which a reading or a measurement is not as it was sealed stays whole: once
pruned, nobody could tell.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Engine, Table, bindparam, delete, func, select, text

from data.database import reading
from data.pruning.batches import Work, count_of, in_batches, removing
from data.records.canonical import table_of
from data.records.chain import SEALS
from data.records.checking import altered_rows_of_series
from data.records.hours import Altered
from data.records.noting import note_hours, note_rows
from data.records.series import MEASUREMENTS, MOMENT, Series, series_of_sensor
from data.tables import (
    ContradictingReadingRow,
    ExcursionRow,
    ReadingHourRow,
    ReadingRow,
    SensorRow,
)
from data.tables.types import Moment
from data.whole_hours import HOUR, begin_of_hour

READINGS, HOURS = cast(Table, ReadingRow.__table__), cast(Table, ReadingHourRow.__table__)
CONTRADICTING = cast(Table, ContradictingReadingRow.__table__)
FIRST_MOMENT = datetime(1970, 1, 1, tzinfo=UTC)
AROUND = HOUR  # of an alarm
ROWS_AN_HOUR = 60  # of a sensor that is heard every minute: how many hours a batch of rows is


class RecordAltered(Exception):
    """Readings or measurements that were to be pruned are not as they were sealed; all others were."""


Span = tuple[datetime, datetime]  # from the beginning of an hour up to that of another
Prune = Callable[[Connection, Series, Span], int]  # removes the rows of hours, returns how many

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
    """Removes, or counts, readings, of which it keeps what their hours came to, and measurements."""
    with reading(engine) as session:
        sensors = list(session.scalars(select(SensorRow.sensor_id).order_by(SensorRow.sensor_id)))
    altered: list[str] = []
    rows = sum(_prune_sensor(engine, sensor_id, before, dry_run, altered) for sensor_id in sensors)
    rows += sum(_prune_measurements(engine, sensor_id, before, dry_run, altered) for sensor_id in sensors)
    if altered:
        raise RecordAltered(
            f"{len(altered):,} hours of readings or measurements were not pruned, of which some are not as they were "
            f"sealed, the first {altered[0]}. Run: freshfront coldchain verify"
        )
    return rows


def _prune_measurements(engine: Engine, sensor_id: str, before: datetime, dry_run: bool, altered: list[str]) -> int:
    span, rows = (FIRST_MOMENT, begin_of_hour(before)), 0
    for series in series_of_sensor(MEASUREMENTS, sensor_id):
        if dry_run:
            rows += count_of(engine, table_of(MEASUREMENTS), _in(series, span))
        else:
            rows += in_batches(engine, _pruning(series, span, _removed, altered))
    return rows


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
    rows, readings = 0, Series(READINGS.name, (sensor_id,))
    for span in between(kept, until):
        taken_at = CONTRADICTING.c.taken_at
        contradicting = (CONTRADICTING.c.sensor_id == sensor_id) & (taken_at >= span[0]) & (taken_at < span[1])
        if dry_run:
            rows += count_of(engine, READINGS, _in(readings, span))
            rows += count_of(engine, CONTRADICTING, contradicting)
        else:
            rows += in_batches(engine, _pruning(readings, span, _summarised, altered))
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


def _pruning(series: Series, span: Span, prune: Prune, altered: list[str]) -> Work:
    """Prunes the hours of a span, those left out of which a row is not as it was sealed; such are told in `altered`."""
    begin, end = span

    def work(connection: Connection, size: int) -> int:
        nonlocal begin
        while (first := _first_hour(connection, series, (begin, end))) is not None:
            until = min(first + HOUR * max(1, size // ROWS_AN_HOUR), end)
            if (bad := next(iter(_altered(connection, series, (first, until))), None)) is not None:
                until = begin_of_hour(bad.at) if isinstance(bad.at, datetime) else first
            if bad is None or until > first:
                return prune(connection, series, (first, until))
            altered.append(f"of sensor {' '.join(series.key)} at {bad.at}, which {bad.what}")
            begin = first + HOUR
        return 0

    return work


def _first_hour(connection: Connection, series: Series, span: Span) -> datetime | None:
    moment = table_of(series.kind).c[MOMENT]
    first = connection.scalar(select(func.min(moment)).where(_in(series, span)))
    return None if first is None else begin_of_hour(first)


def _altered(connection: Connection, series: Series, span: Span) -> list[Altered]:
    return list(altered_rows_of_series(connection, series, None, span))  # to its end, which closes what it reads


def _removed(connection: Connection, series: Series, hours: Span) -> int:
    of_it = (SEALS.c.kind == series.kind) & (SEALS.c.subject == series.subject)
    sealed = select(SEALS.c.at).where(of_it, SEALS.c.at >= hours[0], SEALS.c.at < hours[1]).distinct()
    removed = [(series.subject, hour) for hour in connection.scalars(sealed)]
    note_hours(connection, series.kind, removed, removed=True)
    return connection.execute(delete(table_of(series.kind)).where(_in(series, hours))).rowcount


def _summarised(connection: Connection, readings: Series, hours: Span) -> int:
    (sensor_id,) = readings.key
    given = {"sensor_id": sensor_id, "first": hours[0], "last": hours[1]}
    summarise = text(SUMMARISE.format(**IN_SQL[connection.dialect.name])).bindparams(
        bindparam("first", type_=Moment()), bindparam("last", type_=Moment())
    )
    connection.execute(summarise, given)
    left = select(HOURS).where(HOURS.c.sensor_id == sensor_id, HOURS.c.hour >= hours[0], HOURS.c.hour < hours[1])
    note_rows(connection, HOURS, cast(Any, connection.execute(left).mappings()))
    return connection.execute(delete(READINGS).where(_in(readings, hours))).rowcount


def _in(series: Series, span: Span) -> ColumnElement[bool]:
    moment = table_of(series.kind).c[MOMENT]
    return series.its_rows & (moment >= span[0]) & (moment < span[1])
