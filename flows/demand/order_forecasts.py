"""Customers' orders by half hour are forecast from the demand that was just forecast and from how orders came, and
kept; read, they know how many of today's have come.

Once a region, not once a warehouse: a new warehouse leans on the orders per line and the clock of the others.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Final

import pandas as pd
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from data.database import reading, writing
from data.frames.day_lines import DayLines, forecast_ahead, forecast_on_the_eve, recovered_lines
from data.frames.floor_and_lines import units_per_line
from data.frames.known_demand import warehouses_frame
from data.frames.order_counts import OrdersCounted, as_frame, order_counts
from data.kept.kept_order_forecasts import keep_order_forecasts
from data.local_days import moment_there, start_of_day, today_there
from data.tables import OrderForecastRow, WarehouseRow
from flows.demand.run_snapshot import clock_of
from forecasting.orders.counts import ORDER_FORECAST_COLUMNS
from forecasting.orders.forecast import DAYS, order_forecast
from forecasting.orders.known_orders import DAY_DEMAND_COLUMNS, LOOKED_BACK, ORDER_COUNT_COLUMNS, KnownOrders
from forecasting.orders.so_far import SoFar, as_the_day_goes

FORESEEN_DAYS: Final = 28  # days back that forecasts of then are looked up: as long as a level's weight lasts


def forecast_orders(engine: Engine, warehouse_ids: Sequence[str], origin: datetime) -> int:
    """Forecasts the orders of some warehouses of one clock as of the origin at which their demand was forecast; returns
    how many half hours were kept. None for warehouses without orders."""
    with reading(engine) as session:
        known = known_orders(session, warehouse_ids, origin)
    forecast = order_forecast(known)
    with writing(engine) as session:
        return keep_order_forecasts(session, warehouse_ids, forecast, origin)


def known_orders(session: Session, warehouse_ids: Sequence[str], origin: datetime) -> KnownOrders:
    """What is known at an origin of the orders and of the demand of warehouses that share a clock."""
    zone = clock_of(session, origin, warehouse_ids)
    today = today_there(origin, zone)
    counted = as_frame(order_counts(session, warehouse_ids, zone, today - timedelta(days=LOOKED_BACK), origin))
    counted = counted[counted["date"] < pd.Timestamp(today)]
    units = _units_per_line(session, warehouse_ids, origin)
    past = [today - timedelta(days=ago) for ago in range(FORESEEN_DAYS, 0, -1)]
    ahead = [today + timedelta(days=more) for more in range(DAYS)]
    demand = _demand(
        forecast_on_the_eve(session, warehouse_ids, zone, past, units),
        recovered_lines(session, warehouse_ids, origin, units),
        forecast_ahead(session, warehouse_ids, origin, ahead, units),
        counted,
    )
    warehouses = warehouses_frame(session)
    here = warehouses[warehouses["warehouse_id"].isin(warehouse_ids)].reset_index(drop=True)
    return KnownOrders(counted[list(ORDER_COUNT_COLUMNS)], demand, here, zone, pd.Timestamp(past[-1]))


def next_orders(session: Session, warehouse_id: str, now: datetime, hours: int = 48) -> pd.DataFrame:
    """The orders of the half hours from the one that is running on (ORDER_FORECAST_COLUMNS), as the latest forecast and
    what has come of today's orders tell. Fewer where that forecast was made days ago, none before the first.

    Raises NoResultFound for a warehouse that is not there."""
    zone = session.get_one(WarehouseRow, warehouse_id).timezone
    today = today_there(now, zone)
    forecast = kept_orders(session, warehouse_id, start_of_day(today, zone), now + timedelta(hours=hours))
    forecast = as_the_day_goes(forecast, _so_far(order_counts(session, [warehouse_id], zone, today, now), today, zone))
    return forecast[forecast["half_hour"] > now - timedelta(minutes=30)].reset_index(drop=True)


def _so_far(counted: Sequence[OrdersCounted], today: date, timezone: str) -> SoFar:
    """Nobody says up to when orders were told: they are known up to the half hour of the last one that is."""
    last = max((one.slot for one in counted), default=0)
    until = moment_there(today, time(last // 2, last % 2 * 30), timezone)
    return SoFar(today, sum(one.orders for one in counted if one.slot < last), until)


def kept_orders(session: Session, warehouse_id: str, since: datetime, until: datetime) -> pd.DataFrame:
    """The kept forecast of the half hours that begin from `since` on and before `until` (ORDER_FORECAST_COLUMNS)."""
    columns = [getattr(OrderForecastRow, name) for name in ORDER_FORECAST_COLUMNS]
    row = OrderForecastRow
    query = select(*columns).where(row.warehouse_id == warehouse_id, row.half_hour >= since, row.half_hour < until)
    found = session.execute(query.order_by(row.half_hour)).all()
    frame = pd.DataFrame([tuple(one) for one in found], columns=list(ORDER_FORECAST_COLUMNS))
    frame["half_hour"] = pd.to_datetime(frame["half_hour"], utc=True).astype("datetime64[us, UTC]")
    frame["date"] = frame["date"].astype("datetime64[us]")
    return frame.astype(dict.fromkeys(ORDER_FORECAST_COLUMNS[3:], "float64"))


def _units_per_line(session: Session, warehouse_ids: Sequence[str], origin: datetime) -> dict[str, float]:
    """By product, as over the warehouses together; what was ordered nowhere lately counts one unit a line."""
    each = [units_per_line(session, name, origin) for name in warehouse_ids]
    together = pd.concat(each) if each else pd.Series(dtype=float)
    return {str(name): float(units) for name, units in together.groupby(level=0).mean().items() if units > 0}


def _demand(
    foreseen: Sequence[DayLines], recovered: Sequence[DayLines], ahead: Sequence[DayLines], counted: pd.DataFrame
) -> pd.DataFrame:
    """DAY_DEMAND_COLUMNS: a day as it was foreseen where it was, else as recovered, at the height of forecasts. Hidden
    of it is what the lines ordered lack of the demand recovered."""
    ordered = counted.groupby(["warehouse_id", "date"])["lines"].sum().to_dict()
    hidden: dict[tuple[str, date], float] = {}
    for name, day, lines in recovered:
        if lines > 0 and (name, pd.Timestamp(day)) in ordered:
            hidden[name, day] = max(0.0, 1 - ordered[name, pd.Timestamp(day)] / lines)
    as_foreseen = {line[:2]: line.lines for line in foreseen}
    as_recovered = {line[:2]: line.lines for line in recovered}
    both = as_foreseen.keys() & as_recovered.keys()
    due, found = (sum(of_days[day] for day in both) for of_days in (as_foreseen, as_recovered))
    higher = due / found if due > 0 and found > 0 else 1.0  # forecasts than the demand that came of them, in the region
    past = {day: lines * higher for day, lines in as_recovered.items()} | as_foreseen
    rows = [(*key, lines, key in as_foreseen, hidden.get(key, float("nan"))) for key, lines in past.items()]
    rows += [(*line, True, float("nan")) for line in ahead]
    frame = pd.DataFrame(rows, columns=list(DAY_DEMAND_COLUMNS))
    frame["date"] = frame["date"].astype("datetime64[us]")
    return frame.astype({"warehouse_id": "str", "lines": "float64", "foreseen": "bool", "hidden": "float64"})
