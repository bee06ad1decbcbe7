"""Which rows belong to a warehouse, told from the tables: they name it, or a row that does (a zone, a sensor, an
order), by a foreign key or, in the large tables that have none, by a column of the same name."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, or_, select

from data.tables import (
    AccountLanguageRow,
    AnsweredRequestRow,
    ApiKeyRow,
    AuditEntryRow,
    Base,
    DeliveryAttemptRow,
    EventNumbersRow,
    NotifierRow,
    ReadingsSealedRow,
    RecordChainRow,
    RecordSealRow,
    RecordToSealRow,
    WebhookDeliveryRow,
    WebhookRow,
)

# of the installation and not of a region
INSTALLATION = {
    row.__tablename__
    for row in (
        *(AccountLanguageRow, ApiKeyRow, AnsweredRequestRow, AuditEntryRow, EventNumbersRow),
        *(WebhookRow, WebhookDeliveryRow, DeliveryAttemptRow, NotifierRow),
        *(ReadingsSealedRow, RecordChainRow, RecordSealRow, RecordToSealRow),
    )
}


def rows_of(table: Table, warehouse_ids: Collection[str]) -> ColumnElement[bool] | None:
    """Which rows of a table belong to the warehouses, None where none can."""
    if "warehouse_id" in table.columns:
        return table.columns["warehouse_id"].in_(warehouse_ids)
    if (ends := ends_of(table)) is not None:
        return or_(*(end.in_(warehouse_ids) for end in ends))
    owner = owner_of(table)
    if owner is None or (of_owner := rows_of(owner.table, warehouse_ids)) is None:
        return None
    return table.columns[owner.name].in_(select(owner).where(of_owner))


def ends_of(table: Table) -> tuple[Column[Any], Column[Any]] | None:
    """From which warehouse and to which a row leads; None where rows lead nowhere."""
    names = "from_warehouse_id", "to_warehouse_id"
    return (table.columns[names[0]], table.columns[names[1]]) if names[0] in table.columns else None


def owner_of(table: Table) -> Column[Any] | None:
    """The id of the zone, sensor or order that a row without a warehouse_id is part of; None where it is of none."""
    if "warehouse_id" in table.columns or ends_of(table) is not None:
        return None
    for parent in Base.metadata.sorted_tables:
        key = list(parent.primary_key.columns)
        alone = len(key) == 1 and not key[0].foreign_keys and parent is not table and parent.name not in INSTALLATION
        if alone and key[0].name in table.columns and rows_of(parent, []) is not None:
            return key[0]
    return None
