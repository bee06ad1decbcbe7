"""Purchase orders as people look them up: with their status, their lines and names, as they were known at a moment."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, literal, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from data.frames.purchase_orders import KnownLine, KnownPurchaseOrder, history_of, purchase_orders_known_at
from data.local_days import today_there
from data.tables import (
    ProductRow,
    PurchaseOrderEventRow,
    PurchaseOrderLineRow,
    PurchaseOrderRow,
    SupplierRow,
    WarehouseRow,
)
from data.tables.changing import asked_of_each
from flows.errors import Unknown
from flows.ordering.kept_orders import id_of_purchase_order
from flows.ordering.under_way import counted_on, lines_of
from warehouse.ordering.purchase_order_lines import OVERDUE_COUNTS, PurchaseOrderLine
from warehouse.ordering.statuses import ENDED, PurchaseOrderStatus, purchase_order_status

ORDERS_AT_ONCE = 200


@dataclass(frozen=True)
class SeenLine:
    """A line with the names that belong to it, and what became of it."""

    known: KnownLine
    became: PurchaseOrderLine
    product: ProductRow


@dataclass(frozen=True)
class SeenPurchaseOrder:
    """A purchase order with what belongs to it. `cost` is what was ordered at the prices that are known,
    in the warehouse's currency."""

    order: KnownPurchaseOrder
    status: PurchaseOrderStatus
    supplier: SupplierRow
    warehouse: WarehouseRow
    lines: tuple[SeenLine, ...]

    @property
    def cost(self) -> Decimal:
        """What the lines that have a price come to, as they were ordered."""
        known = [line.known for line in self.lines]
        return sum((line.ordered * line.unit_price for line in known if line.unit_price is not None), Decimal(0))


@dataclass(frozen=True)
class Wanted:
    """Which purchase orders are asked for; None: whichever. `due_from` and `due_until` are delivery dates."""

    warehouse_ids: Collection[str] | None = None
    supplier_id: str | None = None
    statuses: Collection[PurchaseOrderStatus] | None = None
    delivery_date: date | None = None
    due_from: date | None = None
    due_until: date | None = None
    product_id: str | None = None
    updated_since: datetime | None = None


class PurchaseOrderSort(StrEnum):
    """How purchase orders come."""

    LATEST_DUE = "-delivery_date"
    FIRST_DUE = "delivery_date"
    FIRST_CHANGED = "updated_at"
    LAST_CHANGED = "-updated_at"

    @property
    def key(self) -> Sequence[InstrumentedAttribute[Any]]:
        """The columns that they come by, which are unique together."""
        due = (PurchaseOrderRow.delivery_date, PurchaseOrderRow.number)
        return due if self.value.endswith("delivery_date") else (PurchaseOrderRow.updated_at, *due)

    @property
    def descending(self) -> bool:
        return self.value.startswith("-")


def purchase_orders(
    session: Session,
    wanted: Wanted,
    moment: datetime,
    overdue_counts: timedelta = OVERDUE_COUNTS,
    after: Sequence[Any] | None = None,
    sort: PurchaseOrderSort = PurchaseOrderSort.LATEST_DUE,
) -> Iterator[SeenPurchaseOrder]:
    """The purchase orders asked for as they were known at a moment, in the order of `sort`, from the one after the one
    of this key on; read as far as they are taken."""
    key = sort.key
    while True:
        query = _query(wanted, moment)
        if after is not None:
            seen_last = tuple_(*(literal(value, column.type) for column, value in zip(key, after, strict=True)))
            query = query.where(tuple_(*key) < seen_last if sort.descending else tuple_(*key) > seen_last)
        query = query.order_by(*(column.desc() if sort.descending else column for column in key))
        rows = session.scalars(query.limit(ORDERS_AT_ONCE)).all()
        for seen in _seen(session, rows, moment, overdue_counts):
            if wanted.statuses is None or seen.status in wanted.statuses:
                yield seen
        if len(rows) < ORDERS_AT_ONCE:
            return
        after = [getattr(rows[-1], column.key) for column in key]


def purchase_order(
    session: Session, name: str, moment: datetime, overdue_counts: timedelta = OVERDUE_COUNTS
) -> SeenPurchaseOrder:
    """The purchase order of this number or id as it was known; raises Unknown, also where it was not known yet."""
    purchase_order_id = id_of_purchase_order(session, name)
    query = select(PurchaseOrderRow).where(PurchaseOrderRow.purchase_order_id == purchase_order_id)
    found = _seen(session, session.scalars(query).all(), moment, overdue_counts)
    if not found:
        raise Unknown("Purchase order {name!r} was not known then.", name=name, field="purchase_order_id")
    return found[0]


