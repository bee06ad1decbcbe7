"""Which plans wait for approval, which are approved, and which warehouses nobody has planned for yet."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.local_days import today_there
from data.tables import PlanStatus, PlanWarehouseRow, PurchasePlanRow, WarehouseRow


def drafts_to_approve(session: Session, delivery_date: date) -> Sequence[PurchasePlanRow]:
    """Drafts for the next delivery and later ones, and for the day before it, which may still be ordered; the next
    delivery first."""
    return _plans(session, PlanStatus.DRAFT, delivery_date - timedelta(days=1))


def approved_plans(session: Session, delivery_date: date) -> Sequence[PurchasePlanRow]:
    """Plans for that delivery and later ones that are ordered; the next delivery first."""
    return _plans(session, PlanStatus.APPROVED, delivery_date)


def unplanned_warehouses(session: Session, warehouses: Sequence[WarehouseRow], now: datetime) -> list[WarehouseRow]:
    """Those of the warehouses that stand in no plan of their order day, today there, though they are not closed by
    tomorrow. A discarded plan is none."""
    days = {place.warehouse_id: today_there(now, place.timezone) for place in warehouses}
    parts = (
        select(PlanWarehouseRow.warehouse_id, PlanWarehouseRow.order_date)
        .join(PurchasePlanRow, PurchasePlanRow.plan_id == PlanWarehouseRow.plan_id)
        .where(PlanWarehouseRow.order_date.in_(set(days.values())), PlanWarehouseRow.replaced_by.is_(None))
        .where(PurchasePlanRow.status != PlanStatus.DISCARDED)
    )
    planned = {name for name, day in session.execute(parts).tuples() if days.get(name) == day}
    return [
        place
        for place in warehouses
        if place.warehouse_id not in planned and (place.closed_on is None or place.closed_on > days[place.warehouse_id])
    ]


def _plans(session: Session, status: PlanStatus, first_delivery: date) -> Sequence[PurchasePlanRow]:
    plans = select(PurchasePlanRow).where(
        PurchasePlanRow.status == status, PurchasePlanRow.last_delivery_date >= first_delivery
    )
    return session.scalars(plans.order_by(PurchasePlanRow.delivery_date, PurchasePlanRow.created_at.desc())).all()
