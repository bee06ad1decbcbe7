"""All that suggestions and moves of a warehouse are made from, read from its frames once, in numbers.

What is placed are parts of products (mostly the whole). Slots that hold something else, and further slots of a product
that needs no more, are left alone; so is, for now, what lies in a zone in alarm.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Self

import numpy as np
import pandas as pd

from warehouse.slotting.assignment.company import Company
from warehouse.slotting.assignment.problem import Problem
from warehouse.slotting.barred import NOTHING_BARRED, Barred
from warehouse.slotting.eligibility.climate import Climate
from warehouse.slotting.eligibility.eligible import NONE, Eligible
from warehouse.slotting.eligibility.frames import Bools, Floats, Ints, numbered
from warehouse.slotting.eligibility.goods import MOST_SLOTS, Goods, Harm, Parts
from warehouse.slotting.eligibility.neighbours import NOWHERE, Neighbourhood
from warehouse.slotting.eligibility.places import Places
from warehouse.slotting.expected_tours import expected_tours
from warehouse.slotting.routing.rules import Routing
from warehouse.slotting.walked_floor import WalkedFloor, walked_floor

LATEST_LINES: Final = 60_000  # of tours that are looked at


@dataclass(frozen=True, eq=False)
class Task:
    """goods, places, and which climate suits which; parts: what is placed
    now      (parts,) where each lies, NOWHERE: nowhere
    held     (slots,) which of the goods lies there, NOWHERE: nothing, or something unknown
    floor    how tours walk
    problem  the parts in the slots that are open to them, as far as neighbours do not count
    company  who the neighbours are
    """

    goods: Goods
    places: Places
    climate: Climate
    parts: Parts
    now: Ints
    held: Ints
    barred: Barred
    floor: WalkedFloor
    problem: Problem
    company: Company

    @classmethod
    def of(
        cls,
        products: pd.DataFrame,
        slots: pd.DataFrame,
        tours: pd.DataFrame | None = None,
        start: tuple[float, float] | None = None,
        routing: Routing = Routing.COMBINED,
        barred: Barred = NOTHING_BARRED,
        keep_slots: bool = False,
    ) -> Self:
        """From the frames of `Goods.of` and `Places.of` (with aisle, x_m and y_m where known), tours as tour_id and
        product_id in the order of time, and where they start; what fits no slot alone gets several; with
        `keep_slots` each product gets no fewer than it lies in. Raises ValueError for a missing column, or a product or
        slot that is given twice."""
        goods, places = Goods.of(products), Places.of(slots)
        climate = Climate.of(goods, places)
        held = pd.Index(goods.product_id).get_indexer(pd.Index(places.holds)).astype(np.int64)
        needed = _slots_needed(goods, places, climate, barred)
        if keep_slots:
            needed = np.maximum(needed, np.bincount(held[held != NOWHERE], minlength=len(needed)))
        parts = Parts.of(goods, needed)
        well = climate.keeps(held, np.arange(len(held))) & ~np.isin(places.slot_id, list(barred.unusable))
        now = _where_parts_lie(parts, places, held, well)
        floor = walked_floor(slots, start)
        picked = pd.Index(goods.product_id[parts.product[parts.number == 1]])  # the first parts come first
        picks = expected_tours(picked, parts.lines, tours if floor.by_aisles else None, LATEST_LINES)
        left_alone = (places.holds != "") & ~np.isin(np.arange(len(held)), now)
        lies_already = {at: int(held[at]) for at in np.flatnonzero(left_alone & (held != NOWHERE)).tolist()}
        around = Neighbourhood.of(goods.company, goods.raw_meat, goods.apart(), places)
        eligible = _eligible(goods, places, climate, parts, now, barred, left_alone)
        problem = Problem(floor.plan, eligible, parts.lines, picks, routing)
        company = Company(around, parts.product, lies_already)
        return cls(goods, places, climate, parts, now, held, barred, floor, problem, company)

    @cached_property
    def usable(self) -> Bools:
        """(slots,) that can be used."""
        return ~np.isin(self.places.slot_id, list(self.barred.unusable))

    @cached_property
    def in_alarm(self) -> Bools:
        """(slots,) in a zone in alarm."""
        return np.isin(self.places.zone_id, list(self.barred.in_alarm))

    @cached_property
    def busy(self) -> Bools:
        """(slots,) that nothing is carried from or into in this shift."""
        return np.isin(self.places.slot_id, list(self.barred.busy))

    @cached_property
    def apart_by(self) -> Mapping[Harm, Bools]:
        """(companies, companies) by harm, which may not be neighbours."""
        return self.goods.apart_by()

    @cached_property
    def aside_m(self) -> Floats:
        """(slots,) how far their aisle is from where tours start."""
        plan = self.floor.plan
        return np.asarray(np.abs(plan.aisle_x_m[plan.aisle] - plan.start_x_m))

    def quantity(self, part: int) -> float:
        """Units on hand of a part: as much as the others hold."""
        product = self.parts.product[part]
        return float(self.goods.on_hand[product] / (self.parts.product == product).sum())

    @cached_property
    def waiting(self) -> Bools:
        """(parts,) that stay where they lie meanwhile: in a zone in alarm, of the climate that they ask."""
        lies = self.now != NOWHERE
        well = self.climate.keeps(self.parts.product, np.where(lies, self.now, 0))
        return np.asarray(lies & well & (self.in_alarm & self.usable)[self.now])

    def waited_for(self) -> tuple[Problem, Company]:
        """The problem of all parts that do not wait, beside those that do."""
        lies_already = dict(self.company.lies_already)
        lies_already |= {int(self.now[part]): int(self.parts.product[part]) for part in np.flatnonzero(self.waiting)}
        eligible = self.problem.eligible.without(np.flatnonzero(self.waiting), self.now[self.waiting])
        return replace(self.problem, eligible=eligible), replace(self.company, lies_already=lies_already)


def _slots_needed(goods: Goods, places: Places, climate: Climate, barred: Barred) -> Ints:
    """(goods,) how many slots each needs: 1 where one takes the peak stock, or as many as a product gets do not."""
    picked_from = places.pick_face & ~np.isin(places.slot_id, list(barred.unusable))
    needed = np.ones(len(goods.product_id), np.int64)
    for kind in np.unique(climate.of_goods).tolist():
        slots = np.flatnonzero(picked_from & climate.fits[kind, climate.of_slot])
        of_kind = np.flatnonzero(climate.of_goods == kind)
        largest, strongest = (sizes[slots].max(initial=0.0) for sizes in (places.volume_l, places.max_weight_kg))
        large = (goods.space_l[of_kind] > largest) | (goods.peak_kg[of_kind] > strongest)
        for one in of_kind[large].tolist() if len(slots) else []:
            for count in range(2, MOST_SLOTS + 1):
                fits = goods.space_l[one] / count <= places.volume_l[slots]
                if (fits & (goods.peak_kg[one] / count <= places.max_weight_kg[slots])).any():
                    needed[one] = count
                    break
    return needed


def _where_parts_lie(parts: Parts, places: Places, held: Ints, well: Bools) -> Ints:
    """(parts,) of a product in several slots the first part in the nearest that it is picked from; but what lies where
    it may not (not `well`) first, so that this is moved."""
    order = np.lexsort((places.slot_id.astype(str), places.distance_m, well, ~places.pick_face, held))
    goods = held[order]
    begins = np.searchsorted(goods, parts.product)
    ends = np.searchsorted(goods, parts.product, side="right")
    at = begins + parts.number - 1
    return np.where(at < ends, order[np.minimum(at, len(order) - 1)], NOWHERE)


def _eligible(
    goods: Goods, places: Places, climate: Climate, parts: Parts, now: Ints, barred: Barred, left_alone: Bools
) -> Eligible:
    closed = (
        left_alone | np.isin(places.zone_id, list(barred.in_alarm)) | np.isin(places.slot_id, list(barred.unusable))
    )
    first_slot, place_kind = numbered(climate.of_slot, places.pick_face, closed)
    first, kind = numbered(climate.of_goods[parts.product], parts.number == 1)
    allowed = climate.keeps(parts.product[first][:, None], first_slot[None, :])
    allowed &= ~closed[first_slot]
    allowed &= places.pick_face[first_slot] | (parts.number[first] > 1)[:, None]
    return Eligible(
        kind,
        place_kind,
        allowed,
        parts.space_l,
        parts.weight_kg,
        places.volume_l,
        places.max_weight_kg,
        _refused(goods, places, parts, now, barred),
    )


def _refused(goods: Goods, places: Places, parts: Parts, now: Ints, barred: Barred) -> Ints:
    """What staff would not carry; what lies there by now may stay."""
    if not barred.refused:
        return NONE
    product_ids, slot_ids = zip(*sorted(barred.refused), strict=True)
    product = pd.Index(goods.product_id).get_indexer(pd.Index(product_ids))
    slot = pd.Index(places.slot_id).get_indexer(pd.Index(slot_ids))
    codes = [
        part * len(places.slot_id) + at
        for one, at in zip(product.tolist(), slot.tolist(), strict=True)
        for part in (np.flatnonzero(parts.product == one).tolist() if one >= 0 and at >= 0 else [])
        if now[part] != at
    ]
    return np.array(sorted(codes), np.int64)
