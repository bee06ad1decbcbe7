"""Which other warehouses of the town lack what one has too much of: where it could be carried before it expires.

Told from counts, forecasts and what is under way alone, without what was sold since by the hour, so that a page can ask
it of twenty warehouses: about how much, for people who will ring up before they drive.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from data.frames.lots_as_of import LotAsOf, lots_as_of
from data.frames.serving_forecasts import forecast_means, latest_origins
from data.local_days import end_of_day, start_of_day, today_there
from data.tables import WarehouseRow
from flows.ordering.under_way import lines_under_way
from flows.stock.transfers.under_way import coming_to, kept_aside
from warehouse.purchasing.plan_settings import USUAL, PlanSettings
from warehouse.stock.lots import StockLot
from warehouse.stock.outlook import Arriving, stock_outlook
from warehouse.stock.sold_since import LocalDay, SalesKnown, sold_since
from warehouse.stock.stock_now import CountedLot, stock_now

WORTH_CARRYING = 1.0  # units
MOST_DAYS = 14  # of demand since a count


@dataclass(frozen=True)
class Lacking:
    """About how much of a product another warehouse lacks before its next delivery, in the product's unit."""

    warehouse: WarehouseRow
    product_id: str
    quantity: float


def lacking_elsewhere(
    session: Session, place: WarehouseRow, product_ids: Collection[str], now: datetime, settings: PlanSettings = USUAL
) -> dict[str, list[Lacking]]:
    """By product, the open warehouses of the same city that lack it, those that lack most first."""
    if not product_ids:
        return {}
    today = today_there(now, place.timezone)
    others = session.scalars(
        select(WarehouseRow).where(
            WarehouseRow.city == place.city,
            WarehouseRow.warehouse_id != place.warehouse_id,
            or_(WarehouseRow.closed_on.is_(None), WarehouseRow.closed_on > today),
        )
    ).all()
    names = [other.warehouse_id for other in others]
    origins = latest_origins(session, names, now)
    means = forecast_means(session, origins, product_ids, today - timedelta(days=MOST_DAYS))
    aside = kept_aside(session, names, now)
    lots: defaultdict[tuple[str, str], list[LotAsOf]] = defaultdict(list)
    for lot in lots_as_of(session, names, now, something_left=True, product_ids=product_ids):
        if lot.blocked_because is None:
            left = lot.on_hand - aside.get((lot.warehouse_id, lot.lot_id), Decimal(0))
            lots[lot.warehouse_id, lot.product_id].append(replace(lot, on_hand=max(left, Decimal(0))))
    found: defaultdict[str, list[Lacking]] = defaultdict(list)
    for other in others:
        coming: defaultdict[str, list[Arriving]] = defaultdict(list)
        for line in lines_under_way(session, other.warehouse_id, now, settings.overdue_counts):
            coming[line.product_id].append(Arriving(line.delivery_date, float(line.under_way), None))
        for one in coming_to(session, other, now, settings.overdue_counts):
            comes = max(today_there(one.arrives_at, other.timezone), today_there(now, other.timezone))
            coming[one.product_id].append(Arriving(comes, float(one.quantity), one.last_day))
        for product_id in product_ids:
            key = (other.warehouse_id, product_id)
            quantity = _lacking(other, lots[key], coming[product_id], means.get(key, {}), now)
            if quantity >= WORTH_CARRYING:
                found[product_id].append(Lacking(other, product_id, quantity))
    return {name: sorted(of_it, key=lambda one: -one.quantity) for name, of_it in found.items()}


def _lacking(
    place: WarehouseRow, lots: list[LotAsOf], arriving: list[Arriving], means: dict[date, float], now: datetime
) -> float:
    """What the warehouse is expected to lack before something comes, or tomorrow is over."""
    today = today_there(now, place.timezone)
    counted = [CountedLot(StockLot(one.lot_id, "", one.on_hand, one.expires_on), one.counted_at) for one in lots]
    expected = {day: np.full(24, mean / 24) for day, mean in means.items()}
    days = [LocalDay(day, start_of_day(day, place.timezone), end_of_day(day, place.timezone)) for day in sorted(means)]
    counts = [min(one.counted_at, now) for one in lots]
    sold = sold_since(counts, now, days, SalesKnown(expected=expected)) if counts else []
    left = stock_now(counted, {"": sold})
    start, end = start_of_day(today, place.timezone), end_of_day(today, place.timezone)
    demand = [means.get(today, 0.0) * ((end - now) / (end - start)), means.get(today + timedelta(days=1), 0.0)]
    return stock_outlook("", left, arriving, demand, today, today + timedelta(days=2)).missing
