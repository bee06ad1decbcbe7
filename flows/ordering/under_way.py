"""What is under way to a warehouse, as it was known at a moment: ordered, not declined, not come, not cancelled, and
not overdue for so long that nobody counts on it any more."""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.frames.purchase_orders import KnownPurchaseOrder, purchase_orders_known_at
from data.local_days import today_there
from data.tables import PurchaseOrderRow, WarehouseRow
from flows.errors import Unknown
from warehouse.ordering.purchase_order_lines import OVERDUE_COUNTS, PurchaseOrderLine


def lines_under_way(
    session: Session, warehouse_id: str, now: datetime, overdue_counts: timedelta = OVERDUE_COUNTS
) -> list[PurchaseOrderLine]:
    """The lines of purchase orders of which something is under way to a warehouse, as was known at `now`, by product
    and delivery date; `under_way` of each is how much. Reads only orders that are not due longer ago than counts.

    Raises Unknown for a warehouse."""
    warehouse = session.get(WarehouseRow, warehouse_id)
    if warehouse is None:
        raise Unknown("Warehouse {warehouse_id!r} was not found.", warehouse_id=warehouse_id, field="warehouse_id")
    counted_on_from = counted_on(now, warehouse.timezone, overdue_counts)
    order = PurchaseOrderRow
    query = select(order).where(order.warehouse_id == warehouse_id, order.delivery_date >= counted_on_from)
    known = purchase_orders_known_at(session, session.scalars(query).all(), now)
    lines = [line for of_one in known for line in lines_of(of_one, counted_on_from) if line.under_way > 0]
    return sorted(lines, key=lambda line: (line.product_id, line.delivery_date, line.purchase_order_id, line.line_no))


def counted_on(now: datetime, timezone: str, overdue_counts: timedelta) -> date:
    """The earliest delivery day of which what has not come is still counted on."""
    return today_there(now - overdue_counts, timezone)


def lines_of(order: KnownPurchaseOrder, counted_on_from: date) -> list[PurchaseOrderLine]:
    """The lines of a purchase order as the rules read them."""
    return [
        PurchaseOrderLine(
            purchase_order_id=order.purchase_order_id,
            line_no=line.line_no,
            supplier_id=order.supplier_id,
            product_id=line.product_id,
            delivery_date=order.delivery_date,
            ordered=line.ordered,
            confirmed=line.confirmed,
            received=line.received,
            cancelled=line.cancelled,
            given_up=order.delivery_date < counted_on_from,
            number=order.number,
        )
        for line in order.lines
    ]
