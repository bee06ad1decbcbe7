"""Which share of a day's orders falls into each half hour of the clock, and which half hours a local day has.

By kind of day (work or rest) over the region, bent by weekday and by warehouse, each pulled towards the coarser as far
as its evidence leaves open; the coarsest towards its own moving mean, so that a single day gives no ragged profile. A
half hour in which a warehouse never had an order, where several were due, is one without business.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.orders.known_orders import SLOTS, Flags, Floats, OrderDays
from forecasting.statistics.credibility import pulled_cells

CLOSED_WHERE_DUE: Final = 7.0  # orders that were due and none came: by chance once in a thousand times (e^-7)
SMOOTHED: Final = np.array([1.0, 2.0, 3.0, 2.0, 1.0]) / 9  # half hours around one


def shares_of_days(days: OrderDays) -> Floats:
    """The share (w, days, 48) of each day's orders in each half hour of the clock, adding up to 1 over them."""
    shares = np.stack([_by_kind(days, rest) for rest in (False, True)])[days.rest.astype(np.intp)]
    past = slice(0, days.past)
    orders = days.orders * days.told[:, :, None]
    of_day = orders.sum(axis=2, keepdims=True)
    spread = _spread(orders, of_day * shares[:, past])
    like = days.like[:, past]
    bent = np.stack([_sum_where(like == day, orders, of_day * shares[:, past]) for day in range(7)])
    shares = _scaled(shares * pulled_cells(bent[:, 0], bent[:, 1], spread)[days.like])
    due = of_day * shares[:, past]
    own = pulled_cells(orders.sum(axis=1), due.sum(axis=1), spread)
    shares = shares * own[:, None]
    for rest in (False, True):
        alike = (days.rest[:, past] == rest)[:, :, None]
        shut = ((orders * alike).sum(axis=1) == 0) & ((due * alike).sum(axis=1) >= CLOSED_WHERE_DUE)
        shares = np.where((days.rest == rest)[:, :, None] & shut[:, None], 0.0, shares)
    return _scaled(shares)


def half_hours_of(day: pd.Timestamp, zone: str) -> tuple[pd.DatetimeIndex, NDArray[np.intp]]:
    """The moments (UTC) at which the half hours of a local day begin, and the slot of the clock of each: 48, but 46 or
    50 where clocks change."""
    begins, ends = (
        midnight.tz_localize(zone, nonexistent="shift_forward", ambiguous=True).tz_convert("UTC")
        for midnight in (day, day + pd.Timedelta(days=1))
    )
    moments = pd.date_range(begins, ends, freq="30min", inclusive="left")
    local = moments.tz_convert(zone)
    return moments, (local.hour * 2 + local.minute // 30).to_numpy().astype(np.intp)


def _by_kind(days: OrderDays, rest: bool) -> Floats:
    """The region's shares (48) on one kind of day, on any where none of it was told."""
    which = days.told & (days.rest[:, : days.past] == rest)
    which = which if which.any() else days.told
    made = days.orders[which].sum(axis=0)
    due = np.convolve(np.pad(made, 2, mode="wrap"), SMOOTHED, mode="valid")
    open_ = (due > 0) & ~((made == 0) & (due >= CLOSED_WHERE_DUE))
    pulled: Floats = np.where(open_, due, 0) * pulled_cells(made, due, 1.0)
    return pulled / pulled.sum() if pulled.sum() > 0 else np.full(SLOTS, 1 / SLOTS)


def _spread(orders: Floats, due: Floats) -> float:
    """The variance that an order expected has: the mean of (orders - due)^2 / due."""
    some = due > 0
    return float(((orders - due)[some] ** 2 / due[some]).mean()) if some.any() else 1.0


def _sum_where(which: Flags, orders: Floats, due: Floats) -> Floats:
    return np.stack([orders[which].sum(axis=0), due[which].sum(axis=0)])


def _scaled(shares: Floats) -> Floats:
    total = shares.sum(axis=2, keepdims=True)
    return np.where(total > 0, shares / np.where(total > 0, total, 1), 1 / SLOTS)
