"""Which slot each product should lie in, from how often it is picked and what keeps it fresh.

Walking is the sum over products of order lines times distance. One slot a product, so within a block of slots
that any of the products may use the cube-per-order index (Heskett 1963) orders products by their lines, and the
most picked gets the nearest slot: that is optimal (design decision 7). Where some products do not fit some
slots of their band, the block is no longer uniform and the same sum is minimised as an assignment problem.
Distances are given, so they can be those of the way a warehouse's router really takes.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from warehouse.reasons import Reason
from warehouse.slotting.barred import NOTHING_BARRED, Barred
from warehouse.slotting.eligibility import Floor, Place, StoredProduct, fits, read_floor
from warehouse.slotting.suggestion import SlotReason, SlotSuggestion


def suggest_slots(
    products: pd.DataFrame, slots: pd.DataFrame, barred: Barred = NOTHING_BARRED
) -> tuple[SlotSuggestion, ...]:
    """A suggestion for every product of one warehouse, in the order of the frame.

    products  product_id, band, lines_per_day (forecast order lines), space_l (volume of the peak stock; NaN:
              not known, fits everywhere)
    slots     slot_id, zone_id, band (the zone's), distance_m (from the packing bench), volume_l (NaN: not
              known, holds everything), product_id (what lies there now, or None)

    Slots that hold a product which is not in `products` are left alone. The suggestion does not depend on where
    products lie now, but for what stays in a zone in alarm. Raises ValueError for a missing column, or a product or
    slot that is given twice.
    """
    floor = read_floor(products, slots, barred)
    suggestions: dict[str, SlotSuggestion] = {}
    for band in sorted({product.band for product in floor.products.values()}):
        wanting = sorted(
            (product for product in floor.products.values() if product.band == band),
            key=lambda product: (-product.lines_per_day, product.product_id),
        )
        block = [slot for slot in floor.usable if slot.band == band]
        waiting = {product.product_id: place for product in wanting if (place := floor.stays(product)) is not None}
        assigned = waiting | assign([one for one in wanting if one.product_id not in waiting], block, floor)
        for rank, product in enumerate(wanting, start=1):
            ranked = Reason(
                SlotReason.RANKED_IN_BAND,
                {
                    "rank": rank,
                    "products": len(wanting),
                    "band": band,
                    "lines_per_day": round(product.lines_per_day, 2),
                },
            )
            slot = assigned.get(product.product_id)
            why = _why_none(product, block, floor) if slot is None else _why(product, slot, floor)
            suggestions[product.product_id] = SlotSuggestion(
                product_id=product.product_id,
                slot_id=slot.slot_id if slot else None,
                zone_id=slot.zone_id if slot else None,
                lines_per_day=product.lines_per_day,
                reasons=(ranked, *why),
            )
    return tuple(suggestions[product_id] for product_id in floor.products)


def assign(products: Sequence[StoredProduct], slots: Sequence[Place], floor: Floor) -> dict[str, Place]:
    """By product_id, the slots of one band that place as many products as fit and let pickers walk least.

    Products come most picked first, slots nearest first. Those that find no room are left out, the least picked
    first.
    """
    fit = np.array([[floor.takes(product, slot) for slot in slots] for product in products], dtype=bool)
    fit = fit.reshape(len(products), len(slots))
    if fit.all():
        return {product.product_id: slot for product, slot in zip(products, slots, strict=False)}
    lines = np.array([product.lines_per_day for product in products])
    walking = np.outer(lines, [slot.distance_m for slot in slots])
    # staying without a slot costs more than any walk, most for what is picked most; a slot too small costs more still
    without = (walking.max(axis=1).sum() + 1) * (1 + lines / max(lines.sum(), 1e-9))
    impossible = 4 * without.sum()
    cost = np.hstack([np.where(fit, walking, impossible), np.where(np.eye(len(lines)), without, impossible)])
    rows, columns = linear_sum_assignment(cost)
    return {
        products[row].product_id: slots[column]
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
        if column < len(slots)
    }


def _why(product: StoredProduct, slot: Place, floor: Floor) -> tuple[Reason, ...]:
    if slot.zone_id in floor.barred.in_alarm:
        return (Reason(SlotReason.STAYS), Reason(SlotReason.ZONE_IN_ALARM, {"zone_ids": slot.zone_id}))
    nearest = Reason(
        SlotReason.NEAREST_THAT_FITS,
        {"distance_m": slot.distance_m, "space_l": product.space_l, "volume_l": slot.volume_l},
    )
    stays = floor.place_of.get(product.product_id) == slot.slot_id
    return (nearest, Reason(SlotReason.STAYS)) if stays else (nearest,)


def _why_none(product: StoredProduct, block: Sequence[Place], floor: Floor) -> tuple[Reason, ...]:
    of_band = [slot for slot in floor.slots.values() if slot.band == product.band]
    if not of_band:
        return (Reason(SlotReason.NO_SLOT_IN_BAND, {"band": product.band}),)
    barred = _why_barred(product, of_band, floor)
    if barred and not any(floor.takes(product, slot) for slot in block):
        return barred
    if not any(fits(product, slot) for slot in of_band):
        largest = max(slot.volume_l or 0.0 for slot in of_band)
        return (Reason(SlotReason.NO_SLOT_LARGE_ENOUGH, {"space_l": product.space_l, "largest_l": largest}),)
    return (Reason(SlotReason.BAND_FULL, {"band": product.band, "slots": len(block)}), *barred)


def _why_barred(product: StoredProduct, of_band: Sequence[Place], floor: Floor) -> tuple[Reason, ...]:
    """What keeps it out of slots of its band that have room for it."""
    large_enough = [slot for slot in of_band if fits(product, slot)]
    in_alarm = sorted({slot.zone_id for slot in large_enough if slot.zone_id in floor.barred.in_alarm})
    unusable = sum(slot.slot_id in floor.barred.unusable for slot in large_enough)
    refused = sum(floor.is_open(slot) and not floor.takes(product, slot) for slot in large_enough)
    reasons = (
        (in_alarm, Reason(SlotReason.ZONE_IN_ALARM, {"zone_ids": ", ".join(in_alarm)})),
        (unusable, Reason(SlotReason.SLOTS_UNUSABLE, {"slots": unusable})),
        (refused, Reason(SlotReason.REFUSED, {"slots": refused})),
    )
    return tuple(reason for is_so, reason in reasons if is_so)
