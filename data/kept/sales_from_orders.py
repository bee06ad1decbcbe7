"""Sales from order lines, for shops whose system knows orders only: hour by hour, for local days that are over.

A day is booked once, after the last day that has sales in the warehouse. Products that sold there in the weeks before
and are in no order of the day get a row of zero; a day without any order line says nothing and gets none. Order lines
do not tell what was out of stock, so availability stays unknown.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import cast
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session

from data.bulk import write_rows
from data.tables import HOURS, DailySalesRow, OrderLineRow, WarehouseRow

STILL_LISTED_DAYS = 28  # a product that sold within these days and is not ordered today has sold nothing today

Row = tuple[str, str, date, datetime, float, bytes]


def book_sales(session: Session, now: datetime) -> int:
    """Books the days that are over at `now` and have order lines but no sales yet; returns the rows written."""
    has_orders = select(OrderLineRow.order_id).where(OrderLineRow.warehouse_id == WarehouseRow.warehouse_id).exists()
    places = session.execute(select(WarehouseRow.warehouse_id, WarehouseRow.timezone).where(has_orders)).all()
    columns = ["warehouse_id", "product_id", "date", "known_at", "sales", "hourly_sales"]
    written = 0
    for place in places:
        rows = _days_to_book(session, place.warehouse_id, ZoneInfo(place.timezone), now)
        table = cast(Table, DailySalesRow.__table__)
        written += write_rows(session.connection(), table, columns, rows, on_conflict="ignore")
    return written


def _days_to_book(session: Session, warehouse_id: str, zone: ZoneInfo, now: datetime) -> Iterator[Row]:
    """The rows of a warehouse's unbooked days, the oldest first."""
    last_booked = session.scalar(select(func.max(DailySalesRow.date)).where(DailySalesRow.warehouse_id == warehouse_id))
    lines = _order_lines(session, warehouse_id, last_booked, zone, now)
    last_sold = _last_sold(session, warehouse_id, last_booked)
    days: list[date] = sorted(set(lines["day"]))
    for day in days:
        of_day = lines[lines["day"] == day]
        hourly = np.zeros((of_day["product_id"].nunique(), HOURS))
        codes, products = pd.factorize(of_day["product_id"])
        np.add.at(hourly, (codes, of_day["hour"].to_numpy()), of_day["quantity"].to_numpy())
        over = datetime.combine(day + timedelta(days=1), time(), zone)
        known_at = max(over, of_day["known_at"].max())
        last_sold |= dict.fromkeys(products, day)
        for product_id, hours in zip(products, hourly, strict=True):
            yield warehouse_id, product_id, day, known_at, float(hours.sum()), hours.astype("<f4").tobytes()
        for product_id in _sold_nothing(last_sold, day):
            yield warehouse_id, product_id, day, known_at, 0.0, np.zeros(HOURS, "<f4").tobytes()


def _order_lines(
    session: Session, warehouse_id: str, last_booked: date | None, zone: ZoneInfo, now: datetime
) -> pd.DataFrame:
    """product_id, quantity (float), known_at, day and hour (local) of order lines of unbooked days that are over."""
    today = datetime.combine(now.astimezone(zone).date(), time(), zone)
    query = select(
        OrderLineRow.product_id, OrderLineRow.quantity, OrderLineRow.known_at, OrderLineRow.ordered_at
    ).where(OrderLineRow.warehouse_id == warehouse_id, OrderLineRow.ordered_at < today, OrderLineRow.known_at <= now)
    if last_booked is not None:
        query = query.where(OrderLineRow.ordered_at >= datetime.combine(last_booked + timedelta(days=1), time(), zone))
    columns = ["product_id", "quantity", "known_at", "ordered_at"]
    lines = pd.DataFrame(session.execute(query).all(), columns=columns).astype({"quantity": float})
    local = [moment.astimezone(zone) for moment in lines.pop("ordered_at")]
    return lines.assign(day=[moment.date() for moment in local], hour=[moment.hour for moment in local])


def _last_sold(session: Session, warehouse_id: str, last_booked: date | None) -> dict[str, date]:
    """By product, the last booked day on which it sold in the warehouse, of the products still listed then."""
    if last_booked is None:
        return {}
    query = (
        select(DailySalesRow.product_id, func.max(DailySalesRow.date).label("day"))
        .where(
            DailySalesRow.warehouse_id == warehouse_id,
            DailySalesRow.date > last_booked - timedelta(days=STILL_LISTED_DAYS),
            DailySalesRow.sales > 0,
        )
        .group_by(DailySalesRow.product_id)
    )
    return {row.product_id: row.day for row in session.execute(query)}


def _sold_nothing(last_sold: dict[str, date], day: date) -> Sequence[str]:
    return sorted(product_id for product_id, sold in last_sold.items() if 0 < (day - sold).days <= STILL_LISTED_DAYS)
