"""The products of the sample region and how shoppers buy them, from products.csv.

Bands follow the compatibility groups of UC Davis (Cantwell 2001) and NC State HIL-803: tomatoes, cucumbers,
peppers and tropical fruit are chilling-sensitive, roots and bulbs keep dry. Shelf lives are days of sale in a shop,
a part of the storage lives of USDA Handbook 66; prices are of the size found in Chinese city shops, those of
vegetables checked against CUMCM 2023 C. What they ask of their neighbours is after the tables of ethylene, odours and
humidity of USDA Handbooks 66 and 668; allergens are those that GB 7718 names, of what is not sealed.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.sample.extent import Extent
from data.sample.streams import stream
from data.tables import Band, Ethylene, Odour, Unit

_FILE = Path(__file__).with_name("products.csv")
_EDITIONS = ("", "Organic ", "Farm Select ", "Value ", "Mountain ", "Morning ", "Garden ", "Old Town ")
_EDITIONS_ZH = ("", "有机", "农场精选", "平价", "高山", "晨采", "田园", "老城")
INTERMITTENT = 0.015  # share of products that sell a few a week
NEW = 0.07  # share of products introduced within the period


@dataclass(frozen=True)
class Habits:
    """How a category is bought: portions sold a day (median product, mean warehouse), how much more at weekends
    (1: as all), and what 10 C more and a wet day add (log)."""

    portions_a_day: float
    weekend: float
    warmth: float
    rain: float


HABITS = {
    "leaf vegetables": Habits(10.5, 0.85, -0.02, 0.08),
    "other vegetables": Habits(9.0, 0.95, 0.00, 0.07),
    "fruit": Habits(8.5, 1.15, 0.09, 0.02),
    "meat": Habits(7.5, 1.25, -0.06, 0.06),
    "dairy": Habits(8.5, 0.85, 0.03, 0.04),
    "frozen": Habits(6.5, 1.10, -0.05, 0.08),
    "dry goods": Habits(6.0, 0.95, -0.04, 0.05),
}
_WARMTH_OF = {"ice cream": 0.45, "melons": 0.30, "beef and lamb": -0.16, "frozen meat and seafood": -0.15}


@dataclass(frozen=True)
class CatalogueProduct:
    """A product as sold. A shopper takes it in portions of `portion` units (half a kilogram, one piece)."""

    product_id: str
    name: str
    name_zh: str
    category: str
    subcategory: str
    band: Band
    unit: Unit
    portion: Decimal
    volume_l: Decimal
    shelf_life_days: int
    list_price: Decimal
    introduced_on: date
    weight_kg: Decimal
    humidity_pct: tuple[float | None, float | None]
    ethylene: Ethylene | None
    odour: Odour | None
    allergens: str | None
    raw_meat: bool


@dataclass(frozen=True)
class Catalogue:
    """The products and, each an array over them: `level` (portions a day in a mean warehouse), `habits` (columns
    weekend, warmth, rain), `introduced` (day of the extent, negative when before), `life` (days), `portion` (units)."""

    products: Sequence[CatalogueProduct]
    level: NDArray[np.float64]
    habits: NDArray[np.float64]
    introduced: NDArray[np.int64]
    life: NDArray[np.int64]
    portion: NDArray[np.float64]

    @property
    def categories(self) -> NDArray[np.str_]:
        """The category of each product."""
        return np.array([product.category for product in self.products])


@cache
def _listed() -> Sequence[dict[str, str]]:
    with _FILE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _chosen(count: int) -> list[tuple[tuple[str, str], dict[str, str]]]:
    """`count` products with every category in its share, and what stands before their names in English and Chinese:
    past the end of the list they come in further editions."""
    listed = _listed()
    chosen: list[tuple[tuple[str, str], dict[str, str]]] = []
    for edition in range(-(-count // len(listed))):
        wanted = min(count - edition * len(listed), len(listed))
        numbered = f"No. {edition} ", f"{edition} 号"
        prefix = (_EDITIONS[edition], _EDITIONS_ZH[edition]) if edition < len(_EDITIONS) else numbered
        # the middle of each of `wanted` equal stretches of the list, which is sorted by category
        chosen += [(prefix, listed[(2 * n + 1) * len(listed) // (2 * wanted)]) for n in range(wanted)]
    return chosen


def _number(text: str) -> float | None:
    return float(text) if text else None


def make_catalogue(extent: Extent) -> Catalogue:
    """The region's products and how well they sell."""
    random = stream(extent.seed, "catalogue")
    chosen = _chosen(extent.products)
    count = len(chosen)
    habits = [HABITS[row["category"]] for _, row in chosen]
    level = np.array([habit.portions_a_day for habit in habits]) * random.lognormal(0.0, 0.6, count)
    rare = random.permutation(count) < round(INTERMITTENT * count)
    level = np.where(rare, random.uniform(0.12, 0.5, count), np.clip(level, 2.5, 60))
    age = random.integers(200, 900, count)
    new = random.permutation(count) < round(NEW * count)
    # the newest came a few days ago, the oldest when half of the period was over
    since = random.integers(3, max(extent.days // 2, 4), count)
    introduced = np.where(new, extent.simulated_days - since, -age)
    products = [
        CatalogueProduct(
            product_id=f"P{number:04d}",
            name=prefix + row["name"],
            name_zh=prefix_zh + row["name_zh"],
            category=row["category"],
            subcategory=row["subcategory"],
            band=Band(row["band"]),
            unit=Unit(row["unit"]),
            portion=Decimal(row["portion"]),
            volume_l=Decimal(row["volume_l"]),
            shelf_life_days=int(row["shelf_life_days"]),
            list_price=Decimal(row["list_price"]),
            introduced_on=extent.first_day + timedelta(days=int(introduced[number - 1])),
            weight_kg=Decimal(row["weight_kg"]),
            humidity_pct=(_number(row["humidity_low_pct"]), _number(row["humidity_high_pct"])),
            ethylene=Ethylene(row["ethylene"]) if row["ethylene"] else None,
            odour=Odour(row["odour"]) if row["odour"] else None,
            allergens=row["allergens"] or None,
            raw_meat=row["raw_meat"] == "1",
        )
        for number, ((prefix, prefix_zh), row) in enumerate(chosen, start=1)
    ]
    return Catalogue(
        products=products,
        level=level,
        habits=np.array(
            [
                (habit.weekend, _WARMTH_OF.get(row["subcategory"], habit.warmth), habit.rain)
                for habit, (_, row) in zip(habits, chosen, strict=True)
            ]
        ),
        introduced=introduced,
        life=np.array([product.shelf_life_days for product in products]),
        portion=np.array([float(product.portion) for product in products]),
    )
