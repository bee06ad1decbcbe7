"""Demand behind sales, in one place to import from: how hours sell, what was hidden, what that makes of a day.

`profiles` says which share of a day's demand fell into hours in stock, `recovery` what would have sold in the others,
`stockouts` which hours were probably hidden where no availability is known, and which quantiles a history has seen.
"""

from forecasting.profiles import HourlyProfiles, exposure
from forecasting.recovery import recover_demand

__all__ = ["HourlyProfiles", "exposure", "recover_demand"]
