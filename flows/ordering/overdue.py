"""Purchase orders to ask about: their day has ended, and not all that was promised has come."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from flows.ordering.looking_up import SeenPurchaseOrder, Wanted, purchase_orders
from warehouse.ordering.matching import LATEST_DELIVERY
from warehouse.ordering.purchase_order_lines import OVERDUE_COUNTS
from warehouse.ordering.statuses import PurchaseOrderStatus


def overdue_purchase_orders(
    session: Session,
    now: datetime,
    overdue_counts: timedelta = OVERDUE_COUNTS,
    warehouse_ids: Collection[str] | None = None,
) -> list[SeenPurchaseOrder]:
    """The overdue orders of the last days, the latest due first. One of which nothing can come any more for its age is
    not asked about again, though it stays overdue until somebody cancels it."""
    since = (now - LATEST_DELIVERY).date() - timedelta(days=1)
    wanted = Wanted(warehouse_ids, statuses=[PurchaseOrderStatus.OVERDUE], due_from=since)
    return list(purchase_orders(session, wanted, now, overdue_counts))
