"""Imports a table of a documented kind, from a file or as it was sent: all of it or, asked to skip bad rows, its good
rows.

Everything happens in one transaction. Rows are checked a batch at a time, so memory does not grow with a file; after
the first bad row the rest is still read, to say all that is wrong at once, but no longer written.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.orm import Session

from data.database import writing
from data.importers.bad_rows import BAD_ROWS_SUFFIX, BadRows
from data.importers.kind import ImportKind
from data.importers.kinds.catalogue_kinds import CLOSURES, OFFERS, PRODUCTS, SUPPLIERS
from data.importers.kinds.demand_kinds import AVAILABILITY, ORDERS, PROMOTIONS, SALES, WEATHER
from data.importers.kinds.event_kinds import EVENTS
from data.importers.kinds.lasting import refuse_what_must_last
from data.importers.kinds.place_kinds import LIMITS, SENSORS, SLOTS, WAREHOUSES, ZONES
from data.importers.kinds.purchase_order_kinds import PURCHASE_ORDERS
from data.importers.kinds.stock_kinds import INSPECTIONS, LOTS, READINGS, STOCK
from data.importers.problems import BadFile
from data.importers.repeats import Repeats
from data.importers.result import ImportResult
from data.importers.row_values import read_values
from data.importers.rows.files import recorded_table
from data.importers.rows.known import NOBODY, Known
from data.importers.rows.records import Records
from data.importers.rows.tables import Batch, Table
from data.importers.rows.values import BadValue

KINDS: dict[str, ImportKind] = {
    kind.name: kind
    for kind in (
        *(WAREHOUSES, PRODUCTS, SUPPLIERS, CLOSURES, OFFERS),
        *(ORDERS, SALES, AVAILABILITY, PROMOTIONS, EVENTS, WEATHER),
        *(PURCHASE_ORDERS, LOTS, STOCK, INSPECTIONS),
        *(ZONES, LIMITS, SLOTS, SENSORS, READINGS),
    )
}
# columns of a file of bad rows, which may be corrected and imported as it is
OF_BAD_ROWS = ("line", "reason")


def import_file(
    engine: Engine,
    kind: str | ImportKind,
    path: Path,
    *,
    skip_bad_rows: bool = False,
    now: datetime,
    progress: Callable[[int], None] | None = None,
) -> ImportResult:
    """Imports a CSV or Parquet file of one of KINDS, by its name; importing it again changes nothing.

    With `skip_bad_rows` the bad rows go to FILE.bad.csv with the reason and the others are kept. `progress` is
    called with the number of rows read since its last call. Raises BadFile otherwise, or where the file cannot be
    read as a table of this kind; nothing is kept then. Raises KeyError for an unknown kind."""
    table = recorded_table(path)
    bad_rows_file = path.with_name(f"{path.stem}{BAD_ROWS_SUFFIX}")
    part = bad_rows_file.with_name(f"{bad_rows_file.name}.part")
    try:
        with writing(engine) as session:
            result = import_table(
                session, kind, table, skip_bad_rows=skip_bad_rows, now=now, bad_rows_file=part, progress=progress
            )
        return replace(result, bad_rows_file=part.replace(bad_rows_file)) if result.bad_rows_file else result
    finally:
        part.unlink(missing_ok=True)


def import_table(
    session: Session,
    kind: str | ImportKind,
    table: Table,
    *,
    skip_bad_rows: bool = False,
    now: datetime,
    by: str = NOBODY,
    bad_rows_file: Path | None = None,
    progress: Callable[[int], None] | None = None,
) -> ImportResult:
    """The same for a table, in the session's transaction: whoever opened it must undo it where BadFile is raised.

    What people may ask about later was done `by` somebody. `bad_rows_file` is where skipped rows go with the reason;
    without it the result alone tells them."""
    rules = KINDS[kind] if isinstance(kind, str) else kind
    _check_header(table, rules)
    if not skip_bad_rows:
        return _import(session, rules, table, None, now, by, progress)
    skipping = _Skipping(bad_rows_file)
    try:
        with session.begin_nested():
            return _import(session, rules, table, skipping, now, by, progress)
    except _Contradictions as found:  # known only at the end of the table: once more without those rows
        return _import(session, rules, table, _Skipping(bad_rows_file, found.lines), now, by, None)


@dataclass(frozen=True)
class _Skipping:
    """Bad rows are left out, and written `into` a file; `contradicting` are known to be bad, by line."""

    into: Path | None
    contradicting: Mapping[int, BadValue] = field(default_factory=dict)


class _Contradictions(Exception):
    def __init__(self, lines: dict[int, BadValue]) -> None:
        self.lines = lines


def _import(
    session: Session,
    kind: ImportKind,
    table: Table,
    skipping: _Skipping | None,
    now: datetime,
    by: str,
    progress: Callable[[int], None] | None,
) -> ImportResult:
    kept = 0
    read_before: dict[str, dict[str, object]] = {}
    with ExitStack() as stack:
        bad = stack.enter_context(BadRows(table, skipping.into if skipping else None))
        repeats = [stack.enter_context(Repeats(once)) for once in kind.once]
        connection = session.connection()
        _wait_for_others(connection, kind)
        known = Known(connection, now, by)
        kind.begin(connection, known)
        for batch in table.batches(kind.together):
            records = _records(batch, table, skipping.contradicting if skipping else {})
            read_values(records, kind, known, read_before)
            kind.admit(records, known)
            refuse_what_must_last(records, kind, known)
            kind.complete(records, known)
            bad.add(batch, records)
            for said in repeats:
                said.add(records)
            if skipping or not bad.count:
                kind.keep(connection, records, known)
                kept += len(records) - len(records.bad)
            if progress is not None:
                progress(len(batch.lines) + len(batch.misshapen))

        contradictions = _contradictions(repeats, table)
        if skipping and contradictions:
            raise _Contradictions({**skipping.contradicting, **contradictions})
        bad.add_contradictions(contradictions)
        if not kept and not bad.count:
            raise BadFile(f"{table.name} has a header but no rows.")
        if bad.count and not skipping:
            raise bad.as_error()
        kind.finish(connection, known)
    return ImportResult(kept, bad.count, bad.file, left_out=tuple(bad.first))


def _wait_for_others(connection: Connection, kind: ImportKind) -> None:
    """Until this transaction ends no other imports rows of the kind: two that name the same rows in another order would
    wait for each other for ever. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"freshfront import {kind.name}"))))


