"""Today: what needs doing, the most urgent first. Read from alarms, plans, lots, forecasts and moves."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.pages.plans.shown_plans import ShownPlan, with_totals
from api.pages.rendering import page
from api.pages.temperatures.alarm_list import active_alarms
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession
from data.local_days import today_there
from data.tables import ForecastRow, LotRow, MoveRow, MoveStatus, PlanLineRow, ProductRow, PurchasePlanRow, WarehouseRow
from flows.purchasing.next_delivery import next_delivery

FORECAST_IS_OLD_AFTER = timedelta(hours=36)  # it is made daily, so one run was missed and the next is overdue

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class ExpiringProduct:
    """What a warehouse must sell or throw away of one product by the end of a day."""

    warehouse: WarehouseRow
    product: ProductRow
    expires_on: date
    when: str  # past, today or tomorrow
    on_hand: Decimal


@dataclass(frozen=True)
class ForecastState:
    """A warehouse whose forecast is missing (`origin` None) or old."""

    warehouse: WarehouseRow
    origin: datetime | None


@dataclass(frozen=True)
class OpenMoves:
    """How many moves a warehouse has to carry out, and what they save."""

    warehouse: WarehouseRow
    moves: int
    metres_saved_per_day: float


@router.get("/")
def today(
    request: Request, session: ReadSession, now: Now, who: Annotated[Principal, requires(Scope.READ)]
) -> Response:
    """The page that one opens in the morning."""
    warehouses = session.scalars(select(WarehouseRow).order_by(WarehouseRow.name, WarehouseRow.warehouse_id)).all()
    delivery = next_delivery((place.timezone for place in warehouses), now)
    plans = plans_from(session, delivery - timedelta(days=1))  # one for today may still wait for approval
    planned = warehouses_planned(session, delivery)
    sections: dict[str, Any] = {
        "alarms": active_alarms(session),
        "drafts": [plan for plan in plans if plan.is_draft],
        "approved": [plan for plan in plans if not plan.is_draft and plan.plan.delivery_date >= delivery],
        "unplanned": [place for place in warehouses if place.warehouse_id not in planned],
        "expiring": expiring_products(session, warehouses, now),
        "stale": stale_forecasts(session, warehouses, now),
        "moves": open_moves(session, warehouses),
    }
    return page(request, "today/today.html", warehouses=warehouses, delivery=delivery, now=now, **sections)


def plans_from(session: Session, first_delivery: date) -> list[ShownPlan]:
    """Plans for that delivery date and later ones, the next first."""
    plans = select(PurchasePlanRow).where(PurchasePlanRow.delivery_date >= first_delivery)
    return with_totals(
        session, session.scalars(plans.order_by(PurchasePlanRow.delivery_date, PurchasePlanRow.created_at.desc())).all()
    )


def warehouses_planned(session: Session, delivery_date: date) -> set[str]:
    """The warehouses that have a plan for that day."""
    lines = (
        select(PlanLineRow.warehouse_id)
        .join(PurchasePlanRow, PurchasePlanRow.plan_id == PlanLineRow.plan_id)
        .distinct()
    )
    return set(session.scalars(lines.where(PurchasePlanRow.delivery_date == delivery_date)))


def expiring_products(session: Session, warehouses: Sequence[WarehouseRow], now: datetime) -> list[ExpiringProduct]:
    """Stock that may be dispatched until tomorrow at the latest, or might no longer: the earliest, then the most."""
    if not warehouses:
        return []
    days = {place.warehouse_id: today_there(now, place.timezone) for place in warehouses}
    lots = session.execute(
        select(LotRow.warehouse_id, ProductRow, LotRow.expires_on, LotRow.quantity_on_hand)
        .join(ProductRow, ProductRow.product_id == LotRow.product_id)
        .where(LotRow.quantity_on_hand > 0, LotRow.expires_on <= max(days.values()) + timedelta(days=1))
    )
    on_hand: defaultdict[tuple[str, ProductRow, date], Decimal] = defaultdict(Decimal)
    for warehouse_id, product, expires_on, quantity in lots:
        if expires_on is not None:  # the query leaves those out already
            on_hand[warehouse_id, product, expires_on] += quantity
    by_id = {place.warehouse_id: place for place in warehouses}
    found = [
        ExpiringProduct(by_id[warehouse_id], product, expires_on, when, quantity)
        for (warehouse_id, product, expires_on), quantity in on_hand.items()
        if (when := _when(expires_on, days[warehouse_id]))
    ]
    return sorted(found, key=lambda lot: (lot.expires_on, -lot.on_hand))


def _when(expires_on: date, today: date) -> str | None:
    if expires_on < today:
        return "past"
    return {today: "today", today + timedelta(days=1): "tomorrow"}.get(expires_on)


def stale_forecasts(session: Session, warehouses: Sequence[WarehouseRow], now: datetime) -> list[ForecastState]:
    """The warehouses that nobody can plan for: no forecast, or one that has not been renewed."""
    # one look at the end of an index a warehouse; a GROUP BY would read every forecast ever made
    latest = (
        select(func.max(ForecastRow.origin, type_=ForecastRow.origin.type))
        .where(ForecastRow.warehouse_id == WarehouseRow.warehouse_id)
        .scalar_subquery()
    )
    origins = dict(session.execute(select(WarehouseRow.warehouse_id, latest)).tuples().all())
    states = [ForecastState(place, origins.get(place.warehouse_id)) for place in warehouses]
    return [state for state in states if state.origin is None or now - state.origin > FORECAST_IS_OLD_AFTER]


def open_moves(session: Session, warehouses: Sequence[WarehouseRow]) -> list[OpenMoves]:
    """Moves to carry out by warehouse, where they save most first."""
    saved = func.sum(MoveRow.metres_saved_per_day)
    rows = session.execute(
        select(MoveRow.warehouse_id, func.count(), saved)
        .where(MoveRow.status == MoveStatus.SUGGESTED)
        .group_by(MoveRow.warehouse_id)
        .order_by(saved.desc())
    )
    by_id = {place.warehouse_id: place for place in warehouses}
    return [OpenMoves(by_id[warehouse_id], count, metres) for warehouse_id, count, metres in rows]
