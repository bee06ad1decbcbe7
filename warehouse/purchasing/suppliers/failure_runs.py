"""How often suppliers fail to deliver, and how a failure goes on, learned from what each brought of what was ordered.

A supplier's deliveries are a chain of two states (`outcomes/failing.py`). The chances of all suppliers are drawn to
what is plain (as often after a failure as after any other delivery) by one delivery's weight, each supplier's own to
those of all by ten. What comes a little later has not failed: it is late, which says nothing of the next delivery.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import numpy as np
import pandas as pd

from warehouse.purchasing.outcomes.failing import Failing
from warehouse.purchasing.outcomes.lack import FAILED
from warehouse.purchasing.suppliers.stage_yield import PRIOR_INSPECTIONS

Chances = tuple[float, float]  # that a delivery fails after one that came, and after one that failed


@dataclass(frozen=True)
class FailureRuns:
    """The chances of all suppliers and of each. `failed_last`: by supplier the chance that its last delivery failed;
    `due`: the days on which it is to bring something since. What fails brings such a `share` of what was ordered."""

    of_all: Chances = (0.0, 0.0)
    by_supplier: Mapping[str, Chances] = field(default_factory=dict)
    failed_last: Mapping[str, float] = field(default_factory=dict)
    due: Mapping[str, Set[date]] = field(default_factory=dict)
    share: float = 0.0

    def of(self, supplier_id: str, day: date | None = None) -> Failing:
        """Of what a supplier is to bring on a day (None: next), with nothing known of what is due before it."""
        begins, goes_on = self.by_supplier.get(supplier_id, self.of_all)
        in_the_long_run = begins / (1 - goes_on + begins) if begins > 0 else 0.0
        chance = self.failed_last.get(supplier_id, in_the_long_run)
        before = 0 if day is None else sum(due < day for due in self.due.get(supplier_id, ()))
        for _ in range(before + 1):
            chance = begins + (goes_on - begins) * chance
        return Failing(supplier_id, chance, begins, goes_on)


NEVER_FAIL: Final = FailureRuns()


def estimate_failure_runs(brought: pd.DataFrame, comes_late: float) -> FailureRuns:
    """From what suppliers brought, as `estimate_yields` has it. What has not come and still may does with a chance of
    `comes_late`."""
    failed = failures(brought)
    supplier = brought["supplier_id"]
    before = failed.groupby(supplier).shift().where(brought["late"].notna())
    plain = float(failed[brought["late"].notna()].mean()) if brought["late"].notna().any() else 0.0
    of_all = _chances(failed, before, (plain, plain), 1)
    last = brought.groupby(supplier).tail(1)
    unsettled = last["late"].isna() & (last["share"] < FAILED)
    failed_last = np.where(unsettled, 1 - comes_late, failed[last.index].astype(float))
    return FailureRuns(
        of_all,
        {
            str(name): _chances(failed[rows], before[rows], of_all, PRIOR_INSPECTIONS)
            for name, rows in supplier.groupby(supplier).groups.items()
        },
        dict(zip(last["supplier_id"].astype(str), failed_last.tolist(), strict=True)),
        share=float(brought["share"][failed].mean()) if failed.any() else 0.0,
    )


def failures(brought: pd.DataFrame) -> pd.Series:
    """Which deliveries brought next to nothing, neither on their day nor later."""
    return brought["share"] + brought["late"].fillna(0.0) < FAILED


def _chances(failed: pd.Series, before: pd.Series, usual: Chances, weight: float) -> Chances:
    """How often a delivery failed after one that came, and after one that failed, drawn to what is usual."""
    came, did_not = (
        (float(failed[before == state].sum()) + weight * chance) / (int((before == state).sum()) + weight)
        for state, chance in zip((False, True), usual, strict=True)
    )
    return came, did_not