def _check_header(table: Table, kind: ImportKind) -> None:
    name, header = table.name, table.header
    known = [column.name for column in kind.columns]
    if len(header) == 1 and any(sign in header[0] for sign in ";\t"):
        raise BadFile(f"{name}: the columns are not separated by commas. Save the file with commas.")
    if twice := sorted({column for column in header if header.count(column) > 1}):
        raise BadFile(f"{name} has the column {', '.join(twice)} twice.")
    if unknown := [column for column in header if column not in known and column not in OF_BAD_ROWS]:
        meant = [
            f"{c!r} (did you mean {m[0]!r}?)" if (m := get_close_matches(c, known, 1)) else repr(c) for c in unknown
        ]
        raise BadFile(f"{name}: unknown columns {', '.join(meant)}. A file of {kind.name} has {', '.join(known)}.")
    if missing := [c.name for c in kind.columns if c.required and c.name not in header]:
        raise BadFile(f"{name} lacks the columns {', '.join(missing)}. A file of {kind.name} has {', '.join(known)}.")


def _records(batch: Batch, table: Table, contradicting: Mapping[int, BadValue]) -> Records:
    columns = zip(*batch.rows, strict=True) if batch.rows else [()] * len(table.header)
    texts = {name: column for name, column in zip(table.header, columns, strict=True) if name not in OF_BAD_ROWS}
    records = Records(batch.lines, texts)
    if contradicting:
        for row, line in enumerate(batch.lines):
            if problem := contradicting.get(line):
                records.refuse(row, None, problem.reason, problem.remedy)
    return records


def _contradictions(repeats: Sequence[Repeats], table: Table) -> dict[int, BadValue]:
    found: dict[int, BadValue] = {}
    for said in repeats:
        about = ", ".join(name for name in said.once.key if name in table.header)  # the table knows no others
        for line, earlier in said.contradictions():
            reason = f"is about the same {about} as {table.place(earlier)}"
            found.setdefault(
                line, BadValue(f"{reason} but says otherwise" if said.once.value else reason, said.once.remedy)
            )
    return found
