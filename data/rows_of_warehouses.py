"""Which rows belong to a warehouse, told from the tables: they name it, or a row that does (a zone, a sensor, an
order), by a foreign key or, in the large tables that have none, by a column of the same name."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Column, ColumnElement, Table, select

from data.tables import (
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
        *(ApiKeyRow, AnsweredRequestRow, AuditEntryRow, EventNumbersRow),
        *(WebhookRow, WebhookDeliveryRow, DeliveryAttemptRow, NotifierRow),
        *(ReadingsSealedRow, RecordChainRow, RecordSealRow, RecordToSealRow),
    )
}


def rows_of(table: Table, warehouse_ids: Collection[str]) -> ColumnElement[bool] | None:
    """Which rows of a table belong to the warehouses, None where none can."""
    if "warehouse_id" in table.columns:
        return table.columns["warehouse_id"].in_(warehouse_ids)
    owner = owner_of(table)
    if owner is None or (of_owner := rows_of(owner.table, warehouse_ids)) is None:
        return None
    return table.columns[owner.name].in_(select(owner).where(of_owner))


def owner_of(table: Table) -> Column[Any] | None:
    """The id of the zone, sensor or order that a row without a warehouse_id is part of; None where it is of none."""
    if "warehouse_id" in table.columns:
        return None
    for parent in Base.metadata.sorted_tables:
        key = list(parent.primary_key.columns)
        alone = len(key) == 1 and not key[0].foreign_keys and parent is not table and parent.name not in INSTALLATION
        if alone and key[0].name in table.columns and rows_of(parent, []) is not None:
            return key[0]
    return None
