"""The audit trail as it is read: the latest entry first, of somebody, of an operation, about a table, of a time."""

from datetime import datetime

from sqlalchemy import Select, String, cast, select

from data.tables import AuditEntryRow


def audit_entries(
    by: str | None = None,
    operation: str | None = None,
    table: str | None = None,
    since: datetime | None = None,
    before: datetime | None = None,
) -> Select[tuple[AuditEntryRow]]:
    """The entries asked for, in no order: who, the words of the operation, a table that was written, from a moment on
    and before another."""
    row, query = AuditEntryRow, select(AuditEntryRow)
    if by is not None:
        query = query.where(row.by == by)
    if operation is not None:
        query = query.where(row.operation == operation)
    if table is not None:
        query = query.where(cast(row.written, String).contains(f'"{table}":', autoescape=True))
    if since is not None:
        query = query.where(row.at >= since)
    return query if before is None else query.where(row.at < before)
