"""How much of what is bought will be usable: the distribution of the share that a supplier brings of an order, and of
what inspection accepts of that, by product and supplier.

Few inspections say little. The share that is rejected is expected to be that of all inspections, times how much worse
or better the supplier's are than all, times how much the product's are than its suppliers' (each drawn to 1 with the
weight of `PRIOR_INSPECTIONS` inspections, as a gamma prior of a Poisson rate would); the inspections of just this
product and supplier count against that with the same weight. How unevenly lots are rejected, as a multiple of their
mean, is learned from all inspections, and from its own the more there are; so is what a supplier brings of all that is
ordered of it for a day.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import gcd
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

PRIOR_INSPECTIONS = 10
LOWEST_YIELD = 0.05  # an order is never more than twenty times the need, whatever was rejected
FAILED: Final = 0.5  # of what was ordered; who brings less has failed that day
LEVELS: Final = 64  # of a distribution: each stands for as many lots

Pair = tuple[str, str]  # product and supplier


@dataclass(frozen=True)
class Yields:
    """The mean share (0..1] of what comes that will be accepted, by what shares of their mean lots are, and what share
    of an order comes on its day (the last two ascending, each as often; empty: all alike, and all of it). `overall`,
    `lots` and `brought` hold where a product and supplier, or a supplier, is unknown. `comes_late`: the chance that
    what has not come on its day does later."""

    overall: float = 1.0
    by_product_and_supplier: Mapping[Pair, float] = field(default_factory=dict)
    lots: tuple[float, ...] = ()
    lots_by_product_and_supplier: Mapping[Pair, tuple[float, ...]] = field(default_factory=dict)
    brought: tuple[float, ...] = ()
    brought_by_supplier: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    comes_late: float = 1.0
    _together: dict[Pair, tuple[float, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def of(self, product_id: str, supplier_id: str) -> float:
        """What to expect of that supplier's product."""
        return self.by_product_and_supplier.get((product_id, supplier_id), self.overall)

    def expected(self, product_id: str, supplier_id: str) -> float:
        """The mean share of an order that comes and is accepted (0..1], a twentieth at least."""
        lots = self.lots_of(product_id, supplier_id)
        share = self.of(product_id, supplier_id) * (1.0 if lots is None else float(np.mean(lots)))
        return max(share, LOWEST_YIELD)

    def expected_late(self, product_id: str, supplier_id: str) -> float:
        """The same of an order that has not come on its day."""
        return self.of(product_id, supplier_id) * self.comes_late

    def lots_of(self, product_id: str, supplier_id: str) -> tuple[float, ...] | None:
        """What comes and is accepted of an order, as shares of what `of` lets expect if all came: ascending, each as
        often. None: just that."""
        pair = product_id, supplier_id
        lots = self.lots_by_product_and_supplier.get(pair, self.lots)
        brought = self.brought_by_supplier.get(supplier_id, self.brought)
        if not lots or not brought:
            return lots or brought or None
        if pair not in self._together:  # a plan asks again and again, and its answers go with it
            self._together[pair] = _both(lots, brought)
        return self._together[pair]

    def lots_together(self, product_id: str, usable: Mapping[str, float]) -> tuple[float, ...] | None:
        """The same of an order that is split over suppliers, of each of which so much `usable` is expected. What
        befalls one has nothing to do with the others."""
        together: Floats | None = None
        for supplier_id, of_it in usable.items():
            lots = self.lots_of(product_id, supplier_id) or (1.0,)
            share = np.array(lots) * of_it / sum(usable.values())
            together = share if together is None else _levels_of(np.add.outer(together, share))
        return None if together is None or len(together) == 1 else tuple(together.tolist())

    def late_lots_of(self, product_id: str, supplier_id: str) -> tuple[float, ...] | None:
        """The same of an order that has not come on its day: later all of it comes, or nothing."""
        lots = self.lots_by_product_and_supplier.get((product_id, supplier_id), self.lots)
        if self.comes_late >= 1:
            return lots or None
        comes = tuple(float(level > 1 - self.comes_late) for level in (np.arange(LEVELS) + 0.5) / LEVELS)
        return _both(lots or (1.0,), comes)


