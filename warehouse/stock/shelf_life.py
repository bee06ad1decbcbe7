"""How much life goods use at the temperatures they are kept at: Q10 by class of goods.

Shelf life is stated for goods kept at a class's reference temperature; ten degrees warmer they use it `q10` times as
fast. The figures are measured between two temperatures. Outside them nothing is extrapolated: warmer counts as the
warmest measured, a bound from below, and colder as the coldest. Goods that are sensitive to chilling are harmed below
their band instead of kept longer; how much is not known as a figure, so the hours are told and staff look.

Sources: USDA Agriculture Handbook 66 (2016), respiration and Q10 of fresh produce: 2.5-4.0 between 0 and 10 C, 2.0-2.5
between 10 and 20 C. What late abuse costs beyond early abuse (Kou 2014) is not modelled.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Days = NDArray[np.int64]

DEGREES: Final = 10.0  # that q10 is of
LARGEST_Q10: Final = 10.0
NEXT_TO_NOTHING: Final = 1e-9  # hours


@dataclass(frozen=True)
class Goods:
    """What a product is, or which products are meant: those of this band, category and subcategory; None: of any."""

    band: str | None = None
    category: str | None = None
    subcategory: str | None = None

    def mean(self, product: "Goods") -> bool:
        """Whether a product is among them."""
        named = ((self.band, product.band), (self.category, product.category), (self.subcategory, product.subcategory))
        return all(mine is None or mine == its for mine, its in named)

    @property
    def narrowness(self) -> tuple[bool, bool, bool]:
        """Of two that mean a product the one with the higher narrowness counts."""
        return self.subcategory is not None, self.category is not None, self.band is not None


@dataclass(frozen=True)
class ShelfLifeClass:
    """Goods that age alike. `q10` holds between `valid_from_c` and `valid_until_c`; below `chilling_below_c` (None: not
    sensitive) they are harmed. `source` says where the figures are from, `goods` which products are of the class.

    Raises ValueError, naming the class, for figures that no goods have."""

    class_id: str
    q10: float
    reference_c: float
    valid_from_c: float
    valid_until_c: float
    chilling_below_c: float | None
    source: str
    goods: Goods = Goods()

    def __post_init__(self) -> None:
        if not 1 <= self.q10 <= LARGEST_Q10:
            raise ValueError(f"shelf-life class {self.class_id}: q10 {self.q10} is not between 1 and {LARGEST_Q10:.0f}")
        if not self.valid_from_c <= self.reference_c <= self.valid_until_c:
            raise ValueError(
                f"shelf-life class {self.class_id}: reference_c {self.reference_c} is not between valid_from_c "
                f"{self.valid_from_c} and valid_until_c {self.valid_until_c}"
            )
        if self.chilling_below_c is not None and self.chilling_below_c > self.reference_c:
            raise ValueError(
                f"shelf-life class {self.class_id}: chilling_below_c {self.chilling_below_c} lies above reference_c "
                f"{self.reference_c}"
            )

    def rate(self, temperatures: Floats) -> Floats:
        """Hours of life that an hour at each temperature (C) uses; 1 where it was not seen (NaN)."""
        counted = np.clip(np.nan_to_num(temperatures, nan=self.reference_c), self.valid_from_c, self.valid_until_c)
        rate: Floats = self.q10 ** ((counted - self.reference_c) / DEGREES)
        if self.chilling_below_c is not None:
            return np.where(temperatures < self.chilling_below_c, np.maximum(rate, 1.0), rate)
        return rate


@dataclass(frozen=True)
class LifeUsed:
    """Hours of a record: how long it was (`elapsed`), how much life was `used` in it, for how long nothing was seen and
    the reference temperature was assumed (`unseen`), for how long it was too cold for goods that are sensitive to it
    (`chilled`), and too warm for q10 to be known (`beyond`)."""

    elapsed: float
    used: float
    unseen: float
    chilled: float
    beyond: float


def life_used(temperatures: Floats, hours: Floats, of: ShelfLifeClass) -> LifeUsed:
    """What goods used of their life: the temperature (C; NaN: not seen) of each stretch, and how many hours it was."""
    chilled = temperatures < (-np.inf if of.chilling_below_c is None else of.chilling_below_c)
    return LifeUsed(
        elapsed=float(hours.sum()),
        used=float((of.rate(temperatures) * hours).sum()),
        unseen=float(hours[np.isnan(temperatures)].sum()),
        chilled=float(hours[chilled].sum()),
        beyond=float(hours[temperatures > of.valid_until_c].sum()),
    )


def life_lost_by_day(temperatures: Floats, hours: Floats, days: Days, of: ShelfLifeClass) -> Mapping[int, float]:
    """Hours of life lost on each day, of those with a loss: what was used beyond the hours that the day had.

    `days` is the number of the day that each stretch lies in. A defrost is made up for by the cool hours around it; a
    cold day buys nothing back of a warm one, nor does it lengthen a life: its last day is a promise."""
    if len(days) == 0:
        return {}
    first = int(days.min())
    beyond = np.bincount(days - first, weights=(of.rate(temperatures) - 1) * hours)
    return {first + day: float(lost) for day, lost in enumerate(beyond) if lost > NEXT_TO_NOTHING}


BUILT_IN: Final = (
    ShelfLifeClass(
        "leaf", 3.0, 3.0, 0.0, 20.0, None,
        "USDA Handbook 66: spinach about 3.1, broccoli 3.6 over 0-21 C", Goods("leaf"),
    ),
    ShelfLifeClass(
        "chilled", 2.5, 3.0, 0.0, 20.0, None,
        "USDA Handbook 66: the lowest of 2.5-4.0 between 0 and 10 C; of produce, taken for all chilled goods",
        Goods("chilled"),
    ),
    ShelfLifeClass(
        "tropical", 2.2, 12.0, 10.0, 20.0, 10.0,
        "USDA Handbook 66: 2.0-2.5 between 10 and 20 C; chilling injury below 10 C", Goods("tropical"),
    ),
)  # fmt: skip


def classes_in_force(own: Iterable[ShelfLifeClass]) -> list[ShelfLifeClass]:
    """The shop's own classes, and those that come with the product where no class of its own has their id."""
    kept = list(own)
    ids = {one.class_id for one in kept}
    return [*kept, *(one for one in BUILT_IN if one.class_id not in ids)]


def class_of(product: Goods, classes: Iterable[ShelfLifeClass]) -> ShelfLifeClass | None:
    """The class that a product ages by: of those that mean it the narrowest, of equally narrow ones the first; None:
    nobody knows how it ages."""
    return max((one for one in classes if one.goods.mean(product)), key=lambda one: one.goods.narrowness, default=None)
