"""Forecasts of a warehouse that have become too high, too low or further off.

Of each day stand the sums of what was forecast before it, of the demand that came, and of errors over its products. The
logarithm of forecast / demand says how far too high they were, that of errors / demand how far off. Looked at are all
products and each category; told is what would be so, on all of these, less than once a year."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

import numpy as np
import pandas as pd

from warehouse.worth.drift.sequential import REFERENCE_DAYS, WATCHED_DAYS, moved_up
from warehouse.worth.feeds.findings import YEAR, Finding

FORECASTS: Final = "forecasts"
LOOK_BACK_DAYS: Final = REFERENCE_DAYS + WATCHED_DAYS


class Drift(StrEnum):
    """How forecasts err otherwise than before."""

    TOO_HIGH = "too_high"
    TOO_LOW = "too_low"
    FURTHER_OFF = "further_off"


def drifted(days: pd.DataFrame, last: date, by_category: Mapping[str, pd.DataFrame] | None = None) -> list[Finding]:
    """What has drifted up to `last`, of `days` (date, forecast_demand, forecast_mean, forecast_off; a day without a
    known forecast has none or zeros) and of those of each category. `seen` and `usual` are shares of demand:
    forecast - demand, or errors."""
    parts = by_category or {}
    allowed = 1 / (YEAR * len(Drift) * (1 + len(parts)))
    looked_at = [(None, days), *sorted(parts.items())]
    return [one for category, of_it in looked_at for one in _of(of_it, last, category, allowed)]


def _of(days: pd.DataFrame, last: date, category: str | None, allowed: float) -> Iterator[Finding]:
    span = pd.date_range(last - timedelta(days=LOOK_BACK_DAYS - 1), last)
    sums = days.set_index("date")[["forecast_demand", "forecast_mean", "forecast_off"]].reindex(span)
    demand, mean, off = sums.to_numpy(dtype=float).T
    with np.errstate(divide="ignore", invalid="ignore"):
        known = (demand > 0) & (mean > 0)
        high = np.where(known, np.log(mean / demand), np.nan)
        wide = np.where(known & (off > 0), np.log(off / demand), np.nan)
    figures = (
        (Drift.TOO_HIGH, high, mean - demand),
        (Drift.TOO_LOW, -high, mean - demand),
        (Drift.FURTHER_OFF, wide, off),
    )
    for what, series, figure in figures:
        moved = moved_up(series)
        if moved.evidence * allowed >= 1:
            seen, usual = (
                float(np.nansum(figure[when]) / np.nansum(demand[when]))
                for when in (slice(-moved.days, None), slice(None, -WATCHED_DAYS))
            )
            first = last - timedelta(days=moved.days - 1)
            yield Finding(FORECASTS, what, first, last, seen, usual, 1 / moved.evidence, category)
