"""What a need says of itself: the days it covers, what is ordered ahead for them, what it is not sure of, and how much
stock expires unsold."""

from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warehouse.purchasing.need.cover import Cover
from warehouse.purchasing.need.forecast_days import ForecastDays
from warehouse.purchasing.plan import PlanReason
from warehouse.reasons import Reason
from warehouse.stock.lots import StockLot

Floats = NDArray[np.float64]

WORTH_SAYING: Final = 0.05  # units expected to expire, chosen: less is not worth a buyer's attention


def reasons_of_need(
    row: int,
    cover: Cover,
    forecast: ForecastDays,
    order_date: date,
    lots: list[StockLot],
    expired: Floats,
    preordered: float,
) -> tuple[Reason, ...]:
    """The reasons of the product in `row` of `forecast`. Its own are the `lots`, what of them and of what arrives is
    expected to have `expired` on each day from the order date on, and what customers have `preordered` for the days
    covered."""
    reasons = [Reason(PlanReason.COVERS, {"days": cover.days, "until": cover.until.isoformat()})]
    if preordered > 0:
        ahead = round(preordered, 3)
        reasons.append(Reason(PlanReason.PREORDERED, {"quantity": ahead, "until": cover.until.isoformat()}))
    if forecast.missing[row]:
        return (*reasons, Reason(PlanReason.NO_FORECAST))
    if cover.last_day is not None and cover.sells_for_days != cover.life_days:
        reasons.append(Reason(PlanReason.SOLD_UNTIL, {"day": cover.last_day.isoformat()}))
    last = (cover.until - order_date).days
    extended = int(forecast.extended[row, : last + 1].sum())
    if extended:
        reasons.append(Reason(PlanReason.FORECAST_EXTENDED, {"days": extended}))
    if cover.life_days is None:
        reasons.append(Reason(PlanReason.SHELF_LIFE_UNKNOWN))
    return (*reasons, *_expiring(cover, expired, lots, order_date))


def _expiring(cover: Cover, expired: Floats, lots: list[StockLot], order_date: date) -> list[Reason]:
    """How much of the stock has expired or will, unsold, by the end of the days covered."""
    held = [lot for lot in lots if lot.quantity > 0]
    gone = float(sum(lot.quantity for lot in held if not lot.usable_on(order_date)))
    by_day = expired[: (cover.until - order_date).days + 1]
    in_all = gone + float(by_day.sum())
    if in_all < WORTH_SAYING:
        return []
    expiries = [lot.last_day for lot in held if lot.last_day is not None]
    values = {
        "quantity": round(in_all, 3),
        "before_delivery": round(gone + float(by_day[: (cover.first - order_date).days].sum()), 3),
        "first_expiry": min(expiries).isoformat() if expiries else None,
    }
    return [Reason(PlanReason.STOCK_EXPIRES_BEFORE_USE, values)]
