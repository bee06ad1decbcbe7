"""Small inputs of a purchase plan, with everything that a test does not care about filled in."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.distribution.dependence import Dependence
from forecasting.distribution.paths import joint_paths
from warehouse.purchasing.buying import plan_purchase
from warehouse.purchasing.need.needs import Need, WarehouseOutlook, estimate_needs
from warehouse.purchasing.plan import PlanLine
from warehouse.purchasing.plan_settings import USUAL, PlanSettings
from warehouse.purchasing.suppliers.offers import Offer, OnOrder, PriceTier
from warehouse.purchasing.suppliers.supply import Supply
from warehouse.purchasing.suppliers.yields import Yields
from warehouse.stock.lots import StockLot

MONDAY = date(2026, 3, 2)  # the order date
TUESDAY = MONDAY + timedelta(days=1)  # the delivery date
EVERY_DAY = frozenset(range(1, 8))
ALL_ACCEPTED = Yields()


def forecasts(*daily: float, product_id: str = "spinach", spread: float = 0.5, first: date = MONDAY) -> pd.DataFrame:
    """Days from `first` on, each with that mean, spread evenly between mean x (1 - spread) and x (1 + spread)."""
    rows = []
    for day, mean in enumerate(daily):
        low, width = mean * (1 - spread), 2 * mean * spread
        quantiles = {f"q{p:02d}": low + width * p / 100 for p in (5, 10, 25, 50, 75, 90, 95)}
        rows.append({"product_id": product_id, "date": first + timedelta(days=day), **quantiles, "mean": mean})
    return pd.DataFrame(rows)


def products(
    life: float = 3, price: str | None = "16.3", product_ids: Sequence[str] = ("spinach",), in_wholes: bool = False
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "product_id": list(product_ids),
            "in_wholes": [in_wholes] * len(product_ids),
            "shelf_life_days": [life] * len(product_ids),
            "list_price": [None if price is None else Decimal(price)] * len(product_ids),
        }
    )


def offer(
    offer_id: str = "farm-spinach",
    *,
    product_id: str = "spinach",
    price: str = "10",
    pack: str = "1",
    minimum: str = "0",
    capacity: str | None = None,
    lead: int = 1,
    weekdays: frozenset[int] = EVERY_DAY,
    cheaper_from: tuple[str, str] | None = None,
) -> Offer:
    tiers = [PriceTier(Decimal(0), Decimal(price))]
    if cheaper_from:
        tiers.append(PriceTier(Decimal(cheaper_from[0]), Decimal(cheaper_from[1])))
    return Offer(
        offer_id=offer_id,
        supplier_id=f"supplier of {offer_id}",
        product_id=product_id,
        pack_size=Decimal(pack),
        min_quantity=Decimal(minimum),
        daily_capacity=None if capacity is None else Decimal(capacity),
        lead_time_days=lead,
        delivery_weekdays=weekdays,
        tiers=tuple(tiers),
    )


def lot(quantity: str, expires_on: date | None, product_id: str = "spinach") -> StockLot:
    return StockLot(f"lot to {expires_on}", product_id, Decimal(quantity), expires_on)


def days_apart(
    product_ids: Sequence[str], quantiles: NDArray[np.float64], mean: NDArray[np.float64], scenarios: int, seed: int
) -> NDArray[np.float64]:
    """Demand drawn as plans draw it, of days that are independent of each other."""
    keys = [(product_id,) for product_id in product_ids]
    return joint_paths(quantiles, mean, keys, Dependence((0.0,)), scenarios, seed).transpose(0, 2, 1)


def plan(
    offers: Sequence[Offer],
    *,
    demand: pd.DataFrame | None = None,
    lots: Sequence[StockLot] = (),
    on_order: Sequence[OnOrder] = (),
    assortment: pd.DataFrame | None = None,
    yields: Yields = ALL_ACCEPTED,
    warehouses: Sequence[str] = ("north",),
    delivery_date: date = TUESDAY,
    settings: PlanSettings = USUAL,
    highest_seen: Mapping[str, float] | None = None,
    hour: float = 0.0,
    hourly_shares: Mapping[str, NDArray[np.float64]] | None = None,
    preordered: Mapping[tuple[str, date], float] | None = None,
) -> tuple[PlanLine, ...]:
    """The plan for Tuesday, ordered on Monday; every warehouse has the same demand and stock."""
    demand = forecasts(*[20.0] * 7) if demand is None else demand
    needs = [
        need
        for name in warehouses
        for need in estimate_needs(
            WarehouseOutlook(
                name, demand, lots, on_order, highest_seen or {}, hour, hourly_shares or {}, preordered or {}
            ),
            products() if assortment is None else assortment,
            offers,
            order_date=MONDAY,
            delivery_date=delivery_date,
            draw=days_apart,
            settings=settings,
        )
    ]
    return plan_purchase([(need, supply_of(need, offers)) for need in needs], yields, settings=settings)


def needs_of(offers: Sequence[Offer], demand: pd.DataFrame, assortment: pd.DataFrame) -> tuple[Need, ...]:
    """What an empty warehouse needs for Tuesday, ordered on Monday."""
    outlook = WarehouseOutlook("north", demand, (), ())
    return estimate_needs(outlook, assortment, offers, order_date=MONDAY, delivery_date=TUESDAY, draw=days_apart)


def supply_of(need: Need, offers: Sequence[Offer], order_date: date = MONDAY) -> Supply:
    """The need's product as everyone offers it."""
    return Supply([offer for offer in offers if offer.product_id == need.product_id], order_date)


def codes(line: PlanLine) -> list[str]:
    return [reason.code.value for reason in line.reasons]


def reason(line: PlanLine, code: str) -> dict[str, object]:
    """The values of the line's only reason with that code."""
    (values,) = [dict(one.values) for one in line.reasons if one.code.value == code]
    return values
