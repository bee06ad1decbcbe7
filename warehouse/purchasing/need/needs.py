"""What a warehouse needs for a delivery: demand that older stock will not meet, scenario by scenario.

Stock by age, and what arrives up to the delivery, is run down first-expired first from the order date on. What
stays unmet in the days that the delivery must cover can sell from it; what stays unmet over its whole life is
all that ever can, and anything beyond expires. Under FEFO neither depends on how much is bought, so the two
decide every quantity (marginal outdating; design decision 6).

Arrays have products (p) in the order of the covers, days (t) from the order date on, or (d) from the delivery on, and
scenarios (s).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from warehouse.purchasing.need.cover import Cover, days_to_cover
from warehouse.purchasing.need.forecast_days import ForecastDays, forecast_days
from warehouse.purchasing.need.need_reasons import reasons_of_need
from warehouse.purchasing.need.scenarios import DrawDemand, dice, whole_pieces
from warehouse.purchasing.need.stock_to_come import stock_to_come
from warehouse.purchasing.need.unmet_demand import unmet_in_cover, unmet_in_life
from warehouse.purchasing.offers import Offer, OnOrder
from warehouse.purchasing.plan import DemandOverDays
from warehouse.purchasing.plan_settings import USUAL, PlanSettings
from warehouse.reasons import Reason
from warehouse.stock.ageing import run_down
from warehouse.stock.lots import StockLot

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class WarehouseOutlook:
    """What one warehouse has and expects at the start of the order date.

    forecasts  product_id, date (day, no zone), quantiles (q05 .. q95), mean: from the order date on
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
    highest_seen    the highest quantile of a day's demand that the history has shown; None: not known, or at least
                    the highest that forecasts tell
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


def estimate_needs(
    outlook: WarehouseOutlook,
    products: pd.DataFrame,
    offers: Sequence[Offer],
    *,
    order_date: date,
    delivery_date: date,
    draw: DrawDemand,
    settings: PlanSettings = USUAL,
) -> tuple[Need, ...]:
    """The need of every product in `products`, in its order.

    products  product_id, unit ('kg' or 'piece': demand comes in whole ones; without the column all is by
              weight), shelf_life_days (NaN: does not expire; the day of receipt is the first), list_price
              (Decimal or None), last_day (on sale, from the delivery date on; None or without the column: none)
    offers    of any product and supplier; they tell when the next delivery is possible
    draw      how the days' demand is drawn together

    Raises ValueError for missing columns and for a delivery date before the order date.
    """
    if delivery_date < order_date:
        raise ValueError(f"delivery date {delivery_date} lies before order date {order_date}")
    covers = days_to_cover(products, offers, order_date, delivery_date)
    if not covers:
        return ()
    lead = (delivery_date - order_date).days
    ids = [cover.product_id for cover in covers]
    forecast = forecast_days(outlook.forecasts, ids, order_date, max(cover.until for cover in covers))
    demand, later_uniforms = _scenarios(forecast, covers, draw, settings)
    stock = stock_to_come(outlook.lots, outlook.on_order, covers, order_date, demand.shape[1])
    ran = run_down(stock.there, stock.arrivals_up_to(lead), demand)

    covered = np.array([np.arange(demand.shape[1] - lead) < cover.days for cover in covers])  # p x d
    arriving = stock.arriving[:, lead:]  # p x d
    in_cover = unmet_in_cover(ran.unmet[:, lead:], arriving, covered)
    in_life = unmet_in_life(ran.unmet[:, lead:], ran.left, demand[:, -7:], covers, later_uniforms)
    to_come = (arriving[:, 1:] * covered[:, 1:]).sum(axis=1)
    wanted = _demand_over(demand[:, lead:], forecast.mean[:, lead:], covered)
    return tuple(
        Need(
            warehouse_id=outlook.warehouse_id,
            product_id=cover.product_id,
            list_price=cover.list_price,
            covers_from=delivery_date,
            covers_until=cover.until,
            usable_stock=float(ran.usable[row, lead].mean()),
            on_order=float(to_come[row]),
            forecast=wanted[row],
            unmet_in_cover=np.sort(in_cover[row]),
            unmet_in_life=np.sort(in_life[row]),
            outlives_cover=cover.outlived,
            reasons=reasons_of_need(row, cover, forecast, ran, _lots_of(cover, outlook), order_date),
            highest_seen=_highest_seen(cover, outlook, forecast),
        )
        for row, cover in enumerate(covers)
    )


def _scenarios(
    forecast: ForecastDays, covers: Sequence[Cover], draw: DrawDemand, settings: PlanSettings
) -> tuple[Floats, Floats]:
    """Demand (p x t x s), in whole pieces where the product comes in pieces; and dice (s) for the days after it."""
    days = forecast.mean.shape[1]
    thrown = dice(days + 1, settings.scenarios, settings.seed)
    ids = [cover.product_id for cover in covers]
    demand = np.array(draw(ids, forecast.quantiles, forecast.mean, settings.scenarios, settings.seed))
    in_pieces = np.array([cover.in_pieces for cover in covers])
    demand[in_pieces] = whole_pieces(demand[in_pieces], thrown[:days])
    return demand, thrown[days]


def _demand_over(demand: Floats, mean: Floats, covered: NDArray[np.bool_]) -> list[DemandOverDays]:
    """By product, the distribution of demand (p x d x s; its mean by day p x d) over the covered days (p x d)."""
    sums = (demand * covered[:, :, None]).sum(axis=1)
    means = (np.nan_to_num(mean) * covered).sum(axis=1)
    quantiles = np.quantile(sums, [0.1, 0.5, 0.9], axis=1)
    return [DemandOverDays(*(float(value) for value in values)) for values in zip(means, *quantiles, strict=True)]


def _lots_of(cover: Cover, outlook: WarehouseOutlook) -> list[StockLot]:
    return [lot for lot in outlook.lots if lot.product_id == cover.product_id]


def _highest_seen(cover: Cover, outlook: WarehouseOutlook, forecast: ForecastDays) -> float | None:
    """Above the highest quantile that forecasts tell, every order is extrapolated; that sets no product apart."""
    seen = outlook.highest_seen.get(cover.product_id)
    return None if seen is None or seen >= forecast.probabilities[-1] else seen
