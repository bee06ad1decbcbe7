"""Drifts of forecasts: how many days go by until one is told, and how often one is told where forecasts err as ever.
Run by `make bench-feeds` with --parts drift."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from tests.bench.feeds.errors import CATEGORIES, added, categories, made, made_by_category, vegetables
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


Told = tuple[str | None, str]  # of which category, what


def told(days: pd.DataFrame, nights: int, parts: Mapping[str, pd.DataFrame] | None = None) -> list[set[Told]]:
    """What is told in each of the last nights."""
    last = days["date"].max().date()
    every = (last - timedelta(days=before) for before in range(nights - 1, -1, -1))
    return [{(one.category, one.what) for one in drifted(days, night, parts)} for night in every]


def begun(nights: list[set[Told]]) -> int:
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
        parts = {name: vegetables(recorded, name) for name in categories(recorded)}
        nights_told = told(days, nights, parts)
        count = begun(nights_told)
        print(f"and by {len(parts)} categories: {count} alarms, {count / nights * YEAR:.2f} a year")
    for hangs in HANGS:
        shops = (made_by_category(31000 + seed, LOOK_BACK_DAYS + YEAR, hangs) for seed in range(seeds))
        count = sum(begun(told(added(shop.values()), YEAR, shop)) for shop in shops)
        print(f"by categories, errors that hang {hangs}: {count / seeds:.2f} false alarms a warehouse-year")
    for number in (0, CATEGORIES // 2):
        for what, column, factor in DRIFTS:
            of_all, of_it = zip(*(_nights(seed, number, what, column, factor) for seed in range(seeds)), strict=True)
            print(
                f"category {number}, {column} x {factor}: {np.isfinite(of_it).mean():.0%} told as {what} of it within "
                f"28 days, median day {np.median(of_it):g}; {np.isfinite(of_all).mean():.0%} of the whole warehouse"
            )
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
    return _first(told(days, WATCHED_DAYS), (None, what))


def _nights(seed: int, number: int, what: Drift, column: str, factor: float) -> tuple[float, float]:
    """When a drift of one category is told of the warehouse, and of the category."""
    shop = made_by_category(32000 + seed, LOOK_BACK_DAYS + WATCHED_DAYS, HANGS[1])
    name = f"category {number}"
    shop[name].loc[shop[name].index[-WATCHED_DAYS:], column] *= factor
    nights = told(added(shop.values()), WATCHED_DAYS, shop)
    return _first(nights, (None, what)), _first(nights, (name, what))


def _first(nights: list[set[Told]], wanted: Told) -> float:
    return next((night + 1.0 for night, now in enumerate(nights) if wanted in now), np.inf)
