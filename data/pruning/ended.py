"""What ended before a moment and means nothing since: sessions and sign-ins, links of suppliers, runs of the day,
clocks that differed, messages that nobody replayed, entries of the audit trail. API keys stay, also those that were
revoked: plans and alarms name who held them."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Engine, Table, delete, or_, select

from data.pruning.batches import count_of, in_batches, removing
from data.records.noting import note_rows
from data.tables import (
    AnsweredRequestRow,
    ApiKeyRow,
    ApiKeyWarehouseRow,
    AuditEntryRow,
    ClockDifferenceRow,
    DayRunRow,
    QuarantinedMessageRow,
    SupplierLinkRow,
)

KEYS, ANSWERS, OF_WAREHOUSES, LINKS, RUNS, CLOCKS, QUARANTINE, AUDIT = (
    cast(Table, row.__table__)
    for row in (
        *(ApiKeyRow, AnsweredRequestRow, ApiKeyWarehouseRow, SupplierLinkRow, DayRunRow),
        *(ClockDifferenceRow, QuarantinedMessageRow, AuditEntryRow),
    )
)


def prune_sign_ins(engine: Engine, before: datetime, dry_run: bool) -> int:
    """Removes, or counts, sessions, sign-in tokens and suppliers' links that ended."""
    over = or_(*(KEYS.c.key_id.startswith(purpose) for purpose in ("session-", "signin-")))
    ended, expired = over & (KEYS.c.revoked_at < before), LINKS.c.expires_at < before
    if dry_run:
        return count_of(engine, KEYS, ended) + count_of(engine, LINKS, expired)

    def work(connection: Connection, size: int) -> int:
        ids = list(connection.scalars(select(KEYS.c.key_id).where(ended).limit(min(size, 500))))
        for table in (ANSWERS, OF_WAREHOUSES, KEYS):
            connection.execute(delete(table).where(table.c.key_id.in_(ids)))
        return len(ids)

    return in_batches(engine, work) + in_batches(engine, removing(LINKS, expired))


def prune_day_runs(engine: Engine, before: datetime, dry_run: bool) -> int:
    """Removes, or counts, runs of the day that have finished."""
    return _prune(engine, RUNS, (RUNS.c.started_at < before) & RUNS.c.finished_at.is_not(None), dry_run)


def prune_clock_differences(engine: Engine, before: datetime, dry_run: bool) -> int:
    """Removes, or counts, differences of clocks that ended."""
    return _prune(engine, CLOCKS, CLOCKS.c.ended_at < before, dry_run)


def prune_quarantine(engine: Engine, before: datetime, dry_run: bool) -> int:
    """Removes, or counts, messages that came and were last tried so long ago that nobody will replay them."""
    return _prune(engine, QUARANTINE, QUARANTINE.c.last_tried_at < before, dry_run)


def prune_audit(engine: Engine, before: datetime, dry_run: bool) -> int:
    """Removes, or counts, entries of the audit trail."""
    over = AUDIT.c.at < before
    if dry_run:
        return count_of(engine, AUDIT, over)
    remove = removing(AUDIT, over)

    def work(connection: Connection, size: int) -> int:
        going = connection.execute(select(AUDIT).where(over).order_by(AUDIT.c.entry_id).limit(size)).mappings().all()
        note_rows(connection, AUDIT, cast(Any, going), gone=True)
        return remove(connection, size)

    return in_batches(engine, work)


def _prune(engine: Engine, table: Table, over: ColumnElement[bool], dry_run: bool) -> int:
    return count_of(engine, table, over) if dry_run else in_batches(engine, removing(table, over))
