"""The slots of a floor: the climate of their zone, what they hold and bear, and which of them are neighbours.

Neighbours are the slots of one bay and of the bays next to it in the aisle. Slots of which no bay is known are taken to
be one bay for each zone, since nothing says that they lie apart; a level that is not known is the lowest.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np
import pandas as pd

from warehouse.slotting.eligibility.frames import Bools, Floats, Ints, Texts, check, flags, numbers, texts

COLUMNS = ("slot_id", "zone_id", "band", "distance_m", "volume_l", "product_id")


@dataclass(frozen=True, eq=False)
class Places:
    """Slots, each (slots,) but for `next_to`.

    holds      the product that lies there; "": none
    volume_l, max_weight_kg  infinite: not known, holds everything
    pick_face  orders are picked from it; else it holds reserve
    bay        number of the bay
    next_to    (bays, 3) the bay itself and those before and after it in the aisle; itself where there is none
    level      0: the lowest
    """

    slot_id: Texts
    zone_id: Texts
    band: Texts
    distance_m: Floats
    volume_l: Floats
    max_weight_kg: Floats
    humidity_low: Floats
    humidity_high: Floats
    pick_face: Bools
    holds: Texts
    bay: Ints
    next_to: Ints
    level: Ints

    @classmethod
    def of(cls, slots: pd.DataFrame) -> Self:
        """From a frame with `COLUMNS` and, where known, humidity_low_pct, humidity_high_pct, max_weight_kg, pick_face,
        aisle, bay, level."""
        check(slots, COLUMNS, "slots", "slot_id")
        bay, next_to = _bays(slots)
        return cls(
            texts(slots, "slot_id"),
            texts(slots, "zone_id"),
            texts(slots, "band"),
            slots["distance_m"].to_numpy(float),
            numbers(slots, "volume_l", np.inf),
            numbers(slots, "max_weight_kg", np.inf),
            numbers(slots, "humidity_low_pct", np.nan),
            numbers(slots, "humidity_high_pct", np.nan),
            flags(slots, "pick_face", True),
            texts(slots, "product_id"),
            bay,
            next_to,
            _from_the_lowest(numbers(slots, "level", 0.0).astype(np.int64), bay),
        )


def _from_the_lowest(level: Ints, bay: Ints) -> Ints:
    """Levels counted from the lowest of each bay."""
    lowest = np.full(int(bay.max(initial=0)) + 1, np.iinfo(np.int64).max)
    np.minimum.at(lowest, bay, level)
    return np.asarray(level - lowest[bay])


def _bays(slots: pd.DataFrame) -> tuple[Ints, Ints]:
    aisle, number = texts(slots, "aisle"), numbers(slots, "bay", np.nan)
    known = (aisle != "") & ~np.isnan(number)
    of_zone = np.where(known, "", texts(slots, "zone_id"))
    keys = pd.MultiIndex.from_arrays([of_zone, np.where(known, aisle, ""), np.where(known, number, 0.0)])
    bay, bays = pd.factorize(keys, sort=True)  # the bays of an aisle follow one another
    of_aisle = [key[:2] for key in bays]
    every = np.arange(len(bays))
    same = np.array([one == other for one, other in pairwise(of_aisle)], bool)
    before = every - np.append(False, same)[: len(every)]
    after = every + np.append(same, False)[: len(every)]
    return bay.astype(np.int64), np.stack([every, before, after], axis=1)
