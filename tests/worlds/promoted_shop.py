"""A category whose promotions are known for what they did: demand with each of them and without, drawn with the same
scatter, so that what would have sold, what was bought ahead, what siblings lost and what it came to are known.

Demand is level x weekday x category's day x drifts x promotion x how a day turned out. Days of one make differ from
another's in how they scatter, drift and answer to prices. Nothing runs out: what is wanted is sold.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from warehouse.worth.promotions.day_grid import AHEAD_DAYS, DAYS_AFTER
from warehouse.worth.promotions.known_days import KnownDays

FIRST: Final = pd.Timestamp("2026-03-02")  # a Monday
HISTORY: Final = 35  # days before the first promotion that is reviewed
PRICE, COST = 10.0, 6.0
PLANNED: Final = 1.4  # times what is usual, as which every promotion was forecast
AT_USUAL: Final = -0.05  # what a usual price is worth to the model, a logarithm

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Make:
    """How a world's demand behaves. Shapes are of gamma factors with mean 1: the smaller, the wilder."""

    warehouses: int = 6
    products: int = 40
    subcategories: int = 5
    days: int = 90
    level: float = 12.0  # units of a usual day
    day_shape: float = 15.0  # by product, warehouse and day
    own_drift: float = 0.08  # standard deviation, by product and warehouse; stays 0.8 of yesterday
    product_drift: float = 0.12  # by product, everywhere; stays 0.98
    elasticity: float = 1.7
    dip: tuple[float, ...] = (0.35, 0.2)  # of the promotion's strength, on the days after it
    siblings: float = 0.3  # of the promotions' strength, spread over the subcategory
    started: float = 0.03  # chance of a promotion by product and day
    everywhere: float = 0.7  # share of promotions that are on in all warehouses
    wasted: float = 0.03  # of demand
    wasted_after: float = 0.5  # of a promotion's demand, on its last and the next day, thrown away


@dataclass(frozen=True, eq=False)
class PromotedShop:
    """`known` as it is reviewed; `truth` by warehouse_id, product_id, starts_on: usual, ahead, siblings and earned."""

    known: KnownDays
    truth: pd.DataFrame


def promoted_shop(make: Make, seed: int, *, taken: float = np.nan) -> PromotedShop:
    """A world of this make."""
    random = np.random.default_rng(seed)
    shape = make.days, make.warehouses, make.products
    runs = _runs(make, random)
    strength = np.zeros(shape)  # what promotions add to demand, as a log
    on = np.zeros(shape, dtype=bool)
    elasticity = np.clip(random.normal(make.elasticity, 0.4, make.products), 0.3, 6.0)
    for first, last, product, places, discount in runs:
        by_day = -np.log(discount) * elasticity[product]
        days = np.r_[np.full(last - first + 1, by_day), [-by_day * dip for dip in make.dip]][: make.days - first]
        strength[first : first + len(days), places, product] += days[:, None]
        on[first : last + 1, places, product] = True
    subcategory = np.arange(make.products) % make.subcategories
    lost = _lost(make, strength, subcategory)
    level = make.level * random.lognormal(0, 0.5, make.products) * random.lognormal(0, 0.3, shape[1:])
    weekday = np.exp(0.2 * np.isin(np.arange(make.days) % 7, (5, 6))[:, None, None] * random.normal(1, 0.4, shape[2]))
    log = (
        _drift(random, shape, 0.8, make.own_drift)
        + _drift(random, (make.days, 1, make.products), 0.98, make.product_drift)
        + _drift(random, (make.days, make.warehouses, 1), 0.5, 0.08)
    )
    usual = level * weekday * np.exp(log)
    scatter = random.gamma(make.day_shape, 1 / make.day_shape, shape)
    demand = random.poisson(usual * np.exp(strength - lost) * scatter).astype(float)
    waste = make.wasted * demand * random.gamma(2.0, 0.5, shape)
    extra = np.zeros(shape)
    for first, last, product, places, _ in runs:
        over = make.wasted_after * (demand[first : last + 1, places, product].mean(axis=0))
        extra[min(last + 1, make.days - 1), places, product] += over * (first >= HISTORY)
    found = _truth(make, runs, _Played(usual, strength, lost, scatter, demand, extra), random)
    known = KnownDays(
        lines=_lines(demand, waste + extra),
        runs=_rows(make, runs),
        products=pd.DataFrame(
            {
                "product_id": [f"P{n:03}" for n in range(make.products)],
                "subcategory": [f"S{code}" for code in subcategory],
                "list_price": PRICE,
            }
        ),
        plans=_plans(usual, on),
        taken=taken,
    )
    return PromotedShop(known, found)


Run = tuple[int, int, int, NDArray[np.intp], float]  # first and last day, product, warehouses, price / list price


def _runs(make: Make, random: np.random.Generator) -> list[Run]:
    runs: list[Run] = []
    free = np.zeros((make.warehouses, make.products), dtype=int)  # from which day on
    for first in range(make.days):
        for product in np.flatnonzero(random.random(make.products) < make.started):
            last = first + int(random.integers(3, 8)) - 1
            chosen = np.arange(make.warehouses)
            if random.random() >= make.everywhere:
                chosen = random.integers(0, make.warehouses, 1)
            places = chosen[free[chosen, product] <= first]
            if len(places) and last < make.days:
                runs.append((first, last, int(product), places, float(random.choice([0.9, 0.8, 0.7, 0.6]))))
                free[places, product] = last + 4
    return runs


