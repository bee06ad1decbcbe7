"""Whether what a log shows is as it was sealed: its readings, the summaries of pruned hours, and the rows of alarms,
excursions and commands, each against its seal; rows that were sealed in that time and are gone; the signature of the
head. The chain of all seals is checked by `freshfront coldchain verify` alone, which the log says.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from data.records.canonical import READING_HOURS, READINGS
from data.records.chain import SEALS, signature_of
from data.records.checking import Problem, altered_readings, altered_rows, head_of, rows_gone
from data.records.sealing import NOTES, UNTIL
from data.tables import AlarmChangeRow, AlarmRow, CommandRow, ExcursionRow
from data.whole_hours import HOUR, begin_of_hour
from flows.coldchain.records import RecordsFolder
from warehouse.coldchain.zone_log.log import RecordState

NAMED = 50  # problems in a log; the others are counted
EXCURSIONS, ALARMS, CHANGES = ExcursionRow.__tablename__, AlarmRow.__tablename__, AlarmChangeRow.__tablename__
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
        found.add(_altered_readings(connection, sensor_id, until, hours))
        found.add(altered_rows(connection, READING_HOURS, [(sensor_id, hour) for hour in summaries]))
    for kind, keys in rows.items():
        found.add(altered_rows(connection, kind, keys))
    found.add(_gone(connection, span, list(sensors), [alarm_id for (alarm_id,) in rows[ALARMS]]))
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


def _gone(connection: Connection, span: Span, sensor_ids: Sequence[str], alarm_ids: Sequence[str]) -> Iterator[Problem]:
    """Rows of the span that were sealed and are gone. Excursions tell their sensor and changes their alarm; of which
    zone an alarm or a command was went with it, so these are counted and not named: it may be another's. Summaries are
    of sensors, whose readings would be missed."""
    for kind, owners in ((EXCURSIONS, sensor_ids), (CHANGES, alarm_ids)):
        ours = tuple(f"{owner}|" for owner in owners)
        yield from (problem for problem in rows_gone(connection, kind, span) if problem.record.startswith(ours))
    for kind in (ALARMS, CommandRow.__tablename__):
        if gone := sum(1 for _ in rows_gone(connection, kind, span)):
            yield Problem(kind, f"({gone})", "sealed in this time and gone; of which zone is not known any more")


def _altered_readings(connection: Connection, sensor_id: str, until: datetime | None, hours: Span) -> Iterator[Problem]:
    for one in altered_readings(connection, sensor_id, until, hours):
        at = one.at.isoformat() if isinstance(one.at, datetime) else one.at
        yield Problem(READINGS, f"{sensor_id} at {at}", one.what)


def _hours(connection: Connection, table: Any, sensor_ids: Sequence[str], hours: Span) -> int:
    """How many hours of readings of sensors stand in the table of seals, or of what is to be sealed."""
    of_them = select(table.c.subject, table.c.at).where(
        table.c.kind == READINGS, table.c.subject.in_(sensor_ids), table.c.at >= hours[0], table.c.at < hours[1]
    )
    return connection.scalar(select(func.count()).select_from(of_them.distinct().subquery())) or 0
