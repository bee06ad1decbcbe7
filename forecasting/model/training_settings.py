"""How a forecast is trained: the few choices, each with what it was measured to be worth."""

from __future__ import annotations

from dataclasses import dataclass

from forecasting.known.horizon import LONGEST_HORIZON


@dataclass(frozen=True)
class TrainingSettings:
    """Choices of a training; the defaults were measured on FreshRetailNet, 2024-05-15..28.

    horizons: days ahead that are learned, 1-14; a backtest one day ahead needs (1,).
    training_days: target days learned from; 28 gave a WAPE of 0.2723, 38 gave 0.2714 for a third more time.
    held_back_days: last days that a trial model does not learn from, where spread and corrections are measured.
    least_exposure: a day with more of its demand hidden than this is no lesson.
    least_rows: with fewer lessons than this in the whole region no trees are grown.
    leaves: of a tree, at most; one for every `lessons_a_leaf`, but 31 at least.
    averaged: models of the mean from different seeds, at most: one for every `lessons_a_model`, but 3 at least. Each
    learns from a half of the lessons, drawn anew, or from `lessons_of_one` where that is more. On the whole file 12 are
    0.0022 better in WAPE than one that learns from all; on 50 to 140 warehouses 3 are 0.0025 to 0.0040 better.
    """

    horizons: tuple[int, ...] = tuple(range(1, LONGEST_HORIZON + 1))
    training_days: int = 35
    hold_out_days: int = 14
    least_exposure: float = 0.95
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