def _lost(make: Make, strength: Doubles, subcategory: NDArray[np.intp]) -> Doubles:
    """What promotions take from each product of their subcategory (day, warehouse, product; log)."""
    lost = np.zeros_like(strength)
    for code in range(make.subcategories):
        members = np.flatnonzero(subcategory == code)
        adding = np.maximum(strength[:, :, members], 0)
        lost[:, :, members] = make.siblings * (adding.sum(axis=2, keepdims=True) - adding) / len(members)
    return lost


def _drift(random: np.random.Generator, shape: tuple[int, ...], stays: float, spread: float) -> Doubles:
    steps = random.standard_normal(shape)
    steps[1:] *= np.sqrt(1 - stays**2)
    for day in range(1, shape[0]):
        steps[day] += stays * steps[day - 1]
    return steps * spread


@dataclass(frozen=True, eq=False)
class _Played:
    """What a world came to, each (day, warehouse, product): mean demand without promotions, what these add and take
    from siblings as logs, how days turned out, what was wanted, and what was thrown away for promotions."""

    usual: Doubles
    strength: Doubles
    lost: Doubles
    scatter: Doubles
    demand: Doubles
    extra: Doubles


def _truth(make: Make, runs: list[Run], played: _Played, random: np.random.Generator) -> pd.DataFrame:
    rows = []
    for run in runs:
        first, _, product, places, _ = run
        for place in places:
            following = [one[0] for one in runs if one[2] == product and place in one[3] and one[0] > first]
            found = _truth_of(make, run, int(place), min([make.days, *following]), played, random)
            rows.append((f"W{place}", f"P{product:03}", FIRST + pd.Timedelta(days=first), *found))
    columns = ["warehouse_id", "product_id", "starts_on", "usual", "ahead", "siblings", "earned"]
    return pd.DataFrame(rows, columns=columns)


def _truth_of(
    make: Make, run: Run, place: int, stop: int, played: _Played, random: np.random.Generator
) -> tuple[float, ...]:
    """usual, ahead, siblings, earned; `stop`: the day on which the product's next promotion begins."""
    first, last, product, _, discount = run
    days = np.arange(first, min(last + 1 + AHEAD_DAYS, stop))
    at = days, place, product
    sold = played.demand[at]
    would = random.poisson(played.usual[at] * np.exp(-played.lost[at]) * played.scatter[at]).astype(float)
    would = np.where(days <= last + len(make.dip), would, sold)
    on = days <= last
    siblings = _taken_from_siblings(make, run, place, played)
    margin = PRICE - COST
    earned = (
        sold[on].sum() * (PRICE * discount - COST)
        - (would[on].sum() + (would - sold)[~on].sum() + siblings) * margin
        - played.extra[first : min(last + 1 + DAYS_AFTER, stop), place, product].sum() * COST
    )
    return would[on].sum(), (would - sold)[~on].sum(), siblings, earned


def _taken_from_siblings(make: Make, run: Run, place: int, played: _Played) -> float:
    """What all others of the subcategory would have sold more, on average."""
    first, last, product, _, _ = run
    family = np.arange(make.products) % make.subcategories == product % make.subcategories
    days, others = np.arange(first, last + 1), np.flatnonzero(family & (np.arange(make.products) != product))
    at = np.ix_(days, [place], others)
    taken = make.siblings * played.strength[days, place, product] / np.count_nonzero(family)
    with_it = played.usual[at] * np.exp(played.strength[at] - played.lost[at])
    return float((with_it * (np.exp(taken)[:, None, None] - 1)).sum())


def _lines(demand: Doubles, waste: Doubles) -> pd.DataFrame:
    _, warehouses, products = demand.shape
    day, place, product = (values.ravel() for values in np.indices(demand.shape))
    sold = demand.ravel()
    return pd.DataFrame(
        {
            "warehouse_id": np.array([f"W{n}" for n in range(warehouses)])[place],
            "product_id": np.array([f"P{n:03}" for n in range(products)])[product],
            "date": FIRST + pd.to_timedelta(day, unit="D"),
            "known_days": 1.0,
            "demand": sold,
            "met": sold,
            "sold": sold,
            "wanted_money": sold * (PRICE - COST),
            "waste_money": waste.ravel() * COST,
            "thrown": waste.ravel(),
        }
    )


def _plans(usual: Doubles, on: NDArray[np.bool_]) -> pd.DataFrame:
    _, warehouses, products = usual.shape
    day, place, product = (values.ravel() for values in np.indices(usual.shape))
    promotion = np.log(PLANNED) * on.ravel() + AT_USUAL
    level, mean = usual.ravel(), usual.ravel() * np.exp(promotion)
    return pd.DataFrame(
        {
            "warehouse_id": np.array([f"W{n}" for n in range(warehouses)])[place],
            "product_id": np.array([f"P{n:03}" for n in range(products)])[product],
            "date": FIRST + pd.to_timedelta(day, unit="D"),
            "mean": mean,
            "level": level,
            "promotion": mean - level,
        }
    )


def _rows(make: Make, runs: list[Run]) -> pd.DataFrame:
    rows = [
        (f"W{place}", f"P{product:03}", FIRST + pd.Timedelta(days=first), FIRST + pd.Timedelta(days=last), discount,
         True, first >= HISTORY and last < make.days - DAYS_AFTER)
        for first, last, product, places, discount in runs
        for place in places
    ]  # fmt: skip
    columns = ["warehouse_id", "product_id", "starts_on", "ends_on", "discount", "promoted", "reviewed"]
    return pd.DataFrame(rows, columns=columns)
