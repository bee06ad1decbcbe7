"""What the hour of planning does to a shop: quantities over a day, and waste and fill over 60 days.

A shop of its own is played hour by hour, lot by lot (tests/unit/warehouse/played_day.py), and plans once a day, always
at the same hour, for the next morning. Beside the plan stand what it was before (the evening's stock run down by the
whole day once more) and two other ways of taking today's rest: the day's distribution scaled by the share that is left,
and narrowed as if its hours were independent of each other. Run by `make bench-plan-hour`.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tests.unit.warehouse.kitchen_garden import MONDAY, offer, plan
from tests.unit.warehouse.played_day import SHARES, Goods, Shelf, assortment, forecast_of, parts_of_day, terms_of

Floats = NDArray[np.float64]

MIDNIGHT: Final = 0.25
WAYS: Final = ("as planned", "as before", "scaled", "hours apart")
WARM_UP_DAYS: Final = 10


@dataclass(frozen=True)
class Outcome:
    """Of a shop over days, each product by its mean: what was thrown away of what was received, what was delivered of
    what was wanted, and what was bought for a unit wanted."""

    waste: float
    fill: float
    bought: float


def packs_planned(goods: Sequence[Goods], shelves: Sequence[Shelf], day: int, hour: float, way: str) -> list[int]:
    """The packs that are ordered at an hour for the next morning; the shelves' days count from 0, `day` is today."""
    demand, at, shares = forecast_of(goods, MONDAY), hour, {one.product_id: SHARES for one in goods}
    if way != "as planned":
        at, shares = 0.0, {}
    if way in ("scaled", "hours apart"):
        demand = _narrowed(demand, float(sum(SHARES[at_] * part for at_, part in parts_of_day(hour, 24))), way)
    lines = plan(
        [offer(f"farm-{one.product_id}", product_id=one.product_id, pack=one.pack) for one in goods],
        demand=demand,
        lots=[
            lot for one, shelf in zip(goods, shelves, strict=True) for lot in shelf.as_lots(one.product_id, day, MONDAY)
        ],
        assortment=terms_of(goods),
        hour=at,
        hourly_shares=shares,
    )
    return [line.packs for line in lines]


def outcome_over_days(goods: Sequence[Goods], hour: float, way: str, seed: int, days: int, whole_days: bool) -> Outcome:
    """A shop that plans every day at an hour; without its first days, which its opening stock decides.

    whole_days  half of what a day varies more than its customers alone is the day's own, the same in all its hours;
                else every hour varies for itself
    """
    demand = _demand(goods, WARM_UP_DAYS + days, seed, whole_days)
    shelves = [Shelf() for _ in goods]
    for one, shelf in zip(goods, shelves, strict=True):
        shelf.put(float(np.ceil(one.mean)), min(one.life_days - 1, 1))
    wasted, received, wanted, missed = np.zeros(4)
    for day in range(demand.shape[1]):
        parts = np.zeros(4)  # wasted, received, wanted, missed
        parts += _sell(goods, shelves, demand[:, day], day, 0.0, hour)
        packs = packs_planned(goods, shelves, day, hour, way)
        parts += _sell(goods, shelves, demand[:, day], day, hour, 24.0)
        for one, shelf, bought in zip(goods, shelves, packs, strict=True):
            parts[0] += shelf.throw_away(day) / one.mean
            quantity = bought * float(one.pack)
            parts[1] += quantity / one.mean
            if quantity:
                shelf.put(quantity, day + one.life_days)
        if day >= WARM_UP_DAYS:
            wasted, received, wanted, missed = np.array([wasted, received, wanted, missed]) + parts
    return Outcome(wasted / received, 1 - missed / wanted, received / wanted)


def _sell(
    goods: Sequence[Goods], shelves: Sequence[Shelf], demand: Floats, day: int, start: float, end: float
) -> Floats:
    """What was wanted and missed between two hours, in the places of the day's sums."""
    sums = np.zeros(4)
    for at, part in parts_of_day(start, end):
        for one, shelf, wanted in zip(goods, shelves, demand[:, at] * part, strict=True):
            if wanted > 0:
                sums[2:] += wanted / one.mean, shelf.sell(wanted, day) / one.mean
    return sums


