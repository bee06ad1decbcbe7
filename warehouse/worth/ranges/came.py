"""What decisions came to, from the parts that a review finds: money, of it margin and waste, and between what it lies;
of one decision and of several together."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from scipy.stats import norm

CONFIDENCE: Final = 0.95
REACH: Final = float(norm.ppf(0.5 + CONFIDENCE / 2))  # standard deviations
LASTS: Final = 28  # days of a decision's weeks


@dataclass(frozen=True)
class Part:
    """What a change came to in one warehouse from `first` to `last`, beyond what is usual, in money: `margin` that the
    product itself earned, `waste` of its own, and those of its siblings.

    Errors are standard deviations: `own_error` of the product alone; `siblings_error`, which those that are told
    `together` in a warehouse have in common; `shared_error`, which all have."""

    warehouse_id: str
    first: date
    last: date
    margin: float
    waste: float
    siblings_margin: float
    siblings_waste: float
    own_error: float
    siblings_error: float
    shared_error: float
    together: str


@dataclass(frozen=True)
class Decision:
    """A decision's parts, and the margin of baskets that were lost for it, as was promised with `baskets_error`: what
    other categories lose to one product no four weeks tell from chance."""

    parts: Sequence[Part]
    baskets: float = 0.0
    baskets_error: float = 0.0


@dataclass(frozen=True)
class Came:
    """Money that decisions earned (positive: better), with CONFIDENCE between `low` and `high`: `margin` gained and
    `waste_saved`."""

    money: float
    low: float
    high: float
    margin: float
    waste_saved: float


def came_to(decisions: Sequence[Decision]) -> Came:
    """Of decisions of one currency together."""
    margin = waste = squares = 0.0
    shared: dict[int, float] = defaultdict(float)
    siblings: dict[tuple[str, str], float] = defaultdict(float)
    for decision in decisions:
        margin -= decision.baskets
        squares += decision.baskets_error**2
        for part in decision.parts:
            margin += part.margin + part.siblings_margin
            waste -= part.waste + part.siblings_waste
            squares += part.own_error**2
            shared[part.first.toordinal()] += part.shared_error
            siblings[part.warehouse_id, part.together] += part.siblings_error
    reach = REACH * (squares + _of_the_same_weeks(shared) + sum(one**2 for one in siblings.values())) ** 0.5
    money = margin + waste
    return Came(money=money, low=money - reach, high=money + reach, margin=margin, waste_saved=waste)


def _of_the_same_weeks(shared: Mapping[int, float]) -> float:
    """The variance of errors by first day that are one as far as their weeks overlap."""
    day, error = (np.array(list(values), dtype=float) for values in (shared.keys(), shared.values()))
    alike = np.maximum(1.0 - np.abs(day[:, None] - day[None, :]) / LASTS, 0.0)
    return float(error @ alike @ error)
