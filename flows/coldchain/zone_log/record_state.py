"""Whether what a log shows is as it was sealed: its readings, the summaries of pruned hours, the rows of alarms,
excursions, commands and silences, and what they were judged by (limits, rules, where sensors hung), each against its
seal; what its sensors measured beside temperature, by which its alarms of humidity and doors were raised;
rows that were sealed in that time and are gone; the signature of the head. The chain of all seals is checked by
`freshfront coldchain verify` alone, which the log says.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, func, select
from sqlalchemy.orm import Session

from data.among import among
from data.records.canonical import READING_HOURS
from data.records.chain import SEALS, signature_of
from data.records.checking import Problem, altered_rows, altered_rows_of_series, head_of, rows_gone
from data.records.ended_hours import UNTIL
from data.records.sealing import NOTES
from data.records.series import OF_A_SENSOR, READINGS, series_of_sensor
from data.tables import (
    AlarmChangeRow,
    AlarmRow,
    CommandRow,
    ExcursionRow,
    LimitRow,
    SensorPlaceRow,
    SilenceRow,
    ZoneRulesRow,
)
from data.whole_hours import HOUR, begin_of_hour
from flows.coldchain.records import RecordsFolder
from warehouse.coldchain.zone_log.log import RecordState

NAMED = 50  # problems in a log; the others are counted
EXCURSIONS, ALARMS, CHANGES = ExcursionRow.__tablename__, AlarmRow.__tablename__, AlarmChangeRow.__tablename__
LIMITS, RULES, PLACES = LimitRow.__tablename__, ZoneRulesRow.__tablename__, SensorPlaceRow.__tablename__
Keys = Sequence[tuple[Any, ...]]
Span = tuple[datetime, datetime]


@dataclass
class _Found:
    """Problems as they are found."""

    count: int = 0
    named: list[str] = field(default_factory=list)

    def add(self, problems: Iterable[Problem]) -> None:
        for problem in problems:
            self.count += 1
            if len(self.named) < NAMED:
                self.named.append(f"{problem.kind} {problem.record} {problem.what}")


def record_state(
    connection: Connection,
    folder: Path,
    zone_id: str,
    span: Span,
    sensors: Mapping[str, Sequence[datetime]],
    rows: Mapping[str, Keys],
) -> RecordState:
    """The state of the record of a zone in a span. `sensors`: those that hung there, with the hours of which only
    summaries are kept; `rows`: the keys of what the log shows, by table."""
    found = _Found()
    head = head_of(connection)
    if head is None or not head[0].seals:
        return RecordState(None, None, 0, 0, 0, 0, 0, [])
    hours = begin_of_hour(span[0]), begin_of_hour(span[1]) + HOUR
    until = connection.scalar(select(UNTIL.c.until))
    for sensor_id, summaries in sensors.items():
        found.add(_altered_series(connection, sensor_id, until, hours))
        found.add(altered_rows(connection, READING_HOURS, [(sensor_id, hour) for hour in summaries]))
    for kind, keys in rows.items():
        found.add(altered_rows(connection, kind, keys))
    found.add(_gone(connection, span, zone_id, list(sensors), [alarm_id for (alarm_id,) in rows[ALARMS]]))
    key = RecordsFolder(folder).key()
    return RecordState(
        head=f"{head[0].seals}:{head[0].head}",
        signed=None if key is None else head[1] == signature_of(head[0], key),
        hours=_hours(connection, SEALS, list(sensors), hours),
        waiting=_hours(connection, NOTES, list(sensors), hours),
        summaries=sum(map(len, sensors.values())),
        rows=sum(map(len, rows.values())),
        found=found.count,
        altered=found.named,
    )


def judged_by(session: Session, zone_id: str, sensor_ids: Iterable[str]) -> Mapping[str, Keys]:
    """The keys of the limits and rules of a zone, and of where its sensors hung before, by table."""
    limit, rules, place = LimitRow, ZoneRulesRow, SensorPlaceRow
    of_sensors = select(place.sensor_id, place.until).where(among(place.sensor_id, sensor_ids))
    return {
        LIMITS: _keys(session, select(limit.zone_id, limit.valid_from).where(limit.zone_id == zone_id)),
        RULES: _keys(session, select(rules.zone_id, rules.valid_from).where(rules.zone_id == zone_id)),
        PLACES: _keys(session, of_sensors),
    }


def _keys(session: Session, query: Select[Any]) -> Keys:
    return [tuple(row) for row in session.execute(query)]


def _gone(
    connection: Connection, span: Span, zone_id: str, sensor_ids: Sequence[str], alarm_ids: Sequence[str]
) -> Iterator[Problem]:
    """Rows of the span that were sealed and are gone, and what held before it. Excursions tell their sensor, changes
    their alarm, limits and rules their zone; of which zone an alarm, a command or a silence was went with it, so these
    are counted and not named: it may be another's. Summaries are of sensors, whose readings would be missed."""
    named = ((EXCURSIONS, sensor_ids, span), (CHANGES, alarm_ids, span), (PLACES, sensor_ids, None),
             (LIMITS, [zone_id], None), (RULES, [zone_id], None))  # fmt: skip
    for kind, owners, within in named:
        ours = tuple(f"{owner}|" for owner in owners)
        yield from (problem for problem in rows_gone(connection, kind, within) if problem.record.startswith(ours))
    for kind in (ALARMS, CommandRow.__tablename__, SilenceRow.__tablename__):
        if gone := sum(1 for _ in rows_gone(connection, kind, span)):
            yield Problem(kind, f"({gone})", "sealed in this time and gone; of which zone is not known any more")


def _altered_series(connection: Connection, sensor_id: str, until: datetime | None, hours: Span) -> Iterator[Problem]:
    for series in (series for kind in OF_A_SENSOR for series in series_of_sensor(kind, sensor_id)):
        for one in altered_rows_of_series(connection, series, until, hours):
            at = one.at.isoformat() if isinstance(one.at, datetime) else one.at
            yield Problem(series.kind, f"{series.subject} at {at}", one.what)


def _hours(connection: Connection, table: Any, sensor_ids: Sequence[str], hours: Span) -> int:
    """How many hours of readings of sensors stand in the table of seals, or of what is to be sealed."""
    of_them = select(table.c.subject, table.c.at).where(
        table.c.kind == READINGS, table.c.subject.in_(sensor_ids), table.c.at >= hours[0], table.c.at < hours[1]
    )
    return connection.scalar(select(func.count()).select_from(of_them.distinct().subquery())) or 0
