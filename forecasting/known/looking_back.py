"""How far back a run looks: a year and the festivals around it, and years where that is not too much.

What a run learns depends on it, so a past origin is replayed with no more than a run of that day had read.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pandas as pd

from forecasting.known.frames import KnownAtOrigin

HISTORY_DAYS: Final = 400  # what a training looks back on: a year and the festivals around it
YEARS_DAYS: Final = 6 * 366  # and where that is not too much: a festival that moves is learned from the years there are
MOST_ROWS: Final = 3_000_000  # of sales, about, that are read beyond HISTORY_DAYS; 1,400 products a day for six years
REGULAR: Final = 28  # days in which what sells regularly has sold


def first_day_looked_at(today: pd.Timestamp, early: int, lately: int) -> pd.Timestamp:
    """The first day that a run of `today` (midnight) looks at: HISTORY_DAYS back or, as far as `MOST_ROWS` reach,
    earlier where sales are known that early.

    early, lately: rows of sales known of the first `REGULAR` days of these HISTORY_DAYS (and one), and of the last."""
    usual = today - pd.Timedelta(days=HISTORY_DAYS)
    if not early:
        return usual
    reach = MOST_ROWS / max(lately / REGULAR, 1)
    return min(usual, today - pd.Timedelta(days=int(min(reach, YEARS_DAYS))))


def first_day_of_run(known: KnownAtOrigin) -> pd.Timestamp:
    """The first day that a run at the origin looks at, of all that is known at it."""
    today = known.origin_day + pd.Timedelta(days=1)
    usual, regularly = today - pd.Timedelta(days=HISTORY_DAYS), pd.Timedelta(days=REGULAR)
    dates = known.history.days["date"]
    early = dates.between(usual, usual + regularly)
    lately = dates.between(today - regularly, known.origin_day)
    return first_day_looked_at(today, int(early.sum()), int(lately.sum()))


def since(known: KnownAtOrigin, first_day: pd.Timestamp) -> KnownAtOrigin:
    """What is known of the days from `first_day` on."""
    return replace(
        known,
        history=known.history.where((known.history.days["date"] >= first_day).to_numpy()),
        promotions=known.promotions[known.promotions["date"] >= first_day],
        weather=known.weather[known.weather["date"] >= first_day],
    )
