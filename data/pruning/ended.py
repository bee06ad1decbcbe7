"""What ended before a moment and means nothing since: sessions and sign-ins, links of suppliers, runs of the day,
staffed days of couriers, arms of trials, proposals to change ranges that came to nothing, what was wrong with data,
clocks that differed, silences, messages that nobody replayed, commands to fans and coolers, entries of the audit trail.
API keys stay, also those that were revoked: plans and alarms name who held them; so does the language of a name."""

from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import ColumnElement, Connection, Engine, Table, delete, or_, select

from data.pruning.batches import count_of, in_batches, removing
from data.tables import (
    ActuatorStateRow,
    AnsweredRequestRow,
    ApiKeyRow,
    ApiKeyWarehouseRow,
    AssortmentProposalRow,
    AuditEntryRow,
    ClockDifferenceRow,
    CommandRow,
    CourierDayRow,
    DayRunRow,
    FindingRow,
    ProposalStatus,
    QuarantinedMessageRow,
    SilenceRow,
    SupplierLinkRow,
    TrialDayRow,
    TrialRow,
)

KEYS, ANSWERS, OF_WAREHOUSES, LINKS, RUNS, STAFFED = (
    cast(Table, row.__table__)
    for row in (ApiKeyRow, AnsweredRequestRow, ApiKeyWarehouseRow, SupplierLinkRow, DayRunRow, CourierDayRow)
)
ARMS, PROPOSALS, FOUND, CLOCKS, SILENCES, QUARANTINE, COMMANDS, AUDIT = (
    cast(Table, row.__table__)
    for row in (
        *(TrialDayRow, AssortmentProposalRow, FindingRow, ClockDifferenceRow, SilenceRow),
        *(QuarantinedMessageRow, CommandRow, AuditEntryRow),
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


def prune_courier_days(engine: Engine, before: datetime, dry_run: bool) -> int:
    """Removes, or counts, how days were staffed with couriers."""
    day = before.date() - timedelta(days=1)  # over everywhere
    return _prune(engine, STAFFED, STAFFED.c.date < day, dry_run)


def prune_trial_days(engine: Engine, before: datetime, dry_run: bool) -> int:
    """Removes, or counts, arms of warehouses' days in trials that ended: the trial and what its looks showed stay, and
    of what runs everything does."""
    ended = select(TrialRow.trial_id).where(TrialRow.ended_at < before)
    return _prune(engine, ARMS, ARMS.c.trial_id.in_(ended), dry_run)


def prune_assortment_proposals(engine: Engine, before: datetime, dry_run: bool) -> int:
    """Removes, or counts, proposals that lapsed or were refused. What waits stays, and what was accepted, since ranges
    rest on it."""
    came_to_nothing = PROPOSALS.c.status.in_((ProposalStatus.LAPSED, ProposalStatus.REFUSED))
    return _prune(engine, PROPOSALS, came_to_nothing & (PROPOSALS.c.decided_at < before), dry_run)


def prune_findings(engine: Engine, before: datetime, dry_run: bool) -> int:
    """Removes, or counts, what was wrong with data and is so no more."""
    return _prune(engine, FOUND, FOUND.c.ended_at < before, dry_run)


def prune_clock_differences(engine: Engine, before: datetime, dry_run: bool) -> int:
    """Removes, or counts, differences of clocks that ended."""
    return _prune(engine, CLOCKS, CLOCKS.c.ended_at < before, dry_run)


def prune_silences(engine: Engine, before: datetime, dry_run: bool) -> int:
    """Removes, or counts, silences that ended."""
    return _prune(engine, SILENCES, SILENCES.c.ends_at < before, dry_run)


def prune_quarantine(engine: Engine, before: datetime, dry_run: bool) -> int:
    """Removes, or counts, messages that came and were last tried so long ago that nobody will replay them."""
    return _prune(engine, QUARANTINE, QUARANTINE.c.last_tried_at < before, dry_run)


def prune_commands(engine: Engine, before: datetime, dry_run: bool) -> int:
    """Removes, or counts, commands to fans and coolers whose result is known. What each was told last stays, since it
    is said again and again."""
    told_last = select(ActuatorStateRow.command_id).where(ActuatorStateRow.command_id.is_not(None))
    ended = (COMMANDS.c.decided_at < before) & COMMANDS.c.ended_at.is_not(None)
    return _prune(engine, COMMANDS, ended & COMMANDS.c.command_id.not_in(told_last), dry_run)


def prune_audit(engine: Engine, before: datetime, dry_run: bool) -> int:
    """Removes, or counts, entries of the audit trail."""
    return _prune(engine, AUDIT, AUDIT.c.at < before, dry_run)


def _prune(engine: Engine, table: Table, over: ColumnElement[bool], dry_run: bool) -> int:
    return count_of(engine, table, over) if dry_run else in_batches(engine, removing(table, over))
