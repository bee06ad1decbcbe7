"""Demand behind sales, in one place to import from: how hours sell, what was hidden, what that makes of a day.

`profiles` says which share of a day's demand fell into hours in stock, `recovery` what would have sold in the others,
`stockouts` which hours were probably hidden where no availability is known, `seen_quantiles` how far up a history
has shown demand at all.
"""

from forecasting.profiles import HourlyProfiles, exposure
from forecasting.recovery import recover_demand
from forecasting.seen_quantiles import covered_quantile
from forecasting.stockouts import GuessedStockOuts, likely_stockouts

__all__ = [
    "GuessedStockOuts",
    "HourlyProfiles",
    "covered_quantile",
    "exposure",
    "likely_stockouts",
    "recover_demand",
]
