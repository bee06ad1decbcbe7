"""Purchase orders as the API shows them."""

from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy.orm import Session

from api.ordering.purchase_order_schemas import (
    PurchaseOrderEventOut,
    PurchaseOrderLineOut,
    PurchaseOrderOut,
    PurchaseOrdersQuery,
    PurchaseOrderSummary,
)
from api.pagination import Page, cursor_after, key_of_cursor
from flows.ordering.looking_up import (
    PurchaseOrderSort,
    Wanted,
    facts_of,
    facts_of_event,
    facts_of_line,
    history,
    purchase_order,
    purchase_orders,
)
from warehouse.ordering.statuses import PurchaseOrderStatus


def page_of_orders(
    session: Session, asked: PurchaseOrdersQuery, now: datetime, overdue_counts: timedelta
) -> Page[PurchaseOrderSummary]:
    """One page of the purchase orders asked for, in the order asked for."""
    statuses = None if asked.status is None else {asked.status}
    if asked.overdue:
        statuses = {PurchaseOrderStatus.OVERDUE} & (statuses or {PurchaseOrderStatus.OVERDUE})
    wanted = Wanted(
        warehouse_ids=None if asked.warehouse_id is None else [asked.warehouse_id],
        supplier_id=asked.supplier_id,
        statuses=statuses,
        delivery_date=asked.delivery_date,
        due_from=asked.delivery_from,
        due_until=asked.delivery_until,
        product_id=asked.product_id,
        updated_since=asked.updated_since,
    )
    changed = asked.updated_since is not None
    sort = asked.sort or (PurchaseOrderSort.FIRST_CHANGED if changed else PurchaseOrderSort.LATEST_DUE)
    key, descending = sort.key, sort.descending
    after = None if asked.cursor is None else key_of_cursor(asked.cursor, key, descending)
    found = purchase_orders(session, wanted, asked.moment(now), overdue_counts, after, sort)
    rows = list(islice(found, asked.limit + 1))
    shown = rows[: asked.limit]
    following = None
    if len(rows) > asked.limit:
        following = cursor_after(key, [getattr(shown[-1].order, column.key) for column in key], descending)
    return Page(items=[PurchaseOrderSummary(**facts_of(seen)) for seen in shown], next=following)


def read_order(session: Session, name: str, moment: datetime, overdue_counts: timedelta) -> PurchaseOrderOut:
    """The purchase order of this number or id as it was known at a moment; raises Unknown."""
    seen = purchase_order(session, name, moment, overdue_counts)
    return PurchaseOrderOut(
        **facts_of(seen),
        lines=[PurchaseOrderLineOut(**facts_of_line(line)) for line in seen.lines],
        history=[PurchaseOrderEventOut(**facts_of_event(event)) for event in history(session, seen, moment)],
    )
