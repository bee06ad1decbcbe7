"""A transfer that a step is about to change: looked up, and locked with both of its warehouses."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import TransferRow
from flows.errors import Unknown
from flows.ordering.locking import lock_warehouses


def locked_transfer(session: Session, transfer_id: str) -> TransferRow:
    """A transfer as it is once nobody else can change it. Raises Unknown."""
    row = TransferRow
    ends = session.execute(
        select(row.from_warehouse_id, row.to_warehouse_id).where(row.transfer_id == transfer_id)
    ).one_or_none()
    if ends is None:
        raise _unknown(transfer_id)
    lock_warehouses(session, ends)
    found = session.get(row, transfer_id, populate_existing=True)
    if found is None:
        raise _unknown(transfer_id)
    return found


def transfer_from(session: Session, transfer_id: str, warehouse_id: str) -> TransferRow:
    """A transfer that a warehouse is to send, locked. Raises Unknown where another one is."""
    found = locked_transfer(session, transfer_id)
    if found.from_warehouse_id != warehouse_id:
        raise Unknown(
            "Warehouse {warehouse_id} has no transfer {transfer_id!r} to send.",
            warehouse_id=warehouse_id,
            transfer_id=transfer_id,
            field="transfer_id",
        )
    return found


def transfer_to(session: Session, transfer_id: str, warehouse_id: str) -> TransferRow:
    """A transfer that a warehouse is to receive, locked. Raises Unknown where another one is."""
    found = locked_transfer(session, transfer_id)
    if found.to_warehouse_id != warehouse_id:
        raise Unknown(
            "Warehouse {warehouse_id} has no transfer {transfer_id!r} to receive.",
            warehouse_id=warehouse_id,
            transfer_id=transfer_id,
            field="transfer_id",
        )
    return found


def _unknown(transfer_id: str) -> Unknown:
    return Unknown("Transfer {transfer_id!r} was not found.", transfer_id=transfer_id, field="transfer_id")
