"""A look at the couriers of the next two hours: tells, once an episode, that they will not do, and that they do again.

What is known is the day's forecast with the orders that have come, and the couriers as they were planned. Warehouses of
which no day is planned, or whose orders come in by the night, are as short as their plan is."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from data.database import reading, writing
from data.frames.order_counts import order_counts
from data.local_days import end_of_day, start_of_day, today_there
from data.tables import CourierDayRow, WarehouseRow
from flows.couriers.planning import day_of
from flows.couriers.shift_times import moment_of, shifts_of
from flows.couriers.shortages import ENOUGH, LONGEST, SHORT, Shortage, shortages
from flows.couriers.terms import terms_of
from flows.couriers.travel_times import travel_of
from flows.demand.order_forecasts import kept_orders, next_orders
from flows.errors import Invalid
from flows.notifying.outbox import OutboxEvent, as_told, write_events
from warehouse.couriers.ahead import HALF_HOURS_AHEAD, is_short, least_ahead, share_ahead
from warehouse.couriers.days import CourierDay
from warehouse.couriers.staffing import Staffing
from warehouse.couriers.terms import HALF_HOUR
from warehouse.couriers.travel import Travel

WATCHER_AWAY: Final = timedelta(weeks=2)  # within which who comes back ends what was told before

log = logging.getLogger(__name__)


def tell_of_short_couriers(engine: Engine, now: datetime) -> None:
    """Looks at every warehouse, and writes down what began or ended since the last look. One that cannot be looked at
    is named in the log, and stops no other."""
    with reading(engine) as session:
        warehouses = session.scalars(select(WarehouseRow.warehouse_id).order_by(WarehouseRow.warehouse_id)).all()
        known = {one.warehouse_id: one for one in shortages(session, now, WATCHER_AWAY)}
    for warehouse_id in warehouses:
        try:
            with reading(engine) as session:
                events = _what_changed(session, warehouse_id, known.get(warehouse_id), now)
            if events:
                with writing(engine) as session:
                    write_events(session, events, now)
        except SQLAlchemyError:
            raise  # a database that does not answer does not answer for the next one either
        except Invalid as refused:  # terms that cannot be any more: nobody else's couriers wait for them
            log.warning("%s", refused)
        except Exception:
            log.exception("the couriers of %s could not be looked at", warehouse_id)


def _what_changed(session: Session, warehouse_id: str, known: Shortage | None, now: datetime) -> list[OutboxEvent]:
    """The end of the `known` episode, the beginning of another; both where the watcher was away for longer than one
    lasts."""
    row = session.get(CourierDayRow, (warehouse_id, today_there(now, _zone(session, warehouse_id))))
    share, least = (None, 0.0) if row is None else _share_ahead(session, row, now)
    goes_on = known is not None and known.since > now - LONGEST
    short = is_short(share, least, was_short=goes_on)
    if short and goes_on:
        return []
    events = []
    if known is not None:
        ended = replace(known, until=now, share=1.0 if share is None else share)
        events.append(courier_event(session, ENOUGH, ended, now))
    if short and row is not None and share is not None:
        until = min(moment_of(row, len(row.half_hours)), now + timedelta(minutes=HALF_HOURS_AHEAD * HALF_HOUR))
        events.append(courier_event(session, SHORT, Shortage(warehouse_id, now, until, share, least), now))
    return events


def _share_ahead(session: Session, row: CourierDayRow, now: datetime) -> tuple[float | None, float]:
    """The share in time of the next two hours, None of hardly any orders; and below which they are short."""
    terms, expected = terms_of(session, row.warehouse_id), _expected(session, row)
    if len(expected) != len(row.half_hours):
        return None, 0.0  # forecasts are kept no more
    running = int((expected["half_hour"] <= now).sum()) - 1
    travel, zone = travel_of(session, row.warehouse_id), _zone(session, row.warehouse_id)
    days = [_as_it_goes(session, row, expected, travel, now), day_of(expected, row.rain, travel, zone)]
    asked = np.array([one["crowd"] for one in row.half_hours], np.int64)
    staffing = Staffing(shifts_of(row), asked, terms.crowd.reliability)
    share, planned = (share_ahead(day, terms, staffing, running) for day in days)
    return share, least_ahead(planned, terms.promise)


def _expected(session: Session, row: CourierDayRow) -> pd.DataFrame:
    """The day's forecast (ORDER_FORECAST_COLUMNS) as it was made before it."""
    zone = _zone(session, row.warehouse_id)
    return kept_orders(session, row.warehouse_id, start_of_day(row.date, zone), end_of_day(row.date, zone))


def _as_it_goes(
    session: Session, row: CourierDayRow, expected: pd.DataFrame, travel: Travel | None, now: datetime
) -> CourierDay:
    """The day as it goes: what came in the half hours before the last of which an order is told, and after them what is
    expected now; at least what has come."""
    now_expected = next_orders(session, row.warehouse_id, now).set_index("half_hour")
    day = expected.set_index("half_hour")
    day.update(now_expected[["mean", "dispersion", "day_dispersion"]])
    day = day.reset_index()
    came = _came(session, row, day["half_hour"], now)
    told = came[: np.flatnonzero(came)[-1]] if came.any() else came[:0]
    as_it_goes = day_of(
        day.assign(mean=np.maximum(day["mean"], came)), row.rain, travel, _zone(session, row.warehouse_id)
    )
    return replace(as_it_goes, orders=replace(as_it_goes.orders, came=told.astype(np.int64)))


def _came(session: Session, row: CourierDayRow, half_hours: pd.Series, now: datetime) -> NDArray[np.float64]:
    """Orders of today by half hour."""
    zone = _zone(session, row.warehouse_id)
    local = half_hours.dt.tz_convert(ZoneInfo(zone))
    slots = (local.dt.hour * 2 + local.dt.minute // 30).tolist()
    came = np.zeros(len(slots))
    for one in order_counts(session, [row.warehouse_id], zone, row.date, now):
        if one.date == row.date:
            came[slots.index(one.slot)] += one.orders
    return came


def _zone(session: Session, warehouse_id: str) -> str:
    return session.get_one(WarehouseRow, warehouse_id).timezone


def courier_event(session: Session, what: str, shortage: Shortage, now: datetime) -> OutboxEvent:
    """Named by its episode, so that its end is told once."""
    warehouse = session.get_one(WarehouseRow, shortage.warehouse_id)
    payload = {
        "warehouse_id": warehouse.warehouse_id,
        "warehouse": warehouse.plain_name,
        "since": as_told(shortage.since),
        "until": as_told(shortage.until),
        "share": round(shortage.share, 4),
        "least_share": shortage.least_share,
    }
    event_id = f"{what.replace('.', '_')}_{warehouse.warehouse_id}_{shortage.since:%Y%m%dT%H%M%S}"
    return OutboxEvent(event_id, what, payload, now)
