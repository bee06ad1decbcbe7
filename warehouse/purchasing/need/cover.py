"""Which days a delivery must last for: up to the next one that is possible, to the end of its own life, or to the last
day on which the product is sold."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

import numpy as np
import pandas as pd

from warehouse.purchasing.suppliers.delivery import following_delivery
from warehouse.purchasing.suppliers.offers import Offer
from warehouse.stock.lots import last_dispatch_day

LONGEST_LIFE_DAYS: Final = 3650  # ten years, longer than anything fresh; keeps dates within the calendar


@dataclass(frozen=True)
class Cover:
    """A product and the days its delivery must last for, `first` to `until`; `life_days` None: it does not expire;
    `last_day` None: no last day on sale is known; `category_id` None: of no category."""

    product_id: str
    in_wholes: bool
    list_price: Decimal | None
    life_days: int | None
    first: date
    until: date
    last_day: date | None = None
    category_id: str | None = None

    @property
    def sells_for_days(self) -> int | None:
        """For how many days the delivery can sell: its life, cut short where the product's last day comes first."""
        if self.last_day is None:
            return self.life_days
        on_sale = (self.last_day - self.first).days + 1
        return on_sale if self.life_days is None else min(self.life_days, on_sale)

    @property
    def days(self) -> int:
        """How many days it must last for."""
        return (self.until - self.first).days + 1

    def days_if_next_fail(self, deliveries: int) -> int:
        """The same if so many of the next deliveries do not come: those that they would have lasted for as well, as far
        as what comes can still be sold then."""
        longer = (1 + deliveries) * self.days
        return self.days if not self.outlived else min(longer, self.sells_for_days or longer)

    @property
    def deliveries_outlived(self) -> float:
        """For how many deliveries' days what comes can still be sold if they do not come, beyond its own."""
        return np.inf if self.sells_for_days is None else max(self.sells_for_days / self.days - 1, 0.0)

    @property
    def outlived(self) -> bool:
        """Whether what is not sold in these days can still be when the next delivery comes."""
        return self.sells_for_days is None or self.sells_for_days > self.days


def days_to_cover(
    products: pd.DataFrame, offers: Sequence[Offer], order_date: date, delivery_date: date
) -> list[Cover]:
    """The cover of every product, in the order of the frame, whose columns `estimate_needs` documents.

    Where nobody delivers later, the next delivery is taken to be possible a day later. Raises ValueError for missing
    columns.
    """
    missing = {"product_id", "shelf_life_days", "list_price"} - set(products.columns)
    if missing:
        raise ValueError(f"products: missing columns {sorted(missing)}")
    by_product: dict[str, list[Offer]] = defaultdict(list)
    for offer in offers:
        by_product[offer.product_id].append(offer)
    in_wholes = products["in_wholes"] if "in_wholes" in products else [False] * len(products)
    last_days = products["last_day"] if "last_day" in products else [None] * len(products)
    categories = products["category_id"] if "category_id" in products else [None] * len(products)
    columns = products["product_id"], in_wholes, products["shelf_life_days"], products["list_price"]
    covers = []
    for product_id, whole, life, price, last_day, category in zip(*columns, last_days, categories, strict=True):
        life_days = None if pd.isna(life) else min(int(life), LONGEST_LIFE_DAYS)
        following = following_delivery(by_product[product_id], delivery_date, order_date)
        until = delivery_date if following is None else following - timedelta(days=1)
        if life_days is not None:
            until = min(until, last_dispatch_day(delivery_date, life_days))
        if last_day is not None:
            until = min(until, last_day)
        list_price = None if pd.isna(price) else Decimal(price)
        category_id = None if pd.isna(category) else str(category)
        covers.append(
            Cover(product_id, bool(whole), list_price, life_days, delivery_date, until, last_day, category_id)
        )
    return covers
