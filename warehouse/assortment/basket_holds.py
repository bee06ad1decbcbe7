"""Which products whole baskets hang on: the margin of what is bought beside them, and how much of it may not be bought
at all without them.

Co-occurrence alone says little: a large basket holds everything. What counts is (1) what the rest of a product's
baskets earns, beside the rest of any product's, and (2) on days on which a product was out from the opening on, what
the other categories earned less, of what hung on it. A single product has few such days: its share is pulled towards
that of all products, and how sure it is decides whether baskets hold a product back."""

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
MOST_APART = 0.3  # standard deviation among products of the share of orders that are not placed without them


@dataclass(frozen=True, eq=False)
class BasketTies:
    """What hangs on each product of a warehouse (n).

    orders         a day with it
    rest_margin    what the rest of such an order earns; times_chance: to that of products in general
    leaves         the share of orders that is expected not to be placed without it, as of all products
    own_leaves     the same as its own days say, and own_leaves_sd how sure: by these it is held back
    comes_back     the share of its customers that bought it again (NaN: unknown)
    """

    orders: Doubles
    rest_margin: Doubles
    times_chance: Doubles
    leaves: Doubles
    own_leaves: Doubles
    own_leaves_sd: Doubles
    comes_back: Doubles

    def hold(self, at: int, gain: float, settings: RangeSettings) -> BasketHold:
        """Whether baskets hold back a product that leaving out would earn `gain`, baskets not counted."""
        orders = float(self.orders[at]) * settings.horizon_days
        hanging = orders * float(self.rest_margin[at])
        quantile = float(norm.ppf((1 + settings.confidence) / 2))
        own = float(self.own_leaves[at] + quantile * self.own_leaves_sd[at])
        highest = min(max(own, float(self.leaves[at])), 1.0)
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
    usual = max(float(rest.mean()), 1e-9)
    believed, _ = pulled(mean, np.maximum(apart, 1e-9) / np.maximum(count, 0.5), np.full(size, usual))
    rest_margin = np.maximum(believed, 0.0)
    days = max((lines["date"].max() - lines["date"].min()).days + 1, 1)
    together, leaves, leaves_sd = _leaving(panel, count / days, rest_margin, lines, settings)
    times = rest_margin / usual
    return BasketTies(
        count / days,
        rest_margin,
        times,
        np.clip(together * times, 0.0, 1.0),
        leaves,
        leaves_sd,
        _coming_back(lines, size),
    )


def _leaving(
    panel: WarehousePanel, orders: Doubles, rest: Doubles, lines: pd.DataFrame, settings: RangeSettings
) -> tuple[float, Doubles, Doubles]:
    """The share of what hangs on missing products that is not bought: of all, of each (n), and how sure that is (n).

    What the other categories earned on days on which a product was out: its own category loses and gains by what
    customers take instead.
    """
    size, days = panel.sold.shape
    out = np.nan_to_num(1 - panel.in_stock)
    missing = np.where(out >= 1 - OUT_FROM_THE_OPENING, out, 0.0) * (orders * rest)[:, None]
    at = (lines["date"] - panel.days[0]).dt.days.to_numpy()
    within = (at >= 0) & (at < days)
    earned = np.zeros((int(panel.category.max()) + 1, days))
    np.add.at(earned, (panel.category[lines["at"].to_numpy()[within]], at[within]), lines["margin"].to_numpy()[within])
    known = earned.sum(axis=0) > 0
    prior, sd = settings.basket_leaves, settings.basket_leaves_sd
    if known.sum() < 4 * WEEK:
        return prior, np.full(size, prior), np.full(size, sd)
    usual = _usual_days(days)[known]
    others = (earned.sum(axis=0) - earned)[:, known]
    x, y = (values - values @ usual @ np.linalg.pinv(usual) for values in (missing[:, known], others))
    noise = np.maximum(y.var(axis=1), 1e-9)[panel.category]
    told, score = (x * x).sum(axis=1) / noise, -(x * y[panel.category]).sum(axis=1) / noise
    precision = 1 / sd**2 + told.sum()
    together = float(np.clip((prior / sd**2 + score.sum()) / precision, 0.0, 1.0))
    far = (score - told * together) ** 2 - told  # of which `told` is chance
    apart = np.clip(far.sum() / max(float((told**2).sum()), 1e-12), sd**2, MOST_APART**2) + 1 / precision
    own = 1 / apart + told
    return together, np.asarray((together / apart + score) / own, float), np.asarray(own**-0.5, float)


def _usual_days(days: int) -> Doubles:
    """What a day earns for its weekday and in the course of time (t x 9)."""
    trend = np.linspace(-1, 1, days)
    weekday = np.arange(days)[:, None] % WEEK == np.arange(WEEK)
    return np.column_stack([weekday, trend, trend**2]).astype(float)


def _coming_back(lines: pd.DataFrame, size: int) -> Doubles:
    """Of the customers who bought each product, the share that bought it again later; NaN where nobody is known."""
    if "customer_id" not in lines.columns or lines["customer_id"].isna().all():
        return np.full(size, np.nan)
    known = lines.dropna(subset=["customer_id"])
    baskets = known.groupby(["at", "customer_id"])["basket_id"].nunique()
    customers = baskets.groupby(level=0).size().reindex(range(size), fill_value=0).to_numpy(float)
    again = (baskets > 1).groupby(level=0).sum().reindex(range(size), fill_value=0).to_numpy(float)
    return np.where(customers >= LEAST_ORDERS, again / np.maximum(customers, 1), np.nan)
