"""Which moves are worth making in the next shift, in an order that can be carried out.

First what a rule demands: what lies too warm, too damp, too cramped, too heavy, in a slot that cannot be used, nowhere,
or beside what it may not lie beside. What only spoils sooner there, by ethylene or odour, gets half of a shift's moves
as long as others save walking, so that those are made in the first shift too where a floor never heeded neighbours.
Then the carries that shorten tours most (`carries.py`), as long as what tours of
the forecast are shorter by repays them in time. Every such step makes all tours together shorter and nothing that lies
lawfully unlawful, so the list ends, and once it is done nothing is left to do: no product is carried to and fro.
Nothing is carried where something bars it (`barred.py`), and never more than a shift has time for.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from warehouse.reasons import Reason
from warehouse.slotting.assignment.carries import Carry, best_carries
from warehouse.slotting.eligibility.frames import Bools, Ints
from warehouse.slotting.eligibility.neighbours import NOWHERE
from warehouse.slotting.lying_parts import LyingParts
from warehouse.slotting.move_effort import USUAL, MoveEffort
from warehouse.slotting.must_move import can_wait, must_move, ways_out
from warehouse.slotting.suggestion import Move, MoveReason
from warehouse.slotting.task import Task
from warehouse.slotting.walks import Walks


def moves_worth_making(task: Task, suggested: Ints, effort: MoveEffort = USUAL) -> tuple[Move, ...]:
    """The moves of a shift, from where parts lie now; `suggested` (parts,) where they should."""
    listed = _List(task, effort)
    half = -(-effort.most_moves // 2)
    while listed.room and (
        _demanded(task, listed, suggested, half)
        or _worthwhile(task, listed)
        or _demanded(task, listed, suggested, effort.most_moves)
    ):
        pass
    return tuple(listed.moves)


def _demanded(task: Task, listed: "_List", suggested: Ints, for_what_can_wait: int) -> bool:
    """Lists what a rule demands and can be done as things lie by then, at most so many moves for what can wait; whether
    there was any."""
    before = len(listed.moves)
    for part, why in must_move(task, listed.lying, suggested).items():
        waits = can_wait(why)
        if not listed.room or (waits and listed.could_wait >= for_what_can_wait):
            break
        way = next((way for way in ways_out(task, listed.lying, part, suggested) if listed.has_time_for(way)), None)
        if way is not None:
            listed.demand(way, part, why)
            listed.could_wait += len(way) * waits
    return len(listed.moves) > before


def _worthwhile(task: Task, listed: "_List") -> bool:
    """Lists the best carries from where things lie by then; whether there were any."""
    lying = listed.lying
    fixed = ~_may_change(task, lying)
    eligible = task.problem.eligible.without(np.flatnonzero(fixed), _not_to_touch(task, lying.slot, fixed))
    eligible = task.company.set_aside(eligible, lying.slot, task.parts.lines)
    settled = fixed | ~eligible.may(np.arange(len(fixed)), np.where(fixed, 0, lying.slot))
    eligible = eligible.without(np.flatnonzero(settled), _not_to_touch(task, lying.slot, settled))
    problem = replace(
        task.problem, eligible=eligible, picks=task.problem.picks.of(np.flatnonzero(lying.slot != NOWHERE))
    )
    price = listed.effort.metres_per_move / listed.effort.repaid_within_days
    carries = best_carries(problem, lying.slot, listed.effort.most_moves, price)
    repaid = [listed.offer(together) for together in made_together(carries)]
    return any(repaid)


def _may_change(task: Task, lying: LyingParts) -> Bools:
    """(parts,) that lie where they may, and do not wait nor are busy."""
    lies = lying.slot != NOWHERE
    may = task.problem.eligible.may(np.arange(len(lies)), np.where(lies, lying.slot, 0))
    return np.asarray(lies & may & ~task.waiting & ~task.busy[lying.slot])


def _not_to_touch(task: Task, slot: Ints, fixed: Bools) -> Ints:
    """Slots that are busy, or hold what is not moved."""
    return np.union1d(np.flatnonzero(task.busy), slot[fixed & (slot != NOWHERE)])


def made_together(carries: Sequence[Carry]) -> Iterator[tuple[Carry, ...]]:
    """Chains, of which each carry goes into the slot that the one before has left, rings, and exchanges."""
    together: list[Carry] = []
    for carry in carries:
        follows = together and (
            carry.to_slot == together[-1].from_slot
            if carry.exchange is None
            else carry.exchange == together[-1].exchange
        )
        if together and not follows:
            yield tuple(together)
            together = []
        together.append(carry)
    if together:
        yield tuple(together)


class _List:
    """The moves so far, and what lies where once they are made."""

    def __init__(self, task: Task, effort: MoveEffort) -> None:
        self.task, self.effort = task, effort
        self.lying = LyingParts.of(task)
        self.walks = Walks(task.problem, task.now)
        self.moves: list[Move] = []
        self.exchanges = 0
        self.could_wait = 0  # moves of demands that could

    @property
    def room(self) -> int:
        """How many moves the shift still has time for."""
        return self.effort.most_moves - len(self.moves)

    def has_time_for(self, carries: Sequence[Carry]) -> bool:
        """Whether so many more can be made."""
        return len(carries) <= self.room

    def demand(self, carries: Sequence[Carry], part: int, why: Reason) -> None:
        """Lists what a rule demands, whether it saves walking or not."""
        saved = self._walked(carries)
        makes_room = self._makes_room(part)
        reasons = [(why,) if carry.product == part else (makes_room,) for carry in carries]
        self._list(carries, saved, [(*own, *self._saving(saved, carries)) for own in reasons])

    def offer(self, carries: Sequence[Carry]) -> bool:
        """Lists as many of the carries as repay themselves best; whether any do."""
        if not self.has_time_for(carries) or not self.lying.free_for(carries):
            return False
        walks, slot = self.walks, self.lying.slot
        saved, moved = [], []
        for carry in carries:
            moved.append((carry.product, carry.to_slot))
            saved.append(walks.saved_by(moved))
        cost = np.cumsum([self.effort.metres(self._way(carry)) for carry in carries])
        worth = np.array(saved) * self.effort.repaid_within_days - cost
        ring = len(carries) > 1 and carries[0].product == carries[-1].product
        whole = ring or carries[0].exchange is not None
        count = len(carries) if whole else int(worth.argmax()) + 1
        if worth[count - 1] <= 0 or any(slot[carry.product] == NOWHERE for carry in carries[:count]):
            return False
        made = carries[:count]
        each = self._walked(made)
        best = made[int(np.argmax(each))].product
        makes_room, saving = (self._makes_room(best),), self._saving(each, made)
        reasons = [saving if metres > 0 else (*makes_room, *saving) for metres in each]
        self._list(made, each, reasons)
        return True

    def _walked(self, carries: Sequence[Carry]) -> list[float]:
        """What each saves after those before it; what lay nowhere saves nothing."""
        saved = []
        for carry in carries:
            metres = self.walks.carry([(carry.product, carry.to_slot)])
            saved.append(0.0 if carry.from_slot == NOWHERE else metres)
        return saved

    def _way(self, carry: Carry) -> float:
        if carry.from_slot == NOWHERE:
            return 0.0
        return float(self.task.floor.plan.between(carry.from_slot, carry.to_slot))

    def _makes_room(self, part: int) -> Reason:
        return Reason(MoveReason.MAKES_ROOM, {"for_product": self._product_id(part)})

    def _product_id(self, part: int) -> str:
        return str(self.task.goods.product_id[self.task.parts.product[part]])

    def _saving(self, saved: Sequence[float], carries: Sequence[Carry]) -> tuple[Reason, ...]:
        together = sum(saved)
        if together <= 0:
            return ()
        repaid = sum(self.effort.metres(self._way(carry)) for carry in carries) / together
        figures = {"metres_per_day": round(together, 1), "repaid_after_days": round(repaid, 1)}
        return (Reason(MoveReason.SAVES_WALKING, figures),)

    def _list(self, carries: Sequence[Carry], saved: Sequence[float], reasons: Sequence[tuple[Reason, ...]]) -> None:
        exchange = carries[0].exchange is not None
        self.exchanges += exchange
        slot_id = self.task.places.slot_id
        for carry, metres, why in zip(carries, saved, reasons, strict=True):
            self.moves.append(
                Move(
                    product_id=self._product_id(carry.product),
                    from_slot_id=None if carry.from_slot == NOWHERE else str(slot_id[carry.from_slot]),
                    to_slot_id=str(slot_id[carry.to_slot]),
                    rank=len(self.moves) + 1,
                    exchange=self.exchanges if exchange else None,
                    metres_saved_per_day=metres,
                    quantity=self.task.quantity(carry.product),
                    minutes=self.effort.minutes(self._way(carry)),
                    reasons=why,
                )
            )
        self.lying.carry(carries)
