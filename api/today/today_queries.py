"""What needs doing today, put together from the steps of every area; the API and the page of today read it here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from api import texts
from data.languages import say
from data.local_days import today_there
from data.own_warehouses import own_warehouses
from data.tables import ClockDifferenceRow, FindingRow, PurchasePlanRow, WarehouseRow, WebhookRow, ZoneRow
from flows.coldchain.alarms.zones_now import zones_not_heard
from flows.coldchain.messages.quarantine import count_quarantined
from flows.coldchain.sensors.clocks_that_differ import active_clock_differences
from flows.couriers.shortages import Shortage, shortages
from flows.demand.behind import sales_behind, weather_behind
from flows.demand.stale_forecasts import StaleForecast, stale_forecasts
from flows.notifying.disabling import webhooks_that_are_gone
from flows.notifying.notifier_state import NotifierState, notifier_state
from flows.ordering.looking_up import SeenPurchaseOrder
from flows.ordering.overdue import overdue_purchase_orders
from flows.ordering.to_send import ToSend, purchase_orders_to_send
from flows.purchasing.deciding.plans_to_decide import approved_plans, drafts_to_approve, unplanned_warehouses
from flows.purchasing.on_time.in_time import LatePlan, fallback_plans, late_plans
from flows.purchasing.planning.next_delivery import next_delivery
from flows.purchasing.shelves.expiring_stock import ExpiringProduct, expiring_products
from flows.reports.feeds.going_on import findings_going_on
from flows.settings import Settings
from flows.slotting.open_moves import OpenMoves, open_moves
from flows.stock.counts_behind import counts_behind
from flows.stock.transfers.showing import TransfersToDo, transfers_to_do
from warehouse.worth.feeds.findings import MISSING


class Missing(StrEnum):
    """What should be known by now and is not, in the order in which a day goes wrong for want of it."""

    READINGS = "readings"
    SALES = "sales"
    STOCK = "stock"
    FORECAST = "forecast"
    WEATHER = "weather"

    @property
    def remedy(self) -> str:
        """What to do about it."""
        return say(REMEDIES[self])


REMEDIES: Mapping[Missing, str] = {
    Missing.READINGS: texts.MISSING_READINGS,
    Missing.SALES: texts.MISSING_SALES,
    Missing.STOCK: texts.MISSING_STOCK,
    Missing.FORECAST: texts.MISSING_FORECAST,
    Missing.WEATHER: texts.MISSING_WEATHER,
}


@dataclass(frozen=True)
class MissingData:
    """What is missing of a warehouse (of readings: of which zone), and up to when it is known: a moment, or the last
    local day; None: nothing ever was."""

    what: Missing
    warehouse: WarehouseRow
    known_until: datetime | date | None
    zone: ZoneRow | None = None


@dataclass(frozen=True)
class WhatNeedsDoing:
    """The warehouses by name, the delivery that is planned next, and what is to be done about it and in them. A silence
    that is `missing` is not `broken` too.
    `quarantined` counts messages of sensors that could not be kept, None for who sees some warehouses only. `notifier`
    says whether anybody tells webhooks, `gone` are those that are told no more since they answered 410."""

    warehouses: Sequence[WarehouseRow]
    delivery_date: date
    drafts: Sequence[PurchasePlanRow]
    approved: Sequence[PurchasePlanRow]
    unplanned: Sequence[WarehouseRow]
    late: Sequence[LatePlan]
    fallbacks: Sequence[PurchasePlanRow]
    missing: Sequence[MissingData]
    broken: Sequence[FindingRow]
    clocks: Sequence[ClockDifferenceRow]
    quarantined: int | None
    notifier: NotifierState
    gone: Sequence[WebhookRow]
    expiring: Sequence[ExpiringProduct]
    to_send: Sequence[ToSend]
    overdue: Sequence[SeenPurchaseOrder]
    transfers: TransfersToDo
    short_of_couriers: Sequence[Shortage]
    stale: Sequence[StaleForecast]
    moves: Sequence[OpenMoves]


def what_needs_doing(
    session: Session, settings: Settings, now: datetime, warehouse_id: str | None = None
) -> WhatNeedsDoing:
    """What needs doing in all warehouses, or in one of them."""
    query = select(WarehouseRow).order_by(WarehouseRow.name, WarehouseRow.warehouse_id)
    if warehouse_id is not None:
        query = query.where(WarehouseRow.warehouse_id == warehouse_id)
    warehouses = session.scalars(query).all()
    names = {place.warehouse_id for place in warehouses}
    delivery = next_delivery((place.timezone for place in warehouses), now)
    stale = stale_forecasts(session, warehouses, now, settings.forecast_stale_after)
    missing = list(_missing(session, warehouses, stale, settings, now, warehouse_id))
    return WhatNeedsDoing(
        warehouses=warehouses,
        delivery_date=delivery,
        drafts=_for(names, drafts_to_approve(session, delivery)),
        approved=_for(names, approved_plans(session, delivery)),
        unplanned=unplanned_warehouses(session, warehouses, now),
        late=[
            replace(
                late,
                warehouse_ids=[name for name in late.warehouse_ids if name in names],
                without_forecast=[name for name in late.without_forecast if name in names],
            )
            for late in late_plans(session, now, settings.plan_ready_before_cut_off)
            if names.intersection(late.warehouse_ids)
        ],
        fallbacks=fallback_plans(session, warehouses, now),
        missing=missing,
        broken=[one for one in findings_going_on(session, warehouse_id) if not _is_told_as_missing(one, missing)],
        clocks=active_clock_differences(session, warehouse_id),
        quarantined=count_quarantined(session) if own_warehouses(session) is None else None,
        notifier=notifier_state(session, now),
        gone=webhooks_that_are_gone(session) if own_warehouses(session) is None else [],
        expiring=expiring_products(session, warehouses, now, settings.purchasing),
        to_send=[one for one in purchase_orders_to_send(session, now) if one.warehouse_id in names],
        overdue=[
            seen
            for seen in overdue_purchase_orders(session, now, settings.overdue_order_counts)
            if seen.order.warehouse_id in names
        ],
        transfers=transfers_to_do(session, names, now),
        short_of_couriers=[one for one in shortages(session, now) if one.warehouse_id in names],
        stale=stale,
        moves=[row for row in open_moves(session) if row.warehouse_id in names],
    )


def _for(names: set[str], plans: Sequence[PurchasePlanRow]) -> list[PurchasePlanRow]:
    """The plans in which some of the warehouses stand."""
    return [plan for plan in plans if names.intersection(part.warehouse_id for part in plan.warehouses)]


def _missing(
    session: Session,
    warehouses: Sequence[WarehouseRow],
    stale: Sequence[StaleForecast],
    settings: Settings,
    now: datetime,
    warehouse_id: str | None,
) -> Iterator[MissingData]:
    for zone in zones_not_heard(session, warehouse_id, now, settings.sensor_silent_after):
        heard = None if zone.last_heard is None else zone.last_heard.heard.taken_at
        yield MissingData(Missing.READINGS, zone.warehouse, heard, zone.zone)
    for sold in sales_behind(session, warehouses, now):
        yield MissingData(Missing.SALES, sold.warehouse, sold.last_day)
    for counted in counts_behind(session, warehouses, now, settings.stock_old_after):
        yield MissingData(Missing.STOCK, counted.warehouse, counted.counted_at)
    for forecast in stale:
        yield MissingData(Missing.FORECAST, forecast.warehouse, forecast.origin)
    for weather in weather_behind(session, warehouses, now, settings.fetch_weather):
        yield MissingData(Missing.WEATHER, weather.warehouse, weather.last_day)


def _is_told_as_missing(finding: FindingRow, missing: Sequence[MissingData]) -> bool:
    """Whether a silence is one of which it is said up to when the same is known: it stands once."""
    if finding.what != MISSING or finding.feed not in (Missing.SALES, Missing.STOCK):
        return False
    same = (one for one in missing if (one.what, one.warehouse.warehouse_id) == (finding.feed, finding.warehouse_id))
    return any(_last_day_known(one) < finding.first_day for one in same)


def _last_day_known(one: MissingData) -> date:
    known = one.known_until
    if isinstance(known, datetime):
        return today_there(known, one.warehouse.timezone)
    return date.min if known is None else known
