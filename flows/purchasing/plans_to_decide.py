"""Which plans wait for approval, which are approved, and which warehouses nobody has planned for yet."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import PlanLineRow, PlanStatus, PurchasePlanRow, WarehouseRow


def drafts_to_approve(session: Session, delivery_date: date) -> Sequence[PurchasePlanRow]:
    """Drafts for the next delivery and later ones, and for the day before it, which may still be ordered; the next
    delivery first."""
    return _plans(session, PlanStatus.DRAFT, delivery_date - timedelta(days=1))


def approved_plans(session: Session, delivery_date: date) -> Sequence[PurchasePlanRow]:
    """Plans for that delivery and later ones that are ordered; the next delivery first."""
    return _plans(session, PlanStatus.APPROVED, delivery_date)


def unplanned_warehouses(
    session: Session, warehouses: Sequence[WarehouseRow], delivery_date: date
) -> list[WarehouseRow]:
    """Those of the warehouses that no plan for that delivery is for, though they are not closed by then."""
    planned = set(
        session.scalars(
            select(PlanLineRow.warehouse_id)
            .join(PurchasePlanRow, PurchasePlanRow.plan_id == PlanLineRow.plan_id)
            .where(PurchasePlanRow.delivery_date == delivery_date)
            .distinct()
        )
    )
    return [
        place
        for place in warehouses
        if place.warehouse_id not in planned and (place.closed_on is None or place.closed_on >= delivery_date)
    ]


def _plans(session: Session, status: PlanStatus, first_delivery: date) -> Sequence[PurchasePlanRow]:
    plans = select(PurchasePlanRow).where(
        PurchasePlanRow.status == status, PurchasePlanRow.delivery_date >= first_delivery
    )
    return session.scalars(plans.order_by(PurchasePlanRow.delivery_date, PurchasePlanRow.created_at.desc())).all()
