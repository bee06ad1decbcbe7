"""Days of sales of made shops of several makes, by product and hour, with nothing wrong with them: weekdays, quiet and
busy days that go on, growth, promotions, products out of stock for a while."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warehouse.worth.feeds.feed_days import HOURS, DayKinds, FeedDays

FIRST: Final = date(2026, 1, 5)  # a Monday
WEEK: Final = np.array([0.9, 0.88, 0.9, 0.95, 1.05, 1.25, 1.2])


@dataclass(frozen=True)
class Make:
    """A kind of shop: products, units of one a day (the median over products), how much whole days (sigma of their
    logarithm) and products (gamma) go up and down beyond chance, growth a day, and how often a product is promoted or
    out of stock."""

    name: str
    products: int
    units: float
    days_move: float
    products_move: float
    growth: float = 0.0
    promoted: float = 0.02
    out: float = 0.02


MAKES: Final[Sequence[Make]] = (
    Make("front warehouse", 60, 6.0, 0.08, 0.2),
    Make("small shop", 12, 3.0, 0.10, 0.2),
    Make("wide range", 400, 1.5, 0.08, 0.3),
    Make("growing", 80, 5.0, 0.08, 0.2, growth=0.008),
    Make("restless", 60, 6.0, 0.20, 0.6, promoted=0.06, out=0.08),
)


def made(make: Make, seed: int, days: int) -> FeedDays:
    """So many whole days of a shop."""
    rng = np.random.default_rng([seed, MAKES.index(make)])
    usual = make.units * rng.lognormal(0, 0.9, make.products)
    day_moves = np.zeros(days)
    for day in range(1, days):
        day_moves[day] = 0.5 * day_moves[day - 1] + rng.normal(0, make.days_move)
    level = np.exp(day_moves) * WEEK[np.arange(days) % 7] * (1 + make.growth) ** np.arange(days)
    mean = level[:, None] * usual * rng.gamma(1 / make.products_move, make.products_move, (days, make.products))
    mean *= np.where(_spells(rng, days, make.products, make.promoted, 4), 2.5, 1.0)
    mean *= ~_spells(rng, days, make.products, make.out, 2)
    profile = np.exp(-0.5 * ((np.arange(HOURS) - 9) / 2.5) ** 2) + 0.8 * np.exp(
        -0.5 * ((np.arange(HOURS) - 17) / 2) ** 2
    )
    profile[:6] = profile[22:] = 0
    hours = rng.poisson(mean[..., None] * (profile / profile.sum())).astype(np.float32)
    return FeedDays(FIRST, hours.sum(axis=2).astype(float), hours, whole(days))


def whole(days: int) -> DayKinds:
    """Days of business like any other, all of which should be there."""
    yes = np.ones(days, bool)
    return DayKinds(yes, yes, yes)


def _spells(rng: np.random.Generator, days: int, products: int, share: float, lasts: int) -> NDArray[np.bool_]:
    """Some days on end, so that a product is in one on this share of its days."""
    begins = rng.random((days, products)) < share / lasts
    found = begins.copy()
    for later in range(1, lasts):
        found[later:] |= begins[:-later]
    return found
