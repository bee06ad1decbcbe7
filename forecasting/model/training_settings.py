"""How a forecast is trained: the few choices, each with what it was measured to be worth."""

from __future__ import annotations

from dataclasses import dataclass

from forecasting.known.horizon import HORIZONS, LONGEST_HORIZON
from forecasting.known.seen_whole import SEEN_WHOLE


@dataclass(frozen=True)
class TrainingSettings:
    """Choices of a training; the defaults were measured on FreshRetailNet, 2024-05-15..28 (docs/forecasting.md).

    horizons: days ahead that are learned, 1-14; a backtest one day ahead needs (1,).
    training_days: target days learned from; 28 gave a WAPE of 0.2723, 38 gave 0.2714 for a third more time.
    hold_out_days: last days that the hold-out trees are fitted without; the spread, the error shapes and the
    corrections are measured on them.
    least_exposure: a day with less of its demand visible becomes no training row.
    least_rows: with fewer training rows in the whole region no trees are grown.
    rounds, learning_rate, spread_rounds: of boosting, for the mean and for the spread.
    leaves: of a tree, at most; one for every `rows_a_leaf` training rows, but 31 at least.
    averaged: models of the mean from different seeds, at most: one for every `rows_a_model` training rows, but 3 at
    least. Each is fitted to a half of the rows, drawn anew, or to `rows_of_one` where that is more. On the whole file
    12 are 0.0022 better in WAPE than one fitted to all; on 50 to 140 warehouses 3 are 0.0025 to 0.0040 better.
    """

    horizons: tuple[int, ...] = tuple(HORIZONS)
    training_days: int = 35
    hold_out_days: int = 14
    least_exposure: float = SEEN_WHOLE
    least_rows: int = 2000
    rounds: int = 60
    leaves: int = 255
    rows_a_leaf: int = 4000
    learning_rate: float = 0.16
    averaged: int = 12
    rows_a_model: int = 60_000
    rows_of_one: int = 50_000
    spread_rounds: int = 60
    seed: int = 1

    def __post_init__(self) -> None:
        if not self.horizons or min(self.horizons) < 1 or max(self.horizons) > LONGEST_HORIZON:
            raise ValueError(f"horizons {self.horizons} are not within 1-{LONGEST_HORIZON} days")
