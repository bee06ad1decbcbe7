"""What customers bring back, or comes back undelivered, and may be sold again."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.kept.stock_ledger import LotChange
from data.local_days import today_there
from data.tables import LotRow, StockChangeKind, StockChangeRow, WarehouseRow
from flows.errors import NotNow
from flows.stock.changing_lots import change_once, known_lot, known_product, require_quantity, write


def return_to_stock(
    session: Session,
    return_id: str,
    warehouse_id: str,
    product_id: str,
    quantity: Decimal,
    now: datetime,
    by: str,
    lot_id: str | None = None,
    note: str | None = None,
) -> Sequence[StockChangeRow]:
    """Puts a quantity back into its lot or, where nobody knows which, into the one that expires first: it was sold
    first. What cannot be sold again is no return, it was written off by being sold. Safe to repeat under its id.

    Raises Unknown, Invalid, NotNow where the product has no lot that may still be sold."""
    require_quantity(quantity)

    def same(kept: Sequence[StockChangeRow]) -> bool:
        return [(change.kind, change.quantity) for change in kept] == [(StockChangeKind.RETURNED, quantity)]

    def work(places: dict[str, WarehouseRow]) -> None:
        known_product(session, product_id)
        lot = _lot_of(session, places[warehouse_id], product_id, now) if lot_id is None else None
        lot = lot or known_lot(session, warehouse_id, lot_id or "")
        if lot.product_id != product_id:
            raise NotNow(
                "Lot {lot_id} is of product {product_id}, not of {wanted_id}.",
                lot_id=lot.lot_id,
                product_id=lot.product_id,
                wanted_id=product_id,
            )
        change = LotChange(warehouse_id, lot.lot_id, StockChangeKind.RETURNED, quantity, now, now, note=note)
        write(session, [change], return_id, by)

    return change_once(session, return_id, [warehouse_id], same, work)


def _lot_of(session: Session, place: WarehouseRow, product_id: str, now: datetime) -> LotRow:
    today = today_there(now, place.timezone)
    lots = session.scalars(
        select(LotRow).where(
            LotRow.warehouse_id == place.warehouse_id, LotRow.product_id == product_id, LotRow.blocked_at.is_(None)
        )
    )
    sellable = [lot for lot in lots if lot.expires_on is None or lot.expires_on >= today]
    if not sellable:
        raise NotNow(
            "Warehouse {warehouse_id} has no lot of product {wanted_id} that may still be sold.",
            warehouse_id=place.warehouse_id,
            wanted_id=product_id,
        )
    return min(sellable, key=lambda lot: (lot.expires_on or date.max, lot.lot_id))
