"""What a product will sell in a warehouse in its first four weeks, and its trial, which ends.

Its level comes from where it is sold already: its share of its category in other warehouses, of this one's category.
Where it is new everywhere it comes from its siblings: a log-linear regression of products' shares on subcategory,
price tier, unit and band, pulled towards the category's mean. Each product left out in turn says how far such levels
are off. Earlier launches say how fast a product gets there, the category says the weekdays, and days that have been
sold already count as they come (gamma-Poisson; Gelman et al., Bayesian Data Analysis, 2.6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from scipy.stats import norm

from warehouse.assortment.frames import RangeSettings
from warehouse.assortment.levels import WEEK, recent_mean
from warehouse.assortment.panel import WarehousePanel, attributes_of
from warehouse.assortment.shrinking import Doubles

LEAST_LEVEL = 0.02  # a day, so that logarithms stay finite
BORROWED = 0.05  # of a warehouse's volume: what a category of one product is measured by
RIDGE = 2.0  # as if so many products had shown no effect of an attribute
RAMP_WEEKS = 4
LAUNCHES_BELIEVED = 5.0  # as if so many launches had sold from the first day what they sold later
SETTLED = 56  # days after which a launch has become what it is
LEAST_SD = 0.15
SD_UNTOLD = 0.7  # of the logarithm of a level, where too few products tell


@dataclass(frozen=True, eq=False)
class LaunchForecast:
    """What a product is expected to sell on each day of the horizon (`mean`), the middle of what its total may be, and
    that total's interval. `sd` is that of the logarithm of its level. `from_warehouses`: how many sell it already; 0
    where it comes from its `siblings`. The trial ends on `trial_until`."""

    warehouse_id: str
    product_id: str
    mean: Doubles
    middle: float
    low: float
    high: float
    sd: float
    siblings: int
    from_warehouses: int
    trial_until: date


@dataclass(frozen=True, eq=False)
class LaunchModel:
    """What is known of levels before a launch.

    levels       a row a warehouse and product that is sold: warehouse_id, product_id, category, level (a day), volume
                 (of the category's other products there)
    from_siblings   by product_id: the logarithm of its share of its category's volume, by its attributes
    ramp         what a product sells in its first weeks (4) of what it sells later
    """

    levels: pd.DataFrame
    from_siblings: pd.Series
    ramp: Doubles
    sd_siblings: float
    sd_elsewhere: float


def learn_launches(panels: list[WarehousePanel], products: pd.DataFrame, settings: RangeSettings) -> LaunchModel:
    """From what is sold now, and what was launched before."""
    levels = _levels(panels, settings)
    levels = levels.join(_volumes(levels), on=["warehouse_id", "category"])
    levels["volume"] = np.maximum(levels["volume"] - levels["level"], LEAST_LEVEL)
    share = np.log(np.maximum(levels["level"], LEAST_LEVEL) / levels["volume"])
    by_product = share.groupby(levels["product_id"]).mean()
    from_siblings, sd_siblings = _by_attributes(by_product, attributes_of(products, prices_paid(panels)))
    return LaunchModel(levels, from_siblings, _ramp(panels), sd_siblings, _off_elsewhere(levels))


def forecast_launch(
    model: LaunchModel,
    panel: WarehousePanel,
    product_id: str,
    category: int,
    day: pd.Timestamp,
    settings: RangeSettings,
) -> LaunchForecast:
    """Of a product that is launched in a warehouse on `day`, or has been for some days."""
    level, sd, warehouses, siblings = _level_before(model, panel.warehouse_id, product_id, category)
    sold, ramped = _sold_so_far(panel, product_id, model.ramp)
    days = np.arange(settings.horizon_days) + len(sold)
    shape = 1 / np.expm1(sd**2)
    told = shape + float(sold.sum())
    level = level * told / (shape + level * ramped)
    sd = float(np.sqrt(np.log1p(1 / told)))
    mean = level * _at_week(model.ramp, days) * _weekdays(panel, category, day, settings.horizon_days)
    total = max(float(mean.sum()), 1e-9)
    spread = float(np.sqrt(np.log1p(np.expm1(sd**2) + 1 / total)))
    reach = float(norm.ppf((1 + settings.confidence) / 2)) * spread
    middle = total * float(np.exp(-(spread**2) / 2))
    until = day + pd.Timedelta(days=max(settings.trial_days - len(sold), 0))
    return LaunchForecast(
        panel.warehouse_id,
        product_id,
        mean,
        middle,
        middle * float(np.exp(-reach)),
        middle * float(np.exp(reach)),
        sd,
        siblings,
        warehouses,
        until.date(),
    )


def prices_paid(panels: list[WarehousePanel]) -> pd.Series:
    """What each product costs its customers, where it is sold."""
    price = pd.concat([pd.Series(panel.price, index=list(panel.product_ids)) for panel in panels])
    return price[price > 0].groupby(level=0).median()


def _levels(panels: list[WarehousePanel], settings: RangeSettings) -> pd.DataFrame:
    parts = []
    for panel in panels:
        mean, _ = recent_mean(panel.sold, settings.half_life_days)
        sold_now = panel.listed[:, -WEEK:].any(axis=1) & (panel.listed.sum(axis=1) >= settings.least_days)
        ids = np.array(panel.product_ids)[sold_now]
        parts.append(
            pd.DataFrame(
                {
                    "warehouse_id": panel.warehouse_id,
                    "product_id": ids,
                    "category": panel.category[sold_now],
                    "level": mean[sold_now],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def _by_attributes(share: pd.Series, attributes: pd.DataFrame) -> tuple[pd.Series, float]:
    """The share of every product of the catalogue by its attributes (log), and how far it is off for one left out."""
    columns = ["category", "subcategory"]
    table = attributes.assign(
        category_tier=attributes["category"] * 10 + attributes["tier"],
        category_unit=attributes["category"] * 1000 + attributes["unit"],
        category_band=attributes["category"] * 1000 + attributes["band"],
    )
    columns += ["category_tier", "category_unit", "category_band"]
    dummies = np.column_stack(
        [(table[column].to_numpy()[:, None] == np.unique(table[column])[None, :]) for column in columns]
    ).astype(float)
    at = table.index.get_indexer(share.index)
    seen = dummies[at]
    pull = np.full(dummies.shape[1], RIDGE)
    pull[: len(np.unique(table["category"]))] = 0.1
    middle = float(share.mean())
    inverse = np.linalg.inv(seen.T @ seen + np.diag(pull))
    weights = inverse @ seen.T @ (share.to_numpy(float) - middle)
    told = middle + dummies @ weights
    hat = np.einsum("ia,ab,ib->i", seen, inverse, seen)
    off = (share.to_numpy(float) - told[at]) / np.maximum(1 - hat, 0.1)
    sd = float(np.sqrt((off**2).mean())) if len(off) > LAUNCHES_BELIEVED else SD_UNTOLD
    return pd.Series(told, index=table.index), max(sd, LEAST_SD)


def _off_elsewhere(levels: pd.DataFrame) -> float:
    """How far the share in other warehouses is off here (standard deviation of the logarithm)."""
    total = levels.groupby("product_id")[["level", "volume"]].transform("sum")
    warehouses = levels.groupby("product_id")["level"].transform("size")
    others: pd.Series[float] = (total["level"] - levels["level"]) / np.maximum(
        total["volume"] - levels["volume"], LEAST_LEVEL
    )
    expected = others * levels["volume"]
    told = (warehouses > 1) & (expected > LEAST_LEVEL) & (levels["level"] > LEAST_LEVEL)
    if told.sum() <= LAUNCHES_BELIEVED:
        return SD_UNTOLD
    return max(float(np.sqrt((np.log(levels["level"][told] / expected[told]) ** 2).mean())), LEAST_SD)


def _volumes(levels: pd.DataFrame) -> pd.Series[float]:
    """What a category sells in a warehouse, with a little of all that the warehouse sells."""
    category = levels.groupby(["warehouse_id", "category"])["level"].sum().rename("volume")
    whole = category.groupby(level="warehouse_id").transform("sum")
    return (category + BORROWED * whole).rename("volume")


def _level_before(
    model: LaunchModel, warehouse_id: str, product_id: str, category: int
) -> tuple[float, float, int, int]:
    """The mean level, the standard deviation of its logarithm, and how many warehouses and siblings tell it."""
    mine = model.levels["product_id"] == product_id
    here = ~mine & (model.levels["warehouse_id"] == warehouse_id)
    siblings = model.levels.loc[here & (model.levels["category"] == category), "level"]
    volume = float(siblings.sum()) + BORROWED * float(model.levels.loc[here, "level"].sum())
    others = model.levels[mine & (model.levels["warehouse_id"] != warehouse_id)]
    if len(others):
        share = float(others["level"].sum() / others["volume"].sum())
        return share * volume, model.sd_elsewhere, len(others), len(siblings)
    middle = float(np.exp(model.from_siblings[product_id])) * volume
    return middle * float(np.exp(model.sd_siblings**2 / 2)), model.sd_siblings, 0, len(siblings)


def _ramp(panels: list[WarehousePanel]) -> Doubles:
    """What launches sold in each of their first weeks of what they sold from the fifth to the eighth."""
    ratios: Doubles = np.zeros(RAMP_WEEKS)
    count = 0
    for panel in panels:
        listed = panel.listed
        first = np.where(listed.any(axis=1), listed.argmax(axis=1), 0)
        launched = np.flatnonzero((first > WEEK) & (first + SETTLED <= listed.shape[1]))
        for at in launched:
            there = panel.in_stock[at, first[at] : first[at] + SETTLED]
            sold = np.nan_to_num(panel.sold[at, first[at] : first[at] + SETTLED])
            sold, there = (part.reshape(-1, WEEK).sum(axis=1) for part in (sold, np.nan_to_num(there)))
            later = sold[RAMP_WEEKS:].sum() / max(there[RAMP_WEEKS:].sum(), 1e-9)
            if later > 0 and there.min() > 0:
                ratios += np.minimum(sold[:RAMP_WEEKS] / there[:RAMP_WEEKS] / later, 3.0)
                count += 1
    return np.asarray((ratios + LAUNCHES_BELIEVED) / (count + LAUNCHES_BELIEVED), float)


def _at_week(ramp: Doubles, days: np.ndarray) -> Doubles:
    weeks = days // WEEK
    return np.where(weeks < RAMP_WEEKS, ramp[np.minimum(weeks, RAMP_WEEKS - 1)], 1.0)


def _sold_so_far(panel: WarehousePanel, product_id: str, ramp: Doubles) -> tuple[Doubles, float]:
    """What a product has sold since it was launched here, and how many full days that was at its ramp."""
    if product_id not in panel.product_ids:
        return np.empty(0), 0.0
    row = panel.product_ids.index(product_id)
    known = ~np.isnan(panel.sold[row])
    sold = panel.sold[row, known]
    return sold, float((_at_week(ramp, np.arange(len(sold))) * panel.in_stock[row, known]).sum())


def _weekdays(panel: WarehousePanel, category: int, day: pd.Timestamp, days: int) -> Doubles:
    """What each day's weekday sells of the mean day, in the category."""
    sold = np.nansum(panel.sold[panel.category == category], axis=0)
    weekday = panel.days.day_of_week.to_numpy()
    by_day = np.bincount(weekday, sold, WEEK) / np.maximum(np.bincount(weekday, minlength=WEEK), 1)
    shape = by_day / by_day.mean() if by_day.mean() > 0 else np.ones(WEEK)
    return np.asarray(shape[(day.day_of_week + np.arange(days)) % WEEK], float)
