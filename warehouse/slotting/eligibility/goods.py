"""What is stored, and what it asks of its place and its neighbours.

A product whose peak stock no slot can take alone is split into parts of the same size: the first is picked from, the
others hold what is left.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

import numpy as np
import pandas as pd

from warehouse.slotting.eligibility.frames import Bools, Floats, Ints, Texts, check, flags, numbered, numbers, texts

COLUMNS = ("product_id", "band", "lines_per_day", "space_l")
MOST_SLOTS: Final = 4  # of a product: what needs more is stored otherwise


class Harm(StrEnum):
    """What neighbours do to each other, the worst first: the first two make people ill, the others spoil goods."""

    RAW_MEAT = "raw_meat"  # one lies beneath it
    ALLERGENS = "allergens"
    ETHYLENE = "ethylene"
    ODOUR = "odour"


APART: Final = {Harm.ETHYLENE: ("produces", "sensitive"), Harm.ODOUR: ("gives", "takes")}


@dataclass(frozen=True, eq=False)
class Goods:
    """Products, each (products,).

    lines_per_day  forecast order lines; NaN: it is not to be placed, and stays where it lies
    space_l        of the peak stock; 0: not known, fits everywhere
    peak_kg        what that weighs; 0 the same
    on_hand        units
    humidity_low, humidity_high  what it bears, in %
    company        who it is as a neighbour: a number in `companies` (ethylene, odour, allergens)
    raw_meat       nothing else lies beneath it
    """

    product_id: Texts
    band: Texts
    lines_per_day: Floats
    space_l: Floats
    peak_kg: Floats
    on_hand: Floats
    humidity_low: Floats
    humidity_high: Floats
    company: Ints
    companies: tuple[tuple[str, str, str], ...]
    raw_meat: Bools

    @classmethod
    def of(cls, products: pd.DataFrame) -> Self:
        """From a frame with `COLUMNS` and, where known, peak_kg, on_hand, humidity_low_pct, humidity_high_pct, ethylene
        (produces, sensitive), odour (gives, takes), allergens (a set, or a text with commas between), raw_meat."""
        check(products, COLUMNS, "products", "product_id")
        told = products["allergens"] if "allergens" in products else [None] * len(products)
        allergens = np.array([_in_order(one) for one in told], dtype=object)
        ethylene, odour = texts(products, "ethylene"), texts(products, "odour")
        first, company = numbered(ethylene, odour, allergens)
        return cls(
            texts(products, "product_id"),
            texts(products, "band"),
            products["lines_per_day"].to_numpy(float),
            numbers(products, "space_l", 0.0),
            numbers(products, "peak_kg", 0.0),
            numbers(products, "on_hand", 0.0),
            numbers(products, "humidity_low_pct", -np.inf),
            numbers(products, "humidity_high_pct", np.inf),
            company,
            tuple((str(ethylene[one]), str(odour[one]), str(allergens[one])) for one in first.tolist()),
            flags(products, "raw_meat", False),
        )

    def apart(self) -> Bools:
        """(companies, companies) which may not be neighbours."""
        return np.asarray(np.logical_or.reduce(list(self.apart_by().values())))

    def apart_by(self) -> Mapping[Harm, Bools]:
        """The same by harm, the worst first: what holds different allergens, and what one gives off and the other is
        harmed by."""
        ethylene, odour, allergens = np.array(self.companies, dtype=object).reshape(-1, 3).T
        known = allergens != ""
        differ = (allergens[:, None] != allergens) & known[:, None] & known
        apart = {Harm.ALLERGENS: differ}
        for harm, said in ((Harm.ETHYLENE, ethylene), (Harm.ODOUR, odour)):
            gives, takes = APART[harm]
            harmed = (said == gives)[:, None] & (said == takes)
            apart[harm] = harmed | harmed.T
        return {harm: who.astype(bool) for harm, who in apart.items()}


def _in_order(allergens: object) -> str:
    if isinstance(allergens, str):
        allergens = {one.strip() for one in allergens.split(",")}
    return ",".join(sorted(allergens - {""})) if isinstance(allergens, AbstractSet) else ""


@dataclass(frozen=True, eq=False)
class Parts:
    """What is to be placed, each (parts,): products, those first that are picked most; of a product in several slots
    each part.

    product  its number among the goods
    number   1 is the first, which is picked from
    lines    a day; 0 of the further parts
    space_l, weight_kg  of the part
    """

    product: Ints
    number: Ints
    lines: Floats
    space_l: Floats
    weight_kg: Floats

    @classmethod
    def of(cls, goods: Goods, slots_needed: Ints) -> Self:
        """Of the products that are to be placed, in so many slots each."""
        wanted = np.flatnonzero(~np.isnan(goods.lines_per_day))
        order = wanted[np.lexsort((goods.product_id[wanted].astype(str), -goods.lines_per_day[wanted]))]
        further = order[slots_needed[order] > 1]
        product = np.concatenate([order, np.repeat(further, slots_needed[further] - 1)])
        number = np.ones(len(product), np.int64)
        number[len(order) :] = [2 + n for one in further for n in range(slots_needed[one] - 1)]
        share = slots_needed[product]
        lines = np.where(number == 1, goods.lines_per_day[product], 0.0)
        return cls(product, number, lines, goods.space_l[product] / share, goods.peak_kg[product] / share)
