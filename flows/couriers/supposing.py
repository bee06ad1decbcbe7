"""What a day's planned couriers would keep of the promise if something happened, beside what they keep as things are.

Both are worked out from the plan that is kept, by the forecast, the terms and the ways of now, so they differ by what
is supposed alone. Nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from data.database import reading
from data.local_days import end_of_day, start_of_day
from data.tables import CourierDayRow, WarehouseRow
from flows.couriers.planning import day_of
from flows.couriers.shift_times import moment_of, shifts_of
from flows.couriers.terms import terms_of
from flows.couriers.travel_times import travel_of
from flows.demand.order_forecasts import kept_orders
from flows.errors import Invalid, NotNow, Unknown
from warehouse.couriers.days import CourierDay
from warehouse.couriers.supposed import Kept, Supposed, as_supposed, kept, without_the_ill
from warehouse.couriers.terms import HALF_HOUR, CourierTerms

MOST_TIMES: Final = 5.0  # as many orders
MOST_ILL: Final = 200
MOST_ORDERS: Final = 5000  # of a day that is supposed to have more: they take 6 CPU s, and twice as many 21


@dataclass(frozen=True)
class Span:
    """From one time of the day up to another, on the warehouse's clock; up to midnight where `until` is 00:00."""

    since: time
    until: time


@dataclass(frozen=True)
class CouriersSupposed:
    """What is supposed of a day: rain in a span, `more_orders` (0.3: 30% more) in another or all day, and how many of
    the employed are ill."""

    rain: Span | None = None
    more_orders: float = 0.0
    surge: Span | None = None
    ill: int = 0


@dataclass(frozen=True, eq=False)
class CourierComparison:
    """A planned day as things are and as supposed; `begins` of each half hour."""

    day: CourierDayRow
    terms: CourierTerms
    begins: list[datetime]
    before: Kept
    after: Kept


def what_if(engine: Engine, warehouse_id: str, day: date, supposed: CouriersSupposed) -> CourierComparison:
    """Raises Unknown for a day that is not planned, NotNow for one of which no forecast is kept any more, and Invalid
    where nothing is supposed, nothing that can be, or more orders than a request is to wait for."""
    _refuse_what_cannot_be(supposed)
    with reading(engine) as session:
        row, terms, planned = _planned(session, warehouse_id, day)
        zone = ZoneInfo(session.get_one(WarehouseRow, warehouse_id).timezone)
        session.expunge_all()
    begins = [moment_of(row, number) for number in range(len(row.half_hours))]
    shifts = shifts_of(row)
    asked = np.array([one["crowd"] for one in row.half_hours], np.int64)
    if_so = as_supposed(
        planned,
        Supposed(
            half_hours_of(begins, zone, supposed.rain) if supposed.rain else (0, 0),
            half_hours_of(begins, zone, supposed.surge) if supposed.surge else (0, len(begins)),
            1 + supposed.more_orders,
        ),
    )
    if supposed.more_orders > 0 and if_so.orders.mean.sum() > MOST_ORDERS:
        raise Invalid(
            "These would be {orders:,.0f} orders on {day}. Suppose fewer, or for a shorter time: up to {most:,} a day.",
            orders=float(if_so.orders.mean.sum()),
            day=day,
            most=MOST_ORDERS,
            field="more_orders",
        )
    return CourierComparison(
        row,
        terms,
        begins,
        kept(planned, terms, shifts, asked),
        kept(if_so, terms, without_the_ill(planned, shifts, supposed.ill), asked),
    )


def _planned(session: Session, warehouse_id: str, day: date) -> tuple[CourierDayRow, CourierTerms, CourierDay]:
    row = session.get(CourierDayRow, (warehouse_id, day))
    if row is None:
        raise Unknown(
            "No couriers of {warehouse} are planned for {day}: today and tomorrow are, by the night's run.",
            warehouse=warehouse_id,
            day=day,
            field="date",
        )
    zone = session.get_one(WarehouseRow, warehouse_id).timezone
    forecast = kept_orders(session, warehouse_id, start_of_day(day, zone), end_of_day(day, zone))
    if len(forecast) != len(row.half_hours):
        raise NotNow("The forecast of orders of {day} is kept no more.", day=day, field="date")
    return row, terms_of(session, warehouse_id), day_of(forecast, row.rain, travel_of(session, warehouse_id), zone)


def _refuse_what_cannot_be(supposed: CouriersSupposed) -> None:
    if supposed.rain is None and not supposed.more_orders and not supposed.ill:
        raise Invalid("Suppose at least one thing: rain, more orders, couriers who are ill.", field="rain")
    if not -1 < supposed.more_orders <= MOST_TIMES - 1:
        raise Invalid("Orders can be up to {most:g} times as many.", most=MOST_TIMES, field="more_orders")
    if not 0 <= supposed.ill <= MOST_ILL:
        raise Invalid("0 to {most} couriers can be ill.", most=MOST_ILL, field="ill")
    if supposed.surge is not None and not supposed.more_orders:
        raise Invalid("Say how many more orders come then, or leave that span out.", field="more_orders")
    for name in ("rain", "surge"):
        span: Span | None = getattr(supposed, name)
        if span is None:
            continue
        if span.since.tzinfo or span.until.tzinfo:
            raise Invalid("Times are on the warehouse's clock: write them as 16:00, without a time zone.", field=name)
        if time() != span.until <= span.since:
            raise Invalid("{since:%H:%M} is not before {until:%H:%M}.", since=span.since, until=span.until, field=name)


def half_hours_of(begins: Sequence[datetime], zone: ZoneInfo, span: Span) -> tuple[int, int]:
    """The half hours of a span, by the clock there: from the one of its first minute to the last that begins in it. Of
    times that a day has twice it begins at the first and ends at the second; of those it lacks it has none."""
    clock = [moment.astimezone(zone).time() for moment in begins]
    since = span.since.replace(minute=span.since.minute // HALF_HOUR * HALF_HOUR, second=0, microsecond=0)
    from_it = [number for number, at in enumerate(clock) if at >= since]
    before_its_end = [number for number, at in enumerate(clock) if span.until == time() or at < span.until]
    return min(from_it, default=len(clock)), max(before_its_end, default=-1) + 1
