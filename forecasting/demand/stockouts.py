"""Which hours were probably out of stock where nobody wrote it down: guessed, and said to be guessed.

A product that sold all morning and then nothing has run out, or nobody came. With purchases arriving at the expected
rate (a gamma-Poisson process: size of a purchase and spread of daily rates by band of volume), the silence since the
last sale has a probability; against it stand the 24 hours in which stock may have ended, each as frequent as the data
make it (EM). Where only a day's total is known the same question is put to the total. Guessed are stock-outs that
last to the end of the day; one that was refilled the same day is not seen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.demand.expected_levels import Chain, expected_level, seen_sales
from forecasting.demand.hourly_profiles import HourlyProfiles, exposure, some
from forecasting.known.frames import HOURS, SalesHistory
from forecasting.statistics.credibility import VOLUME_BANDS

PASSES: Final = 3  # guess, learn levels and profiles from the guess, guess again
SAMPLE: Final = 60_000  # rows that the 25 frequencies are learned from
EM_STEPS: Final = 40
RUNS_OUT: Final = 0.1  # share of days that EM begins with
CHUNK: Final = 100_000  # rows worked on at a time

Doubles = NDArray[np.float64]
Index = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class GuessedStockOuts:
    """What was guessed for the rows of a history whose availability is unknown; what is known stays as it is."""

    guessed: NDArray[np.bool_]  # rows (n) whose availability was unknown
    exposure: Doubles  # (n) expected share of the day's demand that fell into hours in stock
    in_stock: NDArray[np.int8]  # (n, 24) more likely in stock than not


def likely_stockouts(
    history: SalesHistory, products: pd.DataFrame, warehouses: pd.DataFrame | None = None
) -> GuessedStockOuts:
    """Guessed exposure and hours in stock of the rows of which no hour's availability is known."""
    guessed = np.asarray(~(history.in_stock >= 0).any(axis=1))
    timed = guessed & ~np.isnan(history.hourly_sales[:, 0])
    seen = seen_sales(history)
    chain = Chain.of(history, products, warehouses)
    guess = history
    exposed = np.ones(len(history))
    for _ in range(PASSES if guessed.any() else 0):
        profiles = HourlyProfiles.learn(guess, products, warehouses)
        exposed = np.where(guessed, exposed, exposure(history, products, profiles))
        expected = expected_level(seen, exposed, chain, guessed)
        in_stock = history.in_stock.copy()
        for rows, by_hour in ((np.flatnonzero(timed), True), (np.flatnonzero(guessed & ~timed), False)):
            if len(rows):
                exposed[rows], in_stock[rows] = _guess(history, products, profiles, seen, expected, rows, by_hour)
        guess = replace(history, in_stock=in_stock)
    return GuessedStockOuts(guessed, exposed, guess.in_stock)


@dataclass(frozen=True, eq=False)
class Purchases:
    """By band of the level expected: the size of a purchase, and how steady daily rates are (gamma shape)."""

    edges: Doubles
    size: Doubles
    steadiness: Doubles

    @classmethod
    def learned(cls, sold: Doubles, expected: Doubles, hourly: Doubles | None, due: Doubles | None) -> Purchases:
        """From what rows sold (n) against what was expected, and their hours (n, 24) where those are known."""
        edges = np.quantile(expected, np.arange(1, VOLUME_BANDS) / VOLUME_BANDS)
        band = np.searchsorted(edges, expected, side="right")
        size, steadiness = np.ones(VOLUME_BANDS), np.full(VOLUME_BANDS, np.inf)
        for at in np.unique(band):
            rows = np.flatnonzero(band == at)
            apart = float(((sold[rows] - expected[rows]) ** 2).sum())
            if hourly is None or due is None:
                size[at] = max(apart / float(expected[rows].sum()), 1e-12)
                continue
            made = hourly[rows] > 0
            size[at] = _purchase(float(hourly[rows][made].mean()) if made.any() else 1.0, due[rows][made])
            beyond = apart - size[at] * float(expected[rows].sum())
            steadiness[at] = float((expected[rows] ** 2).sum()) / beyond if beyond > 0 else np.inf
        return cls(edges, size, steadiness)

    def of(self, expected: Doubles) -> tuple[Doubles, Doubles]:
        """Size and steadiness at each level expected."""
        band = np.searchsorted(self.edges, expected, side="right")
        return self.size[band], self.steadiness[band]


