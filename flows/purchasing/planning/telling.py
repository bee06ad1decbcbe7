"""What is told of a purchase plan: that it was made, ordered in whole or in part, or put away."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from data.tables import PlanLineRow, PurchasePlanRow
from flows.notifying.outbox import OutboxEvent, as_told, write_events


def tell_made(session: Session, plan: PurchasePlanRow) -> None:
    """Writes to the outbox that a draft is there."""
    _tell(session, plan, "made", _about(plan, _all_of(plan), plan.created_at, plan.created_by), plan.created_at)


def tell_approved(
    session: Session, plan: PurchasePlanRow, lines: Collection[PlanLineRow], now: datetime, by: str
) -> None:
    """Writes to the outbox that these lines were approved now; their orders are told of as such."""
    if not lines:
        return
    about = _about(plan, {line.warehouse_id for line in lines}, now, by)
    buying = sum(line.quantity > 0 for line in lines)
    more = {"lines_to_buy": buying, "whole": plan.approved_at is not None}
    _tell(session, plan, f"approved_{plan.version}", about | more, now)


def tell_discarded(session: Session, plan: PurchasePlanRow, now: datetime, by: str) -> None:
    """Writes to the outbox that a draft was put away, by somebody or for a newer one."""
    _tell(session, plan, "discarded", _about(plan, _all_of(plan), now, by), now)


def _all_of(plan: PurchasePlanRow) -> set[str]:
    return {part.warehouse_id for part in plan.warehouses}


def _about(plan: PurchasePlanRow, warehouse_ids: set[str], at: datetime, by: str) -> dict[str, Any]:
    return {"plan_id": plan.plan_id, "warehouse_ids": sorted(warehouse_ids), "at": as_told(at), "by": by}


def _tell(session: Session, plan: PurchasePlanRow, name: str, payload: dict[str, Any], at: datetime) -> None:
    what, _, _ = name.partition("_")
    write_events(session, [OutboxEvent(f"plan_{plan.plan_id}_{name}", f"plan.{what}", payload, at)], at)
