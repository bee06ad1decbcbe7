"""The stock of a warehouse as it is expected at a moment: what was counted, less what is kept aside to be carried to
another warehouse and what was sold since, aged by the temperatures of its zones.

What was sold is what is known of it: sales of days that are over, customers' order lines of days that are not booked
yet, and of hours after the last order that is known, the demand that was forecast for them.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from data.frames.lots_as_of import LotAsOf, lots_as_of
from data.frames.serving_forecasts import forecast_frame
from data.frames.stock_frames import sales_of_days, sales_summed
from data.local_days import end_of_day, start_of_day, today_there
from data.tables import WarehouseRow
from flows.stock.lots_ageing import ageing_of_lots
from flows.stock.recent_orders import RecentOrders, recent_orders
from flows.stock.transfers.under_way import kept_aside
from flows.stock.usual_hours import UsualHours, usual_hours
from warehouse.purchasing.need.forecast_days import forecast_days
from warehouse.stock.lot_ageing import LotAgeing
from warehouse.stock.lots import StockLot
from warehouse.stock.sold_since import LocalDay, SalesKnown, sold_since
from warehouse.stock.stock_now import CountedLot, Sold, stock_now

Floats = NDArray[np.float64]

NOT_BOOKED_DAYS: Final = 2  # before today, whose order lines are read: sales are booked from them every night
NOTHING: Final = Decimal(0)
DAY_BY_DAY: Final = 35  # days before today; what was counted before them is drawn down by its sales in one sum


@dataclass(frozen=True, eq=False)
class ExpectedStock:
    """Lots by age as expected at a moment, without those that are blocked and without what is `kept_aside` of each to
    be carried away, by number; when in a day what sells; what customers have ordered for today and days to come, by
    product and day; and how each lot aged, by number, blocked ones too."""

    lots: tuple[StockLot, ...]
    hours: UsualHours
    ahead: Mapping[tuple[str, date], float]
    ageing: Mapping[str, LotAgeing]
    kept_aside: Mapping[str, Decimal]


@dataclass(frozen=True, eq=False)
class SalesSince:
    """What was sold since counts, by product; when in a day what sells; and customers' orders of the last days."""

    sold: Mapping[str, Sequence[Sold]]
    hours: UsualHours
    orders: RecentOrders


def expected_stock(session: Session, place: WarehouseRow, origin: datetime | None, now: datetime) -> ExpectedStock:
    """The stock of a warehouse at `now`; forecasts are those made at `origin` (None: there are none).

    Costs what is in stock and what was sold since it was counted, by the day at most."""
    lots = lots_as_of(session, [place.warehouse_id], now, something_left=True)
    ageing = ageing_of_lots(session, place, lots, now)
    aside = {lot_id: of_it for (_, lot_id), of_it in kept_aside(session, [place.warehouse_id], now).items()}
    counted = [
        CountedLot(_stock_lot(lot, ageing[lot.lot_id], aside.get(lot.lot_id, NOTHING)), lot.counted_at)
        for lot in lots
        if lot.blocked_because is None
    ]
    counts: defaultdict[str, list[datetime]] = defaultdict(list)
    for one in counted:
        counts[one.lot.product_id].append(min(one.counted_at, now))
    since = sales_since(session, place, origin, counts, now)
    today = today_there(now, place.timezone)
    ahead = {key: quantity for key, quantity in since.orders.ahead.items() if key[1] >= today}
    return ExpectedStock(stock_now(counted, since.sold), since.hours, ahead, ageing, aside)


def _stock_lot(lot: LotAsOf, ageing: LotAgeing, aside: Decimal) -> StockLot:
    return StockLot(lot.lot_id, lot.product_id, max(lot.on_hand - aside, NOTHING), lot.expires_on, ageing.days_lost)


def sales_since(
    session: Session,
    place: WarehouseRow,
    origin: datetime | None,
    counts: Mapping[str, Sequence[datetime]],
    now: datetime,
    known_by: datetime | None = None,
) -> SalesSince:
    """What was sold between the first of each product's counts and `now`, by what was known at `now` or, looking back,
    at `known_by`."""
    known_by = known_by or now
    today = today_there(now, place.timezone)
    hours = usual_hours(session, place.warehouse_id, counts, today, now)
    orders = recent_orders(session, place, today - timedelta(days=NOT_BOOKED_DAYS), today, known_by)
    days, known = _sales_known(session, place, origin, counts, hours, orders, now, known_by)
    sold = {product_id: sold_since(moments, now, days, known[product_id]) for product_id, moments in counts.items()}
    return SalesSince(sold, hours, orders)


