"""The farms and suppliers of the region and what they offer: packs, minimum quantities, tiers, capacity, days.

Costs are the list price divided by 1.63, the median ratio of price to wholesale price in CUMCM 2023 C, with each
supplier a little dearer or cheaper. A product has one to three offers, the cheapest first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.sample.catalogue import Catalogue
from data.sample.extent import Extent
from data.sample.streams import stream

MARKUP = 1.63
SUPPLIERS_PER_PRODUCT = 2 / 3  # 200 for 300 products
_PACKS = np.array([1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 30, 40])  # portions
_PLACES = (
    "Chongming Qingpu Jiading Songjiang Jinshan Fengxian Pudong Kunshan Taicang Changshu Wujiang Tongxiang Jiashan "
    "Haining Yuhang Lin'an Fuyang Anji Deqing Changxing Yixing Jiangyin Liyang Jurong Lishui Gaochun Pukou Luhe "
    "Shouguang Laiyang Yantai Luochuan Ganzhou Meishan Pujiang Pengzhou Qionglai Zhuozhou Daxing Shunyi Pinggu Huizhou "
    "Zengcheng Conghua Huiyang Xinhui Zhongmu Xiaogan Huangpi Caidian Jiangxia Honghu Qianjiang Dongtai Sheyang"
)
_KINDS = {
    "leaf vegetables": (("Green Leaf", "Morning Dew", "River Field", "Fresh Bed"), ("farm", "cooperative")),
    "other vegetables": (("Vegetable", "Red Soil", "Long Furrow", "Garden"), ("farm", "cooperative")),
    "fruit": (("Orchard", "Sweet Hill", "Fruit Valley", "Sunny Slope"), ("farm", "cooperative", "wholesaler")),
    "meat": (("Livestock", "Fishery", "Pasture", "Fresh Meat"), ("farm", "processor", "wholesaler")),
    "dairy": (("Dairy", "White Cow", "Henhouse", "Soy Mill"), ("farm", "processor")),
    "frozen": (("Frozen Foods", "Ice Peak", "Cold Kitchen"), ("processor", "wholesaler")),
    "dry goods": (("Grain", "Spice Road", "Pantry", "Mill"), ("processor", "wholesaler")),
}
# share of suppliers that deliver only on some weekdays, and those weekdays
_WEEKDAYS = {
    "leaf vegetables": (0.05, ("1,2,3,4,5,6",)),
    "other vegetables": (0.15, ("1,2,3,4,5,6", "1,3,5,6,7")),
    "fruit": (0.15, ("1,2,3,4,5,6", "1,3,5,6", "2,4,6,7")),
    "meat": (0.10, ("1,2,3,4,5,6", "2,3,4,5,6,7")),
    "dairy": (0.15, ("1,2,3,4,5,6", "1,3,5,7", "2,4,6")),
    "frozen": (0.60, ("1,3,5", "2,4,6", "1,4")),
    "dry goods": (0.60, ("1,3,5", "2,5", "2,4,6")),
}


@dataclass(frozen=True)
class Farms:
    """Suppliers (rows of the table) and offers as arrays over offers, sorted by product and price: `supplier` and
    `product` (numbers), `pack`, `minimum` and `capacity` (portions), `lead` (days), `weekdays` (offer, 7: Monday
    first), `tiers` (offer, 3: portions from which) and `prices` (offer, 3: per unit)."""

    suppliers: Sequence[tuple[str, str, str, str]]
    supplier: NDArray[np.int64]
    product: NDArray[np.int64]
    pack: NDArray[np.int64]
    minimum: NDArray[np.int64]
    capacity: NDArray[np.int64]
    lead: NDArray[np.int64]
    weekdays: NDArray[np.bool_]
    tiers: NDArray[np.int64]
    prices: NDArray[np.float64]

    def unit_price(self, offer: NDArray[np.int64], portions: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
        """The price of a unit when one warehouse orders that many portions under the offer."""
        reached = np.maximum((self.tiers[offer] <= portions[:, None]).sum(1) - 1, 0)
        return np.asarray(self.prices[offer, reached])


def found_farms(extent: Extent, catalogue: Catalogue) -> Farms:
    """The region's suppliers, each of one category, and their offers."""
    random = stream(extent.seed, "farms")
    categories = catalogue.categories
    suppliers: list[tuple[str, str, str, str]] = []
    pairs: list[tuple[int, int]] = []  # product, supplier
    weekdays_of: list[str] = []
    lead_of: list[int] = []
    names: set[str] = set()
    for category in dict.fromkeys(categories.tolist()):
        products = np.flatnonzero(categories == category)
        first = len(suppliers)
        # rounded over all categories so far, so that the region as a whole has its share
        here = max(round((int(products[-1]) + 1) * SUPPLIERS_PER_PRODUCT) - first, 2)
        words, kinds = _KINDS[category]
        rare_days, choices = _WEEKDAYS[category]
        for _ in range(here):
            place, word, kind = (
                str(random.choice(_PLACES.split())),
                str(random.choice(words)),
                str(random.choice(kinds)),
            )
            name = _unused(f"{place} {word} {_ending(kind)}", names)
            names.add(name)
            suppliers.append((f"S{len(suppliers) + 1:03d}", name, kind, place))
            weekdays_of.append(str(random.choice(choices)) if random.random() < rare_days else "1,2,3,4,5,6,7")
            lead_of.append(1 if random.random() < 0.85 else 2)
        # suppliers take turns, so that each has something to offer and no product has one of them twice
        turn = 0
        turns = random.permutation(here)
        for product in products:
            for _ in range(min(int(random.choice((1, 2, 3), p=(0.2, 0.5, 0.3))), here)):
                pairs.append((int(product), first + int(turns[turn % here])))
                turn += 1
    return _offers(extent, catalogue, random, suppliers, pairs, weekdays_of, lead_of)


