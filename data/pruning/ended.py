"""What ended before a moment and means nothing since: sessions and sign-ins, links of suppliers, runs of the day.
API keys stay, also those that were revoked: plans and alarms name who held them."""

from datetime import datetime
from typing import cast

from sqlalchemy import Connection, Engine, Table, delete, or_, select

from data.pruning.batches import count_of, in_batches, removing
from data.tables import AnsweredRequestRow, ApiKeyRow, ApiKeyWarehouseRow, DayRunRow, SupplierLinkRow

KEYS, ANSWERS, OF_WAREHOUSES, LINKS, RUNS = (
    cast(Table, row.__table__)
    for row in (ApiKeyRow, AnsweredRequestRow, ApiKeyWarehouseRow, SupplierLinkRow, DayRunRow)
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
    old = (RUNS.c.started_at < before) & RUNS.c.finished_at.is_not(None)
    return count_of(engine, RUNS, old) if dry_run else in_batches(engine, removing(RUNS, old))
