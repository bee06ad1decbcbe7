"""What a trial of another layout answers: where products lie, how far is walked before and after, who has no place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from warehouse.reasons import Reason
from warehouse.slotting.assignment.carries import Carry
from warehouse.slotting.routing.floor_plan import Ints

WALKING: Final = 0.55  # of a picker's time (Tompkins et al. 2010, as De Koster et al. 2007 quote it: 50 to 55%)


@dataclass(frozen=True, eq=False)
class Reassigned:
    """Where products lie after it, a part for each slot of theirs (NOWHERE: in no slot), and metres a line before,
    after, and after sorting alone, over so many lines; `expected` is what later picks are expected to be walked in
    after carries, `at_least` what no assignment is walked in less than (None: not asked for).

    product, number  (parts,) whose each is, and which of them: 1 is picked from
    carries        by the numbers of products
    demands        of each carry the rule that demands it, None: it saves walking; empty: no rules are told
    without_place  why a product, by its number, has no place that it may lie in; None: no rules are told"""

    product: Ints
    number: Ints
    slot: Ints
    before: float
    sorted: float | None
    after: float
    lines: int
    carries: Sequence[Carry] = ()
    expected: float | None = None
    at_least: float | None = None
    demands: Sequence[str | None] = ()
    without_place: Mapping[int, Sequence[Reason]] | None = None

    @property
    def saved(self) -> float:
        """The share of walking that is saved; 0 where nobody had to walk."""
        return 1 - self.after / self.before if self.before else 0.0

    @property
    def more_lines_an_hour(self) -> float:
        """As a share, where walking takes 55% of a picker's time."""
        return 1 / (1 - WALKING * self.saved) - 1
