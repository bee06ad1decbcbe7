"""Which part lies in which slot while moves are listed, and who its neighbours are by then."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from warehouse.slotting.assignment.carries import Carry
from warehouse.slotting.eligibility.frames import Bools, Ints
from warehouse.slotting.eligibility.neighbours import NOWHERE, Lying
from warehouse.slotting.task import Task

SOMETHING_ELSE: Final = -2


@dataclass(frozen=True, eq=False)
class LyingParts:
    """slot (parts,), holder (slots,) the part that lies there, NOWHERE: none, SOMETHING_ELSE: what is not placed."""

    task: Task
    slot: Ints
    holder: Ints
    neighbours: Lying

    @classmethod
    def of(cls, task: Task) -> Self:
        """As things lie now."""
        holder = np.where(task.places.holds == "", NOWHERE, SOMETHING_ELSE)
        lies = np.flatnonzero(task.now != NOWHERE)
        holder[task.now[lies]] = lies
        return cls(task, task.now.copy(), holder, task.company.lying(task.now))

    def free_for(self, carries: Sequence[Carry]) -> bool:
        """Whether each lies where it is carried from, and comes into a slot that is empty by then."""
        if carries[0].exchange is not None:
            one, other = carries
            return bool(self.slot[one.product] == one.from_slot and self.slot[other.product] == one.to_slot)
        left: dict[int, int] = {}
        for carry in carries:
            holds = left.get(carry.to_slot, int(self.holder[carry.to_slot]))
            if holds != NOWHERE or left.get(carry.from_slot, int(self.holder[carry.from_slot])) != carry.product:
                return False
            left |= {carry.from_slot: NOWHERE, carry.to_slot: carry.product}
        return True

    def carry(self, carries: Sequence[Carry]) -> None:
        """They lie there from now on."""
        goods = self.task.parts.product
        at_once = [carries] if carries[0].exchange is not None else [[carry] for carry in carries]
        for together in at_once:
            for carry in together:
                if carry.from_slot != NOWHERE:
                    self.holder[carry.from_slot] = NOWHERE
                    self.neighbours.take(int(goods[carry.product]), carry.from_slot)
            for carry in together:
                self.holder[carry.to_slot], self.slot[carry.product] = carry.product, carry.to_slot
                self.neighbours.put(int(goods[carry.product]), carry.to_slot)

    def lawful(self, part: int, slots: Ints) -> Bools:
        """Whether it may lie in these slots beside all that lies there."""
        may = self.task.problem.eligible.may(part, slots)
        return np.asarray(may & self.neighbours.lawful(int(self.task.parts.product[part]), slots))
