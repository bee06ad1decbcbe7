"""How much less pickers walk after moves: by tours that are known, and what is to be expected of later ones.

Moves are chosen for what they save on the tours that are known, so they save less on others: what was chosen was also
lucky (the optimizer's curse; Smith and Winkler 2006). What they save on others is seen on the known tours by
cross-validation (Stone 1974): they are dealt out into folds, and each fold is walked after the moves that are chosen on
the others. That tells what to expect of tours like those that are known, not how much the shop changes meanwhile.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from warehouse.slotting.assignment.problem import Picks
from warehouse.slotting.routing.floor_plan import Ints

FOLDS: Final = 4  # moves are chosen on three quarters of the tours, which is nearly all; each fold costs a choice

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


def expected_gain(metres_a_line: Walk, now: Ints, picks: Picks, choose: Choose) -> Gain | None:
    """What is to be expected on later tours of moves from `now` that are chosen on these. None: they are too few to
    hold some back.

    `choose` says where products lie after the moves that it chooses on some of them, by the same rules."""
    unseen = [(gain(metres_a_line, now, choose(others), fold), fold.lines) for others, fold in _folds(picks)]
    if not unseen:
        return None
    saved = np.average([one.metres_a_line for one, _ in unseen], weights=[lines for _, lines in unseen])
    before = metres_a_line(now, picks)
    return Gain(before, before - float(saved), len(picks.tour))


def _folds(picks: Picks) -> Iterator[tuple[Picks, Picks]]:
    """All other tours, and those of a fold, where both hold lines. Dealt out in turn, so each fold is of all times."""
    fold_of_tour = np.arange(picks.tours) % FOLDS
    for number in range(FOLDS):
        others, fold = picks.only(fold_of_tour != number), picks.only(fold_of_tour == number)
        if others.lines and fold.lines:
            yield others, fold
