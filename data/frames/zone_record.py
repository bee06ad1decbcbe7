"""What is kept of a zone and a span of time: readings of a sensor with the summaries of its pruned hours, and the
excursions, alarms, commands and silences of the zone.

Of a sensor the last before the span and the first after it come too, so that a gap at its edge is known whole. Readings
come as arrays, of which a month by the minute is a megabyte.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from data.records.canonical import microseconds
from data.tables import (
    ActuatorRow,
    AlarmChangeRow,
    AlarmRow,
    CommandRow,
    ContradictingReadingRow,
    ExcursionRow,
    ReadingHourRow,
    ReadingRow,
    SilenceRow,
)
from data.whole_hours import HOUR, begin_of_hour

A_HOUR = HOUR // timedelta(microseconds=1)
ROWS_A_PART = 10_000
ALARMS_A_QUERY = 500


# readings and summaries, in microseconds since 1970: a reading ends when it begins. `known` is when it reached us, 0 of
# a summary; `readings` is how many it stands for
KEPT = [
    *((name, "i8") for name in ("begin", "end", "readings", "known")),
    *((name, "f8") for name in ("lowest", "mean", "highest")),
]
Kept = NDArray[np.void]  # with the fields of KEPT


@dataclass(frozen=True)
class ZoneRows:
    """What happened in a zone in a span of time, each in the order of its moments; what goes on at its begin too."""

    excursions: Sequence[ExcursionRow]
    alarms: Sequence[AlarmRow]
    changes: Sequence[AlarmChangeRow]  # of these alarms, by alarm
    commands: Sequence[tuple[CommandRow, str]]  # with the names of their actuators
    silences: Sequence[SilenceRow]


def kept_readings(session: Session, sensor_id: str, begin: datetime, end: datetime, now: datetime) -> Kept:
    """What is kept of a sensor in a span, in the order of time, with the last before it and the first after it up to
    `now`. Of an hour of which both a summary and readings are there, that counts which is of more readings."""
    read = _readings(session, sensor_id, begin, end, now)
    summaries = _summaries(session, sensor_id, begin, end)
    hour_of = read["begin"] // A_HOUR * A_HOUR
    hours, in_it = np.unique(hour_of, return_counts=True)
    there = dict(zip(hours.tolist(), in_it.tolist(), strict=True))
    more = np.array([one["readings"] > there.get(int(one["begin"]), 0) for one in summaries], dtype=bool)
    counts = summaries[more]
    together = np.concatenate([read[~np.isin(hour_of, counts["begin"])], counts])
    return together[np.argsort(together["begin"], kind="stable")]


def contradicting_readings(session: Session, sensor_id: str, begin: datetime, end: datetime) -> int:
    """How many readings of a span say another temperature of a moment than the one that is kept."""
    row = ContradictingReadingRow
    query = select(func.count()).where(row.sensor_id == sensor_id, row.taken_at >= begin, row.taken_at < end)
    return session.scalar(query) or 0


def zone_rows(session: Session, zone_id: str, warehouse_id: str, begin: datetime, end: datetime) -> ZoneRows:
    """What happened in a zone from `begin` up to `end`."""
    excursion, alarm, command, silence = ExcursionRow, AlarmRow, CommandRow, SilenceRow
    alarms = session.scalars(
        select(alarm)
        .where(alarm.warehouse_id == warehouse_id, alarm.zone_id == zone_id, alarm.began_at < end)
        .where(or_(alarm.ended_at.is_(None), alarm.ended_at >= begin))
        .order_by(alarm.began_at, alarm.alarm_id)
    ).all()
    return ZoneRows(
        excursions=session.scalars(
            select(excursion)
            .where(excursion.zone_id == zone_id, excursion.began_at < end)
            .where(or_(excursion.ended_at.is_(None), excursion.ended_at >= begin))
            .order_by(excursion.began_at, excursion.sensor_id, excursion.kind)
        ).all(),
        alarms=alarms,
        changes=list(_changes(session, [one.alarm_id for one in alarms])),
        commands=session.execute(
            select(command, ActuatorRow.name)
            .join(ActuatorRow, ActuatorRow.actuator_id == command.actuator_id)
            .where(command.warehouse_id == warehouse_id, command.zone_id == zone_id)
            .where(command.decided_at >= begin, command.decided_at < end)
            .order_by(command.decided_at, command.command_id)
        )
        .tuples()
        .all(),
        silences=session.scalars(
            select(silence)
            .where(silence.warehouse_id == warehouse_id, silence.starts_at < end, silence.ends_at > begin)
            .order_by(silence.starts_at, silence.silence_id)
        ).all(),
    )


def _changes(session: Session, alarm_ids: Sequence[str]) -> Iterable[AlarmChangeRow]:
    for start in range(0, len(alarm_ids), ALARMS_A_QUERY):
        of_them = AlarmChangeRow.alarm_id.in_(alarm_ids[start : start + ALARMS_A_QUERY])
        yield from session.scalars(
            select(AlarmChangeRow).where(of_them).order_by(AlarmChangeRow.alarm_id, AlarmChangeRow.change_no)
        )


def _readings(session: Session, sensor_id: str, begin: datetime, end: datetime, now: datetime) -> Kept:
    row = ReadingRow
    of_it = row.sensor_id == sensor_id
    before = session.scalar(select(func.max(row.taken_at)).where(of_it, row.taken_at < begin))
    after = session.scalar(select(func.min(row.taken_at)).where(of_it, row.taken_at >= end, row.taken_at <= now))
    rows = session.execute(
        select(row.taken_at, row.temperature_c, row.known_at)
        .where(of_it, row.taken_at >= (before or begin))
        .where(row.taken_at < end if after is None else row.taken_at <= after)
        .order_by(row.taken_at),
        execution_options={"yield_per": ROWS_A_PART},
    ).tuples()
    read = ((microseconds(at), c, microseconds(known)) for at, c, known in rows)
    return np.fromiter(((at, at, 1, known, c, c, c) for at, c, known in read), dtype=KEPT)


def _summaries(session: Session, sensor_id: str, begin: datetime, end: datetime) -> Kept:
    row = ReadingHourRow
    of_it = row.sensor_id == sensor_id
    before = session.scalar(select(func.max(row.hour)).where(of_it, row.hour < begin_of_hour(begin)))
    after = session.scalar(select(func.min(row.hour)).where(of_it, row.hour >= end))
    rows = session.execute(
        select(row.hour, row.lowest_c, row.mean_c, row.highest_c, row.readings)
        .where(of_it, row.hour >= (before or begin_of_hour(begin)))
        .where(row.hour < end if after is None else row.hour <= after)
        .order_by(row.hour),
        execution_options={"yield_per": ROWS_A_PART},
    ).tuples()
    kept = ((microseconds(hour), low, mean, high, of) for hour, low, mean, high, of in rows)
    return np.fromiter(((at, at + A_HOUR, of, 0, low, mean, high) for at, low, mean, high, of in kept), dtype=KEPT)
