"""A floor from files as the engine of a warehouse sees it: another layout, and carries, under all that goods ask.

Each product gets as many slots as it lies in, or as its peak stock needs, if these are more. Tours count as they were
picked, each once, and a carry costs nothing: it is asked for so many of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final

import numpy as np

from flows.slotting.files.layouts import Layout, Rules
from flows.slotting.files.reassigned import Reassigned
from warehouse.reasons import Reason
from warehouse.slotting.assignment.bound import at_least
from warehouse.slotting.assignment.carries import Carry
from warehouse.slotting.assignment.problem import Picks
from warehouse.slotting.assignment.search import assign_for_routing
from warehouse.slotting.barred import Barred
from warehouse.slotting.eligibility.eligible import NONE
from warehouse.slotting.eligibility.neighbours import NOWHERE
from warehouse.slotting.lying_parts import LyingParts
from warehouse.slotting.move_effort import MoveEffort
from warehouse.slotting.moves import moves_worth_making
from warehouse.slotting.proof.gains import expected_gain
from warehouse.slotting.routing.floor_plan import Ints
from warehouse.slotting.suggesting import suggestions_of
from warehouse.slotting.suggestion import Move, MoveReason, SlotReason
from warehouse.slotting.task import Task
from warehouse.slotting.walked_floor import WalkedFloor

EVER: Final = 1e9  # days in which a carry is to be repaid that costs no more than its way


def assign_under_rules(layout: Layout, rules: Rules, *, bound: bool = False) -> Reassigned:
    """Each product in the slot that makes tours short, of those that it may have; walked is what lies somewhere before
    and after."""
    task = _task(layout, rules)
    problem = task.problem
    found = assign_for_routing(problem, task.company)
    placed = found.slot != NOWHERE
    picks = problem.picks.of(np.flatnonzero(placed))
    own = replace(problem, eligible=problem.eligible.without(np.flatnonzero(~placed), NONE))
    lines = len(picks.tour)
    return Reassigned(
        task.parts.product,
        task.parts.number,
        found.slot,
        problem.metres_a_line(task.now, picks),
        problem.metres_a_line(found.sorted_slot, picks),
        problem.metres_a_line(found.slot, picks),
        lines,
        at_least=(at_least(own, picks) / lines if lines else 0.0) if bound else None,
        without_place=_without_place(task, found.slot, ~placed),
    )


def carry_under_rules(layout: Layout, rules: Rules, most: int) -> Reassigned:
    """At most so many carries: first what a rule demands, then those that shorten tours most. After any of them no rule
    is broken that was not before."""
    task, effort = _task(layout, rules), MoveEffort(0.0, EVER, most)
    problem = task.problem
    suggested = assign_for_routing(problem, task.company).slot

    def moves(some: Picks) -> Sequence[Move]:
        return moves_worth_making(replace(task, problem=replace(problem, picks=some)), suggested, effort)

    def choose(some: Picks) -> Ints:
        return _carried(task, moves(some))[0].slot

    made = moves(problem.picks)
    lying, carries = _carried(task, made)
    stays_wrong = [
        suggested[part] == NOWHERE and (at == NOWHERE or not lying.lawful(part, np.array([at]))[0])
        for part, at in enumerate(lying.slot.tolist())
    ]
    expected = expected_gain(problem.metres_a_line, task.now, problem.picks, choose)
    return Reassigned(
        task.parts.product,
        task.parts.number,
        lying.slot,
        problem.metres_a_line(task.now),
        None,
        problem.metres_a_line(lying.slot),
        len(problem.picks.tour),
        [replace(carry, product=int(task.parts.product[carry.product])) for carry in carries],
        None if expected is None else expected.after,
        demands=[_demanded_by(move) for move in made],
        without_place=_without_place(task, suggested, np.array(stays_wrong, bool)),
    )


def _task(layout: Layout, rules: Rules) -> Task:
    """Its parts are those of the assignment, and more where a product needs more; those first that are picked most."""
    plan, lies = layout.plan, layout.assignment
    lines = np.bincount(layout.picks.product, minlength=len(lies.product_ids)).astype(float)
    goods = rules.goods.assign(lines_per_day=lines)
    places = rules.places.assign(product_id="", distance_m=plan.from_start_m)
    places.loc[lies.slot, "product_id"] = np.array(lies.product_ids, object)[lies.product]
    if "space_l" not in goods:
        goods = goods.assign(space_l=np.nan)
    if "volume_l" not in places:
        places = places.assign(volume_l=np.nan)
    if "band" not in goods:  # each stays in its zone
        places = places.assign(band=places["zone_id"])
        goods = goods.assign(band=places["zone_id"].to_numpy()[lies.slot[: len(goods)]])
    unusable = {}
    if "unusable_because" in places:
        known = places[places["unusable_because"].notna()]
        unusable = dict(zip(known["slot_id"], known["unusable_because"], strict=True))
    task = Task.of(goods, places, routing=layout.routing, barred=Barred(unusable=unusable), keep_slots=True)
    part = {key: n for n, key in enumerate(zip(task.parts.product.tolist(), task.parts.number.tolist(), strict=True))}
    of_assignment = np.array([part[key] for key in zip(lies.product.tolist(), lies.number.tolist(), strict=True)])
    now = np.full(len(part), NOWHERE)
    now[of_assignment] = lies.slot
    picks = replace(layout.picks, product=of_assignment[layout.picks.product])
    problem = replace(task.problem, floor=plan, picks=picks)
    return replace(task, now=now, floor=WalkedFloor(plan, True), problem=problem)


def _carried(task: Task, moves: Sequence[Move]) -> tuple[LyingParts, list[Carry]]:
    """What lies where once they are made, and the moves by the numbers of parts and slots."""
    slots = {slot_id: number for number, slot_id in enumerate(task.places.slot_id.tolist())}
    goods = {product_id: number for number, product_id in enumerate(task.goods.product_id.tolist())}
    lying, carries = LyingParts.of(task), list[Carry]()
    for _, together in groupby(moves, key=lambda move: (move.exchange, move.exchange is None and move.rank)):
        step = []
        for move in together:
            from_slot = NOWHERE if move.from_slot_id is None else slots[move.from_slot_id]
            own = np.flatnonzero((task.parts.product == goods[move.product_id]) & (lying.slot == from_slot))
            step.append(Carry(int(own[0]), from_slot, slots[move.to_slot_id], move.exchange))
        lying.carry(step)
        carries += step
    return lying, carries


def _demanded_by(move: Move) -> str | None:
    code = move.reasons[0].code
    return None if code is MoveReason.SAVES_WALKING else code.value


def _without_place(task: Task, slot: Ints, named: np.ndarray) -> Mapping[int, Sequence[Reason]]:
    """Of those that are to be named, by product, the rule that leaves no place."""
    numbers = {str(task.goods.product_id[product]): product for product in task.parts.product[named].tolist()}
    return {
        numbers[one.product_id]: [reason for reason in one.reasons if reason.code is not SlotReason.RANKED_IN_BAND]
        for one in suggestions_of(task, slot)
        if one.slot_id is None and one.product_id in numbers
    }
