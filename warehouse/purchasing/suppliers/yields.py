"""How much of what is ordered can be sold: what a supplier brings of it on its day, what inspection accepts at receipt,
and what is neither rejected before dispatch nor complained about after that.

Each is a distribution (`stage_yield.py`), and what befalls a lot at one has nothing to do with the others. What
inspection at origin rejects is not loaded: it is lacking in what is brought, and counts there.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import date
from math import gcd
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from warehouse.purchasing.outcomes.lack import Lack, Part, bits_reversed
from warehouse.purchasing.suppliers.failure_runs import NEVER_FAIL, FailureRuns, estimate_failure_runs, failures
from warehouse.purchasing.suppliers.lot_losses import shares_of_lots_lost
from warehouse.purchasing.suppliers.stage_yield import (
    ALL_ACCEPTED,
    LEVELS,
    LOWEST_YIELD,
    Pair,
    StageYield,
    estimate_stage,
    quantiles_of,
)

Floats = NDArray[np.float64]

WITH_FAILURES: Final = 256  # levels of a distribution of which some fail: a delivery in a hundred is more than none


@dataclass(frozen=True)
class Yields:
    """What share of what comes is accepted `at_receipt`, and what share of that is `kept_after` it: neither rejected
    before dispatch nor complained about; what share of an order comes on its day (`brought`, ascending, each as often;
    empty: all of it; it holds where a supplier is unknown) if it does not fail, and how `failing` goes on.
    `comes_late`: the chance that what has not come on its day does later."""

    at_receipt: StageYield = ALL_ACCEPTED
    kept_after: StageYield = ALL_ACCEPTED
    brought: tuple[float, ...] = ()
    brought_by_supplier: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    failing: FailureRuns = NEVER_FAIL
    comes_late: float = 1.0
    _together: dict[tuple[Pair, int], tuple[float, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def with_due(self, due: Mapping[str, Set[date]]) -> "Yields":
        """The same, for whom suppliers are known to be to bring something on days to come."""
        return replace(self, failing=replace(self.failing, due=due))

    def of(self, product_id: str, supplier_id: str) -> float:
        """What to expect of that supplier's product: the mean share (0..1] of what comes that can be sold."""
        both = self.at_receipt.of(product_id, supplier_id) * self.kept_after.of(product_id, supplier_id)
        return max(both, LOWEST_YIELD)

    def lost_after_receipt(self, product_id: str, supplier_id: str) -> float:
        """For each unit of a supplier's product that can be sold, how many are thrown away after receipt."""
        return 1 / self.kept_after.of(product_id, supplier_id) - 1

    def expected(self, product_id: str, supplier_id: str, day: date | None = None) -> float:
        """The mean share of an order for a day (None: the next) that comes and can be sold (0..1], a twentieth at
        least."""
        lots = self.lots_of(product_id, supplier_id, day)
        share = self.of(product_id, supplier_id) * (1.0 if lots is None else float(np.mean(lots)))
        return max(share, LOWEST_YIELD)

    def expected_late(self, product_id: str, supplier_id: str) -> float:
        """The same of an order that has not come on its day."""
        return self.of(product_id, supplier_id) * self.comes_late

    def lots_of(self, product_id: str, supplier_id: str, day: date | None = None) -> tuple[float, ...] | None:
        """What comes of an order for a day (None: the next) and can be sold, as shares of what `of` lets expect if all
        came: those of deliveries that fail, then ascending, each as often. None: just that."""
        pair = product_id, supplier_id
        failed = round(self.failing.of(supplier_id, day).chance * WITH_FAILURES)
        if (pair, failed) not in self._together:  # a plan asks again and again, and its answers go with it
            lots, brought = self._lots(pair), self.brought_by_supplier.get(supplier_id, self.brought)
            come = _both(lots, brought) if lots and brought else lots or brought
            self._together[pair, failed] = _with_failures(come, failed, self.failing.share) if failed else come
        return self._together[pair, failed] or None

    def as_brought(self, lack: Lack, product_id: str, supplier_id: str, day: date) -> Lack:
        """What is lacking of a product if it comes as this supplier brings it on a day."""
        return lack.from_lots(self.lots_of(product_id, supplier_id, day), self.failing.of(supplier_id, day))

    def as_brought_together(self, lack: Lack, product_id: str, usable: Mapping[str, float], day: date) -> Lack:
        """The same of an order that is split over suppliers, of each of which so much `usable` is expected. What
        befalls one has nothing to do with the others."""
        if len(usable) == 1:
            return self.as_brought(lack, product_id, next(iter(usable)), day)
        return lack.from_parts(
            [
                Part(of_it, self.lots_of(product_id, supplier_id, day), self.failing.of(supplier_id, day))
                for supplier_id, of_it in usable.items()
            ]
        )

    def late_lots_of(self, product_id: str, supplier_id: str) -> tuple[float, ...] | None:
        """The same of an order that has not come on its day: later all of it comes, or nothing."""
        lots = self._lots((product_id, supplier_id))
        if self.comes_late >= 1:
            return lots or None
        comes = tuple(float(level > 1 - self.comes_late) for level in (np.arange(LEVELS) + 0.5) / LEVELS)
        return _both(lots or (1.0,), comes)

    def _lots(self, pair: Pair) -> tuple[float, ...]:
        """How lots are accepted at all stages, if all is brought."""
        at_receipt, kept_after = self.at_receipt.lots_of(*pair), self.kept_after.lots_of(*pair)
        if not at_receipt or not kept_after:
            return at_receipt or kept_after
        return _evenly_over_each_other(at_receipt, kept_after)


