"""What each product sells and wastes a day, as it is lately, and how sure that is.

Days count less the longer ago they are. By how much a mean differs by chance comes from its weeks, over the
category's products together (a product's own few weeks tell little): variance = spread x mean. Both are pulled
towards what was to be expected: of sales the product's share of all warehouses' sales, of waste what products of that
volume, shelf life and category waste (`waste_curve.py`)."""

from dataclasses import dataclass

import numpy as np

from warehouse.assortment.panel import Codes, WarehousePanel
from warehouse.assortment.shrinking import Doubles, pulled

WEEK = 7


@dataclass(frozen=True, eq=False)
class Level:
    """A day's mean (n), its variance as an estimate, and the variance that the total of one day adds by chance."""

    mean: Doubles
    variance: Doubles
    spread: Doubles

    def chance_over(self, days: int) -> Doubles:
        """The variance by chance of a total over some days."""
        return np.asarray(self.spread * self.mean * days, float)


def day_weights(days: int, half_life: float) -> Doubles:
    """How much each of the last days counts."""
    return np.asarray(0.5 ** (np.arange(days)[::-1] / half_life), float)


def recent_mean(values: Doubles, half_life: float) -> tuple[Doubles, Doubles]:
    """The weighted mean of what is known (n x t), and how many days it is worth."""
    weight = np.where(np.isnan(values), 0.0, day_weights(values.shape[1], half_life))
    total = weight.sum(axis=1)
    mean = (np.nan_to_num(values) * weight).sum(axis=1) / np.maximum(total, 1e-12)
    return mean, total**2 / np.maximum((weight**2).sum(axis=1), 1e-12)


def spread_by_group(values: Doubles, group: Codes, block: int = WEEK) -> Doubles:
    """Variance over mean of a day by group (n), from blocks of days, one after the other; 1 is a Poisson count's."""
    blocks = values.shape[1] // block
    if blocks < 2:
        return np.ones(len(values))
    sums = values[:, -blocks * block :].reshape(len(values), blocks, block).sum(axis=2)
    apart = np.diff(sums, axis=1)
    squares, means = np.nansum(apart**2, axis=1) / 2, np.nansum((sums[:, 1:] + sums[:, :-1]) / 2, axis=1)
    squares = np.bincount(group, squares, group.max() + 1)[group]
    means = np.bincount(group, means, group.max() + 1)[group]
    return np.where(means > 0, squares / np.maximum(means, 1e-12), 1.0)


def sales_levels(panels: list[WarehousePanel], half_life: float) -> list[Level]:
    """What each product of each warehouse sells a day."""
    means = [recent_mean(panel.sold, half_life) for panel in panels]
    spreads = [spread_by_group(panel.sold, panel.category) for panel in panels]
    return pulled_levels(means, spreads, _as_elsewhere(panels, [mean for mean, _ in means]))


def _as_elsewhere(panels: list[WarehousePanel], means: list[Doubles]) -> list[Doubles]:
    """The product's share of what the other warehouses sell, of this warehouse's volume; NaN where none sells it."""
    size = [float(mean.sum()) for mean in means]
    total: dict[str, tuple[float, float]] = {}
    for panel, mean, volume in zip(panels, means, size, strict=True):
        for product, sells in zip(panel.product_ids, mean, strict=True):
            sold, exposed = total.get(product, (0.0, 0.0))
            total[product] = (sold + sells, exposed + volume)
    expected = []
    for panel, mean, volume in zip(panels, means, size, strict=True):
        sold, exposed = np.array([total[product] for product in panel.product_ids]).T
        others = exposed - volume
        share = np.where(others > 0, (sold - mean) / np.maximum(others, 1e-12), np.nan)
        expected.append(np.where(share > 0, share * volume, np.nan))
    return expected


def pulled_levels(means: list[tuple[Doubles, Doubles]], spreads: list[Doubles], expected: list[Doubles]) -> list[Level]:
    """The levels of each warehouse from its means and what these are worth in days, pulled towards what was expected
    (NaN: nothing was)."""
    seen, worth = (np.concatenate(parts) for parts in zip(*means, strict=True))
    due, spread = np.concatenate(expected), np.concatenate(spreads)
    chance = spread * np.where(np.isnan(due), seen, (seen + due) / 2) / np.maximum(worth, 1e-9)
    mean, variance = seen.copy(), chance.copy()
    like = ~np.isnan(due)
    mean[like], variance[like] = pulled(seen[like], chance[like], due[like])
    ends = np.cumsum([len(part) for part in expected])[:-1]
    parts = (np.split(values, ends) for values in (np.maximum(mean, 0.0), variance, spread))
    return [Level(*level) for level in zip(*parts, strict=True)]
