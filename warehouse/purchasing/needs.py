"""What a warehouse needs for a delivery: demand that older stock will not meet, scenario by scenario.

Stock by age, and what arrives up to the delivery, is run down first-expired first from the order date on. What
stays unmet in the days that the delivery must cover can sell from it; what stays unmet over its whole life is
all that ever can, and anything beyond expires. Under FEFO neither depends on how much is bought, so the two
decide every quantity (marginal outdating; design decision 6).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from warehouse.purchasing.forecast_days import ForecastDays, forecast_days
from warehouse.purchasing.offers import Offer, OnOrder
from warehouse.purchasing.plan import DemandOverDays, PlanReason
from warehouse.purchasing.scenarios import (
    PROBABILITIES,
    DrawDemand,
    demand_scenarios,
    dice,
    later_demand,
    whole_pieces,
)
from warehouse.reasons import Reason
from warehouse.stock.ageing import RunDown, run_down
from warehouse.stock.lots import StockLot, last_dispatch_day

Floats = NDArray[np.float64]

WORTH_SAYING = 0.05  # kg or pieces expected to expire; less is not worth a buyer's attention
LONGEST_LIFE_DAYS = 3650  # longer than anything fresh; keeps dates within the calendar


@dataclass(frozen=True)
class PlanSettings:
    """How a plan is computed.

    assumed_markup         list price / purchase price where one of them is not known (1.63 is the median of the
                           recorded vegetable prices)
    keeping_cost_per_day   what a unit that is not sold yet costs a day in money, room and freshness, as a share
                           of its price; without it, what hardly ever expires would be bought for any demand
    """

    scenarios: int = 256
    seed: int = 0
    assumed_markup: float = 1.63
    keeping_cost_per_day: float = 0.02


USUAL = PlanSettings()


@dataclass(frozen=True, eq=False)
class WarehouseOutlook:
    """What one warehouse has and expects at the start of the order date.

    forecasts  product_id, date (day, no zone), q05, q10, q25, q50, q75, q90, q95, mean: from the order date on
    lots       stock that is there, by age
    on_order   ordered before and not arrived yet; overdue deliveries count as arriving on the order date
    highest_seen   by product: the highest quantile (0..1) of a day's demand that its history has shown; absent: not
                   known
    """

    warehouse_id: str
    forecasts: pd.DataFrame
    lots: Sequence[StockLot]
    on_order: Sequence[OnOrder]
    highest_seen: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Need:
    """What a warehouse lacks of a product, before packs, suppliers and prices; units of the product.

    unmet_in_cover  by scenario, ascending: demand of the covered days that other stock does not meet; the most
                    of this delivery that can sell before the next one comes
    unmet_in_life   by scenario, ascending: demand over the whole life of this delivery that older stock does
                    not meet; what is bought beyond it expires (inf: it never does)
    outlives_cover  what is not sold in the covered days is still good when the next delivery comes
    highest_seen    the highest quantile of a day's demand that the history has shown; None: not known
    """

    warehouse_id: str
    product_id: str
    list_price: Decimal | None
    covers_from: date
    covers_until: date
    usable_stock: float
    on_order: float
    forecast: DemandOverDays
    unmet_in_cover: Floats
    unmet_in_life: Floats
    outlives_cover: bool
    reasons: tuple[Reason, ...]
    highest_seen: float | None = None

    @property
    def days_covered(self) -> int:
        """How many days this delivery must last for."""
        return (self.covers_until - self.covers_from).days + 1


@dataclass(frozen=True)
class _Cover:
    """A product and the days its delivery must last for."""

    product_id: str
    in_pieces: bool
    list_price: Decimal | None
    life_days: int | None
    until: date


def estimate_needs(
    outlook: WarehouseOutlook,
    products: pd.DataFrame,
    offers: Sequence[Offer],
    *,
    order_date: date,
    delivery_date: date,
    draw: DrawDemand | None = None,
    settings: PlanSettings = USUAL,
) -> tuple[Need, ...]:
    """The need of every product in `products`, in its order.

    products  product_id, unit ('kg' or 'piece': demand comes in whole ones; without the column all is by
              weight), shelf_life_days (NaN: does not expire; the day of receipt is the first), list_price
              (Decimal or None)
    offers    of any product and supplier; they tell when the next delivery is possible
    draw      how the days' demand is drawn together; without it days are independent of each other

    Raises ValueError for missing columns and for a delivery date before the order date.
    """
    if delivery_date < order_date:
        raise ValueError(f"delivery date {delivery_date} lies before order date {order_date}")
    covers = _covers(products, offers, order_date, delivery_date)
    if not covers:
        return ()
    lead = (delivery_date - order_date).days
    last_day = max(cover.until for cover in covers)
    ids = [cover.product_id for cover in covers]
    forecast = forecast_days(outlook.forecasts, ids, order_date, last_day)
    days = forecast.quantiles.shape[1]
    of_days, of_pieces, [of_later] = np.split(dice(2 * days + 1, settings.scenarios, settings.seed), [days, 2 * days])
    if draw is None:
        demand = demand_scenarios(forecast.quantiles, forecast.mean, of_days)
    else:
        demand = np.array(draw(ids, forecast.quantiles, forecast.mean, settings.scenarios, settings.seed))
    in_pieces = np.array([cover.in_pieces for cover in covers])
    demand[in_pieces] = whole_pieces(demand[in_pieces], of_pieces)
    stock, arrivals = _by_age(outlook, covers, order_date, days)
    until_delivery = arrivals.copy()
    until_delivery[:, lead + 1 :] = 0
    ran = run_down(stock, until_delivery, demand)

    cover_days = np.array([(cover.until - delivery_date).days + 1 for cover in covers])
    in_cover = np.arange(days - lead)[None, :] < cover_days[:, None]
    unmet_in_cover = _unmet_after_arrivals(ran.unmet[:, lead:], arrivals[:, lead:].sum(axis=2), in_cover)
    unmet_in_life = _unmet_in_life(ran, demand, covers, lead, of_later)
    sums = (demand[:, lead:] * in_cover[:, :, None]).sum(axis=1)
    means = (np.nan_to_num(forecast.mean[:, lead:]) * in_cover).sum(axis=1)
    to_come = (arrivals[:, lead + 1 :].sum(axis=2) * in_cover[:, 1:]).sum(axis=1)
    quantiles = np.quantile(sums, PROBABILITIES, axis=1).T
    return tuple(
        Need(
            warehouse_id=outlook.warehouse_id,
            product_id=cover.product_id,
            list_price=cover.list_price,
            covers_from=delivery_date,
            covers_until=cover.until,
            usable_stock=float(ran.usable[row, lead].mean()),
            on_order=float(to_come[row]),
            forecast=DemandOverDays(float(means[row]), *(float(value) for value in quantiles[row])),
            unmet_in_cover=np.sort(unmet_in_cover[row]),
            unmet_in_life=np.sort(unmet_in_life[row]),
            outlives_cover=cover.life_days is None or cover.life_days > cover_days[row],
            reasons=_reasons(row, cover, forecast, ran, outlook, order_date, delivery_date),
            highest_seen=outlook.highest_seen.get(cover.product_id),
        )
        for row, cover in enumerate(covers)
    )


def _covers(products: pd.DataFrame, offers: Sequence[Offer], order_date: date, delivery_date: date) -> list[_Cover]:
    """The products, each with the days up to the next possible delivery, or to the end of its life."""
    missing = {"product_id", "shelf_life_days", "list_price"} - set(products.columns)
    if missing:
        raise ValueError(f"products: missing columns {sorted(missing)}")
    by_product: dict[str, list[Offer]] = defaultdict(list)
    for offer in offers:
        by_product[offer.product_id].append(offer)
    tomorrow = order_date + timedelta(days=1)  # the next order can be placed then
    units = products["unit"] if "unit" in products else ["kg"] * len(products)
    covers = []
    for product_id, unit, life, price in zip(
        products["product_id"], units, products["shelf_life_days"], products["list_price"], strict=True
    ):
        life_days = None if pd.isna(life) else min(int(life), LONGEST_LIFE_DAYS)
        following = min(
            (offer.next_delivery(delivery_date, tomorrow) for offer in by_product[product_id]),
            default=delivery_date + timedelta(days=1),
        )
        until = following - timedelta(days=1)
        if life_days is not None:
            until = min(until, last_dispatch_day(delivery_date, life_days))
        list_price = None if pd.isna(price) else Decimal(price)
        covers.append(_Cover(product_id, unit == "piece", list_price, life_days, until))
    return covers


def _by_age(outlook: WarehouseOutlook, covers: Sequence[_Cover], order_date: date, days: int) -> tuple[Floats, Floats]:
    """Stock and arrivals as `run_down` takes them: columns are last usable days counted from the order date."""
    rows = {cover.product_id: row for row, cover in enumerate(covers)}
    stock = np.zeros((len(covers), days + 1))
    arrivals = np.zeros((len(covers), days, days + 1))
    for lot in outlook.lots:
        if lot.product_id in rows and lot.usable_on(order_date):
            last = days if lot.expires_on is None else min((lot.expires_on - order_date).days, days)
            stock[rows[lot.product_id], last] += float(lot.quantity)
    for order in outlook.on_order:
        arrives = max((order.delivery_date - order_date).days, 0)
        if order.product_id in rows and arrives < days:
            row = rows[order.product_id]
            life_days = covers[row].life_days
            last = days if life_days is None else min(arrives + life_days - 1, days)
            arrivals[row, arrives, last] += float(order.quantity)
    return stock, arrivals


def _unmet_after_arrivals(unmet: Floats, arrivals: Floats, in_cover: NDArray[np.bool_]) -> Floats:
    """Unmet demand of the covered days after what arrives later than this delivery has been sold too.

    Later arrivals are fresher, so they sell after this delivery and expire after the days covered."""
    held = np.zeros_like(unmet[:, 0])
    total: Floats = np.zeros_like(held)
    for day in range(unmet.shape[1]):
        if day > 0:
            held += arrivals[:, day, None]
        wanted = unmet[:, day] * in_cover[:, day, None]
        sold = np.minimum(held, wanted)
        held -= sold
        total += wanted - sold
    return total


def _unmet_in_life(ran: RunDown, demand: Floats, covers: Sequence[_Cover], lead: int, uniforms: Floats) -> Floats:
    """Demand that older stock leaves to a delivery over its whole life; the days after the forecast in a block."""
    days = demand.shape[1] - lead
    life = np.array([np.inf if cover.life_days is None else cover.life_days for cover in covers])
    alive = np.arange(days)[None, :] < life[:, None]
    unmet: Floats = (ran.unmet[:, lead:] * alive[:, :, None]).sum(axis=1)
    after = np.maximum(np.where(np.isinf(life), 0, life) - days, 0)
    week = demand[:, -7:]
    block = later_demand(week.mean(axis=(1, 2)), week.var(axis=2).mean(axis=1), after, uniforms)
    unmet += np.maximum(block - ran.left, 0)
    unmet[np.isinf(life)] = np.inf
    return unmet


def _reasons(
    row: int,
    cover: _Cover,
    forecast: ForecastDays,
    ran: RunDown,
    outlook: WarehouseOutlook,
    order_date: date,
    delivery_date: date,
) -> tuple[Reason, ...]:
    days = (cover.until - delivery_date).days + 1
    reasons = [Reason(PlanReason.COVERS, {"days": days, "until": cover.until.isoformat()})]
    if forecast.missing[row]:
        return (*reasons, Reason(PlanReason.NO_FORECAST))
    last = (cover.until - order_date).days
    extended = int(forecast.extended[row, : last + 1].sum())
    if extended:
        reasons.append(Reason(PlanReason.FORECAST_EXTENDED, {"days": extended}))
    if cover.life_days is None:
        reasons.append(Reason(PlanReason.SHELF_LIFE_UNKNOWN))
    lots = [lot for lot in outlook.lots if lot.product_id == cover.product_id and lot.quantity > 0]
    gone = float(sum(lot.quantity for lot in lots if not lot.usable_on(order_date)))
    by_day = ran.expired[row, : last + 1].mean(axis=1)
    before = gone + float(by_day[: (delivery_date - order_date).days].sum())
    in_all = gone + float(by_day.sum())
    if in_all >= WORTH_SAYING:
        expiries = [lot.expires_on for lot in lots if lot.expires_on is not None]
        reasons.append(
            Reason(
                PlanReason.STOCK_EXPIRES_BEFORE_USE,
                {
                    "quantity": round(in_all, 3),
                    "before_delivery": round(before, 3),
                    "first_expiry": min(expiries).isoformat() if expiries else None,
                },
            )
        )
    return tuple(reasons)
