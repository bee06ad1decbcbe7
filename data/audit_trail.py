"""The audit trail: whoever opens a transaction that writes leaves an entry in it, of what it wrote.

It is written in one place, `data.database.writing`, from what the session and the bulk port did, so that no step can
forget it. A door (a request, a command) says once who decides; what runs by itself, as the watcher, says nobody and
leaves none. Histories that are kept anyway (edits of plan lines, events of orders, changes of stock) are named by their
rows, not repeated.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from sqlalchemy import event as events
from sqlalchemy import inspect
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction

from data.deciding import NO_DECISIONS, deciding, note_written
from data.tables.audit import AuditEntryRow

CHANGES = "changes of a decision"
TOLD_OF_A_TABLE = 10  # rows, one by one; of a plan with its thousands of lines `written` counts the rest
# written once and kept as they are: they are the record, and an entry names them
RECORDS = frozenset({"plan_line_edits", "purchase_order_events", "stock_changes"})
SECRET = frozenset({"secret", "previous_secret", "secret_sha256", "token_sha256"})
WORKED_OUT = frozenset({"artifact", "payload", "totals", "outcome"})  # long, or follows from the rest
NEVER_TOLD = SECRET | WORKED_OUT


def begin_decision() -> None:
    """Forgets what a transaction before this one wrote, kept or not."""
    if (decision := deciding.get()) is not None:
        decision.written.clear()


def keep_decision(session: Session) -> None:
    """Writes the entry of the session's transaction, where somebody decides and something was written."""
    decision = deciding.get()
    if decision is None:
        return
    session.flush()
    if not decision.written:
        return
    entry = AuditEntryRow(
        entry_id=uuid4().hex,
        at=datetime.now(UTC),
        by=decision.by,
        key_id=decision.key_id,
        operation=decision.operation(),
        about=dict(decision.about()),
        written=dict(sorted(decision.written.items())),
        changes=list(session.info.pop(CHANGES, {}).values()),
    )
    session.add(entry)
    session.flush()


def keep_entry(
    session: Session,
    *,
    entry_id: str,
    by: str,
    operation: str,
    about: Mapping[str, str],
    changes: Sequence[dict[str, Any]],
    at: datetime,
) -> None:
    """Writes the entry of something that nobody's request or command did, as what a rule has decided; once an id."""
    if session.get(AuditEntryRow, entry_id) is None:
        written = dict(Counter(change["table"] for change in changes))
        entry = AuditEntryRow(entry_id=entry_id, at=at, by=by, operation=operation, about=dict(about))
        entry.written, entry.changes = written, list(changes)
        session.add(entry)
        session.flush()


@events.listens_for(Session, "after_flush")
def _note_changes(session: Session, _flush: UOWTransaction) -> None:
    if deciding.get() is None:
        return
    changes: dict[tuple[Any, ...], dict[str, Any]] = session.info.setdefault(CHANGES, {})
    told = Counter(change["table"] for change in changes.values())
    of_each_kind = (session.new, True, False), (session.dirty, False, False), (session.deleted, False, True)
    for rows, is_new, is_gone in of_each_kind:
        for row in rows:
            table = row.__tablename__
            if table in NO_DECISIONS or not (is_new or is_gone or session.is_modified(row)):
                continue
            key = tuple(_plain(getattr(row, column.key)) for column in inspect(row).mapper.primary_key)
            if (earlier := changes.get((table, *key))) is not None:
                _goes_on(earlier, *_said(row, table, is_new, is_gone))
                continue
            note_written(table, 1)
            told[table] += 1
            if told[table] <= TOLD_OF_A_TABLE:
                before, after = _said(row, table, is_new, is_gone)
                changes[table, *key] = {"table": table, "key": list(key), "before": before, "after": after}


def _goes_on(change: dict[str, Any], before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
    """What was done to a row in a flush after the first: `before` is what it said at the beginning."""
    if change["before"] is not None:
        change["before"] = (before or {}) | change["before"]
    change["after"] = None if after is None else (change["after"] or {}) | after


def _said(row: Any, table: str, is_new: bool, is_gone: bool) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """What a row said before and says after; None: it was not there, or is there no more."""
    state = inspect(row)
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for column in state.mapper.local_table.columns:
        name, attribute = column.name, state.mapper.get_property_by_column(column).key
        if name in NEVER_TOLD or attribute in state.unloaded or table in RECORDS:
            continue
        history = state.attrs[attribute].history
        if is_new and (value := getattr(row, attribute)) is not None:
            after[name] = _plain(value)
        elif is_gone:
            before[name] = _plain(getattr(row, attribute))
        elif history.has_changes():
            before[name] = _plain(history.deleted[0]) if history.deleted else None
            after[name] = _plain(history.added[0]) if history.added else None
    return None if is_new else before, None if is_gone else after


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date | Decimal | bytes):
        return str(value) if not isinstance(value, bytes) else f"{len(value)} bytes"
    return value


@events.listens_for(Session, "do_orm_execute")
def _note_statement(asked: ORMExecuteState) -> None:
    if (asked.is_update or asked.is_delete or asked.is_insert) and deciding.get() is not None:
        table = getattr(asked.statement, "table", None)
        if table is not None:
            note_written(table.name, 1)
