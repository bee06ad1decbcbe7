"""What needs doing today: for buyers and warehouse staff, and for whoever puts it on a board of their own."""

from datetime import datetime
from typing import Annotated

from fastapi import Request
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from api.coldchain.alarm_routes import AlarmOut
from api.places.place_queries import known_warehouse
from api.problems import NotFound, responses
from api.purchasing.plan_queries import summaries
from api.resources.findings import remedy_of
from api.routing import Router
from api.security import Principal, Scope, requires
from api.stock.transfer_schemas import TransferOut
from api.today.today_queries import MissingData, what_needs_doing
from api.today.today_schemas import (
    BrokenDataOut,
    ClockDifferenceOut,
    ExpiringStock,
    FallbackPlanOut,
    LatePlanOut,
    MissingOut,
    OpenMovesOut,
    OrderToSend,
    OverdueOrder,
    ShortageOut,
    StaleForecastOut,
    TodayOut,
    TransfersToDoOut,
)
from api.transactions import Now, ReadSession
from api.values import Identifier
from data.tables import AlarmRow, FindingRow
from flows.purchasing.on_time.in_time import note_of_fallback
from flows.purchasing.shelves.expiring_stock import ExpiringProduct

router = Router(tags=["today"])


@router.get("/today", responses=responses(NotFound))
def show_today(
    request: Request,
    session: ReadSession,
    now: Now,
    who: Annotated[Principal, requires(Scope.READ)],
    warehouse_id: Identifier | None = None,
) -> TodayOut:
    """What needs doing, in all warehouses or in one: active alarms, plans to approve and to make, what is missing,
    stock that expires, overdue orders, open moves.

    Nothing is listed that is in order."""
    if warehouse_id is not None:
        known_warehouse(session, warehouse_id)
    found = what_needs_doing(session, request.app.state.settings, now, warehouse_id)
    alarms = select(AlarmRow).where(AlarmRow.ended_at.is_(None)).order_by(AlarmRow.began_at, AlarmRow.alarm_id)
    alarms = alarms.options(selectinload(AlarmRow.excursions))
    if warehouse_id is not None:
        alarms = alarms.where(AlarmRow.warehouse_id == warehouse_id)
    return TodayOut(
        next_delivery=found.delivery_date,
        active_alarms=[AlarmOut.model_validate(alarm) for alarm in session.scalars(alarms)],
        drafts=summaries(session, found.drafts),
        unplanned_warehouses=[place.warehouse_id for place in found.unplanned],
        late_plans=[LatePlanOut.model_validate(late) for late in found.late],
        fallback_plans=[FallbackPlanOut(plan_id=plan.plan_id, **note_of_fallback(plan)) for plan in found.fallbacks],
        missing=list(map(_missing, found.missing)),
        broken_data=list(map(_broken, found.broken)),
        clock_differences=list(map(ClockDifferenceOut.model_validate, found.clocks)),
        quarantined_messages=found.quarantined,
        notifier_sends=found.notifier.sends,
        webhooks_gone=[webhook.webhook_id for webhook in found.gone],
        expiring=list(map(_expiring, found.expiring)),
        orders_to_send=list(map(OrderToSend.model_validate, found.to_send)),
        overdue_orders=[
            OverdueOrder(
                number=seen.order.number,
                supplier_id=seen.order.supplier_id,
                warehouse_id=seen.order.warehouse_id,
                delivery_date=seen.order.delivery_date,
            )
            for seen in found.overdue
        ],
        transfers=TransfersToDoOut(
            to_send=list(map(TransferOut.of, found.transfers.to_send)),
            to_receive=list(map(TransferOut.of, found.transfers.to_receive)),
            lapsed=list(map(TransferOut.of, found.transfers.lapsed)),
        ),
        short_of_couriers=list(map(ShortageOut.model_validate, found.short_of_couriers)),
        stale_forecasts=[
            StaleForecastOut(warehouse_id=row.warehouse.warehouse_id, origin=row.origin) for row in found.stale
        ],
        open_moves=[OpenMovesOut.model_validate(row) for row in found.moves],
    )


def _missing(one: MissingData) -> MissingOut:
    until = one.known_until
    return MissingOut(
        what=one.what,
        warehouse_id=one.warehouse.warehouse_id,
        zone_id=None if one.zone is None else one.zone.zone_id,
        known_at=until if isinstance(until, datetime) else None,
        known_day=None if isinstance(until, datetime) else until,
        remedy=one.what.remedy,
    )


def _broken(row: FindingRow) -> BrokenDataOut:
    told = {name: getattr(row, name) for name in BrokenDataOut.model_fields if name != "remedy"}
    return BrokenDataOut(**told, remedy=remedy_of(row.what))


def _expiring(row: ExpiringProduct) -> ExpiringStock:
    return ExpiringStock(
        warehouse_id=row.warehouse.warehouse_id,
        product_id=row.product.product_id,
        product_name=row.product.name,
        unit=row.product.unit,
        expires_on=row.expires_on,
        expiry=row.expiry,
        on_hand=row.on_hand,
        expected_loss=row.expected_loss,
        loss=row.loss,
        currency=row.warehouse.currency,
        lot_ids=list(row.lot_ids),
        plan_id=None if row.ordered_in is None else row.ordered_in.plan_id,
        line_no=None if row.ordered_in is None else row.ordered_in.line_no,
    )
