"""Purchase orders as steps take hold of them: found by what people call them, locked, and closed when nothing of them
is under way any more."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from data.tables import PurchaseOrderLineRow, PurchaseOrderRow
from flows.errors import Unknown
from flows.ordering.locking import lock_warehouses
from warehouse.ordering.purchase_order_lines import PurchaseOrderLine


def id_of_purchase_order(session: Session, name: str) -> str:
    """The id of the purchase order with this number or id; raises Unknown."""
    order = PurchaseOrderRow
    query = select(order.purchase_order_id).where(or_(order.purchase_order_id == name, order.number == name))
    found = session.scalar(query)
    if found is None:
        raise Unknown("Purchase order {name!r} was not found.", name=name, field="purchase_order_id")
    return found


def locked_purchase_order(session: Session, name: str) -> PurchaseOrderRow:
    """The purchase order with this number or id as it is now, its warehouse locked; raises Unknown."""
    purchase_order_id = id_of_purchase_order(session, name)
    lock_warehouses(session, [session.get_one(PurchaseOrderRow, purchase_order_id).warehouse_id])
    query = select(PurchaseOrderRow).where(PurchaseOrderRow.purchase_order_id == purchase_order_id)
    return session.scalars(query.execution_options(populate_existing=True)).one()


def as_line(order: PurchaseOrderRow, line: PurchaseOrderLineRow, counted_on_from: date = date.min) -> PurchaseOrderLine:
    """A kept line as the rules read it; what was due before the day `counted_on_from` is given up."""
    return PurchaseOrderLine(
        purchase_order_id=order.purchase_order_id,
        line_no=line.line_no,
        supplier_id=order.supplier_id,
        product_id=line.product_id,
        delivery_date=order.delivery_date,
        ordered=line.quantity,
        confirmed=line.confirmed,
        received=line.received,
        cancelled=line.cancelled,
        given_up=order.delivery_date < counted_on_from,
        number=order.number,
    )


def close_when_nothing_is_to_come(orders: Iterable[PurchaseOrderRow], at: datetime) -> None:
    """Closes orders of which nothing is outstanding any more, and opens again those of which something is."""
    for order in orders:
        outstanding = any(as_line(order, line).outstanding for line in order.lines)
        order.closed_at = None if outstanding else order.closed_at or at
