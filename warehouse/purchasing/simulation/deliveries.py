"""What comes of an order: some suppliers fail for a day or two, some bring less or a day later, and inspection at
receipt rejects a share that differs by farm and from one delivery to the next.

What befalls a delivery is drawn ahead for every day, supplier, warehouse and product and does not depend on what is
ordered: who orders more of the same delivery is never accepted less.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.stats import binom

from warehouse.purchasing.suppliers.failure_runs import FailureRuns
from warehouse.purchasing.suppliers.stage_yield import LEVELS, StageYield
from warehouse.purchasing.suppliers.yields import Yields

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

MOST_REJECTED = 0.9
DAYS_AHEAD = 14  # that anybody orders


@dataclass(frozen=True)
class Reliability:
    """Chances by supplier and day: that it begins to bring nothing and that this goes on, that what it brings comes a
    day late, that it brings only `short_share` (from, to) of what was ordered; and how unevenly inspections reject."""

    fails: float = 0.014  # as in the sample region
    fails_on: float = 0.55
    late: float = 0.01
    short: float = 0.03
    short_share: tuple[float, float] = (0.5, 0.9)
    evenness: float = 2.0  # shape of the gamma that a delivery's share rejected is scattered by; infinite: even


@dataclass(frozen=True, eq=False)
class Deliveries:
    """Arrays over the days played.

    fails, late     day, supplier
    brought         day, supplier: the share of an order that is brought
    hour            day, supplier: at which it comes
    scatter, chance day, warehouse, product: by how much more than usual is rejected; where between the least and the
                    most that this allows
    rejected        by product and supplier, the mean share that is rejected at receipt
    chances         that all this was drawn by
    """

    warehouse_ids: Sequence[str]
    product_ids: Sequence[str]
    supplier_ids: Sequence[str]
    fails: Flags
    late: Flags
    brought: Floats
    hour: NDArray[np.int64]
    scatter: Floats
    chance: Floats
    rejected: Mapping[tuple[str, str], float]
    chances: Reliability

    def accepted(
        self, day: int, warehouse: int, product: NDArray[np.intp], share: Floats, came: NDArray[np.intp]
    ) -> NDArray[np.int64]:
        """How many of the portions that came inspection accepts, of products (numbers) whose usual share rejected is
        `share`."""
        wrong = np.minimum(share * self.scatter[day, warehouse, product], MOST_REJECTED)
        chance = self.chance[day, warehouse, product]
        return np.asarray(came - binom.ppf(chance, came, wrong), np.int64)

    def reliable(self) -> "Deliveries":
        """The same suppliers, if nothing failed, came short or late, and each delivery was as good as usual."""
        return replace(
            self,
            fails=np.zeros_like(self.fails),
            late=np.zeros_like(self.late),
            brought=np.ones_like(self.brought),
            scatter=np.ones_like(self.scatter),
            chance=np.full_like(self.chance, 0.5),
            chances=Reliability(fails=0.0, fails_on=0.0, late=0.0, short=0.0, evenness=np.inf),
        )

    def yields(self, day: int, today: date) -> Yields:
        """The true distribution of what comes of an order and is accepted, for who orders in the night before `day`
        (`today`): they know who failed on the day before."""
        rejected = {
            key: np.minimum(share * _levels(self.scatter), MOST_REJECTED) for key, share in self.rejected.items()
        }
        accepted = {key: 1 - float(shares.mean()) for key, shares in rejected.items()}
        return Yields(
            at_receipt=StageYield(
                overall=float(np.mean(list(accepted.values()))),
                by_product_and_supplier=accepted,
                lots_by_product_and_supplier={
                    key: tuple(((1 - shares[::-1]) / accepted[key]).tolist()) for key, shares in rejected.items()
                },
            ),
            brought=tuple(_levels(self.brought, self.chances.late).tolist()),
            failing=FailureRuns(
                (self.chances.fails, self.chances.fails_on),
                failed_last=dict(zip(self.supplier_ids, self.fails[max(day - 1, 0)].astype(float), strict=True)),
                due=dict.fromkeys(self.supplier_ids, frozenset(today + timedelta(days=n) for n in range(DAYS_AHEAD))),
            ),
            comes_late=self._comes_late(),
        )

    def _comes_late(self) -> float:
        """Of what has not come on its day, the share that comes later: all of what is late, nothing of what failed or
        came short."""
        failing = self.chances.fails / (1 - self.chances.fails_on + self.chances.fails)
        late = (1 - failing) * self.chances.late
        never = failing + (1 - failing) * (1 - self.chances.late) * (1 - float(self.brought.mean()))
        return late / (late + never) if late > 0 else 0.0


def _levels(values: Floats, nothing: float = 0.0) -> Floats:
    """`LEVELS` of the values, ascending, each for as many of them; of these such a share is `nothing` instead."""
    of_values = ((np.arange(LEVELS) + 0.5) / LEVELS - nothing) / (1 - nothing)
    levels: Floats = np.quantile(values, np.maximum(of_values, 0), method="inverted_cdf")
    return np.where(of_values < 0, 0.0, levels)


def draw_deliveries(
    random: Generator,
    days: int,
    warehouse_ids: Sequence[str],
    product_ids: Sequence[str],
    rejected: Mapping[tuple[str, str], float],
    reliability: Reliability,
    hours: tuple[int, int] = (2, 6),
) -> Deliveries:
    """Draws what befalls every delivery of some days.

    rejected  by product and supplier, the mean share that inspection at receipt rejects
    hours     deliveries come from the first up to (not at) the second
    """
    supplier_ids = sorted({supplier_id for _, supplier_id in rejected})
    by_supplier = days, len(supplier_ids)
    by_product = days, len(warehouse_ids), len(product_ids)
    failing = np.zeros(by_supplier, bool)
    chance = random.random(by_supplier)
    for day in range(1, days):
        failing[day] = chance[day] < np.where(failing[day - 1], reliability.fails_on, reliability.fails)
    short = random.random(by_supplier) < reliability.short
    part = random.uniform(*reliability.short_share, by_supplier)
    late = random.random(by_supplier) < reliability.late
    hour = random.integers(*hours, by_supplier)
    even = not np.isfinite(reliability.evenness)
    scatter = np.ones(by_product) if even else random.gamma(reliability.evenness, 1 / reliability.evenness, by_product)
    return Deliveries(
        warehouse_ids=warehouse_ids,
        product_ids=product_ids,
        supplier_ids=supplier_ids,
        fails=failing,
        late=late,
        brought=np.where(short, part, 1.0),
        hour=hour,
        scatter=scatter,
        chance=random.random(by_product),
        rejected=rejected,
        chances=reliability,
    )
