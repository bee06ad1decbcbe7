"""Sales from order lines, for shops whose system knows orders only: hour by hour, for local days that are over.

A listed day (`data.kept.days_to_book`) is booked from the lines that it has now. Booked sales that differ from what was
booked before become known now, so that forecasts made earlier do not change. Sales that were imported count instead of
booked ones, product by product. Products that sold there in the weeks before and are in no order of the day get a row
of zero, and so do those whose lines are gone; a day that never had an order line says nothing and gets none. Order
lines do not tell what was out of stock, so availability stays unknown.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple, Self, cast
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Connection, Table, delete, func, select
from sqlalchemy.orm import Session, aliased

from data.bulk import write_rows
from data.frames.product_ranges import is_sold_on, ranges_of
from data.kept.days_to_book import STILL_LISTED_DAYS, take_day
from data.kept.net_sales import OrderLine, net_sales
from data.local_days import end_of_day, start_of_day, today_there
from data.tables import HOURS, DailySalesRow, OrderLineRow, ProductRow


@dataclass(frozen=True)
class Booking:
    """What was booked, and what was left out: counts that add up over days and warehouses.

    `rows` of sales written, of which days (`days`), which of them had been booked before (`days_again`); order lines of
    products whose sales of that day were imported; order lines of days that are not over; returns of more than the
    day's sales."""

    rows: int = 0
    days: int = 0
    days_again: int = 0
    lines_with_imported_sales: int = 0
    lines_of_days_not_over: int = 0
    returns_beyond_sales: int = 0

    def __add__(self, other: Self) -> "Booking":
        return Booking(*(one + more for one, more in zip(astuple(self), astuple(other), strict=True)))


class _DaySales(NamedTuple):
    """Sales of a product's day: the total and the hours as they are kept."""

    total: float
    hours: bytes | None


_NOTHING_SOLD = _DaySales(0.0, np.zeros(HOURS, "<f4").tobytes())


@dataclass(frozen=True)
class _KeptDay:
    """What is kept of a day: the products whose sales were imported; what was booked last of others, known at most at
    `known_at` (None: nothing is booked)."""

    imported: frozenset[str]
    booked: Mapping[str, _DaySales]
    known_at: datetime | None


def book_day(session: Session, warehouse_id: str, timezone: str, day: date, now: datetime) -> Booking:
    """Books a listed local day that is over at `now`, and takes it off the list; a day that is not listed is left as it
    is."""
    if not take_day(session, warehouse_id, day):
        return Booking()
    kept = _kept_day(session, warehouse_id, day)
    lines, lines_known_at = _lines_by_product(session, warehouse_id, timezone, day)
    sales = dict.fromkeys(kept.booked, _NOTHING_SOLD)
    if lines:
        sales |= dict.fromkeys(_still_listed(session, warehouse_id, day, now), _NOTHING_SOLD)
    beyond = 0
    for product_id, of_product in lines.items():
        if product_id not in kept.imported:
            net = net_sales(of_product)
            hours = None if net.by_hour is None else np.array(net.by_hour, dtype="<f4").tobytes()
            sales[product_id] = _DaySales(float(net.total), hours)
            beyond += net.returns_beyond
    # what the first booking of a day finds counts as known when the day was over or the last line came
    over = end_of_day(day, timezone)
    known_at = max([over, *lines_known_at]) if kept.known_at is None else max(now, kept.known_at)
    rows = [
        (warehouse_id, product_id, day, known_at, *sold, True)
        for product_id, sold in sorted(sales.items())
        if product_id not in kept.imported and kept.booked.get(product_id) != sold
    ]
    columns = ["warehouse_id", "product_id", "date", "known_at", "sales", "hourly_sales", "booked_from_orders"]
    write_rows(session.connection(), cast(Table, DailySalesRow.__table__), columns, rows)
    return Booking(
        rows=len(rows),
        days=1 if rows else 0,
        days_again=1 if rows and kept.known_at is not None else 0,
        lines_with_imported_sales=sum(len(lines[name]) for name in kept.imported if name in lines),
        returns_beyond_sales=beyond,
    )


def lines_of_days_not_over(session: Session, warehouse_id: str, timezone: str, now: datetime) -> int:
    """How many order lines of a warehouse are of days that are not over there at `now`."""
    today = today_there(now, timezone)
    of_their_day = OrderLineRow.wanted_on.is_(None) & (OrderLineRow.ordered_at >= start_of_day(today, timezone))
    counts = (
        session.scalar(select(func.count()).where(OrderLineRow.warehouse_id == warehouse_id, which)) or 0
        for which in (of_their_day, OrderLineRow.wanted_on >= today)  # each by its own index
    )
    return sum(counts)


