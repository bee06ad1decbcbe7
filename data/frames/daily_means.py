"""The daily means of sensors, of readings as they are kept and of hours whose readings were pruned.

What a broken probe says is no temperature and counts nowhere. A read costs the readings of the weeks asked for, each
once; what leaves the database is a row a sensor and day.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, String, func, select
from sqlalchemy.orm import Session

from data.tables import ReadingHourRow, ReadingRow
from data.tables.coldchain import COLDEST_C, RESET_CODE_C, WARMEST_C

Summed = tuple[str, str, float, int]  # sensor, day, the sum of its readings in C, how many


def daily_means(
    session: Session, sensor_ids: Collection[str], weeks: Iterable[tuple[datetime, datetime]]
) -> pd.DataFrame:
    """C: a column a sensor that was heard, a row a day (UTC, by its beginning) in order; NaN where nothing was heard.
    `weeks` are stretches from midnight up to midnight."""
    means: dict[str, dict[datetime, float]] = defaultdict(dict)
    for week in sorted(set(weeks)):
        sums: defaultdict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
        for sensor_id, day, summed, count in _sums(session, sensor_ids, *week):
            total = sums[sensor_id, day]
            total[0], total[1] = total[0] + summed, total[1] + count
        for (sensor_id, day), (summed_c, readings) in sums.items():
            means[sensor_id][datetime.fromisoformat(day).replace(tzinfo=UTC)] = summed_c / readings
    return pd.DataFrame(means, dtype=float).sort_index()


def _sums(session: Session, sensor_ids: Collection[str], start: datetime, end: datetime) -> Iterator[Summed]:
    row, hour = ReadingRow, ReadingHourRow
    day = _day_of(session, row.taken_at)
    kept = select(row.sensor_id, day, func.sum(row.temperature_c), func.count())
    kept = kept.where(row.sensor_id.in_(sensor_ids), row.taken_at >= start, row.taken_at < end)
    kept = kept.where(row.temperature_c.between(COLDEST_C, WARMEST_C), row.temperature_c != RESET_CODE_C)
    yield from session.execute(kept.group_by(row.sensor_id, day)).tuples()
    day = _day_of(session, hour.hour)
    pruned = select(hour.sensor_id, day, func.sum(hour.mean_c * hour.readings), func.sum(hour.readings))
    pruned = pruned.where(hour.sensor_id.in_(sensor_ids), hour.hour >= start, hour.hour < end)
    yield from session.execute(pruned.group_by(hour.sensor_id, day)).tuples()


def _day_of(session: Session, moment: Any) -> ColumnElement[str]:
    """The day of a moment (UTC) as the database writes it."""
    if session.get_bind().dialect.name == "sqlite":  # a moment is kept as text there: its first 10 letters
        return func.substr(moment, 1, 10, type_=String())
    return func.to_char(func.timezone("UTC", moment), "YYYY-MM-DD", type_=String())
