"""How demand answers to prices: an elasticity for each category, from days whose price differed from their month's.

Forecasts know the last days' sales, which have answered already to a price that has been in force for some of them, so
little of the response is left for the price itself. A promotion that is not booked yet moves the price without them. So
demand over the level of the four weeks before is set against the price over that of these weeks, by one log-linear
regression with effects of the weeks, in which categories are shrunk towards what they have in common
(`statistics.log_linear`). Days of announced promotions are left out: what an announcement adds is the model's to say.
Not an experiment: prices fall when there is plenty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecasting.features.features import prices_of
from forecasting.features.panel import BEHIND, Panel
from forecasting.known.seen_whole import SEEN_WHOLE
from forecasting.statistics.log_linear import fitted

LOOKED_BACK: Final = 1100  # days
WEEK: Final = 7
LEAST_SEEN: Final = 10.0  # exposure of the four weeks before, in days, for them to have a level and a price
MOST_SERIES: Final = 3000  # that are looked at, drawn at random
MOST_ROWS: Final = 40_000
FARTHEST: Final = 0.7  # of the logarithm of price over its month's that is learned from: half price
FARTHEST_TOLD: Final = 1.5  # ... that is told of
MOVED: Final = 0.02  # of the same, from which a price counts as another
LEAST_ROWS: Final = 100  # at other prices than their month's, to learn from
# Prior standard deviations: of the elasticity that all have, of how categories differ, of a week, of the constant
PRIOR: Final = (0.7, 0.3, 0.1, 1.0)
SEED: Final = 1

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class PriceResponse:
    """Elasticities by category, never above 0; `usual` is that of a category nothing is known of."""

    by_category: Mapping[str, float]
    usual: float

    def factors(self, category: NDArray[np.object_], price_ratio: Doubles) -> Doubles:
        """What demand (n) is multiplied by when prices (n) become so many times what they were."""
        elasticity = np.array([self.by_category.get(name, self.usual) for name in category])
        log = np.clip(np.log(price_ratio), -FARTHEST_TOLD, FARTHEST_TOLD)
        factors: Doubles = np.exp(elasticity * log)
        return factors


def learned_price_response(panel: Panel) -> PriceResponse:
    """From the whole panel up to its origin day; none (0) where hardly a price has moved."""
    whole = panel.whole or panel
    demand, due, price, category, week = _rows(whole, panel.last)
    if np.count_nonzero(np.abs(price) > MOVED) < LEAST_ROWS:
        return PriceResponse({}, 0.0)
    names, of_category = np.unique(category, return_inverse=True)
    weeks, of_week = np.unique(week, return_inverse=True)
    columns = np.zeros((len(demand), 1 + len(names) + len(weeks) + 1))
    row = np.arange(len(demand))
    columns[:, 0] = columns[row, 1 + of_category] = price
    columns[row, 1 + len(names) + of_week] = columns[:, -1] = 1
    group = np.r_[0, np.full(len(names), 1), np.full(len(weeks), 2), 3].astype(np.intp)
    found = fitted(demand, np.log(due), columns, group, PRIOR, 3)
    usual = float(found[0])
    own = {str(name): min(usual + float(found[1 + at]), 0.0) for at, name in enumerate(names)}
    return PriceResponse(own, min(usual, 0.0))


def _rows(panel: Panel, last: int) -> tuple[Doubles, Doubles, Doubles, NDArray[np.object_], NDArray[np.intp]]:
    """Demand, what was due at the level of the four weeks before, the logarithm of the price over theirs, category and
    week (n each) of days seen whole outside of announced promotions."""
    rng = np.random.default_rng(SEED)
    count = len(panel.series)
    some = np.sort(rng.choice(count, min(count, MOST_SERIES), replace=False))
    days = slice(max(last + 1 - LOOKED_BACK, 0), last + 1)
    sales, exposed = (of[some].astype(np.float64) for of in panel.visible(last, days))
    if panel.log_factors is not None:  # as sold: what prices and seasons share is left to the weeks
        sales = sales * np.exp(panel.log_factors[some, days])
    plan = panel.plans.rows(some).visible(last, days)
    price, _ = prices_of(plan, panel.prices_with_sales[some])
    announced = np.nan_to_num(plan[:, :, 1]) > 0
    usual: Doubles = np.where(announced, 0.0, exposed)
    of_usual: tuple[Doubles, ...] = np.where(announced, 0.0, sales), usual, usual * price.astype(np.float64)
    before = [_of_weeks_before(values) for values in of_usual]
    known = (exposed >= SEEN_WHOLE) & (before[1] >= LEAST_SEEN) & (before[0] > 0) & ~announced
    known[:, :BEHIND] = False
    row, day = np.nonzero(known)
    if len(row) > MOST_ROWS:
        kept = np.sort(rng.choice(len(row), MOST_ROWS, replace=False))
        row, day = row[kept], day[kept]
    at = row, day
    due = before[0][at] / before[1][at] * exposed[at]
    relative = np.clip(np.log(price[at] * before[1][at] / before[2][at]), -FARTHEST, FARTHEST)
    category = panel.series["category"].to_numpy(dtype=object)[some][row].astype(str)
    return sales[at], due, relative, category, day // WEEK


def _of_weeks_before(values: Doubles) -> Doubles:
    """The sum (series, day) of the four weeks before each day; what lies before the first day counts as 0."""
    total = np.cumsum(values, axis=1)
    result = np.zeros_like(values)
    result[:, 1:] = total[:, :-1]
    result[:, BEHIND + 1 :] -= total[:, : -BEHIND - 1]
    return result
