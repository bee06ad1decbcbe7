"""What tours walk as things are carried one by one: only tours that hold what was carried are walked again."""

from collections.abc import Sequence

import numpy as np

from warehouse.slotting.assignment.problem import Picks, Problem
from warehouse.slotting.eligibility.neighbours import NOWHERE
from warehouse.slotting.routing.floor_plan import Floats, Ints


class Walks:
    """The metres of each tour of a problem while its products lie in `slot`; what lies nowhere is not walked to."""

    def __init__(self, problem: Problem, slot: Ints) -> None:
        picks = problem.picks
        self.problem, self.slot = problem, slot.copy()
        self.weight = np.ones(picks.tours) if picks.weight is None else picks.weight
        self._by_product = np.argsort(picks.product, kind="stable")
        products = np.arange(len(slot) + 1)
        self._of_product = np.searchsorted(picks.product[self._by_product], products)
        self._of_tour = np.searchsorted(picks.tour, np.arange(picks.tours + 1))
        self._metres = self._walked(self.slot, np.arange(picks.tours))

    def saved_by(self, carries: Sequence[tuple[int, int]]) -> float:
        """Metres that tours get shorter if these products lie in these slots."""
        return self._change(carries)[0]

    def carry(self, carries: Sequence[tuple[int, int]]) -> float:
        """The same, and they lie there from now on."""
        saved, tours, metres, slot = self._change(carries)
        self._metres[tours], self.slot = metres, slot
        return saved

    def _change(self, carries: Sequence[tuple[int, int]]) -> tuple[float, Ints, Floats, Ints]:
        slot = self.slot.copy()
        for product, to in carries:
            slot[product] = to
        lines = [self._by_product[self._of_product[product] : self._of_product[product + 1]] for product, _ in carries]
        tours = np.unique(self.problem.picks.tour[np.concatenate(lines)])
        metres = self._walked(slot, tours)
        return float((self._metres[tours] - metres) @ self.weight[tours]), tours, metres, slot

    def _walked(self, slot: Ints, tours: Ints) -> Floats:
        picks = self.problem.picks
        size = self._of_tour[tours + 1] - self._of_tour[tours]
        begins = np.cumsum(size) - size
        line = np.arange(int(size.sum())) - np.repeat(begins - self._of_tour[tours], size)
        tour, product = np.repeat(np.arange(len(tours)), size), picks.product[line]
        lies = slot[product] != NOWHERE
        return self.problem.metres_of_tours(slot, Picks(tour[lies], product[lies], len(tours)))