def _offers(
    extent: Extent,
    catalogue: Catalogue,
    random: np.random.Generator,
    suppliers: Sequence[tuple[str, str, str, str]],
    pairs: Sequence[tuple[int, int]],
    weekdays_of: Sequence[str],
    lead_of: Sequence[int],
) -> Farms:
    dearness = random.normal(1.0, 0.03, len(suppliers))
    product, supplier = (np.array(column) for column in zip(*pairs, strict=True))
    count = len(pairs)
    cost = np.array([float(listed.list_price) for listed in catalogue.products])[product] / MARKUP
    cost = cost * dearness[supplier] * random.normal(1.0, 0.03, count)
    order = np.lexsort((cost, product))
    product, supplier, cost = product[order], supplier[order], cost[order]

    level = catalogue.level[product]
    weekdays = np.array([[str(day) in weekdays_of[at].split(",") for day in range(1, 8)] for at in supplier])
    # perishables come in small packs, about a third of a day's demand; what keeps in packs for a day and a half
    wished = level * np.where(catalogue.life[product] > 20, 1.5, 0.35)
    pack = _PACKS[np.abs(_PACKS - wished[:, None]).argmin(1)]
    pack = np.where(level < 0.8, np.minimum(pack, 2), pack)
    minimum = pack * np.where(random.random(count) < 0.75, 1, 2)
    a_delivery = level * extent.warehouses * 7 / weekdays.sum(1)  # the region's demand between two deliveries
    capacity = np.ceil(a_delivery * random.uniform(1.5, 3.0, count) / pack).astype(int) * pack + pack
    capacity = np.maximum(capacity, minimum * extent.warehouses)  # something for every warehouse
    steps = np.array([0, 6, 16]) * pack[:, None]
    tiers = np.maximum(steps, np.arange(3) * minimum[:, None])
    prices = np.round(cost[:, None] * np.array([1.0, 0.97, 0.94]), 2)
    return Farms(
        suppliers=suppliers,
        supplier=supplier,
        product=product,
        pack=pack,
        minimum=minimum,
        capacity=capacity,
        lead=np.array(lead_of)[supplier],
        weekdays=weekdays,
        tiers=tiers,
        prices=prices,
    )


def _ending(kind: str) -> str:
    return {"farm": "Farm", "cooperative": "Cooperative", "wholesaler": "Trading", "processor": "Foods"}[kind]


def _unused(name: str, names: set[str]) -> str:
    number = 1
    candidate = name
    while candidate in names:
        number += 1
        candidate = f"{name} No. {number}"
    return candidate


def offer_id(number: int) -> str:
    """The id of the offer with that number, from 0."""
    return f"O{number + 1:04d}"


def in_units(portions: int, portion: Decimal) -> Decimal:
    """A number of portions in the product's unit."""
    return portions * portion


def as_price(price: float) -> Decimal:
    """Money to the cent."""
    return Decimal(str(price)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def offer_rows(extent: Extent, catalogue: Catalogue, farms: Farms) -> Iterator[tuple[object, ...]]:
    """Rows of the table offers."""
    valid_from: date = extent.day(-30)
    known_at: datetime = extent.moment(extent.day(-37), 10)
    for number, product_number in enumerate(farms.product):
        product = catalogue.products[product_number]
        yield (
            offer_id(number),
            farms.suppliers[farms.supplier[number]][0],
            product.product_id,
            in_units(int(farms.pack[number]), product.portion),
            in_units(int(farms.minimum[number]), product.portion),
            in_units(int(farms.capacity[number]), product.portion),
            int(farms.lead[number]),
            ",".join(str(day + 1) for day in np.flatnonzero(farms.weekdays[number])),
            valid_from,
            None,
            known_at,
        )


def tier_rows(catalogue: Catalogue, farms: Farms) -> Iterator[tuple[str, Decimal, Decimal]]:
    """Rows of the table offer_tiers."""
    for number, product_number in enumerate(farms.product):
        portion = catalogue.products[product_number].portion
        for start, price in zip(farms.tiers[number], farms.prices[number], strict=True):
            yield offer_id(number), in_units(int(start), portion), as_price(float(price))