def _purchase(mean_sale: float, due: Doubles) -> float:
    """The size of a purchase under which an hour with a sale sells `mean_sale` on average, `due` being expected."""
    low, high = mean_sale * 1e-3, mean_sale
    for _ in range(40):
        size = (low + high) / 2
        implied = float(np.mean(np.maximum(due, 1e-12) / -np.expm1(-np.maximum(due, 1e-12) / size)))
        low, high = (size, high) if implied < mean_sale else (low, size)
    return (low + high) / 2


def _guess(
    history: SalesHistory,
    products: pd.DataFrame,
    profiles: HourlyProfiles,
    seen: Doubles,
    expected: Doubles,
    rows: Index,
    by_hour: bool,
) -> tuple[Doubles, NDArray[np.int8]]:
    """Exposure and hours in stock of some rows."""
    sample = some(rows[expected[rows] > 0], SAMPLE)
    exposed, in_stock = np.ones(len(rows)), np.ones((len(rows), HOURS), dtype=np.int8)
    if not len(sample):
        return exposed, in_stock
    shares = profiles.of_rows(history, products, sample).astype(np.float64)
    due = shares * expected[sample, None]
    hourly = history.hourly_sales[sample].astype(np.float64) if by_hour else None
    purchases = Purchases.learned(seen[sample], expected[sample], hourly, due if by_hour else None)
    likelihood = _likelihood(purchases, seen[sample], expected[sample], shares, hourly)
    frequency = np.r_[np.full(HOURS, RUNS_OUT / HOURS), 1 - RUNS_OUT]
    for _ in range(EM_STEPS):
        posterior = likelihood * frequency
        frequency = (posterior / posterior.sum(axis=1, keepdims=True)).mean(axis=0)
        if not by_hour:  # a total is the same whichever hour stock ended in
            frequency[:HOURS] = frequency[:HOURS].mean()
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        shares = profiles.of_rows(history, products, part).astype(np.float64)
        hourly = history.hourly_sales[part].astype(np.float64) if by_hour else None
        posterior = _likelihood(purchases, seen[part], expected[part], shares, hourly) * frequency
        out = (posterior / posterior.sum(axis=1, keepdims=True))[:, :HOURS].cumsum(axis=1)
        exposed[start : start + CHUNK] = np.clip(1 - (shares * out).sum(axis=1), 0, 1)
        in_stock[start : start + CHUNK] = out < 0.5
    return exposed, in_stock


def _likelihood(
    purchases: Purchases, sold: Doubles, expected: Doubles, shares: Doubles, hourly: Doubles | None
) -> Doubles:
    """How likely what was sold is (row, 25) had stock ended at each hour 0..23, or not at all; 1 at most."""
    size, steady = purchases.of(expected)
    level = np.maximum(expected / size, 1e-12)[:, None]  # purchases a day
    count = (sold / size)[:, None]
    before = np.concatenate([np.zeros((len(sold), 1)), shares.cumsum(axis=1)], axis=1)  # share of the day before t
    before /= before[:, -1:]
    if hourly is None:
        log = count * np.log(np.maximum(before, 1e-12)) - level * before
        log = np.where((before <= 0) & (count <= 0), 0.0, log)
    else:
        ends = HOURS - np.argmax(hourly[:, ::-1] > 0, axis=1)  # the hour after the last sale
        ends = np.where((hourly > 0).any(axis=1), ends, 0)[:, None]
        head = np.take_along_axis(before, ends, axis=1)
        silent = np.maximum(before - head, 0) * level
        shape = np.minimum(steady, 1e6)[:, None]
        log = -(shape + count) * np.log1p(silent / (shape + head * level))
        log = np.where(np.arange(HOURS + 1) >= ends, log, -np.inf)
    likelihood: Doubles = np.exp(log - log.max(axis=1, keepdims=True))
    return likelihood
