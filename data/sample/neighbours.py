"""Which places of a zone are free of bad neighbours, as whoever puts stock away on a sample floor heeds them.

Ethylene, odours and different allergens are kept out of a bay and of those next to it in the aisle, and nothing but raw
meat lies beneath raw meat in a bay.
"""

from collections import defaultdict
from typing import Protocol

from data.sample.catalogue import CatalogueProduct
from data.tables import Ethylene, Odour


class Place(Protocol):
    """Where a place is."""

    @property
    def aisle(self) -> str: ...
    @property
    def bay(self) -> int: ...
    @property
    def level(self) -> int: ...


class Shelved:
    """What lies in the bays of a zone."""

    def __init__(self) -> None:
        self._in_bay: defaultdict[tuple[str, int], list[tuple[int, CatalogueProduct]]] = defaultdict(list)

    def put(self, product: CatalogueProduct, place: Place) -> None:
        """It lies there from now on."""
        self._in_bay[place.aisle, place.bay].append((place.level, product))

    def is_free_of_harm(self, product: CatalogueProduct, place: Place) -> bool:
        """Whether neither it nor what lies there already would be harmed."""
        own = self._in_bay[place.aisle, place.bay]
        beside = [other for bay in (-1, 0, 1) for _, other in self._in_bay[place.aisle, place.bay + bay]]
        return not any(_apart(product, other) for other in beside) and not any(
            product.raw_meat != other.raw_meat and (product.raw_meat == (place.level > level)) and place.level != level
            for level, other in own
        )


def _apart(one: CatalogueProduct, other: CatalogueProduct) -> bool:
    ethylene, odour = {one.ethylene, other.ethylene}, {one.odour, other.odour}
    return (
        ethylene == {Ethylene.PRODUCES, Ethylene.SENSITIVE}
        or odour == {Odour.GIVES, Odour.TAKES}
        or (bool(one.allergens) and bool(other.allergens) and one.allergens != other.allergens)
    )
