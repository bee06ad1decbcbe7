"""Forecasts of a warehouse that have become too high, too low or further off.

Of each day stand the sums of what was forecast before it, of the demand that came, and of errors over its products. The
logarithm of forecast / demand says how far too high they were, that of errors / demand how far off. Told is what would
be so, on all three, less than once a year."""

from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

import numpy as np
import pandas as pd

from warehouse.worth.drift.sequential import REFERENCE_DAYS, WATCHED_DAYS, Floats, moved_up
from warehouse.worth.feeds.findings import YEAR, Finding

FORECASTS: Final = "forecasts"
LOOK_BACK_DAYS: Final = REFERENCE_DAYS + WATCHED_DAYS


class Drift(StrEnum):
    """How forecasts err otherwise than before."""

    TOO_HIGH = "too_high"
    TOO_LOW = "too_low"
    FURTHER_OFF = "further_off"


ALLOWED: Final = 1 / (YEAR * len(Drift))


def drifted(days: pd.DataFrame, last: date) -> list[Finding]:
    """What has drifted up to `last`, of `days` (date, forecast_demand, forecast_mean, forecast_off; a day without a
    known forecast has none or zeros). `seen` and `usual` are shares of demand: forecast - demand, or errors."""
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
    return list(_found(figures, demand, last))


def _found(figures: tuple[tuple[Drift, Floats, Floats], ...], demand: Floats, last: date) -> Iterator[Finding]:
    for what, series, figure in figures:
        moved = moved_up(series)
        if moved.evidence * ALLOWED >= 1:
            seen, usual = (
                float(np.nansum(figure[when]) / np.nansum(demand[when]))
                for when in (slice(-moved.days, None), slice(None, -WATCHED_DAYS))
            )
            first = last - timedelta(days=moved.days - 1)
            yield Finding(FORECASTS, what, first, last, seen, usual, 1 / moved.evidence)
