"""How the region's buyers restock, evening by evening: order up to what they expect to sell until the next delivery.

They know what was sold, not what was wanted; they expect recent sales times the weekday and the booked promotions,
a little less than would cover most days where food spoils fast. This is what makes shelves run empty.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from data.sample.catalogue import Catalogue
from data.sample.extent import Extent
from data.sample.farms import Farms
from data.sample.promotions import Promotions
from data.sample.shoppers import Demand
from data.sample.shopping_days import ShoppingDays
from data.sample.streams import stream

LONGEST_LEAD = 2
# What is ordered of the expected demand of the days to cover: chosen so that 44% of product-days have an out-of-stock
# hour, as on FreshRetailNet. Products that come in large packs are in stock more often.
COVER = 0.97
MOOD = 0.12  # how far (log) a buyer's order strays from the rule
LEARNING = 0.15  # weight of the latest day in the level that buyers expect
LEAST_EXPOSURE = 0.3
SECOND_CHOICE = 0.25  # share of weeks in which the second offer of a product is used
FAILS, FAILS_ON = 0.014, 0.55  # a supplier fails to deliver: chance that it begins, chance that it goes on


@dataclass(frozen=True)
class Sourcing:
    """Which offer brings each product on each day (day, product; -1: no delivery that day), which deliveries fail,
    and the number of the next day with a delivery."""

    offer: NDArray[np.int64]
    fails: NDArray[np.bool_]
    next_delivery: NDArray[np.int64]


def arrange_sourcing(extent: Extent, catalogue: Catalogue, farms: Farms) -> Sourcing:
    """The first offer that delivers on a day brings the product, in some weeks the second."""
    random = stream(extent.seed, "sourcing")
    days, products = len(extent.all_days), len(catalogue.products)
    rank = np.arange(len(farms.product)) - np.searchsorted(farms.product, farms.product)
    weekday = np.array([day.weekday() for day in extent.all_days])
    week = np.arange(days) // 7
    swapped = random.random((week[-1] + 1, products)) < SECOND_CHOICE
    offer = np.full((days, products), -1)
    for at in (2, 1, 0):  # a better choice overwrites a worse one
        for choice in np.flatnonzero(rank == at):
            product = farms.product[choice]
            delivers = farms.weekdays[choice][weekday]
            if at == 0:
                delivers = delivers & ~(swapped[week, product] & (offer[:, product] >= 0))
            offer[delivers, product] = choice

    failing = np.zeros((days, len(farms.suppliers)), bool)
    chance = random.random(failing.shape)
    for day in range(1, days):
        failing[day] = chance[day] < np.where(failing[day - 1], FAILS_ON, FAILS)
    fails = np.take_along_axis(failing, farms.supplier[np.maximum(offer, 0)], axis=1) & (offer >= 0)

    next_delivery = np.full((days + 1, products), days)
    for day in range(days - 1, -1, -1):
        next_delivery[day] = np.where(offer[day] >= 0, day, next_delivery[day + 1])
    return Sourcing(offer, fails, next_delivery[1:])


class Buyers:
    """The buyers' memory and their orders. Arrays are (warehouse, product), in portions."""

    def __init__(
        self,
        extent: Extent,
        catalogue: Catalogue,
        calendar: ShoppingDays,
        promotions: Promotions,
        demand: Demand,
        farms: Farms,
        sourcing: Sourcing,
    ) -> None:
        self._farms, self._sourcing = farms, sourcing
        self._random: Generator = stream(extent.seed, "buyers")
        shape = (extent.warehouses, len(catalogue.products))
        self._introduced, self._life = catalogue.introduced, catalogue.life
        # what buyers know of a day: its weekday and what a promotion usually does
        usual = np.exp(calendar.weekly[:, None, None] - 1.5 * np.log(promotions.discount))
        self._known = usual
        self._known_until = np.concatenate([np.zeros((1, *shape)), np.cumsum(usual, axis=0)])
        start = np.maximum(self._introduced, 0)
        first_week = np.minimum(start + 7, len(extent.all_days) - 1)
        columns = np.arange(shape[1])
        self._level = demand.expected[first_week, :, columns].T * self._random.lognormal(0, 0.3, shape)
        self.ordered = np.zeros((len(extent.all_days), *shape), np.int32)

    def learn(self, day: int, sold: NDArray[np.int32], exposure: NDArray[np.float64]) -> None:
        """From a day's sales and its exposure, the share of a usual day's sales that fell into hours in stock: what
        was missed is guessed from it, and a day nearly without stock tells nothing."""
        seen = sold / self._known[day] / np.maximum(exposure, LEAST_EXPOSURE)
        told = (day >= self._introduced) & (exposure >= LEAST_EXPOSURE)
        self._level += np.where(told, LEARNING * (seen - self._level), 0.0)

    def order(self, day: int, stock: NDArray[np.int32]) -> None:
        """On the evening of `day`, for the deliveries that can still be ordered only now."""
        for lead in range(1, LONGEST_LEAD + 1):
            delivery = day + lead
            offer = self._sourcing.offer[delivery]
            lead_of = np.where(offer >= 0, self._farms.lead[offer], -1)
            bought = np.flatnonzero((lead_of == lead) & (delivery >= self._introduced))
            if len(bought):
                coming = self.ordered[day + 1 : delivery + 1, :, bought].sum(0)
                self._order_for(day, delivery, bought, stock[:, bought] + coming)

    def _order_for(self, day: int, delivery: int, bought: NDArray[np.int64], position: NDArray[np.int64]) -> None:
        offer = self._sourcing.offer[delivery, bought]
        pack, least = self._farms.pack[offer], self._farms.minimum[offer]
        until = np.minimum(self._sourcing.next_delivery[delivery, bought], delivery + self._life[bought])
        last = len(self._known) - 1
        days_to_cover = (
            self._known_until[np.minimum(until, last), :, bought].T - self._known_until[day + 1, :, bought].T
        )
        mood = self._random.lognormal(0, MOOD, position.shape)
        wanted = self._level[:, bought] * days_to_cover * COVER * mood - position
        packs = np.rint(wanted / pack)
        # a slow product is bought by the pack when the shelf is nearly empty
        packs = np.where((packs == 0) & (wanted > 0) & (position == 0), 1, packs)
        quantity = np.where(packs > 0, np.maximum(packs * pack, least), 0)
        # what the farm cannot bring is shared out in proportion, in whole packs
        share = np.minimum(1.0, self._farms.capacity[offer] / np.maximum(quantity.sum(0), 1))
        quantity = np.where(share < 1, np.floor(quantity * share / pack) * pack, quantity)
        self.ordered[delivery][:, bought] = quantity
