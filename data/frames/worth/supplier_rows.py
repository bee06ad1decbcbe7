"""The rows of some local days of a warehouse that say how suppliers kept to what was ordered: order lines and what of
them came late, price tiers, inspections. Frames have the columns that `warehouse.worth.suppliers.raw_suppliers` names.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.frames.worth.raw_rows import NOBODY, framed
from data.frames.worth.supplier_sums import OF_SUPPLIERS
from data.local_days import end_of_day, start_of_day, today_there
from data.tables import (
    InspectionRow,
    LotRow,
    OfferTierRow,
    ProductRow,
    PurchaseOrderEventKind,
    PurchaseOrderEventRow,
    PurchaseOrderLineRow,
    PurchaseOrderRow,
    SupplierDayRow,
    WarehouseRow,
)

AT_ONCE: Final = 500  # offers asked about by their ids
LINE_COLUMNS: Final = ("supplier_id", "product_id", "date", "ordered", "wanted", "arrived", "late", "confirmed",
                       "unit_price", "offer_id")  # fmt: skip


def due_lines(session: Session, place: WarehouseRow, first: date, last: date) -> pd.DataFrame:
    """LINE_COLUMNS: order lines due on these days, without those that were called off."""
    order, line = PurchaseOrderRow, PurchaseOrderLineRow
    query = (
        select(
            *(order.purchase_order_id, line.line_no, order.supplier_id, line.product_id, order.delivery_date),
            *(line.quantity, line.quantity - line.cancelled, line.received, line.confirmed, line.unit_price),
            line.offer_id,
        )
        .join(order, order.purchase_order_id == line.purchase_order_id)
        .where(order.warehouse_id == place.warehouse_id, order.delivery_date.between(first, last))
        .where(order.cancelled_at.is_(None), line.quantity > line.cancelled)
    )
    late = _came_late(session, place, first, last)
    rows = []
    for key, line_no, supplier, product, due, ordered, wanted, came, confirmed, price, offer in session.execute(query):
        after = min(max(late.get((key, line_no), Decimal(0)), Decimal(0)), came)
        rows.append((supplier, product, due, ordered, wanted, came, after, confirmed, price, offer or ""))
    return framed(LINE_COLUMNS, rows)


def _came_late(session: Session, place: WarehouseRow, first: date, last: date) -> dict[tuple[str, int], Decimal]:
    """By order and line, what came of it after its day, less what of that was taken back."""
    order, event = PurchaseOrderRow, PurchaseOrderEventRow
    query = (
        select(order.delivery_date, event.purchase_order_id, event.line_no, event.happened_at, event.quantity)
        .join(order, order.purchase_order_id == event.purchase_order_id)
        .where(order.warehouse_id == place.warehouse_id, order.delivery_date.between(first, last))
        .where(event.kind == PurchaseOrderEventKind.RECEIVED, event.line_no.is_not(None))
    )
    late: defaultdict[tuple[str, int], Decimal] = defaultdict(Decimal)
    for due, key, line_no, at, quantity in session.execute(query):
        if line_no is not None and quantity is not None and at >= end_of_day(due, place.timezone):
            late[key, line_no] += quantity
    return late


def price_tiers(session: Session, offer_ids: Iterable[str]) -> pd.DataFrame:
    """offer_id, min_quantity, unit_price: the tiers of these offers, by both."""
    names, row = sorted(set(offer_ids) - {""}), OfferTierRow
    rows: list[Any] = []
    for begin in range(0, len(names), AT_ONCE):
        query = select(row.offer_id, row.min_quantity, row.unit_price)
        query = query.where(row.offer_id.in_(names[begin : begin + AT_ONCE])).order_by(row.offer_id, row.min_quantity)
        rows += session.execute(query).all()
    return framed(("offer_id", "min_quantity", "unit_price"), rows)


def inspected(session: Session, place: WarehouseRow, first: date, last: date) -> pd.DataFrame:
    """supplier_id, product_id, date, stage, inspected, accepted: by the day on which it was inspected. Where the
    inspection names no supplier it is that of its lot."""
    row, lot = InspectionRow, LotRow
    query = (
        select(
            func.coalesce(row.supplier_id, lot.supplier_id, NOBODY),
            *(row.product_id, row.inspected_at, row.stage, row.inspected_quantity, row.accepted_quantity),
        )
        .outerjoin(lot, (lot.warehouse_id == row.warehouse_id) & (lot.lot_id == row.lot_id))
        .where(row.warehouse_id == place.warehouse_id)
        .where(row.inspected_at >= start_of_day(first, place.timezone))
        .where(row.inspected_at < end_of_day(last, place.timezone))
    )
    rows = [
        (supplier, product, today_there(at, place.timezone), stage.value, shown, accepted)
        for supplier, product, at, stage, shown, accepted in session.execute(query)
    ]
    return framed(("supplier_id", "product_id", "date", "stage", "inspected", "accepted"), rows)


def shelf_lives(session: Session) -> pd.DataFrame:
    """product_id, shelf_life_days: of products of which it is known."""
    row = ProductRow
    query = select(row.product_id, row.shelf_life_days).where(row.shelf_life_days > 0)
    return framed(("product_id", "shelf_life_days"), session.execute(query))


def kept_supplier_days(session: Session, warehouse_id: str, first: date, last: date) -> pd.DataFrame:
    """supplier_id, date and OF_SUPPLIERS of the days that were worked out before, by supplier."""
    row = SupplierDayRow
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    query = select(row.supplier_id, row.date, *(getattr(row, name) for name in OF_SUPPLIERS)).where(
        row.warehouse_id == warehouse_id, row.date.in_(days)
    )
    found = framed(("supplier_id", "date", *OF_SUPPLIERS), session.execute(query))
    return found.sort_values("supplier_id", ignore_index=True)
