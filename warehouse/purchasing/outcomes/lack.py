"""What a warehouse still lacks of a product, scenario by scenario, and how far a purchase goes towards it.

Quantities are in usable units that are expected: what inspection accepts on average of an order that comes whole. One
lot is accepted better and another worse, or does not come, so in a scenario with so much `comes` of each unit, a demand
d is met from d / comes units on, and the unit that meets it brings as much of it. Which lots meet which demand is not
known; they are spread evenly over each other (a Hammersley set: J. M. Hammersley, Monte Carlo methods for solving
multivariable problems, 1960), for every need from another scenario on (R. Cranley and T. N. L. Patterson,
Randomization of number theoretic methods for multiple integration, 1976): few lots fail, and if these always began with
the lowest demand, they would meet less than what is usual, and never the highest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from warehouse.purchasing.outcomes.failing import Failing, failing_in, spread, worst_first
from warehouse.purchasing.outcomes.later_orders import LaterOrders, Shares

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NOTHING = 1e-9  # units; what the last digit of a float may leave
RUNS_KEPT = 4096  # those of the farms of a plan: chances change with every night
FAILED = 0.5  # of what was expected of a delivery; one that brings less has failed


@dataclass(frozen=True)
class Part:
    """Of an order that several suppliers bring, what one is to: so much `usable` is expected of it if all comes, its
    lots come in such shares of that (ascending, each as often; None: all alike), the lowest where it is `failing`."""

    usable: float
    lots: Sequence[float] | None
    failing: Failing | None = None


@dataclass(frozen=True, eq=False)
class Lack:
    """Unmet demand by scenario, in the covered days ascending, and in the whole life of a delivery (inf: it does not
    expire). `outlives_cover`: what is not sold in the covered days is still good when the next comes; `later`: the
    orders after it, where they are known. `if_next_fail`: in the covered days and those that the next delivery, the
    next two and more would have lasted for, had they come (row by row; None: what is in the covered days); `run`: how
    many of them fail, where any do. `comes`: what comes of a usable unit that is expected if all does (None: just
    that); `fails`: by supplier of whom something is under way or was bought before, the chance that this fails; `turn`:
    the scenario from which on lots are spread over demand."""

    in_cover: Floats
    in_life: Floats
    outlives_cover: bool
    later: LaterOrders | None = None
    if_next_fail: Floats | None = None
    run: Ints | None = None
    comes: Floats | None = None
    fails: Mapping[str, Floats] = field(default_factory=dict)
    turn: int = 0

    def from_lots(self, lots: Sequence[float] | None, failing: Failing | None = None) -> "Lack":
        """The same if lots come in such shares of what is expected (ascending, each as often; None: all alike), the
        lowest where the delivery is `failing`."""
        if lots is None:
            later = None if self.later is None else replace(self.later, comes=None, may_sell=None)
            return self if self.comes is None else replace(self, later=later, run=None, comes=None)
        number, shares = self._turned(bits_reversed(len(self.in_cover))), np.asarray(lots)
        fails, known = None, self.fails
        if failing is not None and failing.chance > 0:
            fails = failing_in(self.fails.get(failing.supplier_id, failing.chance), number)
            known = {**self.fails, failing.supplier_id: fails.astype(float)}
        place = worst_first(fails, number)
        failed = 0 if fails is None else int(np.count_nonzero(fails))
        run = _run(len(number), failed, float((shares < FAILED).mean()), failing)[place]
        comes = spread(shares, place)
        return replace(self, later=_with(self.later, comes, run), run=run, comes=comes, fails=known)

    def from_parts(self, parts: Sequence[Part]) -> "Lack":
        """The same if an order comes in parts, each of another supplier, more or less of all of them in proportion.
        What befalls one has nothing to do with the others, so the lots of each are spread evenly over what those before
        it leave; but each is likelier to fail where it did before. Later orders are not followed."""
        total = sum(part.usable for part in parts)
        comes, scenario = np.zeros(len(self.in_cover)), np.arange(len(self.in_cover))
        left = replace(self, later=None)
        for part in parts:
            left = left.from_lots(part.lots, part.failing)
            comes[scenario] += left._coming(part.usable) / total
            scenario = scenario[left._order_after(part.usable)]
            left = left.after(part.usable)
        return replace(self, later=None, run=None, comes=comes)

    @cached_property
    def may_sell(self) -> Floats:
        """Demand by scenario that this delivery can meet before another one has come: what is good after the covered
        days also sells where the next ones fail."""
        if self.if_next_fail is None or self.run is None:
            return self.in_cover
        return _before_another(self.in_cover, self.if_next_fail, self.run)

    def wasted(self, usable: float) -> float:
        """Of so much usable, what is expected to expire."""
        return float(np.maximum(self._coming(usable) - self.in_life, 0).mean())

    def short(self, usable: float) -> float:
        """Demand of the covered days expected to stay unmet after so much."""
        return float(np.maximum(self.in_cover - self._coming(usable), 0).mean())

    def missed(self, usable: float) -> float:
        """The same, with what stays unmet because this delivery leaves too little where the next fail."""
        return float(np.maximum(self.may_sell - self._coming(usable), 0).mean())

    def met(self) -> float:
        """The quantile of the covered days' demand up to which nothing is lacking: with n scenarios n/(n+1) at most,
        since none is the highest there is."""
        return int(np.count_nonzero(self.in_cover <= NOTHING)) / (len(self.in_cover) + 1)

    def after(self, usable: float) -> "Lack":
        """What is still lacking once so much has been bought."""
        come, order = self._coming(usable), self._order_after(usable)
        in_cover, in_life = np.maximum(self.in_cover - come, 0), np.maximum(self.in_life - come, 0)
        longer = None if self.if_next_fail is None else np.maximum(self.if_next_fail - come, 0)[:, order]
        later = None if self.later is None else self.later.after(usable)
        fails = {supplier_id: chances[order] for supplier_id, chances in self.fails.items()}
        return Lack(in_cover[order], in_life[order], self.outlives_cover, later, longer, fails=fails, turn=self.turn)

    def _turned(self, by_scenario: Ints) -> Ints:
        first = self.turn % len(by_scenario)
        return np.concatenate([by_scenario[first:], by_scenario[:first]])

    def _order_after(self, usable: float) -> Ints:
        """The scenarios by what is still lacking in them once so much has been bought, ascending."""
        come = self._coming(usable)
        order: Ints = np.lexsort((np.maximum(self.in_life - come, 0), np.maximum(self.in_cover - come, 0)))
        return order

    def _coming(self, usable: float) -> Floats | float:
        return usable if self.comes is None else usable * self.comes


@lru_cache(maxsize=RUNS_KEPT)
def _run(scenarios: int, failed: int, nothing: float, failing: Failing | None) -> Ints:
    """By the place of a scenario (the worst lots first, so many of them `failed`), how many deliveries after one that
    comes bring next to nothing: where lots of this one are as usual, in the middle of those that come. Such a share of
    lots of this one comes to next to `nothing`: what does not because it is `failing` does by itself, as the next one
    may; and a run of failures goes on as its supplier's do."""
    chances = np.array([nothing])
    if failing is not None:
        chances = (1 - failing.chance) * np.array(failing.runs())
        chances[0] += nothing - failing.chance
    run, middle = np.zeros(scenarios, np.int64), failed + (scenarios - failed) // 2
    for often in np.diff((np.cumsum(chances) * scenarios).round(), prepend=0.0):
        run[middle : middle + int(often)] += 1
    return run


