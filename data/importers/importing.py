"""Imports a table of a documented kind, from a file or as it was sent: all of it or, asked to skip bad rows, its good
rows.

A table is read and checked first, whole, while others write; then its good rows are kept in one transaction, which
reads nothing more. Rows are checked a batch at a time, so memory does not grow with a file; after the first bad row the
rest is still read, to say all that is wrong at once.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from data.database import reading, writing
from data.importers.bad_rows import BAD_ROWS_SUFFIX, BadRows
from data.importers.by_columns import checked_columns
from data.importers.checked_rows import CheckedColumns, CheckedRows
from data.importers.kind import ImportKind
from data.importers.kinds.catalogue_kinds import CLOSURES, OFFERS, PRODUCTS, SUPPLIER_TERMS, SUPPLIERS, TRANSFER_TERMS
from data.importers.kinds.category_terms_kind import CATEGORY_TERMS
from data.importers.kinds.courier_kinds import COURIER_TERMS, TRAVEL_TIMES
from data.importers.kinds.demand_kinds import AVAILABILITY, ORDERS, PROMOTIONS, SALES, WEATHER
from data.importers.kinds.event_kinds import EVENTS
from data.importers.kinds.floor_kinds import FLOOR_POINTS, SLOTS, WALKWAYS
from data.importers.kinds.handover_kind import HANDOVERS
from data.importers.kinds.lasting import refuse_what_must_last
from data.importers.kinds.name_kinds import NAMES
from data.importers.kinds.place_kinds import LIMITS, SENSORS, WAREHOUSES, ZONES
from data.importers.kinds.purchase_order_kinds import PURCHASE_ORDERS
from data.importers.kinds.shelf_life_kinds import SHELF_LIFE_CLASSES
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
from data.kept.one_at_a_time import wait_for_others

KINDS: dict[str, ImportKind] = {
    kind.name: kind
    for kind in (
        *(WAREHOUSES, PRODUCTS, SHELF_LIFE_CLASSES, CATEGORY_TERMS, SUPPLIERS, CLOSURES, SUPPLIER_TERMS, OFFERS),
        TRANSFER_TERMS,
        *(ORDERS, HANDOVERS, SALES, AVAILABILITY, PROMOTIONS, EVENTS, WEATHER),
        *(PURCHASE_ORDERS, LOTS, STOCK, INSPECTIONS),
        *(ZONES, LIMITS, FLOOR_POINTS, WALKWAYS, SLOTS, SENSORS, READINGS),
        *(COURIER_TERMS, TRAVEL_TIMES),
        NAMES,
    )
}
# columns of a file of bad rows, which may be corrected and imported as it is
OF_BAD_ROWS = ("line", "reason")
CHANGED_MEANWHILE = (
    "What the rows of {kind} rest on was changed while they were checked, so nothing of them is kept. Import them once "
    "more."
)


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
        with reading(engine) as session:
            checked = _check_by_columns(session, kind, table, now, progress) or check_table(
                session, kind, table, skip_bad_rows=skip_bad_rows, now=now, bad_rows_file=part, progress=progress
            )
        with closing(checked), writing(engine) as session:
            result = checked.keep(session)
        return replace(result, bad_rows_file=part.replace(bad_rows_file)) if result.bad_rows_file else result
    finally:
        part.unlink(missing_ok=True)


def check_table(
    session: Session,
    kind: str | ImportKind,
    table: Table,
    *,
    skip_bad_rows: bool = False,
    now: datetime,
    by: str = NOBODY,
    bad_rows_file: Path | None = None,
    progress: Callable[[int], None] | None = None,
) -> "CheckedTable":
    """Reads and checks a table, on a session that need not write. Raises BadFile.

    `bad_rows_file` is where skipped rows go with the reason; without it the result alone tells them."""
    rules = KINDS[kind] if isinstance(kind, str) else kind
    _check_header(table, rules)
    if not skip_bad_rows:
        return _check(session, rules, table, None, now, by, progress)
    try:
        return _check(session, rules, table, _Skipping(bad_rows_file), now, by, progress)
    except _Contradictions as found:  # known only at the end of the table: once more without those rows
        return _check(session, rules, table, _Skipping(bad_rows_file, found.lines), now, by, None)


@dataclass(frozen=True)
class CheckedTable:
    """The good `rows` of a table, not kept yet, and what is told of the others in the result. Good for one import."""

    kind: ImportKind
    rows: CheckedRows | CheckedColumns
    result: ImportResult
    now: datetime
    by: str

    def close(self) -> None:
        """Lets go of the rows, kept or not."""
        self.rows.close()

    def keep(self, session: Session) -> ImportResult:
        """Keeps the rows in the session's transaction: whoever opened it must undo it where BadFile is raised, since
        what they rest on has changed after they were checked."""
        connection = session.connection()
        # two that name the same rows in another order would wait for each other for ever
        wait_for_others(connection, self.kind.name)
        known = Known(connection, self.now, self.by)
        try:
            self.kind.begin(connection, known)
            for records in self.rows:
                if self.kind.by_columns is not None and not isinstance(records, Records):
                    self.kind.by_columns.keep(connection, records, known)
                    continue
                self._refuse_what_changed(records, known)
                self.kind.keep(connection, records, known)
            self.kind.finish(connection, known)
        except IntegrityError as error:
            raise BadFile(CHANGED_MEANWHILE.format(kind=self.kind.name)) from error
        return self.result

    def _refuse_what_changed(self, records: Records, known: Known) -> None:
        before = len(records.bad)
        refuse_what_must_last(records, self.kind, known)
        if len(records.bad) > before:
            raise BadFile(CHANGED_MEANWHILE.format(kind=self.kind.name))


def _check_by_columns(
    session: Session, kind: str | ImportKind, table: Table, now: datetime, progress: Callable[[int], None] | None
) -> CheckedTable | None:
    """What is told of a table of which all rows are good; None: it is to be read row by row."""
    rules = KINDS[kind] if isinstance(kind, str) else kind
    if rules.by_columns is None:
        return None
    known = Known(session.connection(), now)
    if (checked := checked_columns(table, rules.by_columns, rules.once[0], known)) is None:
        return None
    columns, rows = checked
    if progress is not None:
        progress(rows)
    return CheckedTable(rules, columns, ImportResult(rows), now, known.by)


@dataclass(frozen=True)
class _Skipping:
    """Bad rows are left out, and written `into` a file; `contradicting` are known to be bad, by line."""

    into: Path | None
    contradicting: Mapping[int, BadValue] = field(default_factory=dict)


class _Contradictions(Exception):
    def __init__(self, lines: dict[int, BadValue]) -> None:
        self.lines = lines


def _check(
    session: Session,
    kind: ImportKind,
    table: Table,
    skipping: _Skipping | None,
    now: datetime,
    by: str,
    progress: Callable[[int], None] | None,
) -> CheckedTable:
    good = 0
    read_before: dict[str, dict[str, object]] = {}
    with ExitStack() as stack:
        waiting = stack.enter_context(ExitStack())
        rows = waiting.enter_context(closing(CheckedRows()))
        bad = stack.enter_context(BadRows(table, skipping.into if skipping else None))
        repeats = [stack.enter_context(Repeats(once)) for once in kind.once]
        known = Known(session.connection(), now, by)
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
                rows.add(records)
                good += len(records) - len(records.bad)
            if progress is not None:
                progress(len(batch.lines) + len(batch.misshapen))

        contradictions = _contradictions(repeats, table)
        if skipping and contradictions:
            raise _Contradictions({**skipping.contradicting, **contradictions})
        bad.add_contradictions(contradictions)
        if not good and not bad.count:
            raise BadFile(f"{table.name} has a header but no rows.")
        if bad.count and not skipping:
            raise bad.as_error()
        waiting.pop_all()  # the rows wait for who keeps them
        result = ImportResult(good, bad.count, bad.file, left_out=tuple(bad.first))
        return CheckedTable(kind, rows, result, now, by)


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
