"""How a trial is laid out: which arm a warehouse's day is in.

Warehouses that moved together before the trial stand in pairs, and a coin of the pair says which of the two begins with
the challenger. In a switchback each period of the trial is two blocks of days: in the second block the two change arms,
and the next period has a coin of its own. So whatever befalls both warehouses, a holiday or a weekday, cancels. In a
paired trial the coin is tossed once and they stay. The first days of a block count for neither arm, since what lies on
the shelf was bought under the other one. Coins fall by the recorded seed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

WEEK: Final = 7


class Arm(StrEnum):
    """Which of the two holds on a warehouse's day."""

    CHAMPION = "champion"
    CHALLENGER = "challenger"

    @property
    def other(self) -> "Arm":
        """The one that it is compared with."""
        return Arm.CHAMPION if self is Arm.CHALLENGER else Arm.CHALLENGER


class Kind(StrEnum):
    """Whether warehouses change arms, or stay in one."""

    SWITCHBACK = "switchback"
    PAIRED = "paired"


Pair = tuple[str, str | None]  # None: there is no other, as where warehouses are odd


@dataclass(frozen=True)
class Design:
    """A trial from its first day. A period is two blocks of `block_days`, whole weeks; the trial takes `periods` of
    them, unless it stops before or is lengthened, up to `most` of them. The first `washout_days` of a block (of a
    paired trial: of the whole) do not count."""

    kind: Kind
    first: date
    block_days: int
    washout_days: int
    periods: int
    most: int
    pairs: Sequence[Pair]
    seed: int

    def __post_init__(self) -> None:
        if self.block_days <= 0 or self.block_days % WEEK:
            raise ValueError(f"a block of {self.block_days} days holds no whole weeks")
        if not 0 <= self.washout_days < self.block_days:
            raise ValueError(f"a washout of {self.washout_days} days leaves nothing of {self.block_days}")
        if self.periods < 1 or not self.pairs:
            raise ValueError("a trial takes at least a period and a warehouse")
        if self.most < self.periods:
            raise ValueError(f"a trial of {self.periods} periods takes at most {self.most}")
        if self.kind is Kind.PAIRED and any(other is None for _, other in self.pairs):
            raise ValueError("in a paired trial every warehouse needs another")

    @property
    def period_days(self) -> int:
        """How long a period is."""
        return 2 * self.block_days

    def first_of(self, period: int) -> date:
        """The first day of a period; 0 is the first one."""
        return self.first + timedelta(days=self.period_days * period)

    def last_of(self, periods: int) -> date:
        """The last day of so many periods."""
        return self.first_of(periods) - timedelta(days=1)

    @property
    def last(self) -> date:
        """The last day of the stated length."""
        return self.last_of(self.periods)

    @property
    def latest(self) -> date:
        """The last day of the longest that it may take."""
        return self.last_of(self.most)

    @property
    def warehouses(self) -> list[str]:
        """All that take part."""
        return [name for pair in self.pairs for name in pair if name is not None]

    def coin(self, pair: int, period: int) -> int:
        """The number of the coin that decides a pair's arms in a period."""
        return pair if self.kind is Kind.PAIRED else period * len(self.pairs) + pair

    def period_of(self, day: date) -> int | None:
        """The period that a day is in, up to the longest that the trial may take; None outside of it."""
        since = (day - self.first).days
        return since // self.period_days if 0 <= since < self.period_days * self.most else None

    def counts(self, day: date) -> bool:
        """Whether a day counts for its arm, rather than for neither."""
        since = (day - self.first).days
        return (
            since % self.block_days >= self.washout_days
            if self.kind is Kind.SWITCHBACK
            else (since >= self.washout_days)
        )

    def arm(self, warehouse_id: str, day: date) -> Arm | None:
        """The arm of a warehouse's day; None where it is in none."""
        period = self.period_of(day)
        at = next((n for n, pair in enumerate(self.pairs) if warehouse_id in pair), None)
        if period is None or at is None:
            return None
        of_first = Arm.CHALLENGER if _heads(self.seed, self.coin(at, period)) else Arm.CHAMPION
        second_block = (day - self.first).days // self.block_days % 2 == 1
        switched = self.kind is Kind.SWITCHBACK and second_block
        return of_first if (warehouse_id == self.pairs[at][0]) != switched else of_first.other


@cache
def _heads(seed: int, coin: int) -> bool:
    return bool(np.random.default_rng([seed, coin, 1]).integers(0, 2))


def paired_by_history(warehouse_ids: Sequence[str], values: Floats) -> list[Pair]:
    """Pairs of warehouses (rows) whose values of past weeks (columns) went together: the two that are nearest first,
    then the two nearest of the others. Of an odd number one stays alone."""
    ones, others = np.triu_indices(len(warehouse_ids), 1)
    apart = np.array([((values[one] - values[other]) ** 2).mean() for one, other in zip(ones, others, strict=True)])
    left, pairs = set(range(len(warehouse_ids))), list[Pair]()
    for at in np.argsort(apart, kind="stable"):
        if {one := int(ones[at]), other := int(others[at])} <= left:
            pairs.append((warehouse_ids[one], warehouse_ids[other]))
            left -= {one, other}
    return pairs + [(warehouse_ids[at], None) for at in sorted(left)]
