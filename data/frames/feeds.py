"""What came of each feed of a warehouse, day by day, as it is known now; and what kind of day each was.

Every query is bounded by days, so that none costs more as history grows; but for events, of which there are a few a
year. Rows have the columns FEED_COLUMNS, as
`warehouse.worth.feeds.feed_days` names them: one row for each date and item."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import median_low
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.frames.known_demand import events_as_of
from data.frames.worth.raw_rows import delivered
from data.local_days import end_of_day, start_of_day, today_there
from data.tables import (
    HOURS,
    DailyAvailabilityRow,
    DailySalesRow,
    HandoverRow,
    LotRow,
    OrderLineRow,
    PromotionRow,
    StockChangeKind,
    StockChangeRow,
    WarehouseRow,
    WeatherRow,
)

FEED_COLUMNS: Final = ("date", "item", "value")
LONGEST_PROMOTION: Final = timedelta(days=84)  # one that began before is a price by now
WEATHER: Final = ("temperature_c", "precipitation_mm", "humidity_pct", "wind_level")
NO_HOURS: Final = np.zeros(HOURS, "<f4").tobytes()


@dataclass(frozen=True, eq=False)
class FeedRows:
    """Rows of a feed (FEED_COLUMNS), how each falls on the hours (rows x 24) where it is known, and when half of a
    day's rows had come, by day; a day that is not named came when it ended."""

    rows: pd.DataFrame
    hours: NDArray[np.float32] | None = None
    came: Mapping[date, datetime] = field(default_factory=dict)


def days_of_events(
    session: Session, place: WarehouseRow, first: date, last: date, now: datetime
) -> tuple[set[date], set[date]]:
    """The days without business, and all days of events there, as known now."""
    events = events_as_of(session, now).drop_duplicates("event_id", keep="last")
    mine = (events["warehouse_id"] == place.warehouse_id) | (
        events["warehouse_id"].isna() & (events["city"].isna() | (events["city"] == place.city))
    )
    closed: set[date] = set()
    eventful: set[date] = set()
    there = events[mine & ~events["cancelled"]]
    for begins, ends, shut in zip(there["first_day"], there["last_day"], there["closed"], strict=True):
        span = pd.date_range(max(begins, pd.Timestamp(first)), min(ends, pd.Timestamp(last)))
        days = {day.date() for day in span}
        eventful |= days
        closed |= days if shut else set()
    return closed, eventful


def sales_of_days(session: Session, place: WarehouseRow, first: date, last: date) -> FeedRows:
    """What was sold of each product."""
    row = DailySalesRow
    query = (
        select(row.product_id, row.date, row.known_at, row.sales, row.hourly_sales)
        .where(row.warehouse_id == place.warehouse_id, row.date.between(first, last))
        .order_by(row.known_at)
    )
    rows, came = _latest(session.execute(query))
    hours = np.frombuffer(b"".join(NO_HOURS if one[2] is None else one[2] for one in rows.values()), "<f4")
    known = any(one[2] is not None for one in rows.values())
    frame = _frame((day, item, one[1]) for (day, item), one in rows.items())
    return FeedRows(frame, hours.reshape(-1, HOURS) if known else None, came)


def availability_of_days(session: Session, place: WarehouseRow, first: date, last: date) -> FeedRows:
    """In how many hours each product was in stock; of the products that were sold on these days, by which it is looked
    up."""
    row, sold = DailyAvailabilityRow, DailySalesRow
    products = select(sold.product_id).where(sold.warehouse_id == place.warehouse_id, sold.date.between(first, last))
    query = (
        select(row.product_id, row.date, row.known_at, row.in_stock_hours)
        .where(
            row.warehouse_id == place.warehouse_id,
            row.product_id.in_(products.distinct()),
            row.date.between(first, last),
        )
        .order_by(row.known_at)
    )
    rows, came = _latest(session.execute(query))
    return FeedRows(_frame((day, item, one[1].bit_count()) for (day, item), one in rows.items()), None, came)


def prices_of_days(session: Session, place: WarehouseRow, first: date, last: date) -> FeedRows:
    """What a unit of each product was sold for, the mean over a day's order lines."""
    row = OrderLineRow
    found: list[tuple[date, str, float]] = []
    came: list[tuple[date, datetime]] = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        query = (
            select(row.product_id, func.sum(row.unit_price), func.count(), func.min(row.known_at))
            .where(
                row.warehouse_id == place.warehouse_id,
                row.ordered_at >= start_of_day(day, place.timezone),
                row.ordered_at < end_of_day(day, place.timezone),
                row.quantity > 0,
                row.unit_price.is_not(None),
            )
            .group_by(row.product_id)
        )
        of_day = session.execute(query).all()
        found += [(day, item, float(prices) / lines) for item, prices, lines, _ in of_day]
        came += [(day, known_at) for *_, known_at in of_day]
    return FeedRows(_frame(found), None, _half_came(came))