def history(session: Session, seen: SeenPurchaseOrder, moment: datetime) -> Sequence[PurchaseOrderEventRow]:
    """What happened to a purchase order and was known at a moment, in the order in which it became known."""
    return history_of(session, seen.order.purchase_order_id, moment)


def facts_of(seen: SeenPurchaseOrder) -> dict[str, Any]:
    """What there is to say about a purchase order, by name: the same for commands and the API."""
    order = seen.order
    terms = (
        *("purchase_order_id", "number", "plan_id", "delivery_date", "ordered_at", "ordered_by", "send_by", "sent_at"),
        *("confirmed_at", "cancelled_at", "note", "updated_at"),
    )
    return {name: getattr(order, name) for name in terms} | {
        "status": seen.status,
        "supplier_id": order.supplier_id,
        "supplier_name": seen.supplier.name,
        "warehouse_id": order.warehouse_id,
        "warehouse_name": seen.warehouse.name,
        "products": len(seen.lines),
        "cost": seen.cost,
        "currency": seen.warehouse.currency,
    }


def facts_of_line(line: SeenLine) -> dict[str, Any]:
    """What there is to say about a line: ordered = under_way + received + declined + cancelled + lapsed."""
    known, became = line.known, line.became
    return {
        "line_no": known.line_no,
        "product_id": known.product_id,
        "product_name": line.product.name,
        "unit": line.product.unit,
        "pack_size": known.pack_size,
        "unit_price": known.unit_price,
        "ordered": known.ordered,
        "confirmed": known.confirmed,
        "received": known.received,
        "under_way": became.under_way,
        "declined": became.declined,
        "cancelled": known.cancelled,
        "lapsed": became.lapsed,
    }


def facts_of_event(event: PurchaseOrderEventRow) -> dict[str, Any]:
    """What there is to say about something that happened."""
    names = ("kind", "line_no", "quantity", "happened_at", "known_at", "by", "note", "lot_id", "receipt_id")
    return {name: getattr(event, name) for name in names}


def _query(wanted: Wanted, moment: datetime) -> Select[tuple[PurchaseOrderRow]]:
    """What can be said in the database of what is asked for; an order that is open now or was open then is no ended
    one."""
    order, event = PurchaseOrderRow, PurchaseOrderEventRow
    conditions = [order.ordered_at <= moment]
    if wanted.warehouse_ids is not None:
        conditions.append(order.warehouse_id.in_(wanted.warehouse_ids))
    if wanted.supplier_id is not None:
        conditions.append(order.supplier_id == wanted.supplier_id)
    if wanted.delivery_date is not None:
        conditions.append(order.delivery_date == wanted.delivery_date)
    if wanted.due_from is not None:
        conditions.append(order.delivery_date >= wanted.due_from)
    if wanted.due_until is not None:
        conditions.append(order.delivery_date <= wanted.due_until)
    if wanted.product_id is not None:
        conditions.append(order.lines.any(PurchaseOrderLineRow.product_id == wanted.product_id))
    if wanted.statuses is not None and not set(wanted.statuses) & set(ENDED):
        changed_since = select(event.purchase_order_id).where(event.known_at > moment)
        conditions.append(order.closed_at.is_(None) | order.purchase_order_id.in_(changed_since))
    if wanted.updated_since is not None:
        conditions = [order.updated_at >= wanted.updated_since, *map(asked_of_each, conditions)]
    return select(order).where(*conditions)


def _seen(
    session: Session, rows: Sequence[PurchaseOrderRow], moment: datetime, overdue_counts: timedelta
) -> list[SeenPurchaseOrder]:
    known = purchase_orders_known_at(session, rows, moment)
    suppliers = _by_id(session, SupplierRow, {order.supplier_id for order in known})
    warehouses = _by_id(session, WarehouseRow, {order.warehouse_id for order in known})
    products = _by_id(session, ProductRow, {line.product_id for order in known for line in order.lines})
    seen = []
    for order in known:
        warehouse = warehouses[order.warehouse_id]
        became = lines_of(order, counted_on(moment, warehouse.timezone, overdue_counts))
        today = today_there(moment, warehouse.timezone)
        status = purchase_order_status(became, order.sent_at is not None, today)
        lines = tuple(
            SeenLine(line, of_it, products[line.product_id]) for line, of_it in zip(order.lines, became, strict=True)
        )
        seen.append(SeenPurchaseOrder(order, status, suppliers[order.supplier_id], warehouse, lines))
    return seen


def _by_id(session: Session, table: Any, ids: Collection[str]) -> dict[str, Any]:
    [key] = table.__table__.primary_key
    return {getattr(row, key.name): row for row in session.scalars(select(table).where(key.in_(ids)))}
