"""Purchase orders as the API shows them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy.orm import InstrumentedAttribute, Session

from api.ordering.purchase_order_schemas import (
    PurchaseOrderEventOut,
    PurchaseOrderLineOut,
    PurchaseOrderOut,
    PurchaseOrdersQuery,
    PurchaseOrderSummary,
)
from api.pagination import Page, cursor_after, key_of_cursor
from data.tables import PurchaseOrderRow
from flows.ordering.looking_up import (
    Wanted,
    facts_of,
    facts_of_event,
    facts_of_line,
    history,
    purchase_order,
    purchase_orders,
)
from warehouse.ordering.statuses import PurchaseOrderStatus

KEY: Sequence[InstrumentedAttribute[object]] = [PurchaseOrderRow.delivery_date, PurchaseOrderRow.number]


def page_of_orders(
    session: Session, asked: PurchaseOrdersQuery, now: datetime, overdue_counts: timedelta
) -> Page[PurchaseOrderSummary]:
    """One page of the purchase orders asked for, the latest due first."""
    statuses = None if asked.status is None else {asked.status}
    if asked.overdue:
        statuses = {PurchaseOrderStatus.OVERDUE} & (statuses or {PurchaseOrderStatus.OVERDUE})
    wanted = Wanted(
        warehouse_ids=None if asked.warehouse_id is None else [asked.warehouse_id],
        supplier_id=asked.supplier_id,
        statuses=statuses,
        delivery_date=asked.delivery_date,
    )
    after = None
    if asked.cursor is not None:
        delivery_date, number = key_of_cursor(asked.cursor, KEY)
        after = delivery_date, number
    found = purchase_orders(session, wanted, asked.moment(now), overdue_counts, after)
    rows = list(islice(found, asked.limit + 1))
    shown = rows[: asked.limit]
    following = None
    if len(rows) > asked.limit:
        following = cursor_after(KEY, [shown[-1].order.delivery_date, shown[-1].order.number])
    return Page(items=[PurchaseOrderSummary(**facts_of(seen)) for seen in shown], next=following)


def read_order(session: Session, name: str, moment: datetime, overdue_counts: timedelta) -> PurchaseOrderOut:
    """The purchase order of this number or id as it was known at a moment; raises Unknown."""
    seen = purchase_order(session, name, moment, overdue_counts)
    return PurchaseOrderOut(
        **facts_of(seen),
        lines=[PurchaseOrderLineOut(**facts_of_line(line)) for line in seen.lines],
        history=[PurchaseOrderEventOut(**facts_of_event(event)) for event in history(session, seen, moment)],
    )
