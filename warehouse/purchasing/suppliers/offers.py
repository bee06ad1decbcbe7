"""A supplier's terms for a product: packs, minimum, price tiers, and the days on which it can deliver."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Final

from warehouse.purchasing.outcomes.failing import Failing

WEEKDAYS = frozenset(range(1, 8))
LOOKED_AHEAD_DAYS: Final = 400  # for the next delivery; whoever brings nothing for longer brings nothing


@dataclass(frozen=True)
class PriceTier:
    """The price of a unit from `min_quantity` units on."""

    min_quantity: Decimal
    unit_price: Decimal


@dataclass(frozen=True)
class Offer:
    """A supplier's terms for a product, in the product's unit.

    `min_quantity` holds for one warehouse's order of the product, `daily_capacity` for all warehouses
    together (None: unlimited). `delivery_weekdays` are ISO weekdays (1 Monday .. 7 Sunday). An order placed on
    day t, up to the `cut_off` where there is one, can be delivered from day t + `lead_time_days` on; one placed later,
    or while the supplier is closed, counts as of the next day on which it is open. It delivers from `valid_from` to
    `valid_until` and not on the days of `closures`, first and last included; on those of `nothing_on` it takes orders
    and has nothing to deliver. Below the lowest tier its price holds as well.

    Raises ValueError, naming the offer, for terms that no supplier can mean.
    """

    offer_id: str
    supplier_id: str
    product_id: str
    pack_size: Decimal
    min_quantity: Decimal
    daily_capacity: Decimal | None
    lead_time_days: int
    delivery_weekdays: frozenset[int]
    tiers: tuple[PriceTier, ...]
    cut_off: time | None = None
    valid_from: date = date.min
    valid_until: date = date.max
    closures: tuple[tuple[date, date], ...] = ()
    nothing_on: tuple[tuple[date, date], ...] = ()
    cut_off_passed: bool = False  # on the day of the order, whichever day that is

    def __post_init__(self) -> None:
        wrong = [
            text
            for text, is_wrong in (
                (f"pack size {self.pack_size} is not positive", self.pack_size <= 0),
                (f"minimum {self.min_quantity} is negative", self.min_quantity < 0),
                (f"capacity {self.daily_capacity} is negative", (self.daily_capacity or 0) < 0),
                (f"lead time {self.lead_time_days} is negative", self.lead_time_days < 0),
                ("no delivery weekday", not self.delivery_weekdays),
                ("delivery weekdays are 1 to 7", not self.delivery_weekdays <= WEEKDAYS),
                ("no price", not self.tiers),
            )
            if is_wrong
        ]
        if wrong:
            raise ValueError(f"offer {self.offer_id}: {'; '.join(wrong)}")

    def seen_at(self, local_time: time) -> "Offer":
        """The offer as it stands at a time of the day of the order."""
        return replace(self, cut_off_passed=self.cut_off is not None and local_time > self.cut_off)

    def can_deliver(self, delivery_date: date, order_date: date) -> bool:
        """Whether an order placed on `order_date` can arrive on `delivery_date`."""
        return self.delivers_on(delivery_date) and self.in_time(delivery_date, order_date)

    def delivers_on(self, day: date) -> bool:
        """Whether it delivers on that day, if it is ordered in time."""
        return (
            day.isoweekday() in self.delivery_weekdays
            and self.valid_from <= day <= self.valid_until
            and not self.closed_on(day)
            and not any(first <= day <= last for first, last in self.nothing_on)
        )

    def closed_on(self, day: date) -> bool:
        """Whether the supplier is closed on that day."""
        return any(first <= day <= last for first, last in self.closures)

    def in_time(self, delivery_date: date, order_date: date) -> bool:
        """Whether the lead time fits between the two days."""
        return self.earliest_day(order_date) <= delivery_date

    def earliest_day(self, order_date: date) -> date:
        """The day from which on an order placed on `order_date` can arrive, if the supplier delivers on that day."""
        taken_on = order_date + timedelta(days=1) if self.cut_off_passed else order_date
        while self.closed_on(taken_on):
            taken_on += timedelta(days=1)
        return taken_on + timedelta(days=self.lead_time_days)

    def last_order_day(self, delivery_date: date) -> date:
        """The last day on which an order for that delivery can be placed."""
        day = delivery_date - timedelta(days=self.lead_time_days)
        while self.closed_on(day):
            day -= timedelta(days=1)
        return day

    def next_delivery(self, after: date, order_date: date) -> date | None:
        """The first day after `after` on which an order placed on `order_date` can arrive; None where there is none
        within LOOKED_AHEAD_DAYS."""
        day = max(after + timedelta(days=1), self.earliest_day(order_date), self.valid_from)
        last = min(self.valid_until, order_date + timedelta(days=LOOKED_AHEAD_DAYS))
        while day <= last:
            if self.delivers_on(day):
                return day
            day += timedelta(days=1)
        return None

    def unit_price(self, quantity: Decimal) -> Decimal:
        """The price of a unit when `quantity` units are ordered."""
        price = self.tiers_ascending[0].unit_price
        for tier in self.tiers_ascending:
            if tier.min_quantity > quantity:
                break
            price = tier.unit_price
        return price

    @cached_property
    def tiers_ascending(self) -> list[PriceTier]:
        """By quantity."""
        return sorted(self.tiers, key=lambda tier: tier.min_quantity)


@dataclass(frozen=True)
class OnOrder:
    """Something ordered before that has not arrived yet, in the product's unit.

    `hour` (0 to 24, the warehouse's clock) is when it comes on its delivery date; it tells only of today, since what
    comes on a later day counts from its morning on. `lots` is in what shares of the quantity it may come, ascending,
    each as often (None: just so much), the lowest where it is `failing` (None: that says nothing of what else its
    supplier brings). `last_day` is the last on which it may be dispatched (None: as long as what is
    received fresh)."""

    product_id: str
    quantity: Decimal
    delivery_date: date
    hour: float = 0.0
    lots: Sequence[float] | None = None
    supplier_id: str = ""
    purchase_order_id: str = ""
    last_day: date | None = None
    failing: Failing | None = None
