"""Which slots may hold which products: the right temperature band, room for the peak stock, and nothing that bars it.

Reads the two frames of slotting into plain values once, so that suggestion and moves judge alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from warehouse.slotting.barred import NOTHING_BARRED, Barred

PRODUCT_COLUMNS = ("product_id", "band", "lines_per_day", "space_l")
SLOT_COLUMNS = ("slot_id", "zone_id", "band", "distance_m", "volume_l", "product_id")


@dataclass(frozen=True)
class StoredProduct:
    """What a product needs of its slot. `space_l` None: not known, fits everywhere."""

    product_id: str
    band: str
    lines_per_day: float
    space_l: float | None


@dataclass(frozen=True)
class Place:
    """A slot. `volume_l` None: not known, holds everything. `holds` is the product that lies there now."""

    slot_id: str
    zone_id: str
    band: str
    distance_m: float
    volume_l: float | None
    holds: str | None


@dataclass(frozen=True)
class Floor:
    """A warehouse as slotting sees it: what must be placed, where it lies now, and which slots it may use.

    Slots taken by a product that is not to be placed, and all but the nearest slot of a product that lies in
    several, stay as they are: they are in `slots` but not in `usable`, as those that nothing may be carried into.
    """

    products: Mapping[str, StoredProduct]
    slots: Mapping[str, Place]
    place_of: Mapping[str, str]
    barred: Barred = NOTHING_BARRED

    @property
    def usable(self) -> list[Place]:
        """The slots that are empty or hold a product to be placed, and may be filled, nearest first."""
        held_by_others = {
            slot.slot_id
            for slot in self.slots.values()
            if slot.holds is not None and self.place_of.get(slot.holds) != slot.slot_id
        }
        free = (slot for slot in self.slots.values() if slot.slot_id not in held_by_others and self.is_open(slot))
        return sorted(free, key=lambda slot: (slot.distance_m, slot.slot_id))

    def is_open(self, slot: Place) -> bool:
        """Whether anything may be carried into it."""
        return slot.slot_id not in self.barred.unusable and slot.zone_id not in self.barred.in_alarm

    def takes(self, product: StoredProduct, slot: Place) -> bool:
        """Whether an open slot of the product's band has room for it, and staff have not refused to carry it there."""
        refused = (product.product_id, slot.slot_id) in self.barred.refused
        return fits(product, slot) and (not refused or self.place_of.get(product.product_id) == slot.slot_id)

    def stays(self, product: StoredProduct) -> Place | None:
        """Where it lies, if its zone is in alarm and of its band: then it stays there meanwhile."""
        place = self.slots.get(self.place_of.get(product.product_id, ""))
        waits = place is not None and place.zone_id in self.barred.in_alarm and place.band == product.band
        return place if waits and place is not None and place.slot_id not in self.barred.unusable else None


def fits(product: StoredProduct, slot: Place) -> bool:
    """Whether the peak stock has room in the slot."""
    return product.space_l is None or slot.volume_l is None or product.space_l <= slot.volume_l


def may_lie_in(product: StoredProduct, slot: Place) -> bool:
    """Whether the slot keeps the product at its temperature and has room for it."""
    return product.band == slot.band and fits(product, slot)


def read_floor(products: pd.DataFrame, slots: pd.DataFrame, barred: Barred = NOTHING_BARRED) -> Floor:
    """The floor from the frames that `suggest_slots` documents, with the same errors."""
    _check(products, PRODUCT_COLUMNS, "products", "product_id")
    _check(slots, SLOT_COLUMNS, "slots", "slot_id")
    stored = {
        str(product_id): StoredProduct(str(product_id), str(band), _known(lines) or 0.0, _known(space))
        for product_id, band, lines, space in products[list(PRODUCT_COLUMNS)].itertuples(index=False)
    }
    places = {
        str(slot_id): Place(
            str(slot_id),
            str(zone_id),
            str(band),
            float(distance),
            _known(volume),
            None if pd.isna(holds) else str(holds),
        )
        for slot_id, zone_id, band, distance, volume, holds in slots[list(SLOT_COLUMNS)].itertuples(index=False)
    }
    place_of: dict[str, str] = {}
    for slot in sorted(places.values(), key=lambda slot: (slot.distance_m, slot.slot_id)):
        if slot.holds in stored:
            place_of.setdefault(slot.holds, slot.slot_id)
    return Floor(stored, places, place_of, barred)


def _known(number: object) -> float | None:
    return None if pd.isna(number) else float(number)  # type: ignore[call-overload, arg-type]


def _check(frame: pd.DataFrame, columns: tuple[str, ...], name: str, key: str) -> None:
    missing = set(columns) - set(frame.columns)
    if missing:
        raise ValueError(f"{name}: missing columns {sorted(missing)}")
    twice = frame.loc[frame[key].duplicated(), key]
    if len(twice):
        raise ValueError(f"{name}: {key} {twice.iloc[0]} is given twice")
