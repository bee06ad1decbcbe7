"""Rules that a buyer could take from a book or from experience, to compare ours with. Each says how many usable units
it wants of a product for the delivery that must be ordered now; packs, minimum and offers come after.

All but the estimate of `ewa` are blind to age: a unit that expires tomorrow counts as any other. `safety` is what a
shop sets of a rule; drawn over its values, a rule is a curve of waste against fill rate.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Situation:
    """What a buyer sees of a product. Days count from the order date (0); its delivery comes on day `lead` and must
    last until day `until`.

    stock        by last usable day, the last entry for all that lives longer
    arriving     by day, up to `until`: on order, less what will be rejected
    life_days    of a delivery
    price, cost  of a unit sold, of an accepted unit
    keeping      what a unit costs a day until the next delivery, as a share of its price
    demand       day (up to `until`) x scenario: as it is forecast; no rows for rules that forecast for themselves
    sold         by day, yesterday last: what was sold of it here (four weeks at most)
    """

    lead: int
    until: int
    stock: Floats
    arriving: Floats
    life_days: int
    price: float
    cost: float
    keeping: float
    demand: Floats
    sold: Floats

    @property
    def days(self) -> int:
        """The days from the order on that stock, what is on order and this delivery must last for."""
        return self.until + 1

    @property
    def position(self) -> float:
        """All that there is and is on order, of whatever age."""
        return float(self.stock.sum() + self.arriving.sum())


Rule = Callable[[Situation, float], float]


def naive(seen: Situation, safety: float) -> float:
    """The mean of the last 7 days' sales for each day, and `safety` standard deviations of it (four weeks) on top; of
    what has not sold for a week one unit, where there is none."""
    if not seen.sold[-7:].any():
        return 0.0 if seen.position > 0 else ONE_UNIT
    mean = float(seen.sold[-7:].mean())
    spread = float(seen.sold.std(ddof=1)) if len(seen.sold) > 1 else 0.0
    return mean * seen.days + safety * spread * float(np.sqrt(seen.days)) - seen.position


def base_stock(seen: Situation, safety: float) -> float:
    """Up to the quantile `safety` (0..1) of the forecast demand from now until the next delivery."""
    return float(np.quantile(seen.demand.sum(axis=0), safety)) - seen.position


def fractile(seen: Situation, safety: float) -> float:
    """Up to the critical fractile of that demand: a unit too few costs its margin (times `safety`), one too many its
    price where it expires before the next delivery, else its keeping. How old the stock is does not count."""
    short = max(seen.price - seen.cost, 0.0) * safety
    covered = seen.until - seen.lead + 1
    over = seen.cost if seen.life_days <= covered else seen.keeping * seen.price * covered
    if short <= 0:
        return 0.0
    return base_stock(seen, short / (short + over))


def ewa(seen: Situation, safety: float) -> float:
    """EWA (Broekmeulen and van Donselaar 2009): expected demand from now until the next delivery and `safety` of its
    standard deviations, less stock that is not estimated to expire by then, withdrawn oldest first by what is expected
    to sell."""
    total = seen.demand.sum(axis=0)
    expiring = estimated_outdating(seen)
    usable = seen.position - expiring
    wanted: float = float(total.mean()) + safety * float(total.std()) - usable
    return wanted


def estimated_outdating(seen: Situation) -> float:
    """What of stock and orders under way expires up to the day before the last to be covered, if exactly the expected
    demand is withdrawn, the oldest first."""
    expected = seen.demand.mean(axis=1)
    lots = [[last, float(quantity)] for last, quantity in enumerate(seen.stock)]
    expired = 0.0
    for day in range(seen.until):
        lots.append([day + seen.life_days - 1, float(seen.arriving[day])])
        left = float(expected[day])
        for lot in sorted(lots):
            taken = min(lot[1], left)
            lot[1] -= taken
            left -= taken
        expired += sum(quantity for last, quantity in lots if last <= day)
        lots = [lot for lot in lots if lot[0] > day]
    return expired


ONE_UNIT: Final = 1e-6  # more than nothing: the smallest order is made
RULES: Final[Mapping[str, Rule]] = {"naive": naive, "base-stock": base_stock, "fractile": fractile, "ewa": ewa}
FORECAST_BY_THEMSELVES: Final = frozenset({"naive"})
# naive: a buyer who meets 95% and more of demand in the sample region; others: chosen
USUAL_SAFETY: Final[Mapping[str, float]] = {"naive": 3.0, "base-stock": 0.9, "fractile": 1.0, "ewa": 1.0}
CURVES: Final[Mapping[str, tuple[float, ...]]] = {
    "naive": (1.0, 2.0, 4.5),
    "base-stock": (0.6, 0.75, 0.97),
    "fractile": (0.5, 2.0, 4.0),
    "ewa": (0.0, 0.5, 1.5),
}
