"""What products waste by how much they sell, and so what a sibling wastes more when it sells more.

Waste a day goes as volume to the power of `elasticity`, times a factor of the category and a power of the shelf life: a
log-linear fit with variance proportional to the mean (Wedderburn 1974) over all products and warehouses. A pack that
expires half sold makes the elasticity small, rejects at receipt make it 1; the shop's own products say which."""

from dataclasses import dataclass

import numpy as np

from warehouse.assortment.levels import Level, pulled_levels, recent_mean, spread_by_group
from warehouse.assortment.panel import WarehousePanel
from warehouse.assortment.shrinking import Doubles

ROUNDS = 30
PULL = 1.0  # ridge on factors of categories, so that one with a few products has one too
LEAST_VOLUME = 0.02  # a day; below it products waste no differently


@dataclass(frozen=True, eq=False)
class WasteLevels:
    """What each product of each warehouse wastes a day, what was usual for its volume, and the elasticity in volume."""

    levels: list[Level]
    usual: list[Doubles]
    elasticity: float
    elasticity_sd: float


def waste_levels(panels: list[WarehousePanel], sales: list[Level], half_life: float) -> WasteLevels:
    """Pulled towards the curve; `sales` as from `sales_levels`."""
    means = [recent_mean(panel.waste, half_life) for panel in panels]
    spreads = [spread_by_group(panel.waste, panel.category) for panel in panels]
    seen, worth = (np.concatenate(parts) for parts in zip(*means, strict=True))
    usual, elasticity, sd = _curve(panels, sales, seen, worth)
    ends = np.cumsum([len(panel.product_ids) for panel in panels])[:-1]
    by_warehouse = [np.maximum(part, 1e-6) for part in np.split(usual, ends)]
    return WasteLevels(pulled_levels(means, spreads, by_warehouse), by_warehouse, elasticity, sd)


def _curve(
    panels: list[WarehousePanel], sales: list[Level], seen: Doubles, worth: Doubles
) -> tuple[Doubles, float, float]:
    category = np.concatenate([panel.category for panel in panels])
    volume = np.log(np.maximum(np.concatenate([level.mean for level in sales]), LEAST_VOLUME))
    life = np.log(np.concatenate([panel.shelf_life for panel in panels]))
    if seen.sum() <= 0:
        return np.full(len(seen), 1e-6), 0.0, 0.0
    dummies = (category[:, None] == np.unique(category)[None, :]).astype(float)
    table = np.column_stack([np.ones(len(seen)), volume - volume.mean(), life - life.mean(), dummies])
    ridge = np.diag([0.0, 1e-6, PULL, *[PULL] * dummies.shape[1]])
    start = np.average(seen, weights=worth)
    beta = np.zeros(table.shape[1])
    beta[0] = np.log(start)
    scale = 1.0
    for _ in range(ROUNDS):
        mean = np.exp(np.clip(table @ beta, -20, 20))
        weight = worth * mean
        scale = max(float(np.average((seen - mean) ** 2 / mean * worth)), 1e-9)
        working = table @ beta + (seen - mean) / mean
        gram = (table.T * weight) @ table / scale + ridge
        new = np.linalg.solve(gram, (table.T * weight) @ working / scale + ridge @ _start(beta, start))
        beta = beta + np.clip(new - beta, -1, 1)
    mean = np.exp(np.clip(table @ beta, -20, 20))
    gram = (table.T * (worth * mean)) @ table / scale + ridge
    return mean, float(beta[1]), float(np.sqrt(np.linalg.inv(gram)[1, 1]))


def _start(beta: Doubles, start: float) -> Doubles:
    """What the ridge pulls towards: no factor of any category."""
    towards = np.zeros_like(beta)
    towards[0] = np.log(start)
    return towards