def estimate_yields(inspections: pd.DataFrame, brought: pd.DataFrame | None = None) -> Yields:
    """From inspections at receipt: product_id, supplier_id, inspected, accepted (product's unit), one row each; and
    from what suppliers brought of what was ordered for a day: supplier_id, share (0..1, on that day), late (0..1, after
    it; NaN: may still come), one row a supplier and day, each supplier's in order. Whoever failed last is expected to
    do again as suppliers do after a failure.

    Raises ValueError for a missing column, or a row that accepts more than it inspected.
    """
    accepted = _estimate_accepted(inspections)
    if brought is None or brought.empty or (brought["share"] == 1).all():
        return accepted
    share = brought["share"].astype(float)
    failed_before = share.groupby(brought["supplier_id"]).shift() < FAILED
    usually = _quantiles(share.to_numpy(), np.zeros(0))
    after_failing = _quantiles(share[failed_before].to_numpy(), usually)
    by_supplier: dict[str, tuple[float, ...]] = {}
    for supplier, shares in share.groupby(brought["supplier_id"]):
        alike = failed_before[shares.index] == (failed := shares.iloc[-1] < FAILED)
        expected = _quantiles(shares[alike].to_numpy(), after_failing if failed else usually)
        by_supplier[str(supplier)] = tuple(expected.tolist())
    decided = brought[brought["late"].notna()]
    # as if one had come: where nothing is known, what is overdue is counted on
    comes_late = (1 + decided["late"].sum()) / (1 + (1 - decided["share"]).sum())
    return replace(
        accepted,
        brought=tuple(usually.tolist()),
        brought_by_supplier=by_supplier,
        comes_late=float(min(comes_late, 1.0)),
    )


def _estimate_accepted(inspections: pd.DataFrame) -> Yields:
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
        return Yields()
    # the mean of shares, not the share of sums: kilograms and pieces do not add up
    rows = rows.assign(rejected=1 - rows["accepted"] / rows["inspected"])
    overall = float(rows["rejected"].mean())
    if overall == 0:
        return Yields()
    pairs = _mean_rejected(rows, overall)
    scatter = rows["rejected"] / pairs["rejected"].reindex(_pairs_of(rows)).to_numpy()
    of_all = _quantiles(scatter.to_numpy(), np.zeros(0))
    own = scatter.groupby([rows["product_id"], rows["supplier_id"]]).agg(list)
    means: dict[Pair, float] = {}
    lots: dict[Pair, tuple[float, ...]] = {}
    for pair, rejected in zip(pairs.index, pairs["rejected"].tolist(), strict=True):
        accepted = _lots_accepted(rejected, _quantiles(np.array(own[pair]), of_all))
        means[pair], lots[pair] = max(1 - rejected, LOWEST_YIELD), accepted
    return Yields(max(1 - overall, LOWEST_YIELD), means, _lots_accepted(overall, of_all), lots)


def _pairs_of(rows: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(rows[["product_id", "supplier_id"]])


def _mean_rejected(rows: pd.DataFrame, overall: float) -> pd.DataFrame:
    """`rejected` (0..1), the share expected, by product_id and supplier_id."""
    by_supplier = rows.groupby("supplier_id")["rejected"].agg(["sum", "size"])
    worse = (by_supplier["sum"] / overall + PRIOR_INSPECTIONS) / (by_supplier["size"] + PRIOR_INSPECTIONS)
    expected = overall * rows["supplier_id"].map(worse)
    by_product = pd.DataFrame({"came": rows["rejected"], "expected": expected}).groupby(rows["product_id"]).sum()
    drawn = PRIOR_INSPECTIONS * overall
    worse_product = (by_product["came"] + drawn) / (by_product["expected"] + drawn)
    pairs = rows.groupby(["product_id", "supplier_id"]).agg(
        inspected=("inspected", "sum"), accepted=("accepted", "sum"), inspections=("inspected", "size")
    )
    product, supplier = (pairs.index.get_level_values(level) for level in ("product_id", "supplier_id"))
    before = np.minimum(overall * worse_product.loc[product].to_numpy() * worse.loc[supplier].to_numpy(), 1.0)
    weight = pairs["inspections"] / (pairs["inspections"] + PRIOR_INSPECTIONS)
    rejected = weight * (1 - pairs["accepted"] / pairs["inspected"]) + (1 - weight) * before
    return pd.DataFrame({"rejected": rejected})


def _quantiles(own: ArrayLike, of_all: Floats) -> Floats:
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


def _both(lots: tuple[float, ...], brought: tuple[float, ...]) -> tuple[float, ...]:
    """The shares of both together, which have nothing to do with each other."""
    return tuple(_levels_of(np.outer(lots, brought)).tolist())


def _levels_of(values: Floats) -> Floats:
    """Values that are all as likely, ascending, as so many means of neighbours as `LEVELS`, or as they are."""
    ascending = np.sort(values, axis=None)
    if len(ascending) <= LEVELS:
        return ascending
    evenly = np.repeat(ascending, LEVELS // gcd(LEVELS, len(ascending)))
    means: Floats = evenly.reshape(LEVELS, -1).mean(axis=1)
    return means


def _lots_accepted(rejected: float, scatter: Floats) -> tuple[float, ...]:
    """By what shares of their mean lots are accepted, where so much is rejected on average, scattered like this."""
    mean = scatter.mean()
    accepted = np.clip(1 - rejected * scatter / (mean if mean > 0 else 1.0), 0, 1)[::-1]
    return tuple((accepted / accepted.mean()).tolist()) if accepted.any() else ()
