"""The audit trail: whoever opens a transaction that writes leaves an entry in it, of what it wrote.

It is written in one place, `data.database.writing`, from what the session and the bulk port did, so that no step can
forget it. A door (a request, a command) says once who decides; what runs by itself, as the watcher, says nobody and
leaves none. Histories that are kept anyway (edits of plan lines, events of orders, changes of stock) are named by their
rows, not repeated.
"""

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
CHANGES_AT_MOST = 1_000  # told one by one in an entry; `written` counts all
# written once and kept as they are: they are the record, and an entry names them
RECORDS = frozenset({"plan_line_edits", "purchase_order_events", "stock_changes"})
NEVER_TOLD = frozenset({"secret", "previous_secret", "secret_sha256", "token_sha256", "artifact", "payload"})


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
        changes=session.info.pop(CHANGES, []),
    )
    session.add(entry)
    session.flush()


@events.listens_for(Session, "after_flush")
def _note_changes(session: Session, _flush: UOWTransaction) -> None:
    if deciding.get() is None:
        return
    changes = session.info.setdefault(CHANGES, [])
    of_each_kind = (session.new, True, False), (session.dirty, False, False), (session.deleted, False, True)
    for rows, is_new, is_gone in of_each_kind:
        for row in rows:
            table = row.__tablename__
            if table in NO_DECISIONS or not (is_new or is_gone or session.is_modified(row)):
                continue
            note_written(table, 1)
            if len(changes) < CHANGES_AT_MOST:
                changes.append(_change(row, table, is_new, is_gone))


def _change(row: Any, table: str, is_new: bool, is_gone: bool) -> dict[str, Any]:
    state = inspect(row)
    key = [_plain(getattr(row, column.key)) for column in state.mapper.primary_key]
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for attribute in state.mapper.column_attrs:
        name = attribute.key
        if name in NEVER_TOLD or name in state.unloaded or table in RECORDS:
            continue
        history = state.attrs[name].history
        if is_new and (value := getattr(row, name)) is not None:
            after[name] = _plain(value)
        elif is_gone:
            before[name] = _plain(getattr(row, name))
        elif history.has_changes():
            before[name] = _plain(history.deleted[0]) if history.deleted else None
            after[name] = _plain(history.added[0]) if history.added else None
    return {"table": table, "key": key, "before": None if is_new else before, "after": None if is_gone else after}


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
