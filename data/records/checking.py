"""Checks the record against its seals and the seals against their chain: all of it, a part in memory at a time.

What is found names the record: a reading of a sensor at a moment, an alarm, an entry of the audit trail.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, cast

from sqlalchemy import Connection, Table, func, select, tuple_

from data.records.canonical import MOMENTS, READING_HOURS, digest_of, subject_of, summary_of, table_of
from data.records.chain import CHAIN, SEALS, Head, batches_of_seals, chained_to
from data.records.ended_hours import UNTIL
from data.records.hours import Altered, Rows, Sealed, altered_in_hour, read_marks, rows_by_hour
from data.records.noting import REMOVED
from data.records.sealing import NOTES
from data.records.series import READINGS, Series, all_series
from data.rows_of_keys import rows_of_keys

SEALS_A_PART, ROWS_A_PART = 1_000, 400
Progress = Callable[[int], None]  # so many more seals are done
LATER_THAN_ANY = 1 << 62  # as the number of a seal


@dataclass(frozen=True)
class Problem:
    """A record that is not as it was sealed, or a seal that does not fit: its kind (a table's name), which one, and
    what is wrong with it."""

    kind: str
    record: str
    what: str


def head_of(connection: Connection) -> tuple[Head, str | None] | None:
    """Where the chain ends and the signature over that; None: nothing was sealed yet."""
    found = connection.execute(select(CHAIN)).one_or_none()
    return None if found is None else (Head(found.chain_id, found.seals, found.head), found.signature)


def problems_of_chain(
    connection: Connection, head: Head, apart: Sequence[Head], progress: Progress
) -> Iterator[Problem]:
    """Seals that are missing or do not fit together. `apart`: where the chain ended at times, kept elsewhere."""
    ended = {kept.seals: kept.head for kept in apart if kept.chain_id == head.chain_id}
    lost = [kept.seals for kept in apart if kept.chain_id != head.chain_id]
    before, no = "", 0
    for batch in batches_of_seals(connection, SEALS_A_PART):
        for seal in batch:
            if seal.seal_no != no + 1:
                yield Problem("record_seals", f"no. {no + 1}", "is gone")
            if seal.chained != chained_to(before, seal._mapping):
                yield Problem("record_seals", f"no. {seal.seal_no}", "was changed, or follows one that is gone")
            before, no = seal.chained, seal.seal_no
            if ended.pop(no, before) != before:
                lost.append(no)
        progress(len(batch))
    if (no, before) != (head.seals, head.head):
        yield Problem("record_chain", f"no. {head.seals}", f"is where the chain ends, but the last seal is no. {no}")
    if lost or ended:
        what = "is not in the chain as it was kept apart: seals were removed or made anew"
        yield Problem("record_chain", f"no. {min([*lost, *ended])}", what)


def problems_of_series(connection: Connection, kind: str, progress: Progress) -> Iterator[Problem]:
    """Readings, or measurements, that are not as they were sealed, series by series."""
    until = connection.scalar(select(UNTIL.c.until))
    for series in all_series(connection, kind):
        for altered in altered_rows_of_series(connection, series, until, None, progress):
            at = f"{altered.at:%Y-%m-%dT%H:%M:%S.%fZ}" if isinstance(altered.at, datetime) else altered.at
            yield Problem(kind, f"{series.subject} at {at}", altered.what)


def altered_rows_of_series(
    connection: Connection,
    series: Series,
    until: datetime | None,
    span: tuple[datetime, datetime] | None = None,
    progress: Progress = lambda _: None,
) -> Iterator[Altered]:
    """Rows of a series, in a span or all, that are not as they were sealed. `until`: up to when all are sealed but
    those that are noted."""
    of_it = select(NOTES.c.at, NOTES.c.columns).where(NOTES.c.kind == series.kind, NOTES.c.subject == series.subject)
    noted = dict(connection.execute(of_it).tuples().all())
    hours = rows_by_hour(connection, series, span)
    seals = _seals_by_hour(connection, series, span)
    here, sealed = next(hours, None), next(seals, None)
    while here is not None or sealed is not None:
        if here is not None and isinstance(here[0], str):
            yield Altered(here[0], "is at no moment")
            here = next(hours, None)
            continue
        hour = min(cast(datetime, one[0]) for one in (here, sealed) if one is not None)
        rows = here[1] if here is not None and here[0] == hour else {}
        of_hour = sealed[1] if sealed is not None and sealed[0] == hour else []
        removed = LATER_THAN_ANY if noted.get(hour) == REMOVED else _removed(connection, series, hour, of_hour, rows)
        living = [seal for no, seal in of_hour if no > removed]
        all_sealed = until is not None and hour < until and hour not in noted
        yield from altered_in_hour(hour, rows, living, all_sealed)
        if here is not None and here[0] == hour:
            here = next(hours, None)
        if sealed is not None and sealed[0] == hour:
            progress(len(of_hour))
            sealed = next(seals, None)


def _removed(
    connection: Connection, series: Series, hour: datetime, seals: Sequence[tuple[int, Sealed]], rows: Rows
) -> int:
    """The number of the seal that says that those before it count no more, since the rows of the hour were pruned or
    removed by who may; 0 where they were not."""
    last = max((no for no, seal in seals if seal.digest is None), default=0)
    whole = all(offset in rows for no, seal in seals if no > last for offset, _ in seal.marks)
    return last if whole or series.kind != READINGS else max(last, _summed_up(connection, series.subject, hour))


def _summed_up(connection: Connection, sensor_id: str, hour: datetime) -> int:
    """The number of the seal over what was left of an hour when its readings were pruned, 0 where they were not. One
    that is noted and not sealed yet is later than any."""
    subject = summary_of(sensor_id, hour)
    noted = select(NOTES.c.subject).where(NOTES.c.kind == READING_HOURS, NOTES.c.subject == subject)
    if connection.scalar(noted) is not None:
        return LATER_THAN_ANY
    last = select(func.max(SEALS.c.seal_no)).where(SEALS.c.kind == READING_HOURS, SEALS.c.subject == subject)
    return connection.scalar(last) or 0


def _seals_by_hour(
    connection: Connection, series: Series, span: tuple[datetime, datetime] | None
) -> Iterator[tuple[datetime, list[tuple[int, Sealed]]]]:
    query = select(SEALS.c.at, SEALS.c.seal_no, SEALS.c.marks, SEALS.c.digest).order_by(SEALS.c.at, SEALS.c.seal_no)
    query = query.where(SEALS.c.kind == series.kind, SEALS.c.subject == series.subject)
    if span is not None:
        query = query.where(SEALS.c.at >= span[0], SEALS.c.at < span[1])
    found = connection.execute(query, execution_options={"yield_per": SEALS_A_PART})
    for hour, seals in groupby(found, key=lambda seal: seal.at):
        yield hour, [(seal.seal_no, Sealed(read_marks(seal.marks), seal.digest)) for seal in seals]


def problems_of_rows(connection: Connection, kind: str, progress: Progress) -> Iterator[Problem]:
    """Rows of a table that are not as they were sealed, or noted to be."""
    table = table_of(kind)
    after: tuple[Any, ...] | None = None
    while keys := next_keys(connection, table, after):
        yield from _altered_rows(connection, kind, keys)
        progress(len(keys))
        after = keys[-1]
    yield from rows_gone(connection, kind)


def altered_rows(connection: Connection, kind: str, keys: Sequence[tuple[Any, ...]]) -> Iterator[Problem]:
    """Those rows of a table, by their keys, that are not as they were sealed, or noted to be."""
    for start in range(0, len(keys), ROWS_A_PART):
        yield from _altered_rows(connection, kind, keys[start : start + ROWS_A_PART])


def _altered_rows(connection: Connection, kind: str, keys: Sequence[tuple[Any, ...]]) -> Iterator[Problem]:
    table = table_of(kind)
    rows = dict(_read(connection, table, keys))
    sealed = _latest(connection, kind, list(rows))
    for subject, row in rows.items():
        seal = sealed.get(subject)
        if row is None:
            yield Problem(kind, subject, "cannot be read")
        elif seal is None:
            yield Problem(kind, subject, "was put in past the record")
        elif seal.digest is None or digest_of(table, seal.columns.split(","), row) != seal.digest:
            yield Problem(kind, subject, "was changed")


def next_keys(connection: Connection, table: Table, after: tuple[Any, ...] | None) -> Sequence[tuple[Any, ...]]:
    """The next keys of a table in their order, after one or (None) the first."""
    key = list(table.primary_key.columns)
    query = select(*key).order_by(*key).limit(ROWS_A_PART)
    if after is not None:
        query = query.where(tuple_(*key) > tuple_(*after) if len(key) > 1 else key[0] > after[0])
    return [tuple(row) for row in connection.execute(query)]


def _read(
    connection: Connection, table: Table, keys: Sequence[tuple[Any, ...]]
) -> Iterator[tuple[str, Mapping[str, Any] | None]]:
    """The rows of keys by their subjects; None for one that holds what its columns cannot."""
    names = [column.name for column in table.columns]

    def rows(of: Sequence[tuple[Any, ...]]) -> list[dict[str, Any]]:
        return [dict(zip(names, row, strict=True)) for row in rows_of_keys(connection, table, names, of)]

    with suppress(ValueError, TypeError):  # what one row of them holds cannot be read: they are read one by one
        for row in rows(keys):
            yield subject_of(table, row), row
        return
    for one in keys:
        subject = subject_of(table, dict(zip((c.name for c in table.primary_key), one, strict=True)))
        try:
            yield subject, rows([one])[0]
        except (ValueError, TypeError):
            yield subject, None


def _latest(connection: Connection, kind: str, subjects: Sequence[str]) -> dict[str, Any]:
    """What was sealed last of each, or noted since."""
    latest: dict[str, Any] = {}
    for table, number in ((SEALS, SEALS.c.seal_no), (NOTES, NOTES.c.at)):
        query = select(table.c.subject, table.c.columns, table.c.digest).order_by(number)
        of_them = query.where(table.c.kind == kind, table.c.subject.in_(subjects))
        latest |= {row.subject: row for row in connection.execute(of_them)}
    return latest


def rows_gone(connection: Connection, kind: str, span: tuple[datetime, datetime] | None = None) -> Iterator[Problem]:
    """Rows, of moments in a span or all, that were sealed last as being there, and are not."""
    table = table_of(kind)
    key = list(table.primary_key.columns)
    last = select(func.max(SEALS.c.seal_no)).where(SEALS.c.kind == kind).group_by(SEALS.c.subject)
    if span is not None:
        last = last.where(SEALS.c.at >= span[0], SEALS.c.at < span[1])
    query = select(SEALS.c.subject, SEALS.c.at).where(SEALS.c.seal_no.in_(last), SEALS.c.digest.is_not(None))
    sealed = connection.execute(query.order_by(SEALS.c.subject), execution_options={"yield_per": ROWS_A_PART})
    for part in sealed.partitions(ROWS_A_PART):
        which = (
            key[0].in_([s for s, _ in part]) if len(key) == 1 else table.c[MOMENTS[kind]].in_({at for _, at in part})
        )
        keys = connection.execute(select(*key).where(which)).mappings()
        there = {subject_of(table, cast(Any, row)) for row in keys}
        noted = set(
            connection.scalars(
                select(NOTES.c.subject).where(NOTES.c.kind == kind, NOTES.c.subject.in_([s for s, _ in part]))
            )
        )
        for subject, _ in part:
            if subject not in there and subject not in noted:
                yield Problem(kind, subject, "is gone")
