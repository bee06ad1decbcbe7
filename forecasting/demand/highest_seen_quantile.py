"""Up to which quantile a history shows demand: what a product that always sold out would have sold nobody knows.

Sales of a day that sold out are a lower bound of its demand. The estimate of the distribution from such days (Kaplan
and Meier 1958) ends at the largest demand seen on a whole day that no censored day exceeds: beyond it the history is
silent, and a quantile ordered there rests on the model alone. Demand is taken relative to the level expected of its
day, so that a quiet Tuesday is evidence for a busy Saturday.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.known.seen_whole import SEEN_WHOLE

Doubles = NDArray[np.float64]


def covered_quantile(recovered: pd.DataFrame) -> pd.DataFrame:
    """The highest quantile of demand that each series' history has shown, from what `recover_demand` returned.

    Columns: warehouse_id, product_id, days_seen_whole, highest_seen_quantile (0..1; at most n / (n + 1) with n days
    seen whole). A product ordered at a quantile above it is ordered at one that its history never covered.
    """
    keys = ["warehouse_id", "product_id"]
    series = np.asarray(recovered.groupby(keys, sort=True).ngroup(), dtype=np.intp)
    count = int(series.max(initial=-1)) + 1
    whole = (recovered["exposure"] >= SEEN_WHOLE).to_numpy()
    expected = recovered["expected"].to_numpy(dtype=np.float64)
    reached = np.where(whole, recovered["demand"], recovered["sales"]) / np.where(expected > 0, expected, 1)
    days = np.bincount(series[whole], minlength=count)
    seen = np.minimum(reached_quantile(reached, whole, series, count), days / (days + 1))
    result = recovered[keys].drop_duplicates().sort_values(keys).reset_index(drop=True)
    result["days_seen_whole"] = days
    result["highest_seen_quantile"] = seen
    return result


def reached_quantile(value: Doubles, whole: NDArray[np.bool_], series: NDArray[np.intp], count: int) -> Doubles:
    """Where the Kaplan-Meier distribution of each series (below `count`) ends; 0 for one never seen whole.

    `value` (n) is the demand of a day seen whole, else a lower bound of it.
    """
    order = np.lexsort((~whole, value, series))  # at equal values the day seen whole comes first
    of, observed = series[order], whole[order]
    size = np.bincount(series, minlength=count)
    starts = np.concatenate([[0], np.cumsum(size)[:-1]])
    at_risk = size[of] - (np.arange(len(of)) - starts[of])
    ended = np.zeros(count, dtype=bool)
    ended[of[observed & (at_risk == 1)]] = True
    survive = np.where(observed & (at_risk > 1), np.log1p(-1 / np.maximum(at_risk, 2)), 0.0)
    beyond = np.exp(np.bincount(of, survive, count))
    return np.where(ended, 1.0, 1 - beyond)
