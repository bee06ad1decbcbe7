"""Which products whole baskets hang on: the margin of what is bought beside them, and how much of it may not be bought
at all without them.

Co-occurrence alone says little: a large basket holds everything. What counts is (1) the rest of a product's baskets
earns more than the rest of a product's baskets in general, and (2) on days on which products were out from the
opening on, the margin of other categories fell by a share of what hung on them. A single product has too few such
days, so (2) is learned of all products together, and a product's own share goes with (1): a product whose baskets
earn twice the usual is reached for twice as often."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from warehouse.assortment.frames import RangeSettings
from warehouse.assortment.levels import WEEK
from warehouse.assortment.panel import WarehousePanel
from warehouse.assortment.proposal import BasketHold
from warehouse.assortment.shrinking import Doubles, pulled
from warehouse.assortment.substitution import OUT_FROM_THE_OPENING

LEAST_ORDERS = 5.0  # of a product, to say anything of its baskets


@dataclass(frozen=True, eq=False)
class BasketTies:
    """What hangs on each product of a warehouse (n): orders a day with it, margin of the rest of such an order, how
    many times that of products in general, share of orders that are not placed without it (mean, standard deviation),
    share of its customers that bought it again (NaN: unknown)."""

    orders: Doubles
    rest_margin: Doubles
    times_chance: Doubles
    leaves: Doubles
    leaves_sd: Doubles
    comes_back: Doubles

    def hold(self, at: int, gain: float, settings: RangeSettings) -> BasketHold:
        """Whether baskets hold back a product that leaving out would earn `gain`, baskets not counted."""
        orders = float(self.orders[at]) * settings.horizon_days
        hanging = orders * float(self.rest_margin[at])
        quantile = float(norm.ppf((1 + settings.confidence) / 2))
        highest = min(float(self.leaves[at] + quantile * self.leaves_sd[at]), 1.0)
        back = float(self.comes_back[at])
        return BasketHold(
            share=float(self.leaves[at]),
            orders=orders,
            margin=hanging * float(self.leaves[at]),
            margin_high=hanging * highest,
            times_chance=float(self.times_chance[at]),
            comes_back=None if np.isnan(back) else back,
            holds=bool(hanging * highest > gain),
        )


def basket_ties(panel: WarehousePanel, baskets: pd.DataFrame, settings: RangeSettings) -> BasketTies | None:
    """From the order lines of one warehouse; None where there are none."""
    at = pd.Index(panel.product_ids).get_indexer(pd.Index(baskets["product_id"]))
    lines = baskets.assign(at=at)[(at >= 0) & (baskets["quantity"] > 0).to_numpy()]
    if lines.empty:
        return None
    share = np.where(panel.price > 0, panel.margin / np.where(panel.price > 0, panel.price, 1.0), 0.0)
    lines = lines.assign(margin=np.nan_to_num(lines["money"].to_numpy(float)) * share[lines["at"]])
    of_basket = lines.groupby("basket_id")["margin"].transform("sum")
    rest = (of_basket - lines["margin"]).to_numpy(float)
    size = len(panel.product_ids)
    count = np.bincount(lines["at"], minlength=size).astype(float)
    mean = np.bincount(lines["at"], rest, size) / np.maximum(count, 1)
    apart = np.bincount(lines["at"], (rest - mean[lines["at"]]) ** 2, size).sum() / max(count.sum() - size, 1.0)
    usual = float(rest.mean()) or 1e-9
    believed, _ = pulled(mean, np.maximum(apart, 1e-9) / np.maximum(count, 0.5), np.full(size, max(usual, 1e-9)))
    rest_margin = np.maximum(believed, 0.0)
    days = max((lines["date"].max() - lines["date"].min()).days + 1, 1)
    leaves, leaves_sd = _leaving(panel, count / days, rest_margin, lines, settings)
    times = rest_margin / max(usual, 1e-9)
    return BasketTies(
        count / days,
        rest_margin,
        times,
        np.clip(leaves * times, 0.0, 1.0),
        np.clip(leaves_sd * np.maximum(times, 1.0), 0.0, 1.0),
        _coming_back(lines, size),
    )


def _leaving(
    panel: WarehousePanel, orders: Doubles, rest: Doubles, lines: pd.DataFrame, settings: RangeSettings
) -> tuple[float, float]:
    """The share of what hung on missing products that was not bought, over all of them: mean and standard deviation."""
    out = np.nan_to_num(1 - panel.in_stock)
    early = np.where(out >= 1 - OUT_FROM_THE_OPENING, out, 0.0)
    missing = (early * (orders * rest)[:, None]).sum(axis=0)
    earned = lines.groupby("date")["margin"].sum().reindex(panel.days).to_numpy(float)
    known = ~np.isnan(earned)
    prior, precision = settings.basket_leaves, 1 / settings.basket_leaves_sd**2
    if known.sum() < 4 * WEEK or missing[known].std() <= 0:
        return prior, settings.basket_leaves_sd
    weekday = np.arange(len(panel.days)) % WEEK
    trend = np.linspace(-1, 1, len(panel.days))
    nuisance = np.column_stack([weekday[:, None] == np.arange(WEEK), trend, trend**2])[known].astype(float)
    hat = nuisance @ np.linalg.pinv(nuisance)
    x, y = (values[known] - hat @ values[known] for values in (missing, earned))
    slope = -float(x @ y) / max(float(x @ x), 1e-12)
    variance = float(((y + slope * x) ** 2).mean()) / max(float(x @ x), 1e-12)
    believed = (prior * precision + slope / variance) / (precision + 1 / variance)
    return float(np.clip(believed, 0.0, 1.0)), float((precision + 1 / variance) ** -0.5)


def _coming_back(lines: pd.DataFrame, size: int) -> Doubles:
    """Of the customers who bought each product, the share that bought it again later; NaN where nobody is known."""
    if "customer_id" not in lines.columns or lines["customer_id"].isna().all():
        return np.full(size, np.nan)
    known = lines.dropna(subset=["customer_id"])
    baskets = known.groupby(["at", "customer_id"])["basket_id"].nunique()
    customers = baskets.groupby(level=0).size().reindex(range(size), fill_value=0).to_numpy(float)
    again = (baskets > 1).groupby(level=0).sum().reindex(range(size), fill_value=0).to_numpy(float)
    return np.where(customers >= LEAST_ORDERS, again / np.maximum(customers, 1), np.nan)
