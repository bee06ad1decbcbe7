"""Whether a new model is promoted in place of the serving one or rejected: by pinball loss, bias and coverage.

Both forecast the same latest days, and both are scored on the same rows. How much of a difference is chance comes from
resampling the days (which share their weather and their shoppers), with Student's t since they are few: of models just
as good, one in 20 is rejected. Differences too small to matter never count, and ones too large to leave to chance
always do. docs/decisions/0005 says why.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import t as student_t

from forecasting.evaluation.figures import covered, pinball_loss
from forecasting.known.frames import QUANTILE_COLUMNS, QUANTILES
from forecasting.known.seen_whole import SEEN_WHOLE

DRAWS: Final = 1000
REJECTED_BY_CHANCE: Final = 0.05  # share of models just as good, over the three scores together
KEY: Final = ["warehouse_id", "product_id", "date"]
NUMBERS: Final = [*QUANTILE_COLUMNS, "mean", "all_days_factor"]


@dataclass(frozen=True)
class Margin:
    """How much worse a new model may be: below `least` it never counts, above `most` it always does. Measured:
    docs/decisions/0005."""

    least: float
    most: float


MARGINS: Final[Mapping[str, Margin]] = {
    "pinball loss": Margin(0.01, 0.05),  # relative to the serving model's
    "bias": Margin(0.01, 0.05),  # of demand, as |WPE|
    "coverage": Margin(0.02, 0.05),  # mean distance of the quantiles' coverage from what it should be
}


@dataclass(frozen=True, eq=False)
class Scores:
    """Sums by day of what a model's forecasts came to, from which every score and its chance follow.

    Arrays by day: loss (pinball, the mean of the seven quantiles) and demand of rows whose demand is known, in the
    product's unit; rows, the count of them, and below (day, quantile), how many lay at or below; expected (the mean
    forecast of all days) and wanted (the demand of all days, those cut short completed), of all rows."""

    loss: NDArray[np.float64]
    demand: NDArray[np.float64]
    rows: NDArray[np.float64]
    below: NDArray[np.float64]
    expected: NDArray[np.float64]
    wanted: NDArray[np.float64]

    @classmethod
    def of(cls, scored: pd.DataFrame) -> Scores:
        """From rows with date, the quantiles, mean, all_days_factor, sales, exposure and completed (the demand of a day
        cut short, as completed by what it sold until then)."""
        code, days = pd.factorize(scored["date"], sort=True)
        sales, exposure = (scored[name].to_numpy(dtype=float) for name in ("sales", "exposure"))
        quantiles = scored[list(QUANTILE_COLUMNS)].to_numpy(dtype=float)

        def by_day(values: NDArray[Any], rows: NDArray[Any]) -> NDArray[np.float64]:
            return np.bincount(code[rows], values.astype(float), len(days)).astype(np.float64)

        everywhere = np.arange(len(scored))
        of_all_days = scored["mean"].to_numpy(dtype=float) * scored["all_days_factor"].to_numpy(dtype=float)
        whole = np.flatnonzero(exposure >= SEEN_WHOLE)
        demand = sales[whole] / exposure[whole]
        loss = pinball_loss(demand[:, None], quantiles[whole], QUANTILES).mean(axis=1)
        below = covered(demand[:, None], quantiles[whole])
        return cls(
            by_day(loss, whole),
            by_day(demand, whole),
            by_day(np.ones(len(whole)), whole),
            np.stack([by_day(of_quantile, whole) for of_quantile in below.T], axis=1),
            by_day(of_all_days, everywhere),
            by_day(scored["completed"].to_numpy(dtype=float), everywhere),
        )

    def drawn(self, times: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
        """Pinball loss, |bias| and distance from the right coverage (draw) with days counted `times` (draw, day)."""
        coverage = (times @ self.below) / np.maximum(times @ self.rows, 1)[:, None]
        return {
            "pinball loss": (times @ self.loss) / np.maximum(times @ self.demand, 1e-9),
            "bias": np.abs(_ratio(times, self.expected, self.wanted)),
            "coverage": np.abs(coverage - np.array(QUANTILES)).mean(axis=1),
        }

    def as_dict(self) -> dict[str, Any]:
        """What is kept with a model: pinball (of demand), wpe (of the demand of all days), coverage by quantile,
        rows and days."""
        once = np.ones((1, len(self.rows)))
        coverage = self.below.sum(axis=0) / max(self.rows.sum(), 1)
        return {
            "pinball": round(float(self.drawn(once)["pinball loss"][0]), 6),
            "wpe": round(float(_ratio(once, self.expected, self.wanted)[0]), 6),
            "coverage": {name: round(float(c), 4) for name, c in zip(QUANTILE_COLUMNS, coverage, strict=True)},
            "rows": int(self.rows.sum()),
            "days": len(self.rows),
        }


@dataclass(frozen=True)
class Verdict:
    """Whether the new model is promoted, and if not, every reason against it."""

    promoted: bool
    reasons: tuple[str, ...] = ()


def on_the_same_rows(
    new: pd.DataFrame, serving: pd.DataFrame, sales: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both models' forecasts of the rows that the serving one forecast and whose sales are known.

    `new` and `serving`: SEEN_WHOLE_COLUMNS; `sales`: warehouse_id, product_id, date, sales, exposure, completed. A row
    that the new one does not forecast has NaN there."""
    key = [*KEY, "origin"]
    rows = serving[key].merge(sales, on=KEY)
    columns = [*key, *NUMBERS]
    return rows.merge(new[columns], on=key, how="left"), rows.merge(serving[columns], on=key)


def may_be_promoted(new: pd.DataFrame, serving: pd.DataFrame) -> Verdict:
    """The verdict on two models' scored forecasts of the same rows (`on_the_same_rows`)."""
    numbers = new[NUMBERS].to_numpy(dtype=float)
    if missing := int((~np.isfinite(numbers).all(axis=1)).sum()):
        return Verdict(False, (f"{missing} of {len(new)} forecasts are missing or no numbers",))
    if new.empty:
        return Verdict(True)
    before, after = Scores.of(serving), Scores.of(new)
    days = len(before.rows)
    times = np.random.default_rng(1).multinomial(days, np.full(days, 1 / days), DRAWS).astype(float)
    times[0] = 1  # as it was
    drawn_before, drawn_after = before.drawn(times), after.drawn(times)
    reasons = []
    for name, margin in MARGINS.items():
        was, now = float(drawn_before[name][0]), float(drawn_after[name][0])
        unit = max(was, 1e-9) if name == "pinball loss" else 1.0
        worse = (now - was) / unit
        if worse > margin.most or worse > max(
            margin.least, _chance(drawn_after[name] - drawn_before[name], days) / unit
        ):
            reasons.append(f"{name} {now:.4f}, the serving model's is {was:.4f}")
    return Verdict(not reasons, tuple(reasons))


def _chance(drawn: NDArray[np.float64], days: int) -> float:
    """How large a difference chance alone may make, from so few days; infinite for one."""
    if days < 2:
        return float("inf")
    deviation = float(drawn.std() * np.sqrt(days / (days - 1)))
    return float(student_t.ppf(1 - REJECTED_BY_CHANCE / len(MARGINS), days - 1)) * deviation


def _ratio(
    times: NDArray[np.float64], expected: NDArray[np.float64], wanted: NDArray[np.float64]
) -> NDArray[np.float64]:
    result: NDArray[np.float64] = (times @ (expected - wanted)) / np.maximum(times @ wanted, 1e-9)
    return result
