"""The neighbours that count while products are laid: who each product is to those around it, and what lies there."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from warehouse.slotting.eligibility.eligible import Eligible
from warehouse.slotting.eligibility.frames import Floats, Ints
from warehouse.slotting.eligibility.neighbours import NOWHERE, Lying, Neighbourhood, set_aside


@dataclass(frozen=True, eq=False)
class Company:
    """goods         (products,) who each is among the goods
    lies_already  what lies there that is not to be placed, by slot"""

    around: Neighbourhood
    goods: Ints
    lies_already: Mapping[int, int]

    def lying(self, slot: Ints) -> Lying:
        """All that lies there, with the products in these slots."""
        laid = np.flatnonzero(slot != NOWHERE)
        at = np.array(list(self.lies_already), np.int64)
        goods = np.array(list(self.lies_already.values()), np.int64)
        return Lying.of(self.around, np.append(goods, self.goods[laid]), np.append(at, slot[laid]))

    def set_aside(self, eligible: Eligible, slot: Ints, lines: Floats) -> Eligible:
        """Who may lie where so that no rule is broken by any that change places, beginning with these slots."""
        asked = np.bincount(self.around.company[self.goods], lines, minlength=len(self.around.apart)).astype(float)
        return set_aside(eligible, self.lying(slot), self.goods, asked)
