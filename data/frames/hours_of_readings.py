"""What the readings of sensors came to by hour, of readings as they are kept and of hours whose readings were pruned.

What a broken probe says is no temperature and counts nowhere. A read costs the readings of the sensors asked for since
a moment, each once; none of them leaves the database.
"""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import String, func, select
from sqlalchemy.orm import Session

from data.tables import ReadingHourRow, ReadingRow
from data.tables.coldchain import COLDEST_C, RESET_CODE_C, WARMEST_C

Mean = tuple[str, datetime, float]
Extremes = tuple[str, datetime, float, float]


def hourly_means(session: Session, sensor_ids: Collection[str], first: datetime, moment: datetime) -> Iterator[Mean]:
    """Sensor, hour and its mean, of readings since `first` as known at a moment: of hours that were pruned first, so
    that readings that came again count."""
    pruned = ReadingHourRow
    yield from session.execute(_pruned(sensor_ids, first, moment, pruned.mean_c)).tuples()
    hour = _hour_of(session)
    means = _kept(hour, sensor_ids, first, moment, func.avg(ReadingRow.temperature_c))
    for sensor_id, text, mean_c in session.execute(means.where(ReadingRow.known_at <= moment)).tuples():
        yield sensor_id, _moment(text), mean_c


def hourly_extremes(
    session: Session, sensor_ids: Collection[str], first: datetime, moment: datetime
) -> Iterator[Extremes]:
    """Sensor, hour, its lowest and its highest temperature; pruned hours first."""
    pruned, celsius = ReadingHourRow, ReadingRow.temperature_c
    yield from session.execute(_pruned(sensor_ids, first, moment, pruned.lowest_c, pruned.highest_c)).tuples()
    hour = _hour_of(session)
    extremes = _kept(hour, sensor_ids, first, moment, func.min(celsius), func.max(celsius))
    for sensor_id, text, lowest_c, highest_c in session.execute(extremes).tuples():
        yield sensor_id, _moment(text), lowest_c, highest_c


def _pruned(sensor_ids: Collection[str], first: datetime, moment: datetime, *columns: Any) -> Any:
    row = ReadingHourRow
    query = select(row.sensor_id, row.hour, *columns)
    return query.where(row.sensor_id.in_(sensor_ids), row.hour >= first, row.hour <= moment)


def _kept(hour: Any, sensor_ids: Collection[str], first: datetime, moment: datetime, *sums: Any) -> Any:
    row = ReadingRow
    return (
        select(row.sensor_id, hour, *sums)
        .where(row.sensor_id.in_(sensor_ids), row.taken_at >= first, row.taken_at <= moment)
        .where(row.temperature_c.between(COLDEST_C, WARMEST_C), row.temperature_c != RESET_CODE_C)
        .group_by(row.sensor_id, hour)
    )


def _hour_of(session: Session) -> Any:
    """The hour of a reading as the database writes it."""
    if session.get_bind().dialect.name == "sqlite":  # a moment is kept as text there: its first 13 letters
        return func.substr(ReadingRow.taken_at, 1, 13, type_=String())
    return func.to_char(func.timezone("UTC", ReadingRow.taken_at), "YYYY-MM-DD HH24", type_=String())


def _moment(hour: str) -> datetime:
    return datetime.fromisoformat(hour).replace(tzinfo=UTC)