def promotions_of_days(session: Session, place: WarehouseRow, first: date, last: date) -> FeedRows:
    """The discount of each product that is in a promotion, by day. One known later replaces the one with the same first
    day; full price without an activity is none."""
    row = PromotionRow
    query = (
        select(row.product_id, row.starts_on, row.ends_on, row.discount, row.promoted)
        .where(row.warehouse_id == place.warehouse_id, row.starts_on.between(first - LONGEST_PROMOTION, last))
        .order_by(row.starts_on, row.known_at)
    )
    latest = {(item, starts): said for item, starts, *said in session.execute(query)}
    of_days = {
        (day, item): discount
        for (item, starts), (ends, discount, promoted) in latest.items()
        if promoted or discount < 1
        for day in (starts + timedelta(days=number) for number in range((min(ends, last) - starts).days + 1))
        if day >= first
    }
    return FeedRows(_frame((day, item, discount) for (day, item), discount in of_days.items()))


def receipts_of_days(session: Session, place: WarehouseRow, first: date, last: date) -> FeedRows:
    """What suppliers brought of each product."""
    lots = delivered(session, place, first, last)
    rows = lots.groupby(["date", "product_id"])["quantity"].sum().reset_index().set_axis(list(FEED_COLUMNS), axis=1)
    known = ((day.date(), at.to_pydatetime()) for day, at in zip(lots["date"], lots["known_at"], strict=True))
    return FeedRows(rows, None, _half_came(known))


def counts_of_days(session: Session, place: WarehouseRow, first: date, last: date) -> FeedRows:
    """What was counted of each product."""
    row, lot = StockChangeRow, LotRow
    query = (
        select(lot.product_id, row.happened_at, row.known_at, row.left)
        .join(lot, (lot.warehouse_id == row.warehouse_id) & (lot.lot_id == row.lot_id))
        .where(
            row.warehouse_id == place.warehouse_id,
            row.happened_at >= start_of_day(first, place.timezone),
            row.happened_at < end_of_day(last, place.timezone),
            row.kind == StockChangeKind.COUNTED,
        )
    )
    counts = [
        (today_there(at, place.timezone), item, known_at, float(left))
        for item, at, known_at, left in session.execute(query)
    ]
    rows = _frame((day, item, left) for day, item, _, left in counts)
    came = _half_came((day, known_at) for day, _, known_at, _ in counts)
    return FeedRows(rows.groupby(["date", "item"])["value"].sum().reset_index(), None, came)


def weather_of_days(session: Session, place: WarehouseRow, first: date, last: date) -> FeedRows:
    """Each value of the observed weather."""
    row = WeatherRow
    query = (
        select(row.date, row.issued_at, *(getattr(row, name) for name in WEATHER))
        .where(row.warehouse_id == place.warehouse_id, row.date.between(first, last), row.observed)
        .order_by(row.issued_at)
    )
    days = {day: (issued, values) for day, issued, *values in session.execute(query)}
    rows = _frame(
        (day, name, value)
        for day, (_, values) in days.items()
        for name, value in zip(WEATHER, values, strict=True)
        if value is not None
    )
    return FeedRows(rows, None, {day: issued for day, (issued, _) in days.items()})


def handovers_of_days(session: Session, place: WarehouseRow, first: date, last: date) -> FeedRows:
    """How many orders were at the door."""
    row = HandoverRow
    query = select(row.delivered_at, row.known_at).where(
        row.warehouse_id == place.warehouse_id,
        row.delivered_at >= start_of_day(first, place.timezone),
        row.delivered_at < end_of_day(last, place.timezone),
    )
    told = [(today_there(at, place.timezone), known_at) for at, known_at in session.execute(query)]
    counted = Counter(day for day, _ in told)
    return FeedRows(_frame((day, "orders", count) for day, count in counted.items()), None, _half_came(told))


def _latest(rows: Iterable[Sequence[Any]]) -> tuple[dict[tuple[date, str], Sequence[Any]], dict[date, datetime]]:
    """What was known last (known_at, value, ...) by day and product, and when half of each day had first come."""
    latest: dict[tuple[date, str], Sequence[Any]] = {}
    first: dict[tuple[date, str], datetime] = {}
    for item, day, *said in rows:
        latest[day, item] = said
        first.setdefault((day, item), said[0])
    return latest, _half_came((day, known_at) for (day, _), known_at in first.items())


def _half_came(rows: Iterable[tuple[date, datetime]]) -> dict[date, datetime]:
    """When half of each day's rows had come."""
    by_day: dict[date, list[datetime]] = {}
    for day, known_at in rows:
        by_day.setdefault(day, []).append(known_at)
    return {day: median_low(moments) for day, moments in by_day.items()}


def _frame(rows: Iterable[tuple[date, str, float]]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=list(FEED_COLUMNS))
    return frame.astype({"date": "datetime64[us]", "item": "str", "value": "float64"})
