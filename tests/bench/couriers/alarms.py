"""The look at the next two hours on simulated days: how often it calls, and how often it is right, each beside what the
same day's orders then met, played event by event."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pandas as pd

from forecasting.orders.so_far import SoFar, as_the_day_goes
from tests.bench.couriers.riding import Day, Order, kept, played
from tests.bench.couriers.worlds import World, as_played
from warehouse.couriers.ahead import HALF_HOURS_AHEAD, is_short, least_ahead, share_ahead
from warehouse.couriers.orders import DayOrders
from warehouse.couriers.plan import StaffingPlan, plan_staffing
from warehouse.couriers.terms import HALF_HOUR

TODAY = date(2026, 11, 27)
MIDNIGHT = pd.Timestamp(TODAY, tz="UTC")


@dataclass
class Counted:
    """Looks and episodes, over days: of the episodes those at whose first look the next two hours did fall short, with
    the sums of the shares `expected` then and `met`; of looks whose two hours did, those in an episode."""

    days: int = 0
    episodes: int = 0
    right: int = 0
    expected: float = 0.0
    met: float = 0.0
    short: int = 0
    seen: int = 0


def looked_at(world: World, days: int, seed: int, surge: float) -> Counted:
    """Days with `surge` times as many orders from 17:00 to 20:00 as the plan was told, looked at each half hour."""
    plan, dice, counted = plan_staffing(world.planned_day(), world.terms), np.random.default_rng(seed), Counted(days)
    looks = [int(half_hour) for half_hour in np.flatnonzero(world.mean > 0)[1:]]
    planned = {at: share_ahead(world.planned_day(), world.terms, plan.staffing, at) for at in looks}
    hour = np.arange(len(world.mean)) / 2
    busier = replace(world, mean=world.mean * np.where((hour >= 17) & (hour < 20), surge, 1.0))
    for day in range(days):
        came = busier.drawn(dice)
        orders = _met(world, plan, came, 1000 * seed + day)
        was_short = False
        for half_hour in looks:
            truth = _share_met(orders, world, half_hour)
            share = _seen(world, plan, came, half_hour)
            short = is_short(share, least_ahead(planned[half_hour], world.terms.promise), was_short=was_short)
            falls_short = truth is not None and truth < world.terms.promise.least_share
            if short and not was_short:
                counted.episodes += 1
                counted.right += falls_short
                counted.expected += share or 0.0
                counted.met += truth or 0.0
            counted.short += falls_short
            counted.seen += falls_short and short
            was_short = short
    return counted


def _seen(world: World, plan: StaffingPlan, came: list[int], half_hour: int) -> float | None:
    """The share expected of the two hours from a half hour on, with the orders that came before it."""
    count = len(world.mean)
    forecast = pd.DataFrame(
        {
            "date": pd.Timestamp(TODAY),
            "half_hour": [MIDNIGHT + timedelta(minutes=HALF_HOUR * number) for number in range(count)],
            "mean": world.mean,
            "dispersion": world.dispersion,
            "day_dispersion": world.day_dispersion,
        }
    )
    until = (MIDNIGHT + timedelta(minutes=HALF_HOUR * half_hour)).to_pydatetime()
    now = as_the_day_goes(forecast, SoFar(TODAY, sum(came[:half_hour]), until))
    orders = DayOrders(
        now["mean"].to_numpy(),
        now["dispersion"].to_numpy(),
        float(now["day_dispersion"].max()),
        came=np.array(came[:half_hour], np.int64),
    )
    day = replace(world.planned_day(), orders=orders)
    return share_ahead(day, world.terms, plan.staffing, half_hour)


def _met(world: World, plan: StaffingPlan, came: list[int], seed: int) -> list[Order]:
    shifts, asked = as_played(plan)
    slower = np.ones(len(world.mean))
    slower[slice(*world.rain)] = world.terms.delivery.rain_slower
    day = Day(came, slower.tolist(), shifts, asked, world.terms.crowd.reliability, world.centred)
    return played(world.terms.delivery, day, seed)


def _share_met(orders: list[Order], world: World, half_hour: int) -> float | None:
    """The share in time of the orders that became ready in the two hours; None of hardly any."""
    first = HALF_HOUR * half_hour - world.terms.delivery.preparation_minutes
    there = [order for order in orders if 0 <= order.placed - first < HALF_HOUR * HALF_HOURS_AHEAD]
    return float(np.mean(kept(there, world.terms.promise.minutes))) if len(there) > 1 else None
