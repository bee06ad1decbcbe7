"""Which product may lie in which slot, as far as the two of them decide it: never kept as products times slots.

Products that ask the same are of one kind, slots that give the same of one kind too; which kinds go together is a small
table. Beside it count the room and the weight, and what staff refused.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from warehouse.slotting.eligibility.frames import Bools, Floats, Ints

NONE = np.zeros(0, np.int64)


@dataclass(frozen=True, eq=False)
class Eligible:
    """Products and slots by their numbers.

    kind, space_l, weight_kg              (products,)
    place_kind, volume_l, max_weight_kg   (slots,)
    allowed                               (kinds, place kinds)
    refused                               products * slots + slot, ascending
    """

    kind: Ints
    place_kind: Ints
    allowed: Bools
    space_l: Floats
    weight_kg: Floats
    volume_l: Floats
    max_weight_kg: Floats
    refused: Ints = field(default_factory=lambda: NONE)

    @classmethod
    def in_blocks(cls, block_of_slot: Ints, block: Ints) -> Self:
        """A product may lie in every slot of its own block, and in no other."""
        count = max(int(block.max(initial=0)), int(block_of_slot.max(initial=0))) + 1
        products, slots = np.zeros(len(block)), np.zeros(len(block_of_slot))
        return cls(block, block_of_slot, np.eye(count, dtype=bool), products, products, slots, slots)

    @property
    def products(self) -> int:
        """How many there are."""
        return len(self.kind)

    @property
    def slots(self) -> int:
        """How many there are."""
        return len(self.place_kind)

    def may(self, product: Ints | int, slot: Ints | int) -> Bools:
        """Whether a product may lie in a slot; the two are broadcast against each other."""
        fits = self.allowed[self.kind[product], self.place_kind[slot]]
        fits = fits & (self.space_l[product] <= self.volume_l[slot])
        fits = fits & (self.weight_kg[product] <= self.max_weight_kg[slot])
        if len(self.refused):
            fits = fits & ~np.isin(np.asarray(product) * self.slots + slot, self.refused)
        return np.asarray(fits)

    def is_refused(self, product: int) -> bool:
        """Whether staff refused to carry it somewhere."""
        return product in self._refused

    @cached_property
    def _refused(self) -> frozenset[int]:
        return frozenset((self.refused // self.slots).tolist())

    def table(self, products: Ints, slots: Ints) -> Bools:
        """(some products, some slots)"""
        return self.may(products[:, None], slots[None, :])

    def without(self, products: Ints, slots: Ints) -> Self:
        """The same where some products may be carried nowhere and some slots take nothing."""
        kinds, places = self.allowed.shape
        allowed = np.zeros((kinds + 1, places + 1), bool)
        allowed[:-1, :-1] = self.allowed
        kind, place_kind = self.kind.copy(), self.place_kind.copy()
        kind[products], place_kind[slots] = kinds, places
        return replace(self, kind=kind, place_kind=place_kind, allowed=allowed)

    @cached_property
    def _parts(self) -> tuple[Ints, Ints]:
        """Of kinds and place kinds the block in which they are joined."""
        kinds, places = self.allowed.shape
        used = np.zeros_like(self.allowed)
        used[np.ix_(np.unique(self.kind), np.unique(self.place_kind))] = True
        rows, columns = np.nonzero(self.allowed & used)
        graph = coo_array((np.ones(len(rows)), (rows, kinds + columns)), shape=(kinds + places,) * 2)
        _, joined = connected_components(graph, directed=False)
        return joined[:kinds].astype(np.int64), joined[kinds:].astype(np.int64)

    @cached_property
    def block(self) -> Ints:
        """(products,) a block holds all that may change places with each other, however indirectly."""
        return np.asarray(self._parts[0][self.kind])

    @cached_property
    def block_of_slot(self) -> Ints:
        """(slots,)"""
        return np.asarray(self._parts[1][self.place_kind])

    def blocks(self) -> list[tuple[Ints, Ints]]:
        """Of each block that has both its products and its slots."""
        both = np.intersect1d(self.block, self.block_of_slot)
        return [(np.flatnonzero(self.block == one), np.flatnonzero(self.block_of_slot == one)) for one in both.tolist()]
