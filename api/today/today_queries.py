"""What needs doing today, put together from the steps of every area; the API and the page of today read it here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import PurchasePlanRow, WarehouseRow
from flows.demand.stale_forecasts import StaleForecast, stale_forecasts
from flows.ordering.looking_up import SeenPurchaseOrder
from flows.ordering.overdue import overdue_purchase_orders
from flows.ordering.to_send import ToSend, purchase_orders_to_send
from flows.purchasing.expiring_stock import ExpiringProduct, expiring_products
from flows.purchasing.in_time import LatePlan, fallback_plans, late_plans
from flows.purchasing.next_delivery import next_delivery
from flows.purchasing.plans_to_decide import approved_plans, drafts_to_approve, unplanned_warehouses
from flows.settings import Settings
from flows.slotting.open_moves import OpenMoves, open_moves


@dataclass(frozen=True)
class WhatNeedsDoing:
    """The warehouses by name, the delivery that is planned next, and what is to be done about it and in them."""

    warehouses: Sequence[WarehouseRow]
    delivery_date: date
    drafts: Sequence[PurchasePlanRow]
    approved: Sequence[PurchasePlanRow]
    unplanned: Sequence[WarehouseRow]
    late: Sequence[LatePlan]
    fallbacks: Sequence[PurchasePlanRow]
    expiring: Sequence[ExpiringProduct]
    to_send: Sequence[ToSend]
    overdue: Sequence[SeenPurchaseOrder]
    stale: Sequence[StaleForecast]
    moves: Sequence[OpenMoves]


def what_needs_doing(session: Session, settings: Settings, now: datetime) -> WhatNeedsDoing:
    """What needs doing in all warehouses."""
    warehouses = session.scalars(select(WarehouseRow).order_by(WarehouseRow.name, WarehouseRow.warehouse_id)).all()
    delivery = next_delivery((place.timezone for place in warehouses), now)
    return WhatNeedsDoing(
        warehouses=warehouses,
        delivery_date=delivery,
        drafts=drafts_to_approve(session, delivery),
        approved=approved_plans(session, delivery),
        unplanned=unplanned_warehouses(session, warehouses, now),
        late=late_plans(session, now, settings.plan_ready_before_cut_off),
        fallbacks=fallback_plans(session, warehouses, now),
        expiring=expiring_products(session, warehouses, now),
        to_send=purchase_orders_to_send(session, now),
        overdue=overdue_purchase_orders(session, now, settings.overdue_order_counts),
        stale=stale_forecasts(session, warehouses, now, settings.forecast_stale_after),
        moves=open_moves(session),
    )
