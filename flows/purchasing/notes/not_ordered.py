"""Which products of a plan could not be ordered, and why, and which are asked about.

Not ordered are lines that buy nothing and carry a warning that says why. Other warnings, as of stock that expires, of
zeros that may be stock-outs or of a bulk order, keep nobody from ordering; and a line that a buyer set to 0 was not
wanted."""

from collections import Counter

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import PlanLineRow
from warehouse.purchasing.plan import PLAN_QUESTIONS, PLAN_WARNINGS, PlanReason

OBSTACLES = PLAN_WARNINGS - {
    PlanReason.STOCK_EXPIRES_BEFORE_USE,
    PlanReason.NO_SALES_LATELY,
    PlanReason.ZEROS_MAY_BE_STOCK_OUTS,
    PlanReason.SOLD_AGAIN,
    PlanReason.BULK_ORDER_LEFT_OUT,
    PlanReason.DELIVERED_ON_CLOSED_DAY,
}


def not_ordered(session: Session, plan_id: str) -> dict[str, int]:
    """How many lines of the plan could not be ordered, by the code of the first reason; the most frequent first."""
    query = select(PlanLineRow.reasons).where(
        PlanLineRow.plan_id == plan_id, PlanLineRow.quantity == 0, PlanLineRow.edited_at.is_(None)
    )
    counted: Counter[str] = Counter()
    for reasons in session.scalars(query):
        counted.update([reason["code"] for reason in reasons if reason["code"] in OBSTACLES][:1])
    return dict(counted.most_common())


def asked_about(session: Session, plan_id: str) -> dict[str, int]:
    """About how many lines of the plan a buyer is asked whether the product is still sold, or was in stock, by code."""
    counted = Counter(
        reason["code"]
        for reasons in session.scalars(select(PlanLineRow.reasons).where(PlanLineRow.plan_id == plan_id))
        for reason in reasons
        if reason["code"] in PLAN_QUESTIONS
    )
    return dict(counted.most_common())
