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
ENDED_DAYS: Final = 14  # of silence, at least: many a product that sells every day is back after a week


@dataclass(frozen=True, eq=False)
class Silence:
    """How long each series (n) has been silent, and whether it still sells; 1 where its silence is usual."""

    probability: Doubles  # that it still sells
    days: Doubles  # counted since its last sale; 0 where it never sold
    last_sold: Index  # day (column); -1: never

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
    probability, silent = np.ones(count), np.zeros(count)
    last = np.full(count, -1, dtype=np.intp)
    sold = sales > 0
    ever = sold.any(axis=1)
    last[ever] = days - 1 - np.argmax(sold[ever, ::-1], axis=1)
    rows = np.flatnonzero(ever & (last < days - 2))  # a day's silence is usual for all
    if len(rows):
        clock = np.cumsum(np.where(known[rows], exposure[rows], 1) * business[shop[rows]], axis=1, dtype=np.float64)
        silent[rows] = clock[:, -1] - np.take_along_axis(clock, last[rows, None], axis=1)[:, 0]
        probability[rows] = _probability(sold[rows], clock, silent[rows])
    return Silence(probability, silent, last)


def _probability(sold: Bools, clock: Doubles, silent: Doubles) -> Doubles:
    """The probability (n) that each series still sells, over that of one whose silence is just usual."""
    sales, gaps, spanned = _rhythm(sold, clock)
    # sales and days without one, on top of one of each that were known beforehand
    with_sale, without = 1 + gaps, 1 + np.maximum(spanned - gaps, 0)
    by_chance = betaln(with_sale, without + silent) - betaln(with_sale, without)
    dropped_out = -np.log(SALES_A_DROPOUT + sales)  # odds that it did so after its last sale, which all before survived
    usual = expit(np.log(USUAL) - dropped_out)
    probability: Doubles = np.minimum(expit(by_chance - dropped_out) / usual, 1)
    return probability


def _rhythm(sold: Bools, clock: Doubles) -> tuple[Index, Index, Doubles]:
    """Of each series (n): its sales, and how many of its latest gaps span how many counted days."""
    series, day = np.nonzero(sold)
    sales = np.bincount(series, minlength=len(sold))
    gap = np.diff(clock[series, day], prepend=0)
    back = np.arange(RHYTHM_GAPS)
    there = back < (sales - 1)[:, None]
    latest = np.where(there, gap[np.maximum(np.cumsum(sales)[:, None] - 1 - back, 0)], np.inf)
    gaps = there.sum(axis=1)
    ordered = np.sort(latest, axis=1)
    low, high = (np.take_along_axis(ordered, at[:, None] // 2, axis=1) for at in (np.maximum(gaps - 1, 0), gaps))
    longest = np.maximum(LONGEST_GAP * (low + high) / 2, SHORTEST_BREAK)
    spanned: Doubles = np.where(there, np.minimum(latest, longest), 0).sum(axis=1)
    return sales, gaps, spanned
