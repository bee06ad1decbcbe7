"""How much less pickers walk after moves: by tours that are known, and what is to be expected of later ones.

Moves are chosen for what they save on the tours that are known, so they save less on others: what was chosen was also
lucky (the optimizer's curse; Smith and Winkler 2006). How much of it was luck is seen on the same tours, parted in two
by time: moves are chosen on either half and walked on both. Chance goes down with the root of how many tours there are,
so on all of them luck is that on a half by the root of two.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from warehouse.slotting.assignment.problem import Picks
from warehouse.slotting.routing.floor_plan import Ints

LUCK_OF_ALL: Final = 0.5**0.5  # of that on a half

Choose = Callable[[Picks], Ints]
Walk = Callable[[Ints, Picks], float]


@dataclass(frozen=True)
class Gain:
    """Metres that pickers walk for an order line, `before` and `after` moves, on tours of so many lines."""

    before: float
    after: float
    lines: int

    @property
    def metres_a_line(self) -> float:
        """How much less."""
        return self.before - self.after


def gain(metres_a_line: Walk, before: Ints, after: Ints, picks: Picks) -> Gain:
    """What tours are walked in where each product lies before and after, both (products,) slots; `metres_a_line` walks
    them."""
    return Gain(metres_a_line(before, picks), metres_a_line(after, picks), len(picks.tour))


def expected_gain(metres_a_line: Walk, now: Ints, after: Ints, picks: Picks, choose: Choose) -> Gain:
    """What is to be expected on later tours of moves from `now` to `after` that were chosen on these.

    `choose` says where products lie after the moves that it chooses on some of them, by the same rules."""
    known = gain(metres_a_line, now, after, picks)
    one, other = picks.parted(0.5)
    if not (len(one.tour) and len(other.tour)):
        return known
    luck = [_luck(metres_a_line, now, choose(seen), seen, unseen) for seen, unseen in ((one, other), (other, one))]
    return replace(known, after=known.after + LUCK_OF_ALL * float(np.mean(luck)))


def _luck(metres_a_line: Walk, now: Ints, after: Ints, seen: Picks, unseen: Picks) -> float:
    """What moves that were chosen on some tours save less on others, metres a line."""
    on_seen, on_unseen = (gain(metres_a_line, now, after, picks) for picks in (seen, unseen))
    return on_seen.metres_a_line - on_unseen.metres_a_line