def _sales_known(
    session: Session,
    place: WarehouseRow,
    origin: datetime | None,
    counts: Mapping[str, Sequence[datetime]],
    hours: UsualHours,
    orders: RecentOrders,
    now: datetime,
    known_by: datetime,
) -> tuple[list[LocalDay], dict[str, SalesKnown]]:
    """The days since stock was counted, and what is known of them by product."""
    today = today_there(now, place.timezone)
    since = {product_id: today_there(min(moments), place.timezone) for product_id, moments in counts.items()}
    first = max(min(since.values(), default=today), today - timedelta(days=DAY_BY_DAY))
    days = [_day(first + timedelta(days=n), place.timezone) for n in range((today - first).days + 1)]
    sales = _sales_by_hour(session, place, since, first, hours, now, known_by)
    before = _sales_before(session, place, since, first, known_by)
    expected = _expected_by_hour(session, place, origin, sorted(since), days, hours, known_by)
    known = {
        product_id: SalesKnown(
            by_day={day.date: sales[product_id, day.date] for day in days if (product_id, day.date) in sales},
            lines=orders.bought.get(product_id, ()),
            ahead={
                day.date: orders.ahead[product_id, day.date] * hours.of(product_id, day.date)
                for day in days
                if (product_id, day.date) in orders.ahead
            },
            lines_until=orders.until,
            expected=expected.get(product_id, {}),
            before=before.get(product_id, ()),
        )
        for product_id in counts
    }
    return days, known


def _day(day: date, timezone: str) -> LocalDay:
    return LocalDay(day, start_of_day(day, timezone), end_of_day(day, timezone))


def _sales_by_hour(
    session: Session,
    place: WarehouseRow,
    since: Mapping[str, date],
    first: date,
    hours: UsualHours,
    now: datetime,
    known_by: datetime,
) -> dict[tuple[str, date], Floats]:
    """By product and day, the sales by hour of days that are over."""
    recent = today_there(now, place.timezone) - timedelta(days=NOT_BOOKED_DAYS)
    older = {product_id for product_id, day in since.items() if day < recent}
    found = sales_of_days(session, place.warehouse_id, older, first, known_by)
    found |= sales_of_days(session, place.warehouse_id, since.keys() - older, recent, known_by)
    return {
        (product_id, day): sold.total * hours.of(product_id, day) if sold.hours is None else sold.hours
        for (product_id, day), sold in found.items()
    }


def _sales_before(
    session: Session, place: WarehouseRow, since: Mapping[str, date], first: date, now: datetime
) -> dict[str, list[Sold]]:
    """By product that was counted before `first`, its sales from the day after the count up to there."""
    by_count: defaultdict[date, list[str]] = defaultdict(list)
    for product_id, day in since.items():
        if day < first - timedelta(days=1):
            by_count[day + timedelta(days=1)].append(product_id)
    last = first - timedelta(days=1)
    found: dict[str, list[Sold]] = {}
    for start, product_ids in by_count.items():
        sums = sales_summed(session, place.warehouse_id, product_ids, start, last, now)
        moments = start_of_day(start, place.timezone), end_of_day(last, place.timezone)
        found |= {product_id: [Sold(*moments, last, quantity)] for product_id, quantity in sums.items()}
    return found


def _expected_by_hour(
    session: Session,
    place: WarehouseRow,
    origin: datetime | None,
    product_ids: Sequence[str],
    days: Sequence[LocalDay],
    hours: UsualHours,
    known_by: datetime,
) -> dict[str, dict[date, Floats]]:
    """By product and day, the mean of demand by hour; a day before the first that is forecast is like it."""
    if origin is None:
        return {}
    frame = forecast_frame(session, place.warehouse_id, origin, days[0].date, known_by)
    means = forecast_days(frame, product_ids, days[0].date, days[-1].date).mean
    return {
        product_id: {day.date: means[row, at] * hours.of(product_id, day.date) for at, day in enumerate(days)}
        for row, product_id in enumerate(product_ids)
    }
