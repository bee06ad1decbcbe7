"""Where goods that came go: into the product's own face as far as it has room; else into the nearest reserve slot that
they may lie in; else into another free slot. Where no legal place is left, the rule that leaves none is named.

What may lie where is decided as for suggestions: climate, room and weight, neighbours, and what bars a slot.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from math import floor, inf
from typing import Final

import numpy as np

from warehouse.reasons import Reason
from warehouse.slotting.barred import Barred
from warehouse.slotting.eligibility.climate import Climate
from warehouse.slotting.eligibility.frames import Bools, Floats, Ints
from warehouse.slotting.eligibility.goods import Goods
from warehouse.slotting.eligibility.neighbours import Lying, Neighbourhood
from warehouse.slotting.eligibility.places import Places
from warehouse.slotting.routing.floor_plan import FloorPlan
from warehouse.slotting.suggestion import SlotReason

NOTHING: Final = -1  # of the goods
ROUNDING: Final = 1e-6  # of a unit


class PlaceKind(StrEnum):
    """What a place is to the goods."""

    FACE = "face"  # their own, which orders are picked from
    RESERVE = "reserve"
    FREE = "free"  # an empty slot that nothing is picked from yet


@dataclass(frozen=True)
class Came:
    """So much of a product came, in its unit, of so many litres and kg each (None: not known); `whole`: in pieces."""

    product_id: str
    quantity: float
    unit_l: float | None
    unit_kg: float | None
    whole: bool


@dataclass(frozen=True)
class PutAway:
    """Of what came, so much goes into a slot; `slot_id` None: nowhere, for these reasons."""

    product_id: str
    quantity: float
    slot_id: str | None
    kind: PlaceKind | None
    reasons: tuple[Reason, ...] = ()


class Shelves:
    """The slots of a warehouse while goods are put away: what lies in them, and how much room is left."""

    def __init__(
        self, goods: Goods, places: Places, plan: FloorPlan, barred: Barred, taken_l: Floats, taken_kg: Floats
    ) -> None:
        """`goods` are all that lies there or came, `taken_l` and `taken_kg` (slots,) what lies there now."""
        self.goods, self.places, self.plan, self.barred = goods, places, plan, barred
        self.climate = Climate.of(goods, places)
        self.number = {str(product): n for n, product in enumerate(goods.product_id)}
        self.holds = np.array([self.number.get(str(product), NOTHING) for product in places.holds], np.int64)
        self.empty = places.holds == ""
        self.room_l, self.room_kg = places.volume_l - taken_l, places.max_weight_kg - taken_kg
        self.in_alarm = np.isin(places.zone_id, list(barred.in_alarm))
        self.unusable = np.isin(places.slot_id, list(barred.unusable))
        around = Neighbourhood.of(goods.company, goods.raw_meat, goods.apart(), places)
        lies = np.flatnonzero(self.holds != NOTHING)
        self.lying = Lying.of(around, self.holds[lies], lies)

    def put_away(self, came: Came) -> Iterator[PutAway]:
        """Where it goes, in parts; it lies there from now on."""
        left, product = came.quantity, self.number[came.product_id]
        for slot, kind in self._places_for(product):
            part = min(left, _fitting(came, float(self.room_l[slot]), float(self.room_kg[slot])))
            if part <= ROUNDING:
                continue
            self._put(came, product, slot, part)
            yield PutAway(came.product_id, part, str(self.places.slot_id[slot]), kind)
            left -= part
        if left > ROUNDING:
            yield PutAway(came.product_id, left, None, None, tuple(self._why_none(came, product)))

    def _places_for(self, product: int) -> Iterator[tuple[int, PlaceKind]]:
        """The slots that are open to it, the best first."""
        places, own = self.places, self.holds == product
        every = np.arange(len(own))
        open_ = self.climate.keeps(product, every) & ~self.in_alarm & ~self.unusable
        open_ &= own | (~self._refused(product) & self.lying.lawful(product, every))
        faces = np.flatnonzero(own & places.pick_face)
        far = places.distance_m
        if len(faces):
            far = self.plan.between(int(faces[np.argmin(far[faces])]), every)
        for kind, slots in (
            (PlaceKind.FACE, open_ & own & places.pick_face),
            (PlaceKind.RESERVE, open_ & ~places.pick_face & (own | self.empty)),
            (PlaceKind.FREE, open_ & places.pick_face & self.empty),
        ):
            found = np.flatnonzero(slots)  # where some of it lies already comes first
            for slot in found[np.lexsort((places.slot_id[found].astype(str), far[found], ~own[found]))].tolist():
                yield slot, kind

    def _put(self, came: Came, product: int, slot: int, part: float) -> None:
        self.room_l[slot] -= part * (came.unit_l or 0.0)
        self.room_kg[slot] -= part * (came.unit_kg or 0.0)
        if self.empty[slot]:
            self.empty[slot], self.holds[slot] = False, product
            self.lying.put(product, slot)

    def _refused(self, product: int) -> Bools:
        """(slots,) into which staff would not carry it."""
        refused = [slot_id for product_id, slot_id in self.barred.refused if self.number.get(product_id) == product]
        return np.isin(self.places.slot_id, refused)

    def _why_none(self, came: Came, product: int) -> Iterator[Reason]:
        """The first rule that leaves no slot; where each leaves some, what fills or bars these."""
        places, every = self.places, np.arange(len(self.holds))
        band = str(self.goods.band[product])
        in_band = self.climate.keeps_band(product, every)
        humid = self.climate.keeps(product, every)
        large = humid & (places.volume_l >= (came.unit_l or 0.0))
        strong = large & (places.max_weight_kg >= (came.unit_kg or 0.0))
        for left, reason in (
            (in_band, Reason(SlotReason.NO_SLOT_IN_BAND, {"band": band})),
            (humid, Reason(SlotReason.NO_FIT_HUMIDITY, {"band": band})),
            (large, Reason(SlotReason.NO_SLOT_LARGE_ENOUGH, {
                "space_l": came.unit_l, "largest_l": float(places.volume_l[humid].max(initial=0.0))})),
            (strong, Reason(SlotReason.NO_SLOT_STRONG_ENOUGH, {
                "peak_kg": came.unit_kg, "strongest_kg": float(places.max_weight_kg[large].max(initial=0.0))})),
        ):  # fmt: skip
            if not left.any():
                yield reason
                return
        free = strong & (self.empty | (self.holds == product)) & (self._room_for_one(came) > 0)
        zones = sorted({str(zone) for zone in places.zone_id[free & self.in_alarm]})
        if zones:
            yield Reason(SlotReason.ZONE_IN_ALARM, {"zone_ids": ", ".join(zones)})
        if unusable := int((free & ~self.in_alarm & self.unusable).sum()):
            yield Reason(SlotReason.SLOTS_UNUSABLE, {"slots": unusable})
        open_ = free & ~self.in_alarm & ~self.unusable
        if refused := int((open_ & self._refused(product) & (self.holds != product)).sum()):
            yield Reason(SlotReason.REFUSED, {"slots": refused})
        lawless = open_ & ~self._refused(product) & ~self.lying.lawful(product, every)
        if lawless.any():
            yield Reason(SlotReason.KEPT_APART, {"slots": int(lawless.sum())})
        if not free.any():
            yield Reason(SlotReason.BAND_FULL, {"band": band, "slots": int(strong.sum())})

    def _room_for_one(self, came: Came) -> Ints:
        """(slots,) 1 where there is room for any of it."""
        least = 1.0 if came.whole else ROUNDING
        room = (self.room_l >= least * (came.unit_l or 0.0)) & (self.room_kg >= least * (came.unit_kg or 0.0))
        return room.astype(np.int64)


def _fitting(came: Came, room_l: float, room_kg: float) -> float:
    """How much of it a place has room for."""
    rooms = ((room_l, came.unit_l), (room_kg, came.unit_kg))
    fitting = min((room / unit for room, unit in rooms if unit), default=inf)
    return max(float(floor(fitting + ROUNDING)) if came.whole and fitting < inf else fitting, 0.0)
