"""How a forecast is trained: the few choices, each with what it was measured to be worth."""

from __future__ import annotations

from dataclasses import dataclass

from forecasting.known.horizon import HORIZONS, LONGEST_HORIZON
from forecasting.known.seen_whole import SEEN_WHOLE
from forecasting.model.mean_models import RUNGS


@dataclass(frozen=True)
class TrainingSettings:
    """Choices of a training; the defaults were measured on FreshRetailNet, 2024-05-15..28 (docs/forecasting.md).

    horizons: days ahead that are learned, 1-14; a backtest one day ahead needs (1,).
    training_days: target days learned from at least; 28 gave a WAPE of 0.2723, 38 gave 0.2714 for a third more time.
    training_rows: with fewer in them, earlier days are learned from too, as far back as there are any.
    hold_out_days: last days at least that the hold-out means are fitted without; the ladder, the spread, the error
    shapes and the corrections are measured on them. hold_out_rows: with fewer in them, earlier days are held out too.
    least_exposure: a day with less of its demand visible becomes no training row.
    rungs: of the ladder, that are tried; fewer tell what one of them is worth.
    rounds, learning_rate, spread_rounds: of boosting, for the mean and for the spread.
    leaves: of a tree, at most; one for every `rows_a_leaf` training rows, but 31 at least.
    averaged: models of the mean from different seeds, at most: one for every `rows_a_model` training rows, but 6 at
    least. Each is fitted to a half of the rows, drawn anew, or to `rows_of_one` where that is more. On the whole file
    12 are 0.0022 better in WAPE than one fitted to all; on 50 to 140 warehouses 3 are 0.0025 to 0.0040 better.
    """

    horizons: tuple[int, ...] = tuple(HORIZONS)
    training_days: int = 35
    training_rows: int = 60_000
    hold_out_days: int = 14
    hold_out_rows: int = 5000
    least_exposure: float = SEEN_WHOLE
    rungs: tuple[str, ...] = RUNGS
    rounds: int = 60
    leaves: int = 255
    rows_a_leaf: int = 4000
    learning_rate: float = 0.16
    averaged: int = 12
    rows_a_model: int = 60_000
    rows_of_one: int = 25_000
    spread_rounds: int = 30
    seed: int = 1

    def __post_init__(self) -> None:
        if not self.horizons or min(self.horizons) < 1 or max(self.horizons) > LONGEST_HORIZON:
            raise ValueError(f"horizons {self.horizons} are not within 1-{LONGEST_HORIZON} days")
