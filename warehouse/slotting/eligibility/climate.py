"""Which zones keep a product: in its temperature band, and no drier nor damper than it bears.

What a zone keeps must lie within what the product bears. What is not known of a zone's humidity is taken to fit.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from warehouse.slotting.eligibility.frames import Bools, Ints, numbered
from warehouse.slotting.eligibility.goods import Goods
from warehouse.slotting.eligibility.places import Places


@dataclass(frozen=True, eq=False)
class Climate:
    """Kinds of goods and of slots by what they ask and give: of_goods (goods,), of_slot (slots,), and, by kind of
    goods and of slot, whether the band is right and whether band and humidity are."""

    of_goods: Ints
    of_slot: Ints
    in_band: Bools
    fits: Bools

    @classmethod
    def of(cls, goods: Goods, places: Places) -> Self:
        """Of all that is stored, and all slots."""
        first, of_goods = numbered(goods.band, goods.humidity_low, goods.humidity_high)
        first_slot, of_slot = numbered(places.band, places.humidity_low, places.humidity_high)
        in_band = goods.band[first, None] == places.band[None, first_slot]
        dry = places.humidity_low[None, first_slot] < goods.humidity_low[first, None]  # false where not known
        damp = places.humidity_high[None, first_slot] > goods.humidity_high[first, None]
        return cls(of_goods, of_slot, in_band, in_band & ~dry & ~damp)

    def keeps(self, goods: Ints | int, slot: Ints | int) -> Bools:
        """Whether the climate of a slot suits a product; the two are broadcast against each other."""
        return np.asarray(self.fits[self.of_goods[goods], self.of_slot[slot]])

    def keeps_band(self, goods: Ints | int, slot: Ints | int) -> Bools:
        """Whether its temperature does."""
        return np.asarray(self.in_band[self.of_goods[goods], self.of_slot[slot]])
