"""Whether a product still sells, from its own rhythm: what has been silent for longer than that makes likely has ended.

After each sale a product may drop out of the assortment, and one that has not sells on a share of days that its latest
sales tell: the beta-geometric/beta-binomial model of when customers stop buying (Fader, Hardie & Shang 2010, Marketing
Science 29, 1086-1108; dropout as in BG/NBD, Fader, Hardie & Lee 2005, Marketing Science 24, 275-284). Silence is
counted in days on which its warehouse sold anything and the product was not known to be out of stock, whether they have
a row with 0 or none: a holiday of the shop and a shelf known to be empty say nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, expit

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Index = NDArray[np.intp]
Bools = NDArray[np.bool_]

# Measured on the vegetables of one shop: docs/ended-products.md
RHYTHM_GAPS: Final = 12  # gaps between sales that the rhythm is taken from, the latest
# A gap counts as no longer than 3 times the median one, or a week: a longer one is a season between two others, and no
# part of the rhythm of either
LONGEST_GAP: Final = 3.0
SHORTEST_BREAK: Final = 7.0
SALES_A_DROPOUT: Final = 20.0  # known beforehand: one product in 21 is never sold again after its first sale
USUAL: Final = 0.05  # a silence as long comes by chance one time in twenty: it is within the rhythm, and no news
ENDED_BELOW: Final = 0.01  # probability below which a product counts as ended
UNSEEN_DAYS: Final = (
    28  # of silence, after which no level of the last days is known any more: features look as far back
)
ENDED_DAYS: Final = 14  # of silence, at least: many a product that sells every day is back after a week


@dataclass(frozen=True, eq=False)
class Silence:
    """How long each series (n) has been silent, and whether it still sells; 1 where its silence is usual."""

    probability: Doubles  # that it still sells
    days: Doubles  # counted since its last sale; 0 where it never sold
    last_sold: Index  # day (column); -1: never
    sold_a_day: Doubles  # over its latest gaps, where nothing nearer tells how much it sells (UNSEEN_DAYS); else inf

    @property
    def ended(self) -> Bools:
        """Which series are taken as ended."""
        ended: Bools = (self.probability < ENDED_BELOW) & (self.days >= ENDED_DAYS)
        return ended


def silence_of(sales: Floats, exposure: Floats, known: Bools, business: Bools, shop: Index) -> Silence:
    """The silence of series at the end of the last day, from what was known then.

    sales, exposure, known (series, day): units sold, share of the demand that fell into hours in stock, and whether
    there is a row; business (shop, day): whether a shop sold anything; shop (series): which of them each belongs to.
    A series that has never sold is not judged.
    """
    count, days = sales.shape
    probability, silent, sold_a_day = np.ones(count), np.zeros(count), np.full(count, np.inf)
    last = np.full(count, -1, dtype=np.intp)
    sold = sales > 0
    ever = sold.any(axis=1)
    last[ever] = days - 1 - np.argmax(sold[ever, ::-1], axis=1)
    rows = np.flatnonzero(ever & (last < days - 2))  # a day's silence is usual for all
    if len(rows):
        clock = np.cumsum(np.where(known[rows], exposure[rows], 1) * business[shop[rows]], axis=1, dtype=np.float64)
        silent[rows] = clock[:, -1] - np.take_along_axis(clock, last[rows, None], axis=1)[:, 0]
        rhythm = _rhythm(sales[rows], clock)
        probability[rows] = _probability(rhythm, silent[rows])
        unseen = silent[rows] >= UNSEEN_DAYS
        sold_a_day[rows[unseen]] = rhythm.sold_a_day[unseen]
    return Silence(probability, silent, last, sold_a_day)


@dataclass(frozen=True, eq=False)
class _Rhythm:
    """Of each series (n): its sales, how many of its latest gaps span how many counted days, and what was sold in
    them."""

    sales: Index
    gaps: Index
    spanned: Doubles
    units: Doubles

    @property
    def sold_a_day(self) -> Doubles:
        """Units sold a counted day over the latest gaps; inf where there is no gap."""
        a_day: Doubles = np.divide(self.units, self.spanned, out=np.full(len(self.units), np.inf), where=self.gaps > 0)
        return a_day


def _probability(rhythm: _Rhythm, silent: Doubles) -> Doubles:
    """The probability (n) that each series still sells, over that of one whose silence is just usual."""
    sales, gaps, spanned = rhythm.sales, rhythm.gaps, rhythm.spanned
    # sales and days without one, on top of one of each that were known beforehand
    with_sale, without = 1 + gaps, 1 + np.maximum(spanned - gaps, 0)
    by_chance = betaln(with_sale, without + silent) - betaln(with_sale, without)
    dropped_out = -np.log(SALES_A_DROPOUT + sales)  # odds that it did so after its last sale, which all before survived
    usual = expit(np.log(USUAL) - dropped_out)
    probability: Doubles = np.minimum(expit(by_chance - dropped_out) / usual, 1)
    return probability


def _rhythm(units: Floats, clock: Doubles) -> _Rhythm:
    series, day = np.nonzero(units > 0)
    sales = np.bincount(series, minlength=len(units))
    gap = np.diff(clock[series, day], prepend=0)
    back = np.arange(RHYTHM_GAPS)
    there = back < (sales - 1)[:, None]
    at = np.maximum(np.cumsum(sales)[:, None] - 1 - back, 0)
    latest = np.where(there, gap[at], np.inf)
    gaps = there.sum(axis=1)
    ordered = np.sort(latest, axis=1)
    low, high = (np.take_along_axis(ordered, at[:, None] // 2, axis=1) for at in (np.maximum(gaps - 1, 0), gaps))
    longest = np.maximum(LONGEST_GAP * (low + high) / 2, SHORTEST_BREAK)
    spanned: Doubles = np.where(there, np.minimum(latest, longest), 0).sum(axis=1)
    sold: Doubles = np.where(there, units[series, day][at], 0).sum(axis=1, dtype=np.float64)
    return _Rhythm(sales, gaps, spanned, sold)
