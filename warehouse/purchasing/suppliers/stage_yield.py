"""What share a stage of inspection accepts, by product and supplier, as a distribution over lots.

Few inspections say little. The share that is rejected is expected to be that of all inspections, times how much worse
or better the supplier's are than all, times how much the product's are than its suppliers' (each drawn to 1 with the
weight of `PRIOR_INSPECTIONS` inspections, as a gamma prior of a Poisson rate would; H. Buehlmann and A. Gisler, A
course in credibility theory, 2005); the inspections of just this product and supplier count against that with the same
weight. How unevenly lots are rejected, as a multiple of their mean, is learned from all inspections, and from its own
the more there are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

PRIOR_INSPECTIONS = 10
LOWEST_YIELD = 0.05  # an order is never more than twenty times the need, whatever was rejected
LEVELS: Final = 64  # of a distribution: each stands for as many lots

Pair = tuple[str, str]  # product and supplier


@dataclass(frozen=True)
class StageYield:
    """The mean share (0..1] that is accepted, and by what shares of their mean lots are (ascending, each as often;
    empty: all alike). `overall` and `lots` are of all. Of a product and supplier that were never inspected together, so
    many `times` as much is rejected as of the product, and as of the supplier."""

    overall: float = 1.0
    by_product_and_supplier: Mapping[Pair, float] = field(default_factory=dict)
    lots: tuple[float, ...] = ()
    lots_by_product_and_supplier: Mapping[Pair, tuple[float, ...]] = field(default_factory=dict)
    times_of_product: Mapping[str, float] = field(default_factory=dict)
    times_of_supplier: Mapping[str, float] = field(default_factory=dict)

    def of(self, product_id: str, supplier_id: str | None) -> float:
        """What to expect of that supplier's product; None: of a supplier that is not known."""
        if supplier_id is not None and (own := self.by_product_and_supplier.get((product_id, supplier_id))) is not None:
            return own
        times = self.times_of_product.get(product_id, 1.0)
        times *= 1.0 if supplier_id is None else self.times_of_supplier.get(supplier_id, 1.0)
        return max(1 - (1 - self.overall) * times, LOWEST_YIELD)

    def lots_of(self, product_id: str, supplier_id: str) -> tuple[float, ...]:
        """Shares of what `of` lets expect, as lots are accepted."""
        return self.lots_by_product_and_supplier.get((product_id, supplier_id), self.lots)


ALL_ACCEPTED: Final = StageYield()


def estimate_stage(inspections: pd.DataFrame) -> StageYield:
    """From one stage's inspections: product_id, supplier_id, inspected, accepted (product's unit), one row each.

    Raises ValueError for a missing column, or a row that accepts more than it inspected."""
    missing = {"product_id", "supplier_id", "inspected", "accepted"} - set(inspections.columns)
    if missing:
        raise ValueError(f"inspections: missing columns {sorted(missing)}")
    rows = inspections.assign(
        inspected=inspections["inspected"].astype(float), accepted=inspections["accepted"].astype(float)
    )
    rows = rows[rows["inspected"] > 0]
    if (rows["accepted"] > rows["inspected"]).any():
        worst = rows[rows["accepted"] > rows["inspected"]].iloc[0]
        raise ValueError(
            f"inspection of product {worst['product_id']} from {worst['supplier_id']}: "
            f"accepted {worst['accepted']} of {worst['inspected']}"
        )
    if rows.empty:
        return ALL_ACCEPTED
    # the mean of shares, not the share of sums: kilograms and pieces do not add up
    rows = rows.assign(rejected=1 - rows["accepted"] / rows["inspected"])
    overall = float(rows["rejected"].mean())
    if overall == 0:
        return ALL_ACCEPTED
    times_of_product, times_of_supplier = _times_as_much(rows, overall)
    pairs = _mean_rejected(rows, overall, times_of_product, times_of_supplier)
    scatter = rows["rejected"] / pairs.reindex(_pairs_of(rows)).to_numpy()
    of_all = quantiles_of(scatter.to_numpy(), np.zeros(0))
    own = scatter.groupby([rows["product_id"], rows["supplier_id"]]).agg(list)
    means: dict[Pair, float] = {}
    lots: dict[Pair, tuple[float, ...]] = {}
    for pair, rejected in pairs.items():
        means[pair] = max(1 - rejected, LOWEST_YIELD)  # type: ignore[index]
        lots[pair] = _lots_accepted(rejected, quantiles_of(np.array(own[pair]), of_all))  # type: ignore[index]
    return StageYield(
        max(1 - overall, LOWEST_YIELD),
        means,
        _lots_accepted(overall, of_all),
        lots,
        {str(product): float(times) for product, times in times_of_product.items()},
        {str(supplier): float(times) for supplier, times in times_of_supplier.items()},
    )


def _pairs_of(rows: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(rows[["product_id", "supplier_id"]])


def _times_as_much(rows: pd.DataFrame, overall: float) -> tuple[pd.Series, pd.Series]:
    """How many times as much is rejected of a product as is usual of its suppliers, and of a supplier as of all."""
    by_supplier = rows.groupby("supplier_id")["rejected"].agg(["sum", "size"])
    of_supplier = (by_supplier["sum"] / overall + PRIOR_INSPECTIONS) / (by_supplier["size"] + PRIOR_INSPECTIONS)
    expected = overall * rows["supplier_id"].map(of_supplier)
    by_product = pd.DataFrame({"came": rows["rejected"], "expected": expected}).groupby(rows["product_id"]).sum()
    drawn = PRIOR_INSPECTIONS * overall
    return (by_product["came"] + drawn) / (by_product["expected"] + drawn), of_supplier


def _mean_rejected(
    rows: pd.DataFrame, overall: float, times_of_product: pd.Series, times_of_supplier: pd.Series
) -> pd.Series:
    """The share (0..1) expected to be rejected, by product_id and supplier_id."""
    pairs = rows.groupby(["product_id", "supplier_id"]).agg(
        inspected=("inspected", "sum"), accepted=("accepted", "sum"), inspections=("inspected", "size")
    )
    product, supplier = (pairs.index.get_level_values(level) for level in ("product_id", "supplier_id"))
    times = times_of_product.loc[product].to_numpy() * times_of_supplier.loc[supplier].to_numpy()
    before = np.minimum(overall * times, 1.0)
    weight = pairs["inspections"] / (pairs["inspections"] + PRIOR_INSPECTIONS)
    rejected: pd.Series = weight * (1 - pairs["accepted"] / pairs["inspected"]) + (1 - weight) * before
    return rejected


def quantiles_of(own: ArrayLike, of_all: Floats) -> Floats:
    """`LEVELS` quantiles of values of which each counts one, and all those `of_all` together `PRIOR_INSPECTIONS`."""
    values = np.concatenate([np.asarray(own, float), of_all])
    weights = np.ones(len(values))
    if len(of_all):
        weights[-len(of_all) :] = PRIOR_INSPECTIONS / len(of_all)
    order = values.argsort()
    reached = np.cumsum(weights[order])
    at = np.searchsorted(reached, (np.arange(LEVELS) + 0.5) / LEVELS * reached[-1])
    found: Floats = values[order][at]
    return found


def _lots_accepted(rejected: float, scatter: Floats) -> tuple[float, ...]:
    """By what shares of their mean lots are accepted, where so much is rejected on average, scattered like this."""
    mean = scatter.mean()
    accepted = np.clip(1 - rejected * scatter / (mean if mean > 0 else 1.0), 0, 1)[::-1]
    return tuple((accepted / accepted.mean()).tolist()) if accepted.any() else ()
