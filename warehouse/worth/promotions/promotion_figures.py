"""The figures of a promotion's review, each from sums over its warehouses, with the interval in which it lies, and the
verdict: did it earn money, did it do what was planned?

Errors of what would have sold are partly one error in all warehouses; those of siblings, which lean on one learned
share, wholly; those of waste are each warehouse's own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

from scipy.stats import norm

from warehouse.worth.morning_figures import Better, Kind

CONFIDENCE: Final = 0.95
REACH: Final = float(norm.ppf(0.5 + CONFIDENCE / 2))  # standard deviations


@dataclass(frozen=True)
class PromotionSums:
    """Sums of reviews (`reviewing.REVIEWED`) over warehouses of which it is known what would have sold. What ends in
    `_squares` adds up squares. Money is of one currency; None: not known."""

    demand: float
    sold: float
    usual: float
    usual_error: float
    usual_error_squares: float
    alike: float  # the mean of the warehouses'
    planned: float | None
    planned_usual: float | None
    ahead: float
    ahead_error: float
    ahead_error_squares: float
    siblings: float | None
    siblings_error: float | None
    wasted: float | None
    margin: float | None
    usual_margin: float | None
    ahead_money: float | None
    own_error: float | None
    own_error_squares: float | None
    sibling_money: float | None
    sibling_money_error: float | None
    waste_money: float | None
    waste_error_squares: float | None

    @classmethod
    def of(cls, values: Mapping[str, float | None]) -> Self:
        """Those that are named in a mapping."""
        return cls(**{name: values[name] for name in cls.__dataclass_fields__})  # type: ignore[arg-type]


@dataclass(frozen=True)
class Lies:
    """A figure, and between what it lies with CONFIDENCE; None where it is counted and not estimated."""

    value: float
    low: float | None = None
    high: float | None = None

    @property
    def positive(self) -> bool | None:
        """Whether it is above nothing by more than chance; None: it may be either."""
        low, high = (self.value, self.value) if self.low is None or self.high is None else (self.low, self.high)
        return True if low > 0 else False if high < 0 else None


@dataclass(frozen=True)
class PromotionFigure:
    """A figure of a review; None: not known."""

    name: str
    kind: Kind
    better: Better
    value: Callable[[PromotionSums], Lies | None]

    @property
    def by_currency(self) -> bool:
        """Whether it is money."""
        return self.kind is Kind.MONEY


class Earned(StrEnum):
    """Whether it earned money."""

    EARNED = "earned"
    LOST = "lost"
    OPEN = "open"  # nobody can tell from so little
    NOT_KNOWN = "not_known"


class BesidePlan(StrEnum):
    """What it did beside what was planned."""

    MORE = "more"
    AS_PLANNED = "as_planned"
    LESS = "less"
    NOT_KNOWN = "not_known"


def earned_or_lost(earned: Lies | None) -> Earned:
    """By more than chance."""
    if earned is None:
        return Earned.NOT_KNOWN
    return {True: Earned.EARNED, False: Earned.LOST, None: Earned.OPEN}[earned.positive]


def beside_plan(real: Lies | None, planned: Lies | None) -> BesidePlan:
    """What was planned of the uplift beside the real one, by more than chance."""
    if real is None or planned is None or real.low is None or real.high is None:
        return BesidePlan.NOT_KNOWN
    if real.low <= planned.value <= real.high:
        return BesidePlan.AS_PLANNED
    return BesidePlan.MORE if real.low > planned.value else BesidePlan.LESS


def _around(value: float, error: float) -> Lies:
    return Lies(value, value - REACH * error, value + REACH * error)


def _together(errors: float, squares: float, alike: float) -> float:
    """The standard deviation of a sum whose parts' errors are so much alike."""
    return float(((1 - alike) * squares + alike * errors**2) ** 0.5)


def _usual_error(sums: PromotionSums) -> float:
    return _together(sums.usual_error, sums.usual_error_squares, sums.alike)


def _planned(sums: PromotionSums) -> Lies | None:
    if not sums.planned_usual or sums.planned is None:
        return None
    return Lies(sums.planned / sums.planned_usual - 1)


def _uplift(sums: PromotionSums) -> Lies | None:
    """Of demand over what would have sold; the latter may be nothing, so nobody knows how much more it was."""
    reach = REACH * _usual_error(sums)
    if sums.usual - reach <= 0:
        return None
    return Lies(*(sums.demand / without - 1 for without in (sums.usual, sums.usual + reach, sums.usual - reach)))


def _siblings(sums: PromotionSums) -> Lies | None:
    return None if sums.siblings is None else _around(sums.siblings, sums.siblings_error or 0.0)


def _counted(value: float | None) -> Lies | None:
    return None if value is None else Lies(value)


def _earned(sums: PromotionSums) -> Lies | None:
    parts = (sums.margin, sums.usual_margin, sums.ahead_money, sums.waste_money, sums.waste_error_squares)
    if any(part is None for part in parts) or sums.own_error is None or sums.own_error_squares is None:
        return None
    margin, usual, ahead, waste, waste_squares = (part or 0.0 for part in parts)
    own = _together(sums.own_error, sums.own_error_squares, sums.alike)
    error = (own**2 + (sums.sibling_money_error or 0.0) ** 2 + waste_squares) ** 0.5
    return _around(margin - usual - ahead - (sums.sibling_money or 0.0) - waste, error)


def _of_margin(sums: PromotionSums) -> Lies | None:
    return None if sums.margin is None or sums.usual_margin is None else Lies(sums.margin - sums.usual_margin)


FIGURES: Final = (
    PromotionFigure("planned_uplift", Kind.SHARE, Better.NEITHER, _planned),
    PromotionFigure("uplift", Kind.SHARE, Better.HIGHER, _uplift),
    PromotionFigure("demand", Kind.UNITS, Better.HIGHER, lambda s: Lies(s.demand)),
    PromotionFigure("usual", Kind.UNITS, Better.NEITHER, lambda s: _around(s.usual, _usual_error(s))),
    PromotionFigure("added", Kind.UNITS, Better.HIGHER, lambda s: _around(s.demand - s.usual, _usual_error(s))),
    PromotionFigure("ran_out", Kind.UNITS, Better.LOWER, lambda s: Lies(max(s.demand - s.sold, 0.0))),
    PromotionFigure(
        "ahead",
        Kind.UNITS,
        Better.LOWER,
        lambda s: _around(s.ahead, _together(s.ahead_error, s.ahead_error_squares, s.alike)),
    ),
    PromotionFigure("siblings", Kind.UNITS, Better.LOWER, _siblings),
    PromotionFigure("wasted", Kind.UNITS, Better.LOWER, lambda s: _counted(s.wasted)),
    PromotionFigure("earned", Kind.MONEY, Better.HIGHER, _earned),
    PromotionFigure("more_margin", Kind.MONEY, Better.HIGHER, _of_margin),
    PromotionFigure("ahead_money", Kind.MONEY, Better.LOWER, lambda s: _counted(s.ahead_money)),
    PromotionFigure("sibling_money", Kind.MONEY, Better.LOWER, lambda s: _counted(s.sibling_money)),
    PromotionFigure("waste_money", Kind.MONEY, Better.LOWER, lambda s: _counted(s.waste_money)),
)
BY_NAME: Final = {figure.name: figure for figure in FIGURES}