def estimate_yields(
    receipts: pd.DataFrame, brought: pd.DataFrame | None = None, lost: pd.DataFrame | None = None
) -> Yields:
    """From inspections at `receipt`: product_id, supplier_id, inspected, accepted (product's unit), one row each, with
    `lot` (any name of it, NaN: not known) where something was `lost` after it, rejected before dispatch or complained
    about: lot, product_id, supplier_id (each NaN where not known), quantity. And from what suppliers `brought` of what
    was ordered for a day: supplier_id, share (0..1, on that day), late (0..1, after it; NaN: may still come), one row a
    supplier and day, each supplier's in order.

    Raises ValueError for a missing column, or a row that accepts more than it inspected.
    """
    accepted = Yields(estimate_stage(receipts))
    if lost is not None and not lost.empty:
        accepted = replace(accepted, kept_after=estimate_stage(shares_of_lots_lost(receipts, lost)))
    if brought is None or brought.empty or (brought["share"] == 1).all():
        return accepted
    decided = brought[brought["late"].notna()]
    # as if one had come: where nothing is known, what is overdue is counted on
    comes_late = float(min((1 + decided["late"].sum()) / (1 + (1 - decided["share"]).sum()), 1.0))
    came = brought[~failures(brought)]
    usually = quantiles_of(came["share"].to_numpy(float), np.zeros(0) if len(came) else np.ones(1))
    return replace(
        accepted,
        brought=tuple(usually.tolist()),
        brought_by_supplier={
            str(supplier): tuple(quantiles_of(shares.to_numpy(float), usually).tolist())
            for supplier, shares in came["share"].groupby(came["supplier_id"])
        },
        failing=estimate_failure_runs(brought, comes_late),
        comes_late=comes_late,
    )


def _both(lots: tuple[float, ...], brought: tuple[float, ...]) -> tuple[float, ...]:
    """The shares of both together, which have nothing to do with each other."""
    return tuple(_levels_of(np.outer(lots, brought)).tolist())


def _with_failures(lots: tuple[float, ...], failed: int, share: float) -> tuple[float, ...]:
    """Lots of which so many of `WITH_FAILURES` fail, and bring a share each."""
    come = (np.arange(WITH_FAILURES - failed) + 0.5) / max(WITH_FAILURES - failed, 1) * len(lots or (1.0,))
    return (share,) * failed + tuple(np.asarray(lots or (1.0,))[come.astype(int)].tolist())


def _levels_of(values: Floats) -> Floats:
    """Values that are all as likely, ascending, as so many means of neighbours as `LEVELS`, or as they are."""
    ascending = np.sort(values, axis=None)
    if len(ascending) <= LEVELS:
        return ascending
    evenly = np.repeat(ascending, LEVELS // gcd(LEVELS, len(ascending)))
    means: Floats = evenly.reshape(LEVELS, -1).mean(axis=1)
    return means


def _evenly_over_each_other(lots: tuple[float, ...], others: tuple[float, ...]) -> tuple[float, ...]:
    """The same in as many shares as `lots` are, the others' spread evenly over them (lack.py): thousands of farms'
    products are put together so in a plan."""
    spread = np.asarray(others)[(bits_reversed(len(lots)) * len(others)) // len(lots)]
    both = np.sort(np.asarray(lots) * spread)
    return tuple((both / both.mean()).tolist())
