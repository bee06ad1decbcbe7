"""Whether a product's forecast, or its latest order, counts on demand that its history in a warehouse has not shown."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import PlanLineRow, PurchasePlanRow, RecoveredDemandRow
from forecasting.known.frames import QUANTILES
from warehouse.purchasing.plan import PlanReason

HIGHEST_TOLD = QUANTILES[-1]  # a history that has shown as much as a forecast tells needs no word


@dataclass(frozen=True)
class UnseenDemand:
    """`seen` is the highest quantile (0..1) of demand that was ever seen, 0 where none was. The latest plan delivers on
    `delivery_date` and orders at the higher `quantile`; both None where it orders nothing that high."""

    seen: float
    delivery_date: date | None = None
    quantile: float | None = None


def unseen_demand(session: Session, warehouse_id: str, product_id: str) -> UnseenDemand | None:
    """What the latest order counts on beyond what was seen, else from where on the forecast does; None where the
    history shows enough, or what it shows was not kept."""
    kept = session.get(RecoveredDemandRow, (warehouse_id, product_id))
    if kept is None:
        return None
    ordered = _order_beyond(session, warehouse_id, product_id)
    if ordered is not None:
        return ordered
    return UnseenDemand(kept.highest_seen_quantile) if kept.highest_seen_quantile < HIGHEST_TOLD else None


def _order_beyond(session: Session, warehouse_id: str, product_id: str) -> UnseenDemand | None:
    """Of the warehouse's latest plan; not of a line that a buyer has changed since."""
    mine = (PlanLineRow.plan_id == PurchasePlanRow.plan_id, PlanLineRow.warehouse_id == warehouse_id)
    latest = (
        select(PurchasePlanRow.plan_id)
        .where(select(PlanLineRow.line_no).where(*mine).exists())
        .order_by(PurchasePlanRow.created_at.desc(), PurchasePlanRow.plan_id)
        .limit(1)
        .scalar_subquery()
    )
    lines = (
        select(PlanLineRow.reasons, PurchasePlanRow.delivery_date)
        .join(PurchasePlanRow)
        .where(PlanLineRow.plan_id == latest, *mine, PlanLineRow.product_id == product_id)
        .where(PlanLineRow.edited_at.is_(None))
    )
    for reasons, delivery_date in session.execute(lines):
        for reason in reasons:
            if reason["code"] == PlanReason.BEYOND_WHAT_WAS_SEEN:
                return UnseenDemand(reason["seen"], delivery_date, reason["quantile"])
    return None
