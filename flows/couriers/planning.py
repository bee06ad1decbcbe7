"""Couriers of a warehouse's next days: its forecast of orders and its terms become a staffing, which is kept. A day
that has begun stays as it was planned, since its shifts have been given out.

Read in one session, worked out in none, kept in a short transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from data.database import reading, writing
from data.kept.one_at_a_time import wait_for_others
from data.local_days import start_of_day, today_there
from data.tables import CourierDayRow, OrderForecastRow, WarehouseRow, WeatherRow
from flows.couriers.terms import terms_of
from flows.couriers.travel_times import travel_of
from flows.demand.order_forecasts import kept_orders
from forecasting.orders.counts import quantiles
from warehouse.couriers.days import CourierDay
from warehouse.couriers.held import promise_held
from warehouse.couriers.orders import DayOrders
from warehouse.couriers.plan import StaffingPlan, plan_staffing
from warehouse.couriers.terms import CourierTerms
from warehouse.couriers.travel import Travel

PLANNED_DAYS: Final = 2  # today and tomorrow
RAINS_MM: Final = 5.0  # a day with more counts as one on which it rains
SHOWN: Final = (0.1, 0.9)


@dataclass(frozen=True, eq=False)
class _Known:
    """What is known of a local day: its time zone, its forecast (ORDER_FORECAST_COLUMNS) and that one's origin, and
    whether it rains."""

    date: date
    zone: str
    origin: datetime
    forecast: pd.DataFrame
    rain: bool


def plan_couriers(engine: Engine, warehouse_id: str, now: datetime) -> int:
    """Plans and keeps the couriers of tomorrow, and of today where it was not planned before; returns how many days:
    none where no orders are forecast."""
    with reading(engine) as session:
        terms, days = terms_of(session, warehouse_id), _known(session, warehouse_id, now)
        travel = travel_of(session, warehouse_id) if days else None
    rows = [_worked_out(warehouse_id, day, travel, terms, now) for day in days]
    with writing(engine) as session:
        wait_for_others(session.connection(), f"couriers of {warehouse_id}")
        dates = [row.date for row in rows]
        here = CourierDayRow.warehouse_id == warehouse_id
        session.execute(delete(CourierDayRow).where(here, CourierDayRow.date.in_(dates)))
        session.add_all(rows)
    return len(rows)


def _known(session: Session, warehouse_id: str, now: datetime) -> Sequence[_Known]:
    zone = session.get_one(WarehouseRow, warehouse_id).timezone
    today = today_there(now, zone)
    origin = session.scalar(
        select(OrderForecastRow.origin).where(OrderForecastRow.warehouse_id == warehouse_id).limit(1)
    )
    if origin is None:
        return []
    days = []
    for ahead in range(PLANNED_DAYS):
        day = today + timedelta(days=ahead)
        start, end = (start_of_day(day + timedelta(days=more), zone) for more in (0, 1))
        if start <= now and session.get(CourierDayRow, (warehouse_id, day)) is not None:
            continue  # begun, with its shifts given out
        forecast = kept_orders(session, warehouse_id, start, end)
        if len(forecast) and forecast["mean"].sum() > 0:
            days.append(_Known(day, zone, origin, forecast, _rains(session, warehouse_id, day, now)))
    return days


def _rains(session: Session, warehouse_id: str, day: date, now: datetime) -> bool:
    row = WeatherRow
    foretold = session.scalar(
        select(row.precipitation_mm)
        .where(row.warehouse_id == warehouse_id, row.date == day, row.issued_at <= now)
        .order_by(row.issued_at.desc())
        .limit(1)
    )
    return foretold is not None and foretold > RAINS_MM


def day_of(forecast: pd.DataFrame, rain: bool, travel: Travel | None, zone: str) -> CourierDay:
    """A local day's forecast, in a time zone, as couriers are planned for it."""
    mean, dispersion = (forecast[name].to_numpy(dtype=float) for name in ("mean", "dispersion"))
    common = float(forecast["day_dispersion"].max())
    hour = forecast["half_hour"].dt.tz_convert(ZoneInfo(zone)).dt.hour.to_numpy(np.int64)
    return CourierDay(DayOrders(mean, dispersion, common), np.full(len(mean), rain), travel, hour)


def _worked_out(
    warehouse_id: str, known: _Known, travel: Travel | None, terms: CourierTerms, now: datetime
) -> CourierDayRow:
    day = day_of(known.forecast, known.rain, travel, known.zone)
    plan = plan_staffing(day, terms)
    return CourierDayRow(
        warehouse_id=warehouse_id,
        date=known.date,
        origin=known.origin,
        planned_at=now,
        promise_minutes=terms.promise.minutes,
        promised_share=terms.promise.share,
        share=plan.lateness.share,
        cost=plan.roster.cost,
        held_minutes=promise_held(plan.played, terms.promise),
        rain=known.rain,
        half_hours=_half_hours(known.forecast, plan),
        shifts=[
            {
                "first": shift.first,
                "end": shift.end,
                "rests": shift.rests,
                "works_again": shift.works_again,
                "couriers": count,
            }
            for shift, count in plan.roster.shifts
        ],
    )


def _half_hours(forecast: pd.DataFrame, plan: StaffingPlan) -> list[dict[str, Any]]:
    low, high = quantiles(forecast["mean"].to_numpy(), forecast["dispersion"].to_numpy(), SHOWN).T
    return [
        {
            "begins": begins.isoformat().replace("+00:00", "Z"),
            "orders": round(float(mean), 2),
            "orders_q10": int(few),
            "orders_q90": int(many),
            "needed": int(needed),
            "employed": int(employed),
            "crowd": int(crowd),
            "share": round(float(share), 4),
        }
        for begins, mean, few, many, needed, employed, crowd, share in zip(
            forecast["half_hour"],
            forecast["mean"],
            low,
            high,
            plan.needed,
            plan.roster.employed,
            plan.roster.asked,
            plan.lateness.shares,
            strict=True,
        )
    ]