def give_way_to_imported(connection: Connection, warehouse_ids: Iterable[str], first: date, last: date) -> None:
    """Deletes booked sales of the days from `first` to `last` of which imported sales were known by then: these count
    instead."""
    booked, imported = DailySalesRow, aliased(DailySalesRow)
    known_by_then = select(imported.sales).where(
        imported.warehouse_id == booked.warehouse_id,
        imported.product_id == booked.product_id,
        imported.date == booked.date,
        imported.known_at <= booked.known_at,
        ~imported.booked_from_orders,
    )
    connection.execute(
        delete(booked).where(
            booked.booked_from_orders,
            booked.warehouse_id.in_(sorted(set(warehouse_ids))),
            booked.date.between(first, last),
            known_by_then.correlate(booked).exists(),
        )
    )


def _kept_day(session: Session, warehouse_id: str, day: date) -> _KeptDay:
    rows = session.execute(
        select(
            DailySalesRow.product_id,
            DailySalesRow.known_at,
            DailySalesRow.booked_from_orders,
            DailySalesRow.sales,
            DailySalesRow.hourly_sales,
        )
        # by product, as the key is sorted: the cost grows with the catalogue, not with the history
        .where(DailySalesRow.warehouse_id == warehouse_id, DailySalesRow.date == day)
        .where(DailySalesRow.product_id.in_(select(ProductRow.product_id)))
        .order_by(DailySalesRow.product_id, DailySalesRow.known_at)
    ).all()
    imported = frozenset(row.product_id for row in rows if not row.booked_from_orders)
    booked = [row for row in rows if row.booked_from_orders]
    return _KeptDay(
        imported,
        {row.product_id: _DaySales(row.sales, row.hourly_sales) for row in booked if row.product_id not in imported},
        max((row.known_at for row in booked), default=None),
    )


def _lines_by_product(
    session: Session, warehouse_id: str, timezone: str, day: date
) -> tuple[dict[str, list[OrderLine]], set[datetime]]:
    """The order lines of a local day, or wanted on it, by product, and the moments at which they became known."""
    zone = ZoneInfo(timezone)
    columns = (
        OrderLineRow.product_id,
        OrderLineRow.order_id,
        OrderLineRow.ordered_at,
        OrderLineRow.quantity,
        OrderLineRow.known_at,
    )
    on_the_day = (OrderLineRow.ordered_at >= start_of_day(day, timezone)) & (
        OrderLineRow.ordered_at < end_of_day(day, timezone)
    )
    lines: dict[str, list[OrderLine]] = {}
    known: set[datetime] = set()
    for which in (OrderLineRow.wanted_on.is_(None) & on_the_day, OrderLineRow.wanted_on == day):  # by an index each
        query = select(*columns).where(OrderLineRow.warehouse_id == warehouse_id, which)
        for product_id, order_id, ordered_at, quantity, known_at in session.execute(query):
            there = ordered_at.astimezone(zone)
            line = OrderLine(order_id, ordered_at, there.hour if there.date() == day else None, quantity)
            lines.setdefault(product_id, []).append(line)
            known.add(known_at)
    return lines, known


def _still_listed(session: Session, warehouse_id: str, day: date, now: datetime) -> Sequence[str]:
    """The products that sold in the warehouse within STILL_LISTED_DAYS before the day, by what is known of it now, and
    were not delisted before it, everywhere or there."""
    sold, later = aliased(DailySalesRow), aliased(DailySalesRow)
    corrected = select(later.sales).where(
        later.warehouse_id == sold.warehouse_id,
        later.product_id == sold.product_id,
        later.date == sold.date,
        later.known_at > sold.known_at,
    )
    has_sold = select(sold.sales).where(
        sold.warehouse_id == warehouse_id,
        sold.product_id == ProductRow.product_id,
        sold.date.between(day - timedelta(days=STILL_LISTED_DAYS), day - timedelta(days=1)),
        sold.sales > 0,
        ~corrected.correlate(sold).exists(),
    )
    on_sale = ProductRow.delisted_on.is_(None) | (ProductRow.delisted_on >= day)
    query = select(ProductRow.product_id).where(on_sale, has_sold.correlate(ProductRow).exists())
    ranges = ranges_of(session, warehouse_id, now)
    return [name for name in session.scalars(query) if is_sold_on(ranges.get(name), day)]
