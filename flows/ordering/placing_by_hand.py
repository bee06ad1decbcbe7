"""Purchase orders that people place themselves, by phone say, and enter or import afterwards.

What came between the order and its entry had been without an order until then; it counts against it at once.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from data.importers.followed_kind import FollowedKind
from data.importers.kinds.purchase_order_kinds import PURCHASE_ORDERS
from data.importers.rows.known import Known
from data.importers.rows.records import Records
from data.local_days import today_there
from data.tables import (
    LotRow,
    ProductRow,
    PurchaseOrderEventKind,
    PurchaseOrderEventRow,
    PurchaseOrderRow,
    SupplierRow,
    WarehouseRow,
)
from flows.errors import Invalid, Unknown
from flows.ordering.locking import lock_warehouses
from flows.ordering.placing import NewPurchaseOrderLine, place_purchase_orders
from flows.ordering.receiving_against_orders import Delivery, count_deliveries
from warehouse.ordering.purchase_order_lines import OVERDUE_COUNTS

FARTHEST = timedelta(days=366)


def place_by_hand(
    session: Session,
    lines: Sequence[NewPurchaseOrderLine],
    now: datetime,
    by: str,
    *,
    ordered_at: datetime | None = None,
    note: str | None = None,
    overdue_counts: timedelta = OVERDUE_COUNTS,
) -> PurchaseOrderRow:
    """Enters one purchase order, of one supplier, warehouse and delivery date, that was placed now or earlier.

    Raises Unknown (supplier, warehouse, product); Invalid for no or several orders, a product twice, a quantity that
    cannot be ordered, a moment to come or long ago, a delivery before the order or far away."""
    ordered_at = now if ordered_at is None else ordered_at
    _check(session, lines, ordered_at, now)
    [order] = place_purchase_orders(session, lines, ordered_at, by, known_at=now)
    order.note = note
    if ordered_at < now:
        products = {line.product_id for line in lines}
        _count_what_came(session, order.warehouse_id, products, ordered_at, now, by, overdue_counts)
    session.flush()
    return order


def followed_purchase_orders(overdue_counts: timedelta = OVERDUE_COUNTS) -> FollowedKind:
    """Purchase orders that what has come since counts against."""

    def begin(connection: Connection, known: Known) -> None:
        with Session(connection) as session:
            lock_warehouses(session, known.ids("warehouses"))

    def keep(connection: Connection, records: Records, known: Known) -> None:
        PURCHASE_ORDERS.keep(connection, records, known)
        products: dict[str, set[str]] = {}
        since: dict[str, datetime] = {}
        for warehouse_id, product_id, ordered_at in records.good("warehouse_id", "product_id", "ordered_at"):
            products.setdefault(warehouse_id, set()).add(product_id)
            since[warehouse_id] = min(since.get(warehouse_id, ordered_at), ordered_at)
        with Session(connection) as session:
            for warehouse_id, of_it in products.items():
                _count_what_came(session, warehouse_id, of_it, since[warehouse_id], known.now, known.by, overdue_counts)
            session.commit()  # of the session: the transaction is the import's

    return FollowedKind(replace(PURCHASE_ORDERS, begin=begin, keep=keep))


def _check(session: Session, lines: Sequence[NewPurchaseOrderLine], ordered_at: datetime, now: datetime) -> None:
    if not lines:
        raise Invalid("Name at least one product to order.", field="lines")
    first = lines[0]
    about = {(line.supplier_id, line.warehouse_id, line.delivery_date) for line in lines}
    if len(about) > 1:
        raise Invalid("One order is of one supplier, warehouse and delivery date.", field="lines")
    warehouse = session.get(WarehouseRow, first.warehouse_id)
    if warehouse is None:
        raise Unknown(
            "Warehouse {warehouse_id!r} was not found.", warehouse_id=first.warehouse_id, field="warehouse_id"
        )
    if session.get(SupplierRow, first.supplier_id) is None:
        raise Unknown("Supplier {supplier_id!r} was not found.", supplier_id=first.supplier_id, field="supplier_id")
    products = [line.product_id for line in lines]
    known = set(session.scalars(select(ProductRow.product_id).where(ProductRow.product_id.in_(products))))
    for number, product_id in enumerate(products):
        if product_id not in known:
            raise Unknown(
                "Product {product_id!r} was not found.", product_id=product_id, field=f"lines[{number}].product_id"
            )
        if product_id in products[:number]:
            raise Invalid(
                "{product_id} is ordered twice: add the two up.",
                product_id=product_id,
                field=f"lines[{number}].product_id",
            )
    if ordered_at < now - FARTHEST:
        raise Invalid("An order of more than a year ago is not entered any more.", field="ordered_at")
    if ordered_at > now:
        raise Invalid("An order cannot be placed in the future.", field="ordered_at")
    order_date = today_there(ordered_at, warehouse.timezone)
    if first.delivery_date < order_date:
        raise Invalid(
            "It was ordered on {order_date}: it cannot be due before.", order_date=order_date, field="delivery_date"
        )
    if first.delivery_date - order_date > FARTHEST:
        raise Invalid(
            "It was ordered on {order_date}: that is more than a year later.",
            order_date=order_date,
            field="delivery_date",
        )


def _count_what_came(
    session: Session,
    warehouse_id: str,
    product_ids: Collection[str],
    since: datetime,
    now: datetime,
    by: str,
    overdue_counts: timedelta,
) -> None:
    """Counts what came since a moment and is without an order so far against what may still come."""
    event = PurchaseOrderEventRow
    counted = (
        select(event.lot_id, func.sum(event.quantity).label("quantity"))
        .join(PurchaseOrderRow, PurchaseOrderRow.purchase_order_id == event.purchase_order_id)
        .where(
            event.kind == PurchaseOrderEventKind.RECEIVED,
            PurchaseOrderRow.warehouse_id == warehouse_id,
            event.happened_at >= since,
        )
        .group_by(event.lot_id)
        .subquery()
    )
    query = (
        select(LotRow.lot_id, LotRow.product_id, LotRow.supplier_id, LotRow.received_at)
        .add_columns(LotRow.quantity_received, counted.c.quantity)
        .outerjoin(counted, counted.c.lot_id == LotRow.lot_id)
        .where(LotRow.warehouse_id == warehouse_id, LotRow.received_at >= since)
        .order_by(LotRow.received_at, LotRow.lot_id)
    )
    deliveries = [
        Delivery(
            warehouse_id=warehouse_id,
            supplier_id=row.supplier_id,
            product_id=row.product_id,
            quantity=left,
            happened_at=row.received_at,
            known_at=now,
            lot_id=row.lot_id,
        )
        for row in session.execute(query)
        if row.product_id in product_ids and (left := row.quantity_received - (row.quantity or 0)) > 0
    ]
    count_deliveries(session, deliveries, by, overdue_counts)