def _demand(goods: Sequence[Goods], days: int, seed: int, whole_days: bool) -> Floats:
    """Goods x days x hours with the means and, over a day, the variances of the goods."""
    rng = np.random.default_rng(seed)
    demand = np.zeros((len(goods), days, 24))
    for row, one in enumerate(goods):
        means = np.broadcast_to(one.mean * SHARES, (days, 24))
        more = one.variance - one.mean  # beyond that of customers who come alone
        if whole_days and more > 0:
            factor = rng.gamma(one.mean**2 / (more / 2), (more / 2) / one.mean**2, (days, 1))
            means, more = means * factor, more / 2
        if more > 0:
            bunch = more / one.mean
            means = rng.gamma(np.maximum(means / bunch, 1e-9), bunch)
        if one.in_pieces:
            demand[row] = rng.poisson(means)
        else:
            demand[row] = rng.gamma(np.maximum(means, 1e-9), 1.0)
    return demand


def _narrowed(demand: pd.DataFrame, left: float, way: str) -> pd.DataFrame:
    """Forecasts whose first day is what is left of it, taken otherwise than by the plan."""
    demand = demand.copy()
    today = demand["date"] == MONDAY
    names = [name for name in demand.columns if name.startswith("q")]
    mean = demand.loc[today, ["mean"]].to_numpy()
    values = demand.loc[today, names].to_numpy()
    scaled = values * left if way == "scaled" else left * mean + np.sqrt(left) * (values - mean)
    demand.loc[today, names] = np.maximum(scaled, 0)
    demand.loc[today, "mean"] *= left
    return demand


def over_a_day(goods: Sequence[Goods], seed: int) -> list[str]:
    """What is ordered at four hours of a day on which every hour brings exactly its mean, beside 00:15."""
    rows = []
    for way in WAYS:
        for hour in (9.0, 14.0, 21.0):
            at_midnight, packs = (_planned_after_means(goods, at, way, seed) for at in (MIDNIGHT, hour))
            packs_of = np.array([float(one.pack) for one in goods])
            apart = np.abs(packs - at_midnight)
            ratio = float(packs @ packs_of / (at_midnight @ packs_of))
            rows.append(
                f"{way:12} {hour:5.0f}:00  bought {ratio:6.1%} of 00:15, "
                f"{np.mean(apart > 1):5.1%} of the products differ by more than a pack, at most by {apart.max():.0f}"
            )
    return rows


def _planned_after_means(goods: Sequence[Goods], hour: float, way: str, seed: int) -> NDArray[np.int64]:
    rng = np.random.default_rng(seed)
    shelves = []
    for one in goods:
        shelf = Shelf()
        shelf.put(float(np.ceil(one.mean * rng.uniform(1.05, 2.2))), min(one.life_days - 1, 2))
        for at, part in parts_of_day(0, hour):
            shelf.sell(one.mean * float(SHARES[at]) * part, 0)
        shelves.append(shelf)
    return np.array(packs_planned(goods, shelves, 0, hour, way))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--goods", type=int, default=40)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--seeds", type=int, default=6)
    asked = parser.parse_args()
    print("\n".join(over_a_day(assortment(200, seed=1), seed=1)))
    for whole_days in (False, True):
        print("\ndays that vary as a whole" if whole_days else "\nhours that vary for themselves")
        for seed in range(1, asked.seeds + 1):
            goods = assortment(asked.goods, seed)
            base = outcome_over_days(goods, MIDNIGHT, "as planned", seed, asked.days, whole_days)
            print(f"seed {seed}: 00:15 wastes {base.waste:.2%}, fills {base.fill:.2%}")
            for way, hour in (("as planned", 9.0), ("as planned", 14.0), *((way, 21.0) for way in WAYS)):
                one = outcome_over_days(goods, hour, way, seed, asked.days, whole_days)
                print(
                    f"  {hour:2.0f}:00 {way:12} waste {one.waste:.2%} ({one.waste / base.waste:.2f} of 00:15), "
                    f"fill {one.fill:.2%} ({one.fill / base.fill:.3f} of 00:15)",
                    flush=True,
                )


if __name__ == "__main__":
    main()
