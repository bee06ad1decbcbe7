"""What happened on the shelves: deliveries, sales by the hour, rejects and waste, from one day to the next.

Stock by age needs no ages: a product's lots all live equally long and the oldest is taken first, so the cumulative
receipts and the cumulative outflow tell what is left of every lot. What was received `life` days ago and has not
gone by the evening is thrown away.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from data.sample.catalogue import Catalogue
from data.sample.extent import Extent
from data.sample.farms import Farms
from data.sample.replenishment import Buyers, Sourcing
from data.sample.shoppers import HOURLY, Demand
from data.sample.streams import stream

HOURS = len(HOURLY)
# share of what is inspected that is rejected, by category: with the facts' three inspections, defects fall from
# 12% at the farm to 3% on the shelf
REJECTED_AT_ORIGIN = {
    "leaf vegetables": 0.13,
    "other vegetables": 0.09,
    "fruit": 0.10,
    "meat": 0.03,
    "dairy": 0.01,
    "frozen": 0.005,
    "dry goods": 0.005,
}
REJECTED_AT_RECEIPT = 0.30  # of the share at origin
REJECTED_AT_DISPATCH = 0.12
SAMPLED = 0.08  # share of product-days with an inspection before dispatch
SAMPLE = 0.2  # of the day's sales


@dataclass(frozen=True)
class Shelves:
    """A region's days. Arrays are (day, warehouse, product) in portions unless said otherwise: `demanded` and `sold`
    have an hour at the end or are daily sums; bit h of `in_stock` is set when something was left at the end of
    hour h (and all through it); `arrived_at`
    (day, product) is the local hour of a delivery; `wrong` the share that origin inspections reject, by offer."""

    sold: NDArray[np.uint16]
    demanded: NDArray[np.int32]
    in_stock: NDArray[np.int32]
    shipped: NDArray[np.int32]
    received: NDArray[np.int32]
    sampled: NDArray[np.int32]
    rejected: NDArray[np.int32]
    expired: NDArray[np.int32]
    peak: NDArray[np.int32]
    outflow: NDArray[np.int64]
    arrived_at: NDArray[np.int64]
    ordered: NDArray[np.int32]
    wrong: NDArray[np.float64]


def run_shelves(
    extent: Extent, catalogue: Catalogue, demand: Demand, farms: Farms, sourcing: Sourcing, buyers: Buyers
) -> Shelves:
    """Runs the region from day 0 to `until`."""
    draws = stream(extent.seed, "sales")
    quality = stream(extent.seed, "quality")
    days, shape = extent.simulated_days, (extent.warehouses, len(catalogue.products))
    arrived_at = stream(extent.seed, "deliveries").integers(2, 6, (days, len(farms.suppliers)))
    arrived_at = np.take_along_axis(arrived_at, farms.supplier[np.maximum(sourcing.offer[:days], 0)], axis=1)

    def daily() -> NDArray[np.int32]:
        return np.zeros((days, *shape), np.int32)

    sold = np.zeros((days, *shape, HOURS), np.uint16)
    demanded, in_stock, shipped, received = (daily() for _ in range(4))
    sampled, rejected, expired, peak = (daily() for _ in range(4))
    received_until = np.zeros((days + 1, *shape), np.int64)  # cumulative, up to and with the day before
    outflow = np.zeros(shape, np.int64)
    wrong = _reject_shares(catalogue, farms, quality)
    columns = np.arange(shape[1])

    for day in range(days):
        shipped[day] = np.where(sourcing.fails[day], 0, buyers.ordered[day])
        share = np.where(sourcing.offer[day] >= 0, wrong[sourcing.offer[day]], 0.0) * REJECTED_AT_RECEIPT
        received[day] = shipped[day] - quality.binomial(shipped[day], _scattered(quality, share, shape))
        opening = (received_until[day] - outflow).astype(np.int32)
        received_until[day + 1] = received_until[day] + received[day]

        wanted = demand.draw(day, draws)
        taken, left = _sell(wanted, opening, received[day], arrived_at[day])
        sold[day], demanded[day] = taken, wanted.sum(2)
        in_stock[day] = ((left > 0) << np.arange(HOURS)).sum(2)
        peak[day] = np.maximum(opening, left.max(2))
        sold_today = taken.sum(2)
        outflow += sold_today

        stock = (received_until[day + 1] - outflow).astype(np.int32)
        looked_at = quality.random(shape) < SAMPLED
        sampled[day] = np.where(looked_at, np.minimum(np.ceil(sold_today * SAMPLE), stock), 0)
        rejected[day] = quality.binomial(sampled[day], share / REJECTED_AT_RECEIPT * REJECTED_AT_DISPATCH)
        outflow += rejected[day]
        born = day - catalogue.life + 2  # everything received before that day has had its last day
        too_old = np.where(born > 0, received_until[np.maximum(born, 0), :, columns].T - outflow, 0)
        expired[day] = np.maximum(too_old, 0)
        outflow += expired[day]

        buyers.learn(day, sold_today, (left > 0) @ HOURLY)
        buyers.order(day, (received_until[day + 1] - outflow).astype(np.int32))

    return Shelves(
        sold, demanded, in_stock, shipped, received, sampled, rejected, expired, peak, outflow, arrived_at,
        buyers.ordered, wrong,
    )  # fmt: skip


def _sell(
    wanted: NDArray[np.int32], opening: NDArray[np.int32], received: NDArray[np.int32], arrived_at: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Sales and what is left at the end of each hour (warehouse, product, hour): first what was there overnight
    sells, then, from the hour of the delivery on, that and the delivery."""
    so_far = wanted.cumsum(2, dtype=np.int32)
    after = np.arange(HOURS) >= arrived_at[:, None]  # (product, hour)
    before_it = np.where(
        arrived_at > 0, np.take_along_axis(so_far, np.maximum(arrived_at - 1, 0)[None, :, None], 2)[:, :, 0], 0
    )
    overnight = np.minimum(before_it, opening)
    from_then = opening - overnight + received
    gone = np.where(
        after,
        overnight[:, :, None] + np.minimum(so_far - before_it[:, :, None], from_then[:, :, None]),
        np.minimum(so_far, opening[:, :, None]),
    )
    left = opening[:, :, None] + np.where(after, received[:, :, None], 0) - gone
    return np.diff(gone, axis=2, prepend=0), left


def _reject_shares(catalogue: Catalogue, farms: Farms, random: Generator) -> NDArray[np.float64]:
    """The share that the inspection at origin rejects, by offer: its category's, better or worse by supplier."""
    usual = np.array([REJECTED_AT_ORIGIN[category] for category in catalogue.categories])
    care = random.lognormal(-0.06, 0.35, len(farms.suppliers))
    return np.minimum(usual[farms.product] * care[farms.supplier], 0.4)


def _scattered(random: Generator, share: NDArray[np.float64], shape: tuple[int, int]) -> NDArray[np.float64]:
    """That share, different from one delivery to the next."""
    return np.minimum(share * random.gamma(2.0, 0.5, shape), 0.9)
