"""Made shops with known substitution, of several makes: the choice model, how many customers, how often deliveries
fail.

Their truth is what the same customers buy when products are there and when they are not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from tests.bench.assortment.customers import Chooser, Goods, Needs, exogenous, mixed, multinomial, needs_of, nested
from tests.bench.assortment.playing import Played, opening, play
from warehouse.assortment.frames import AssortmentHistory

FIRST_DAY = pd.Timestamp("2025-01-06")
AHEAD = 28


@dataclass(frozen=True)
class Make:
    """How a shop is made."""

    name: str
    chooser: Chooser
    warehouses: int = 3
    categories: int = 6
    products: int = 14  # of a category
    needs: float = 45.0  # a day, warehouse and category
    fails: float = 0.02  # chance that a product's deliveries begin to fail, for some days
    anchors: float = 0.06  # share of products that visits are made for
    own: float = 0.6  # how much products differ beyond their attributes
    launches: float = 0.12  # share of products that are launched one after the other
    days: int = 182
    swings: float = 0.0  # how far the volume of each warehouse, and of each category, drifts in a week


MAKES = (
    Make("multinomial logit", multinomial),
    Make("nested logit", nested),
    Make("by attributes, exogenous", exogenous),
    Make("mixed tastes", mixed),
    Make("small, few stock-outs", nested, warehouses=2, needs=30.0, fails=0.006),
    Make("large categories", exogenous, warehouses=2, categories=3, products=30, needs=120.0),
)

DECIDED_IN = (
    *MAKES,
    Make("drifting volume", nested, swings=0.04),
    Make("one warehouse", mixed, warehouses=1),
    Make("few customers", multinomial, needs=18.0),
)


@dataclass(frozen=True, eq=False)
class MadeShop:
    """A shop of a make and a seed."""

    make: Make
    seed: int

    @cached_property
    def goods(self) -> Goods:
        random = np.random.default_rng([self.seed, 1])
        make, count = self.make, self.make.categories * self.make.products
        category = np.repeat(np.arange(make.categories), make.products)
        subcategory = category * 3 + random.integers(3, size=count)
        tier = random.integers(3, size=count)
        life = np.array([2, 3, 4, 5, 7, 10])[random.integers(6, size=make.categories)][category]
        price = np.exp(random.normal(1.3, 0.3, make.categories))[category] * np.array([0.7, 1.0, 1.5])[tier]
        price = np.round(price * np.exp(random.normal(0, 0.08, count)), 2)
        seen = (
            random.normal(0, 0.5, make.categories * 3)[subcategory]
            + random.normal(0, 0.4, (make.categories, 3))[category, tier]
        )
        anchor = random.random(count) < make.anchors
        return Goods(
            category=category,
            subcategory=subcategory,
            tier=tier,
            band=np.array(random.integers(2, size=make.categories))[category],
            price=price,
            cost=np.round(price * random.uniform(0.6, 0.8, count), 2),
            life=life,
            pack=np.array([2, 4, 6, 8, 12])[random.integers(5, size=count)],
            utility=seen + random.normal(0, make.own, count) - 0.8 * (random.random(count) < 0.25),
            anchor=anchor,
        )

    @cached_property
    def launched(self) -> NDArray[np.intp]:
        """The day on which each product is first sold; 0 where it always was, `days` where it is new at the end."""
        random = np.random.default_rng([self.seed, 2])
        count = len(self.goods.price)
        launched = np.where(
            random.random(count) < self.make.launches, random.integers(20, self.make.days - 40, count), 0
        )
        new = random.random(count) < self.make.launches / 2
        return np.where(new, self.make.days, launched)

    @cached_property
    def ranged(self) -> NDArray[np.bool_]:
        """Which product a warehouse has at all (warehouses x products): about one in eight is missing."""
        random = np.random.default_rng([self.seed, 3])
        return random.random((self.make.warehouses, len(self.goods.price))) < 0.88

    def _tastes(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        random = np.random.default_rng([self.seed, 4])
        make, count = self.make, len(self.goods.price)
        size = np.exp(random.normal(0, 0.25, (make.warehouses, 1)) + random.normal(0, 0.3, (1, make.categories)))
        drift = np.cumsum(random.normal(0, 0.03, ((make.days + AHEAD) // 7 + 2, count)), axis=0)
        return make.needs * size, drift, random.normal(0, 0.25, (make.warehouses, count))

    @cached_property
    def _season(self) -> NDArray[np.float64]:
        """How far volume has drifted, by week, warehouse and category."""
        random, make = np.random.default_rng([self.seed, 6]), self.make
        weeks = (make.days + AHEAD) // 7 + 2
        steps = (
            random.normal(0, make.swings, shape) for shape in ((weeks, make.warehouses, 1), (weeks, 1, make.categories))
        )
        return np.exp(sum(np.cumsum(one, axis=0) for one in steps))

    def needs(self, seed: int, first_day: int, days: int) -> Needs:
        """What customers of some days want; another seed, other customers."""
        volume, drift, local = self._tastes()
        by_day = volume * self._season[np.arange(first_day, first_day + days) // 7]
        return needs_of(seed, self.goods, self.make.chooser, first_day, days, by_day, drift, local)

    def failures(self, seed: int, days: int) -> NDArray[np.bool_]:
        """On which days no delivery comes: for one to four days from when it begins."""
        random = np.random.default_rng([self.seed, 5, seed])
        shape = (self.make.warehouses, len(self.goods.price), days)
        begins, lasts = random.random(shape) < self.make.fails, random.integers(1, 5, shape)
        failed = np.zeros(shape, dtype=bool)
        for after in range(4):
            failed[:, :, after:] |= (begins & (lasts > after))[:, :, : days - after]
        return failed

    @cached_property
    def past(self) -> Played:
        """The days before the decision."""
        days = self.make.days
        needs = self.needs(self.seed * 1000, 0, days)
        here = self.ranged[:, :, None] & (np.arange(days)[None, None, :] >= self.launched[None, :, None])
        volume, _, _ = self._tastes()
        expects = np.repeat(volume / self.make.products, self.make.products, axis=1) * 0.6
        start = opening(self.goods, self.make.warehouses, expects)
        return play(self.goods, needs, self.failures(0, days), here, start, 0)

    def ahead(
        self, future: int, without: NDArray[np.bool_] | None = None, also: NDArray[np.bool_] | None = None
    ) -> Played:
        """The four weeks after it, with those customers of a `future`; `without` (warehouses x products) products, and
        with what is sold `also`."""
        here = self.ranged & (self.launched[None, :] < self.make.days)
        if without is not None:
            here = here & ~without
        if also is not None:
            here = here | also
        needs = self.needs(self.seed * 1000 + 1 + future, self.make.days, AHEAD)
        stays = np.repeat(here[:, :, None], AHEAD, axis=2)
        return play(self.goods, needs, self.failures(1 + future, AHEAD), stays, self.past.state, self.make.days)

    @cached_property
    def history(self) -> AssortmentHistory:
        """The past as the shop has recorded it."""
        past, goods = self.past, self.goods
        days = self.make.days
        here = self.ranged[:, :, None] & (np.arange(days)[None, None, :] >= self.launched[None, :, None])
        warehouse, product, day = np.nonzero(here)
        wasted = past.wasted[here]
        frame = pd.DataFrame(
            {
                "warehouse_id": [f"W{at}" for at in warehouse],
                "product_id": [f"P{at:03d}" for at in product],
                "date": FIRST_DAY + pd.to_timedelta(day, unit="D"),
                "sold": past.sold[here],
                "demand": np.nan,
                "in_stock": past.in_stock[here],
                "price": goods.price[product],
                "cost": goods.cost[product],
                "waste": wasted,
                "waste_money": wasted * goods.cost[product],
            }
        )
        visit, at, on, bought = past.lines.T
        baskets = pd.DataFrame(
            {
                "basket_id": visit,
                "warehouse_id": [f"W{place}" for place in at],
                "date": FIRST_DAY + pd.to_timedelta(on, unit="D"),
                "product_id": [f"P{which:03d}" for which in bought],
                "quantity": 1.0,
                "money": goods.price[bought],
            }
        )
        return AssortmentHistory(frame, self.products, baskets)

    @cached_property
    def products(self) -> pd.DataFrame:
        """The catalogue."""
        goods = self.goods
        return pd.DataFrame(
            {
                "product_id": [f"P{at:03d}" for at in range(len(goods.price))],
                "category": [f"C{at}" for at in goods.category],
                "subcategory": [f"S{at}" for at in goods.subcategory],
                "band": [f"B{at}" for at in goods.band],
                "unit": "piece",
                "list_price": goods.price,
                "shelf_life_days": goods.life,
                "introduced_on": [FIRST_DAY + pd.Timedelta(days=int(day)) if day else pd.NaT for day in self.launched],
                "delisted_on": pd.NaT,
            }
        )

    @property
    def day(self) -> pd.Timestamp:
        """The day of the decision."""
        return FIRST_DAY + pd.Timedelta(days=self.make.days)
