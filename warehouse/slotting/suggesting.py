"""Where the products of a warehouse should lie, and why: assigned for its routing rule, under all that they ask."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from warehouse.reasons import Reason
from warehouse.slotting.assignment.search import assign_for_routing
from warehouse.slotting.eligibility.frames import Bools, Ints
from warehouse.slotting.eligibility.neighbours import NOWHERE, Lying
from warehouse.slotting.suggestion import SlotReason, SlotSuggestion
from warehouse.slotting.task import Task


def suggested_slots(task: Task) -> Ints:
    """(parts,) the slot of each, NOWHERE for those that find none. It does not depend on where parts lie now, but for
    what waits in a zone in alarm."""
    problem, company = task.waited_for()
    slot = assign_for_routing(problem, company).slot
    return np.where(task.waiting, task.now, slot)


def suggestions_of(task: Task, slot: Ints) -> tuple[SlotSuggestion, ...]:
    """For every product the slots that are suggested, in the order of the frame, each with its reasons."""
    why = _Why(task, slot)
    order = np.lexsort((task.parts.number, task.parts.product))
    return tuple(why.suggestion(part) for part in order.tolist())


@dataclass(frozen=True, eq=False)
class _Ranks:
    """Of each part the rank of its product in its band by lines, and how many there are."""

    rank: Ints
    of: Ints

    @classmethod
    def of_task(cls, task: Task) -> "_Ranks":
        band = task.goods.band[task.parts.product]
        first = task.parts.number == 1
        rank, of = np.zeros(len(band), np.int64), np.zeros(len(band), np.int64)
        for one in np.unique(band.astype(str)).tolist():
            own = np.flatnonzero(band == one)  # the most picked first; further parts after all of them
            rank[own] = np.minimum.accumulate(np.arange(1, len(own) + 1)[::-1])[::-1]
            of[own] = first[own].sum()
        by_product = dict(zip(task.parts.product[first].tolist(), rank[first].tolist(), strict=True))
        return cls(np.array([by_product[product] for product in task.parts.product.tolist()], np.int64), of)


class _Why:
    def __init__(self, task: Task, slot: Ints) -> None:
        self.task, self.slot = task, slot
        self.ranks = _Ranks.of_task(task)
        self.several = np.bincount(task.parts.product, minlength=len(task.goods.product_id))
        self.lying: Lying = task.waited_for()[1].lying(slot)
        self.taken = np.isin(np.arange(len(task.held)), slot)

    def suggestion(self, part: int) -> SlotSuggestion:
        """Of one part."""
        task, at = self.task, int(self.slot[part])
        product = int(task.parts.product[part])
        return SlotSuggestion(
            product_id=str(task.goods.product_id[product]),
            slot_id=None if at == NOWHERE else str(task.places.slot_id[at]),
            zone_id=None if at == NOWHERE else str(task.places.zone_id[at]),
            lines_per_day=float(task.goods.lines_per_day[product]),
            reasons=tuple(self._reasons(part, product, at)),
            number=int(task.parts.number[part]),
        )

    def _reasons(self, part: int, product: int, at: int) -> Iterator[Reason]:
        task = self.task
        yield Reason(
            SlotReason.RANKED_IN_BAND,
            {
                "rank": int(self.ranks.rank[part]),
                "products": int(self.ranks.of[part]),
                "band": str(task.goods.band[product]),
                "lines_per_day": round(float(task.goods.lines_per_day[product]), 2),
            },
        )
        if self.several[product] > 1:
            several = {"number": int(task.parts.number[part]), "slots": int(self.several[product])}
            yield Reason(SlotReason.ONE_OF_SEVERAL, several)
        yield from self._why_none(part, product) if at == NOWHERE else self._why_there(part, at)

    def _why_there(self, part: int, at: int) -> Iterator[Reason]:
        task, places = self.task, self.task.places
        if task.in_alarm[at]:
            yield Reason(SlotReason.STAYS)
            yield Reason(SlotReason.ZONE_IN_ALARM, {"zone_ids": str(places.zone_id[at])})
            return
        figures = {
            "distance_m": float(places.distance_m[at]),
            "space_l": float(task.parts.space_l[part]) or None,
            "volume_l": float(places.volume_l[at]) if np.isfinite(places.volume_l[at]) else None,
        }
        if task.floor.by_aisles:
            yield Reason(SlotReason.SUITS_TOURS, {"routing": task.problem.routing.value, **figures})
        else:
            yield Reason(SlotReason.NEAREST_THAT_FITS, figures)
        if task.now[part] == at:
            yield Reason(SlotReason.STAYS)

    def _why_none(self, part: int, product: int) -> Iterator[Reason]:
        """The first rule that leaves no slot, or what bars those that are left, or that they are full."""
        task, places, parts = self.task, self.task.places, self.task.parts
        every = np.arange(len(places.slot_id))
        band = str(task.goods.band[product])
        in_band = task.climate.keeps_band(product, every)
        humid = task.climate.keeps(product, every)
        picked_from = humid & (places.pick_face | (parts.number[part] > 1))
        large = picked_from & (parts.space_l[part] <= places.volume_l)
        strong = large & (parts.weight_kg[part] <= places.max_weight_kg)
        rules: tuple[tuple[Bools, Reason], ...] = (
            (in_band, Reason(SlotReason.NO_SLOT_IN_BAND, {"band": band})),
            (humid, Reason(SlotReason.NO_FIT_HUMIDITY, {"band": band})),
            (picked_from, Reason(SlotReason.NO_PICK_FACE, {"band": band})),
            (large, Reason(SlotReason.NO_SLOT_LARGE_ENOUGH, {
                "space_l": float(parts.space_l[part]), "largest_l": _largest(places.volume_l[picked_from])})),
            (strong, Reason(SlotReason.NO_SLOT_STRONG_ENOUGH, {
                "peak_kg": float(parts.weight_kg[part]), "strongest_kg": _largest(places.max_weight_kg[large])})),
        )  # fmt: skip
        for left, reason in rules:
            if not left.any():
                yield reason
                return
        barred = list(self._barred(part, strong))
        may = task.problem.eligible.may(part, every)
        if barred and not may.any():
            yield from barred
            return
        lawless = may & ~self.taken & ~self.lying.lawful(product, every)
        if lawless.any():
            yield Reason(SlotReason.KEPT_APART, {"slots": int(lawless.sum())})
        else:
            open_ = np.asarray(task.problem.eligible.allowed.any(axis=0))[task.problem.eligible.place_kind]
            yield Reason(SlotReason.BAND_FULL, {"band": band, "slots": int((in_band & open_).sum())})
        yield from barred

    def _barred(self, part: int, fitting: Bools) -> Iterator[Reason]:
        """What keeps it out of slots that would suit it."""
        task = self.task
        zones = sorted({str(zone) for zone in task.places.zone_id[fitting & task.in_alarm]})
        if zones:
            yield Reason(SlotReason.ZONE_IN_ALARM, {"zone_ids": ", ".join(zones)})
        if unusable := int((fitting & ~task.usable).sum()):
            yield Reason(SlotReason.SLOTS_UNUSABLE, {"slots": unusable})
        own = task.problem.eligible.refused // task.problem.eligible.slots == part
        if own.any():
            yield Reason(SlotReason.REFUSED, {"slots": int(own.sum())})


def _largest(sizes: np.ndarray) -> float:
    return float(sizes.max(initial=0.0))
