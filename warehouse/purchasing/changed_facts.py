"""Facts as they would be if something happened: what a farm no longer brings, what comes later, what is wanted instead.

Each function takes one kind of fact where it enters a plan (offers, what is on order, forecasts) and gives it changed;
what is given stays as it is. A plan is then made from these facts as from any others.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pandas as pd

from warehouse.purchasing.need.judged_demand import DISTRIBUTION
from warehouse.purchasing.suppliers.offers import Offer, OnOrder


@dataclass(frozen=True)
class SupplyLost:
    """Some suppliers bring nothing from `first_day` to `last_day`, both included: of some products, or of any where
    `product_ids` is None."""

    supplier_ids: frozenset[str]
    first_day: date
    last_day: date = date.max
    product_ids: frozenset[str] | None = None

    def concerns(self, supplier_id: str, product_id: str) -> bool:
        """Whether the supplier brings nothing of the product."""
        return supplier_id in self.supplier_ids and (self.product_ids is None or product_id in self.product_ids)


@dataclass(frozen=True)
class ComesLater:
    """What is on order from a supplier, or of one purchase order, comes so many days later."""

    days: int
    supplier_id: str | None = None
    purchase_order_id: str | None = None

    def is_of(self, supplier_id: str, purchase_order_id: str) -> bool:
        """Whether what this supplier brings of this purchase order is late."""
        if self.purchase_order_id is not None:
            return purchase_order_id == self.purchase_order_id
        return supplier_id == self.supplier_id


def offers_left(offers: Iterable[Offer], lost: SupplyLost, today: date) -> list[Offer]:
    """The offers without what is lost; one that never brings anything again is none."""
    left = []
    for offer in offers:
        if not lost.concerns(offer.supplier_id, offer.product_id):
            left.append(offer)
        elif max(offer.valid_from, today) < lost.first_day or lost.last_day < offer.valid_until:
            left.append(replace(offer, nothing_on=(*offer.nothing_on, (lost.first_day, lost.last_day))))
    return left


def still_coming(on_order: Iterable[OnOrder], lost: SupplyLost, today: date) -> list[OnOrder]:
    """What is on order without what is lost; what is overdue is lost with what is expected today."""
    return [
        order
        for order in on_order
        if not lost.concerns(order.supplier_id, order.product_id)
        or not lost.first_day <= max(order.delivery_date, today) <= lost.last_day
    ]


def coming_later(on_order: Iterable[OnOrder], late: ComesLater, today: date) -> list[OnOrder]:
    """What is on order, with what is late so many days later than it is counted on: what is overdue, than today."""
    later = timedelta(days=late.days)
    return [
        replace(order, delivery_date=max(order.delivery_date, today) + later)
        if late.is_of(order.supplier_id, order.purchase_order_id)
        else order
        for order in on_order
    ]


def demand_times(forecasts: pd.DataFrame, factors: pd.DataFrame) -> pd.DataFrame:
    """Forecasts (product_id, date, q05..q95, mean) times the factor of their product and day (product_id, date,
    factor), where there is one. The spread stays in proportion."""
    told, of_row = (
        pd.MultiIndex.from_arrays([frame["product_id"], pd.to_datetime(frame["date"])])
        for frame in (factors, forecasts)
    )
    at = told.get_indexer(of_row)
    factor = np.append(factors["factor"].to_numpy(float), 1.0)[at]  # -1, where nothing is told, takes the last
    changed = forecasts.copy()
    changed[DISTRIBUTION] = forecasts[DISTRIBUTION].to_numpy(float) * factor[:, None]
    return changed
