"""Forecasts fade as products cease to sell: with the probability that one still sells, whatever model forecast it.

Demand of a product that may have ended is a mixture: 0 where it has, as forecast where it has not. So its mean is the
forecast's times the probability p, and its quantile u the forecast's at (u - (1 - p)) / p, 0 where that is below 0.
A planned price or a coming delivery revives nothing; the next sale does.

Of a product that sells rarely and was not seen for as long as models look back, they know no level: it is forecast at
no more than it has sold a day over its latest gaps, as a day with demand among days without.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from forecasting.demand.still_selling import Silence, silence_of
from forecasting.features.panel import Panel
from forecasting.known.frames import ALL_DAYS_QUANTILES, QUANTILE_COLUMNS, QUANTILES
from forecasting.statistics.quantile_curve import KNOTS, knot_values

ENDED: Final = "ended"  # the model of a forecast of a product that has ended
IN_DOUBT_BELOW: Final = 0.5  # probability from which a buyer is asked
SERIES: Final = ["warehouse_id", "product_id"]
SILENT_COLUMNS: Final = ("warehouse_id", "product_id", "last_sold_on", "silent_days", "probability", "ended")

Doubles = NDArray[np.float64]


def silence_in(panel: Panel, origin: int) -> Silence:
    """The silence of each series of the panel, as known at an origin day (index)."""
    days = slice(0, origin + 1)
    sales, exposed = panel.visible(origin, days)
    bulk = panel.bulk_orders
    if len(bulk):  # set aside as they are, they are sales
        row = pd.MultiIndex.from_frame(panel.series[SERIES]).get_indexer(pd.MultiIndex.from_frame(bulk[SERIES]))
        day = (bulk["date"] - panel.first_day).dt.days.to_numpy()
        here = np.flatnonzero((row >= 0) & (day <= origin))
        here = here[panel.known_day[row[here], day[here]] <= origin]
        sales = sales.copy()
        sales[row[here], day[here]] = bulk["sales"].to_numpy()[here]
    of_shop = panel.groups["warehouse"]
    sold_in_shop, _ = of_shop.visible(origin, days)
    return silence_of(sales, exposed, panel.known_day[:, days] <= origin, sold_in_shop > 0, of_shop.of_series)


def silent_products(panel: Panel, origin: int) -> pd.DataFrame:
    """The products of which it is in doubt at an origin day whether they still sell: SILENT_COLUMNS.

    silent_days: days of business in stock, as far as known, since the last sale."""
    silence = silence_in(panel, origin)
    rows = np.flatnonzero(silence.probability < IN_DOUBT_BELOW)
    frame = panel.series[SERIES].iloc[rows].reset_index(drop=True)
    frame["last_sold_on"] = panel.first_day + pd.to_timedelta(silence.last_sold[rows], unit="D")
    frame["silent_days"] = silence.days[rows]
    frame["probability"] = silence.probability[rows]
    frame["ended"] = silence.ended[rows]
    return frame[list(SILENT_COLUMNS)]


def faded(forecasts: pd.DataFrame, silence: Silence) -> pd.DataFrame:
    """The forecasts (SEEN_WHOLE_COLUMNS; of all series of `silence`, for one day after another) of products that
    may have ended, faded; those of the others as they were."""
    days = len(forecasts) // max(len(silence.days), 1)
    mean = forecasts["mean"].to_numpy(dtype=np.float64, copy=True)
    at_most = np.tile(silence.sold_a_day, days)
    rarely = np.divide(at_most, mean, out=np.ones(len(mean)), where=mean > at_most)
    probability = np.tile(silence.probability, days) * rarely
    rows = np.flatnonzero(probability < 1)
    if not len(rows):
        return forecasts
    factor = forecasts["all_days_factor"].to_numpy(dtype=np.float64)
    changed: dict[str, NDArray[Any]] = {}
    for columns, mean_of in ((QUANTILE_COLUMNS, mean), (ALL_DAYS_QUANTILES, mean * factor)):
        quantiles = np.stack([forecasts[name].to_numpy(dtype=np.float64) for name in columns], axis=1)
        quantiles[rows] = _quantiles_of_mixture(quantiles[rows], mean_of[rows], probability[rows])
        changed |= zip(columns, quantiles.astype(np.float32).T, strict=True)
    mean[rows] *= probability[rows]
    changed["mean"] = mean.astype(np.float32)
    changed["model"] = np.where(np.tile(silence.ended, days), ENDED, forecasts["model"])
    return pd.DataFrame({name: changed.get(name, forecasts[name]) for name in forecasts.columns})


def _quantiles_of_mixture(quantiles: Doubles, mean: Doubles, probability: Doubles) -> Doubles:
    """The quantiles (n, 7) of demand that is 0 but with a probability (n)."""
    line = knot_values(quantiles, mean)
    level = 1 - (1 - np.array(QUANTILES)) / probability[:, None]
    score = ndtri(np.clip(level, 0, 1)).clip(KNOTS[0], KNOTS[-1])
    left = np.clip(np.searchsorted(KNOTS, score, side="right") - 1, 0, len(KNOTS) - 2)
    share = (score - KNOTS[left]) / (KNOTS[left + 1] - KNOTS[left])
    low, high = (np.take_along_axis(line, left + step, axis=1) for step in (0, 1))
    mixed: Doubles = np.where(level > 0, low + share * (high - low), 0)
    return np.minimum(mixed, quantiles)
