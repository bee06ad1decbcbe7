"""Who gets how much of a supplier's daily capacity when the warehouses together ask for more.

In proportion to what each asks for, in whole packs (largest remainder). A warehouse whose part would be below
the supplier's minimum gets nothing, the smallest asker first, and the others share what that frees.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_FLOOR, Decimal

from warehouse.purchasing.quantity import smallest_order, whole_packs
from warehouse.purchasing.suppliers.offers import Offer

DayOfOffer = tuple[str, date]  # an offer's id and the day of delivery


@dataclass(frozen=True)
class SharedCapacity:
    """A capacity that did not suffice: what all asked for together, and what each warehouse may order."""

    asked_by_all: Decimal
    by_warehouse: Mapping[str, Decimal]

    def of(self, warehouse_id: str) -> Decimal:
        """A warehouse's share; nothing for one that did not ask when it was shared out."""
        return self.by_warehouse.get(warehouse_id, Decimal(0))


def share_capacity(offer: Offer, asked: Mapping[str, Decimal]) -> SharedCapacity:
    """What each warehouse may order, in the product's unit; never more than it asked for.

    asked  by warehouse_id, a whole number of packs
    """
    asked_by_all = sum(asked.values(), Decimal(0))
    if offer.daily_capacity is None or asked_by_all <= offer.daily_capacity:
        return SharedCapacity(asked_by_all, dict(asked))
    packs_there = whole_packs(offer, offer.daily_capacity, ROUND_FLOOR)
    asking = {name: whole_packs(offer, quantity, ROUND_FLOOR) for name, quantity in asked.items() if quantity > 0}
    shares = _in_proportion(packs_there, asking)
    least = smallest_order(offer)
    while shares and min(shares.values()) < least:
        smallest = min(asking, key=lambda name: (asking[name], name))
        del asking[smallest]
        shares = _in_proportion(packs_there, asking)
    return SharedCapacity(asked_by_all, {name: shares.get(name, 0) * offer.pack_size for name in asked})


def _in_proportion(packs_there: int, asking: Mapping[str, int]) -> dict[str, int]:
    total = sum(asking.values())
    if total <= packs_there:
        return dict(asking)
    exact = {name: Decimal(packs_there * packs) / total for name, packs in asking.items()}
    shares = {name: int(part) for name, part in exact.items()}
    by_remainder = sorted(exact, key=lambda name: (shares[name] - exact[name], name))
    for name in by_remainder[: packs_there - sum(shares.values())]:
        shares[name] += 1
    return shares
