"""The shelf of one product: lots by age, sold hour by hour, the first to expire first or by a share of customers the
freshest, and thrown away after their last day. Whole portions; days are numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

HOURS = 24


@dataclass(frozen=True)
class Lot:
    """What is left of a receipt: `last_day` is the last on which it may be sold, `cost` what an accepted portion cost
    (rejects are paid for), `hour` when it comes on the day that is about to begin (0: it is there)."""

    lot_id: str
    portions: int
    last_day: int
    cost: float
    hour: int = 0


@dataclass(frozen=True, eq=False)
class DaySold:
    """Portions sold by hour, whether something was left at the end of each hour, and what the portions sold had
    cost."""

    sold: NDArray[np.int32]
    in_stock: NDArray[np.bool_]
    cost: float


class Shelf:
    """Lots in the order in which they expire; what is there changes as they are sold. Such a share of all customers,
    evenly among them, takes the `freshest_first` (0..1)."""

    def __init__(self, lots: Iterable[Lot] = (), freshest_first: float = 0.0) -> None:
        self.lots: list[Lot] = []
        self._freshest_first = freshest_first
        self._asked = 0
        for lot in lots:
            self.put(lot)

    @property
    def portions(self) -> int:
        """What there is, and what comes on the day that is about to begin."""
        return sum(lot.portions for lot in self.lots)

    def put(self, lot: Lot) -> None:
        """Adds a lot; of those that expire on one day the first that came is sold first."""
        self.lots.append(lot)
        self.lots.sort(key=lambda one: one.last_day)  # stable

    def sell(self, wanted: Sequence[int]) -> DaySold:
        """A day's customers, hour by hour (portions wanted); they take from no lot before it has come."""
        sold, in_stock, cost = np.zeros(HOURS, np.int32), np.zeros(HOURS, bool), 0.0
        for hour, asked in enumerate(wanted):
            there = [at for at, lot in enumerate(self.lots) if lot.hour <= hour]
            picky = self._who_take_the_freshest(asked)
            for portions, order in ((picky, there[::-1]), (asked - picky, there)):
                taken, of_it = self._take(portions, order)
                sold[hour] += taken
                cost += of_it
            in_stock[hour] = any(self.lots[at].portions > 0 for at in there)
        return DaySold(sold, in_stock, cost)

    def _who_take_the_freshest(self, asked: int) -> int:
        """Of the next so many customers; of all so far, the share to a portion."""
        before, self._asked = self._asked, self._asked + asked
        return int(self._asked * self._freshest_first) - int(before * self._freshest_first)

    def _take(self, portions: int, order: Iterable[int]) -> tuple[int, float]:
        """How many of the portions the lots in that order gave, and what these had cost."""
        left, cost = portions, 0.0
        for at in order:
            taken = min(self.lots[at].portions, left)
            if taken:
                self.lots[at] = replace(self.lots[at], portions=self.lots[at].portions - taken)
                left -= taken
                cost += taken * self.lots[at].cost
        return portions - left, cost

    def end_day(self, day: int) -> tuple[list[Lot], list[Lot]]:
        """Ends a day: the lots that were there with what is left of each, and of these those whose last day it was and
        that are thrown away. Empty lots go too."""
        there = list(self.lots)
        expired = [lot for lot in there if lot.last_day <= day and lot.portions > 0]
        self.lots = [replace(lot, hour=0) for lot in there if lot.last_day > day and lot.portions > 0]
        return there, expired
