"""What products waste by how much they sell, and so what a sibling wastes when it sells more.

Waste a day by volume and shelf life, and by category: log-linear with variance proportional to the mean (Wedderburn
1974) over all products and warehouses. The logarithm of volume goes in squared as well: where a pack outlives its
customers, what is sold more is wasted less; where goods go fast, rejects grow with them. The shop's own products say
which."""

from dataclasses import dataclass

import numpy as np

from warehouse.assortment.levels import Level, pulled_levels, recent_mean, spread_by_group
from warehouse.assortment.panel import WarehousePanel
from warehouse.assortment.shrinking import Doubles

ROUNDS = 30
PULL = 1.0  # ridge on what bends the curve, so that a few products bend it little
LEAST_VOLUME = 0.02  # a day; below it products waste no differently
LEAST_WASTE = 1e-6
STEEPEST = 3.0  # of the elasticity, either way
MONTH = 28  # what is wasted comes in packs, some weeks apart


@dataclass(frozen=True, eq=False)
class WasteLevels:
    """What a warehouse's products waste a day, what is usual for their volume, and by what percentage more they waste
    for each percent that they sell more, with its standard deviation."""

    level: Level
    usual: Doubles
    elasticity: Doubles
    elasticity_sd: Doubles


def waste_levels(panels: list[WarehousePanel], sales: list[Level], half_life: float) -> list[WasteLevels]:
    """Of each warehouse, pulled towards the curve; `sales` as from `sales_levels`."""
    means = [recent_mean(panel.waste, half_life) for panel in panels]
    spreads = [spread_by_group(panel.waste, panel.category, MONTH) for panel in panels]
    seen, worth = (np.concatenate(parts) for parts in zip(*means, strict=True))
    ends = np.cumsum([len(panel.product_ids) for panel in panels])[:-1]
    usual, slope, sd = (np.split(values, ends) for values in _curve(panels, sales, seen, worth))
    levels = pulled_levels(means, spreads, usual)
    return [WasteLevels(*parts) for parts in zip(levels, usual, slope, sd, strict=True)]


def _curve(
    panels: list[WarehousePanel], sales: list[Level], seen: Doubles, worth: Doubles
) -> tuple[Doubles, Doubles, Doubles]:
    """What is usual for each product, its elasticity in volume, and how sure that is."""
    if seen.sum() <= 0:
        return np.full(len(seen), LEAST_WASTE), np.zeros(len(seen)), np.zeros(len(seen))
    category = np.concatenate([panel.category for panel in panels])
    volume = np.log(np.maximum(np.concatenate([level.mean for level in sales]), LEAST_VOLUME))
    life = np.log(np.concatenate([panel.shelf_life for panel in panels]))
    volume, life = volume - volume.mean(), life - life.mean()
    dummies = (category[:, None] == np.unique(category)[None, :]).astype(float)
    one, none = np.ones_like(volume), np.zeros_like(volume)
    table = np.column_stack([one, volume, volume**2, volume * life, life, dummies])
    steepness = np.column_stack([none, one, 2 * volume, life, none, 0 * dummies])
    beta, covariance = _fitted(table, seen, worth)
    usual = np.maximum(np.exp(np.clip(table @ beta, -20, 20)), LEAST_WASTE)
    variance = np.einsum("ia,ab,ib->i", steepness, covariance, steepness)
    return usual, np.clip(steepness @ beta, -STEEPEST, STEEPEST), np.sqrt(np.maximum(variance, 0.0))


def _fitted(table: Doubles, seen: Doubles, worth: Doubles) -> tuple[Doubles, Doubles]:
    """Coefficients and their covariance, by iterated weighted least squares; the first column is the constant."""
    pull = np.array([1e-9, 1e-6, *[PULL] * (table.shape[1] - 2)])
    beta = np.zeros(table.shape[1])
    beta[0] = np.log(np.average(seen, weights=worth))
    constant = pull * beta
    covariance = np.zeros((len(beta), len(beta)))
    for _ in range(ROUNDS):
        mean = np.exp(np.clip(table @ beta, -20, 20))
        scale = max(float(np.average((seen - mean) ** 2 / mean * worth)), 1e-9)
        weighted = table.T * (worth * mean / scale)
        covariance = np.asarray(np.linalg.inv(weighted @ table + np.diag(pull)), float)
        new = covariance @ (weighted @ (table @ beta + (seen - mean) / mean) + constant)
        beta = beta + np.clip(new - beta, -1, 1)
    return beta, covariance
