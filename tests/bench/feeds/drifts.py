"""Drifts of forecasts: how many days go by until one is told, and how often one is told where forecasts err as ever.
Run by `make bench-feeds` with --parts drift."""

from datetime import timedelta
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from tests.bench.feeds.errors import made, vegetables
from warehouse.worth.drift.drifting import LOOK_BACK_DAYS, Drift, drifted
from warehouse.worth.drift.sequential import WATCHED_DAYS

YEAR: Final = 365
HANGS: Final = (0.0, 0.4, 0.7)
DRIFTS: Final = (
    (Drift.TOO_LOW, "forecast_demand", 1.1),
    (Drift.TOO_LOW, "forecast_demand", 1.25),
    (Drift.TOO_HIGH, "forecast_demand", 0.8),
    (Drift.FURTHER_OFF, "forecast_off", 1.5),
    (Drift.FURTHER_OFF, "forecast_off", 2.0),
)


def told(days: pd.DataFrame, nights: int) -> list[set[str]]:
    """What is told in each of the last nights."""
    last = days["date"].max().date()
    return [{one.what for one in drifted(days, last - timedelta(days=before))} for before in range(nights - 1, -1, -1)]


def begun(nights: list[set[str]]) -> int:
    """How many episodes begin."""
    return sum(len(now - before) for before, now in zip([set(), *nights], nights, strict=False))


def drifts(seeds: int, recorded: Path | None) -> None:
    """Prints both."""
    for hangs in HANGS:
        count = sum(begun(told(made(9000 + seed, LOOK_BACK_DAYS + YEAR, hangs), YEAR)) for seed in range(seeds))
        print(f"errors that hang {hangs} on the day before: {count / seeds:.2f} false alarms a warehouse-year")
    if recorded:
        days = vegetables(recorded)
        nights = len(days) - LOOK_BACK_DAYS
        count = begun(told(days, nights))
        print(f"vegetables by a plain forecast: {count} alarms in {nights} nights, {count / nights * YEAR:.2f} a year")
    for hangs in HANGS[:2]:
        for what, column, factor in DRIFTS:
            found = [_night(seed, hangs, what, column, factor) for seed in range(seeds)]
            share, median = float(np.isfinite(found).mean()), float(np.median(found))
            print(
                f"hangs {hangs}, {column} x {factor}: {share:.0%} told as {what} within 28 days, median day {median:g}"
            )


def _night(seed: int, hangs: float, what: Drift, column: str, factor: float) -> float:
    days = made(seed, LOOK_BACK_DAYS + WATCHED_DAYS, hangs)
    days.loc[days.index[-WATCHED_DAYS:], column] *= factor
    return next((night + 1.0 for night, now in enumerate(told(days, WATCHED_DAYS)) if what in now), np.inf)