def _before_another(in_cover: Shares, if_next_fail: Shares, run: Ints) -> Shares:
    """Demand by scenario until another delivery comes after a run of failures."""
    return np.where(run > 0, if_next_fail[np.maximum(run - 1, 0), np.arange(len(run))], in_cover)


def _with(later: LaterOrders | None, comes: Floats, run: Ints) -> LaterOrders | None:
    """The later orders if so much `comes` of a unit, and so many of the next deliveries fail (by scenario, in the order
    of its demand)."""
    if later is None:
        return None
    in_order, run_of = np.empty(len(comes), np.float32), np.empty_like(run)
    in_order[later.in_order], run_of[later.in_order] = comes, run
    may_sell = None
    if later.if_next_fail is not None and run.any():
        may_sell = _before_another(later.in_cover, later.if_next_fail, run_of)
    return replace(later, comes=in_order, may_sell=may_sell)


@cache
def bits_reversed(count: int) -> NDArray[np.int64]:
    """The numbers below `count`, each read backwards: neighbours lie far apart, any stretch of them evenly. Those of a
    count that is no power of two are told apart by what their reversed bits come to."""
    bits = max(count - 1, 1).bit_length()
    numbers = np.arange(count)
    backwards = sum(((numbers >> bit) & 1) << (bits - 1 - bit) for bit in range(bits))
    return np.asarray(backwards).argsort().argsort()
