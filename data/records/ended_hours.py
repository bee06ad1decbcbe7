"""Notes the hours of readings and measurements that are over, so that they are sealed: once each, some minutes after
their end, in short transactions from the first row on. Up to when that was done stands in `readings_sealed`; what comes
for an hour before it is noted by who writes it.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import cast

from sqlalchemy import Connection, Select, Table, bindparam, func, insert, select, text, update

from data.records.canonical import table_of
from data.records.series import MOMENT, OF_A_SENSOR, key_of_series
from data.tables import ReadingsSealedRow, SensorRow
from data.tables.types import Moment
from data.whole_hours import begin_of_hour

UNTIL, SENSOR = cast(Table, ReadingsSealedRow.__table__), cast(Table, SensorRow.__table__)
AFTER_THE_HOUR = timedelta(minutes=10)  # what is sent in parts has come by then, and needs no seal of its own
SPAN_NOTED = timedelta(hours=6)  # in a step, of all series
FIRST_MOMENT = datetime(1970, 1, 1, tzinfo=UTC)
HOURS = """
    INSERT INTO records_to_seal (kind, subject, at, columns, digest)
    SELECT DISTINCT '{kind}', {subject}, {hour}, '', NULL FROM {kind}
    WHERE sensor_id IN (SELECT sensor_id FROM sensors){rest} AND taken_at >= :since AND taken_at < :until
    ON CONFLICT (kind, subject, at) DO NOTHING
"""
HOUR_IN_SQL = {
    "sqlite": "strftime('%Y-%m-%d %H:00:00.000000', taken_at)",
    "postgresql": "date_trunc('hour', taken_at, 'UTC')",
}


def note_hours_that_ended(connection: Connection, now: datetime, to_the_last: bool = False) -> bool:
    """Notes the next of the hours that are over: those of `SPAN_NOTED` from the first row on. Returns whether there are
    more. `to_the_last`: in the end the hour that goes on too, of which what comes later is sealed later."""
    end = begin_of_hour(now - AFTER_THE_HOUR)
    since = connection.scalar(select(UNTIL.c.until).with_for_update())
    if since is None:
        since = min(_first_hour(connection, FIRST_MOMENT) or end, end)
        connection.execute(insert(UNTIL).values(only_row=1, until=since))
    if since < end:
        first = _first_hour(connection, since)
        until = end if first is None else min(first + SPAN_NOTED, end)
        _note_hours(connection, since, until)
        connection.execute(update(UNTIL).values(until=until))
        return to_the_last or until < end
    if to_the_last:
        _note_hours(connection, since, now + timedelta(days=3650))
    return False


def _first_hour(connection: Connection, since: datetime) -> datetime | None:
    """The hour of the first row from a moment on, by a look-up a series; None: there is none."""
    firsts = [connection.scalar(query) for query in _first_moments(since)]
    return min((begin_of_hour(first) for first in firsts if first is not None), default=None)


def _first_moments(since: datetime) -> Iterator[Select[tuple[datetime | None]]]:
    for kind, of_a_sensor in OF_A_SENSOR.items():
        table = table_of(kind)
        sensor, *others = key_of_series(table)
        for rest in of_a_sensor:
            same = [column == value for column, value in zip(others, rest, strict=True)]
            first = select(func.min(table.c[MOMENT])).where(
                sensor == SENSOR.c.sensor_id, *same, table.c[MOMENT] >= since
            )
            yield select(func.min(first.scalar_subquery())).select_from(SENSOR)


def _note_hours(connection: Connection, since: datetime, until: datetime) -> None:
    bound = [bindparam(name, type_=Moment()) for name in ("since", "until")]
    hour = HOUR_IN_SQL[connection.dialect.name]
    for kind, of_a_sensor in OF_A_SENSOR.items():
        key = [column.name for column in key_of_series(table_of(kind))]
        for rest in of_a_sensor:  # names and values are our own
            others = "".join(f" AND {name} = '{value}'" for name, value in zip(key[1:], rest, strict=True))
            filled = HOURS.format(kind=kind, subject=" || '|' || ".join(key), hour=hour, rest=others)
            connection.execute(text(filled).bindparams(*bound), {"since": since, "until": until})
