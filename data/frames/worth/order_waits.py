"""How long customers waited: of each order to be delivered at once when it was made, and how long it took to the door.

An order counts as in `order_counts`: where a line of it is to be delivered, from its first line on, and not one
that was ordered ahead for another day."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.local_days import end_of_day, start_of_day, today_there
from data.tables import CourierDayRow, HandoverRow, OrderLineRow, WarehouseRow


class OrderWait(NamedTuple):
    """An order by its local day, and how long it took. None: nothing is told of it, or that it was at the door before
    it was ordered, as its lines were corrected since."""

    date: date
    took: timedelta | None


class PlannedPromise(NamedTuple):
    """What a day's couriers were planned for: the `share` of its orders expected within so many `minutes`."""

    minutes: int
    share: float


def order_waits(session: Session, place: WarehouseRow, first: date, last: date, now: datetime) -> list[OrderWait]:
    """The orders of days of which any handover is told, as known now."""
    if not _any_told(session, place, first):
        return []
    line, done = OrderLineRow, HandoverRow
    begin = start_of_day(first, place.timezone)
    ordered_at = func.min(line.ordered_at, type_=line.ordered_at.type)
    orders = (
        select(
            line.order_id,
            ordered_at.label("ordered_at"),
            func.min(line.wanted_on, type_=line.wanted_on.type).label("wanted_on"),
        )
        .where(
            line.warehouse_id == place.warehouse_id,
            line.ordered_at >= start_of_day(first - timedelta(days=1), place.timezone),  # one begun before is older
            line.ordered_at < end_of_day(last, place.timezone),
            line.known_at <= now,
            line.quantity > 0,
        )
        .group_by(line.order_id)
        .having(ordered_at >= begin)
        .subquery()
    )
    told = (done.warehouse_id == place.warehouse_id) & (done.order_id == orders.c.order_id) & (done.known_at <= now)
    query = select(orders.c.ordered_at, orders.c.wanted_on, done.delivered_at).outerjoin(done, told)
    found = []
    for at, wanted_on, delivered_at in session.execute(query):
        day = today_there(at, place.timezone)
        if wanted_on in (None, day):
            found.append(OrderWait(day, None if delivered_at is None or delivered_at < at else delivered_at - at))
    days_told = {one.date for one in found if one.took is not None}
    return [one for one in found if one.date in days_told]


def planned_promises(session: Session, warehouse_id: str, first: date, last: date) -> Mapping[date, PlannedPromise]:
    """Of the days whose couriers were planned."""
    row = CourierDayRow
    query = select(row.date, row.promise_minutes, row.share)
    query = query.where(row.warehouse_id == warehouse_id, row.date.between(first, last))
    return {day: PlannedPromise(minutes, share) for day, minutes, share in session.execute(query)}


def days_told_since(session: Session, place: WarehouseRow, moment: datetime, first: date) -> set[date]:
    """The days of orders of which handovers were written since a moment, from `first` on."""
    line, done = OrderLineRow, HandoverRow
    query = (
        select(func.min(line.ordered_at, type_=line.ordered_at.type))
        .join(done, (done.warehouse_id == line.warehouse_id) & (done.order_id == line.order_id))
        .where(
            done.warehouse_id == place.warehouse_id,
            done.delivered_at >= start_of_day(first, place.timezone),
            done.updated_at >= moment,
            line.quantity > 0,
        )
        .group_by(line.order_id)
    )
    days = {today_there(at, place.timezone) for at in session.scalars(query)}
    return {day for day in days if day >= first}


def _any_told(session: Session, place: WarehouseRow, first: date) -> bool:
    row, begin = HandoverRow, start_of_day(first, place.timezone)
    told = select(row.order_id).where(row.warehouse_id == place.warehouse_id, row.delivered_at >= begin)
    return session.scalar(told.limit(1)) is not None
