"""What a rule demands to be moved, and the ways to do it: to an empty slot, in exchange, or after another made room."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from warehouse.reasons import Reason
from warehouse.slotting.assignment.carries import Carry
from warehouse.slotting.eligibility.frames import Ints
from warehouse.slotting.eligibility.goods import Harm
from warehouse.slotting.eligibility.neighbours import NOWHERE
from warehouse.slotting.lying_parts import LyingParts
from warehouse.slotting.suggestion import MoveReason
from warehouse.slotting.task import Task

TRIED: Final = 30  # slots whose product might give way
SPOIL: Final = (Harm.ETHYLENE, Harm.ODOUR)  # the worse first


def must_move(task: Task, lying: LyingParts, suggested: Ints) -> dict[int, Reason]:
    """Why parts must be moved that have a slot to go to, the most picked first; what only spoils beside its neighbours
    after all others, by what harms it."""
    slot = lying.slot
    to_go = np.flatnonzero((suggested != NOWHERE) & ~task.waiting & ((slot == NOWHERE) | ~task.busy[slot]))
    reasons = ((part, _why(task, lying, part, int(suggested[part]))) for part in to_go.tolist())
    demanded = {part: why for part, why in reasons if why is not None}
    return dict(sorted(demanded.items(), key=lambda one: _can_wait(one[1])))


def can_wait(why: Reason) -> bool:
    """Whether it does not break or make ill, but spoil sooner: such moves leave a part of the shift to others."""
    return _can_wait(why) > 0


def _can_wait(why: Reason) -> int:
    return SPOIL.index(why.values["harm"]) + 1 if why.values.get("harm") in SPOIL else 0


def _why(task: Task, lying: LyingParts, part: int, to: int) -> Reason | None:
    at, product, places, parts = int(lying.slot[part]), int(task.parts.product[part]), task.places, task.parts
    if at == NOWHERE:
        return Reason(MoveReason.HAS_NO_SLOT)
    if not task.usable[at]:
        return Reason(MoveReason.SLOT_UNUSABLE, {"because": task.barred.unusable[str(places.slot_id[at])]})
    if not task.climate.keeps_band(product, at):
        bands = {"band": str(task.goods.band[product]), "zone_band": str(places.band[at])}
        return Reason(MoveReason.WRONG_BAND, bands)
    if not task.climate.keeps(product, at):
        return Reason(MoveReason.WRONG_HUMIDITY)
    if parts.space_l[part] > places.volume_l[at]:
        space = {"space_l": float(parts.space_l[part]), "volume_l": float(places.volume_l[at])}
        return Reason(MoveReason.TOO_SMALL, space)
    if parts.weight_kg[part] > places.max_weight_kg[at]:
        weight = {"peak_kg": float(parts.weight_kg[part]), "max_weight_kg": float(places.max_weight_kg[at])}
        return Reason(MoveReason.TOO_HEAVY, weight)
    if parts.number[part] == 1 and not places.pick_face[at]:
        return Reason(MoveReason.NOT_PICKED_FROM)
    if not lying.lawful(part, np.array([at]))[0] and to != at:
        return Reason(MoveReason.BAD_NEIGHBOUR, {"harm": _harm(task, lying, product, at)})
    return None


def _harm(task: Task, lying: LyingParts, product: int, at: int) -> Harm:
    """The worst that it and its neighbours do to each other there."""
    beside, company = lying.neighbours.beside(at), task.goods.company[product]
    if lying.neighbours.harmed_by_raw_meat(product, at):
        return Harm.RAW_MEAT
    return next(harm for harm, apart in task.apart_by.items() if (apart[company] & beside).any())


def ways_out(task: Task, lying: LyingParts, part: int, suggested: Ints) -> Iterator[tuple[Carry, ...]]:
    """The ways in which it may be moved, the best first; none where it lies well since what harmed it has left."""
    at, far = int(lying.slot[part]), task.problem.floor.along_m + task.aside_m
    if at != NOWHERE and lying.lawful(part, np.array([at]))[0]:
        return
    open_ = np.flatnonzero(~task.busy & ((lying.holder == NOWHERE) | (lying.holder >= 0)))
    lawful = open_[lying.lawful(part, open_)]
    nearest = lawful[np.argsort(far[lawful], kind="stable")]
    first = nearest == suggested[part]
    nearest = np.concatenate([nearest[first], nearest[~first]])
    empty = nearest[lying.holder[nearest] == NOWHERE]
    if len(empty) and empty[0] == suggested[part]:
        yield (Carry(part, at, int(empty[0])),)
    for to in nearest[(lying.holder[nearest] >= 0) & (nearest != at)][: TRIED if not len(empty) else 1].tolist():
        if to == suggested[part] or not len(empty):
            yield from _given_way(task, lying, part, at, int(to), far)
    if len(empty):
        yield (Carry(part, at, int(empty[0])),)


def _given_way(
    task: Task, lying: LyingParts, part: int, at: int, to: int, far: np.ndarray
) -> Iterator[tuple[Carry, ...]]:
    """The ways in which the part that lies there lets another come."""
    other = int(lying.holder[to])
    if task.waiting[other]:
        return
    if at != NOWHERE and not task.busy[at] and _after(lying, (Carry(part, at, to), Carry(other, to, at))):
        yield Carry(part, at, to, 1), Carry(other, to, at, 1)
    empty = np.flatnonzero((lying.holder == NOWHERE) & ~task.busy)
    empty = empty[lying.lawful(other, empty)]
    for room in empty[np.argsort(far[empty], kind="stable")][:1].tolist():
        if room != at and _after(lying, (Carry(other, to, room), Carry(part, at, to))):
            yield Carry(other, to, room), Carry(part, at, to)


def _after(lying: LyingParts, carries: tuple[Carry, ...]) -> bool:
    """Whether each may lie where it is carried, beside all that lies there once all are."""
    goods, neighbours = lying.task.parts.product, lying.neighbours
    gone = [carry for carry in carries if carry.from_slot != NOWHERE]
    for carry in gone:
        neighbours.take(int(goods[carry.product]), carry.from_slot)
    lawful, put = True, []
    for carry in carries:
        lawful = lawful and bool(lying.lawful(carry.product, np.array([carry.to_slot]))[0])
        neighbours.put(int(goods[carry.product]), carry.to_slot)
        put.append(carry)
    for carry in put:
        neighbours.take(int(goods[carry.product]), carry.to_slot)
    for carry in gone:
        neighbours.put(int(goods[carry.product]), carry.from_slot)
    return lawful
