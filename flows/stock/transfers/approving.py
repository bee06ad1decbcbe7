"""A transfer that was decided: kept as approved, so that what it is of is kept aside where it comes from."""

from sqlalchemy.orm import Session

from data.tables import TransferRow
from flows.errors import NotNow
from flows.stock.changing_lots import in_unit, known_lot
from flows.stock.transfers.telling import tell
from flows.stock.transfers.under_way import kept_aside


def keep_approved(session: Session, transfer: TransferRow) -> None:
    """Keeps a transfer and tells of it; who calls has locked both warehouses.

    Raises Unknown for a lot, NotNow where one is blocked or holds less than all transfers together are to take."""
    aside = kept_aside(session, [transfer.from_warehouse_id], transfer.approved_at)
    lots = [known_lot(session, transfer.from_warehouse_id, part.lot_id) for part in transfer.lots]
    for part, lot in zip(transfer.lots, lots, strict=True):
        if lot.blocked_at is not None:
            raise NotNow(
                "Lot {lot_id} of warehouse {warehouse_id} is blocked: {blocked_because}",
                lot_id=lot.lot_id,
                warehouse_id=lot.warehouse_id,
                blocked_because=lot.blocked_because,
            )
        free = lot.quantity_on_hand - aside.get((lot.warehouse_id, lot.lot_id), 0)
        if part.approved > free:
            raise NotNow(
                "Lot {lot_id} of warehouse {warehouse_id} has {free} left that is not to be carried away "
                "already: {approved:f} cannot be.",
                lot_id=lot.lot_id,
                warehouse_id=lot.warehouse_id,
                free=in_unit(session, lot.product_id, free),
                approved=part.approved.normalize(),
            )
    session.add(transfer)
    session.flush()
    tell(session, transfer, transfer.approved_at, transfer.approved_by, transfer.approved_at)
