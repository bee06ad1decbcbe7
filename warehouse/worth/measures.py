"""What is added up of a product's day in a warehouse: sums only, so that days, products and warehouses add up to any
period and group, and every figure is a ratio of sums.

Quantities are in the product's unit, money in the warehouse's currency.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Final, Self

OF_WAREHOUSES: Final = (  # and of no product
    *("alarms", "minutes_outside", "metres_promised", "metres_saved"),
    *("orders_due", "orders_told", "orders_in_time", "minutes_waited", "orders_planned", "planned_in_time"),
)
# what is rejected, by stage of inspection, and what is taken out of stock, by why
REJECTED: Final = {"receipt": "rejected_receipt", "dispatch": "rejected_dispatch", "complaint": "complained"}
WRITTEN_OFF: Final = {"expired": "expired", "damaged": "damaged", "other": "thrown_otherwise"}
TAKEN_OUT: Final = WRITTEN_OFF | {"marked_down": "marked_down", "given_away": "given_away"}


@dataclass(frozen=True)
class Measures:
    """The sums of some product-days.

    days, known_days     product-days, and those whose demand is known
    demand, met          demand where it is known, and how much of it was sold
    sold                 units sold
    short_money          margin and goodwill of the demand that was not met
    wanted_money         margin of all demand that is known: what could have been earned of it
    forecast_demand      demand of days that were forecast on their eve
    forecast_mean        what was forecast of it
    forecast_off         |median forecast - demand|, day by day
    bought, demanded     what was accepted of deliveries, and the demand of the days that they cover
    bought_off           |bought - demanded|, delivery by delivery
    came                 units that came: accepted and rejected
    rejected_receipt     of them rejected at receipt
    rejected_dispatch    rejected before dispatch
    complained           complained about by customers
    expired, damaged, thrown_otherwise   written off, by reason
    marked_down, given_away              taken out of stock otherwise, which is no waste
    waste_money          cost and disposal of what was rejected or written off
    suggested, edited    plan lines ordered, and of them those that a buyer changed
    edits_judged         edited lines whose days have passed
    edits_nearer         of them those that came nearer to demand than the suggestion would have
    units_nearer         by how much they came nearer (below 0: went further away)
    stock_days           product-days whose stock at the end is known
    stock                units that lay there then
    stock_money          the same at cost
    stock_sold_money     what was sold on those days, at cost
    alarms               raised, of every kind; of a warehouse, as are all below
    minutes_outside      for how long zones were outside their limits, each by itself
    metres_promised      of moves suggested on the day: how much less was promised for the order lines picked since
    metres_saved         how much less they were walked
    orders_due           customers' orders to be delivered, of days of which any is told to have been at the door
    orders_told          of them those that are told to have been there
    orders_in_time       of those as many as were there within the promise
    minutes_waited       how long those that are told of took
    orders_planned       those that are told of, of days whose couriers were planned
    planned_in_time      how many of these were to be there within the promise by the plan
    """

    days: float = 0.0
    known_days: float = 0.0
    demand: float = 0.0
    met: float = 0.0
    sold: float = 0.0
    short_money: float = 0.0
    wanted_money: float = 0.0
    forecast_demand: float = 0.0
    forecast_mean: float = 0.0
    forecast_off: float = 0.0
    bought: float = 0.0
    demanded: float = 0.0
    bought_off: float = 0.0
    came: float = 0.0
    rejected_receipt: float = 0.0
    rejected_dispatch: float = 0.0
    complained: float = 0.0
    expired: float = 0.0
    damaged: float = 0.0
    thrown_otherwise: float = 0.0
    marked_down: float = 0.0
    given_away: float = 0.0
    waste_money: float = 0.0
    suggested: float = 0.0
    edited: float = 0.0
    edits_judged: float = 0.0
    edits_nearer: float = 0.0
    units_nearer: float = 0.0
    stock_days: float = 0.0
    stock: float = 0.0
    stock_money: float = 0.0
    stock_sold_money: float = 0.0
    alarms: float = 0.0
    minutes_outside: float = 0.0
    metres_promised: float = 0.0
    metres_saved: float = 0.0
    orders_due: float = 0.0
    orders_told: float = 0.0
    orders_in_time: float = 0.0
    minutes_waited: float = 0.0
    orders_planned: float = 0.0
    planned_in_time: float = 0.0

    def __add__(self, other: Self) -> "Measures":
        return Measures(*(one + more for one, more in zip(vars(self).values(), vars(other).values(), strict=True)))

    @classmethod
    def of(cls, values: Mapping[str, float]) -> Self:
        """Those that are named in a mapping, 0 for the others."""
        return cls(**{name: float(values.get(name) or 0.0) for name in MEASURES})


MEASURES: Final = tuple(one.name for one in fields(Measures))
OF_PRODUCTS: Final = tuple(name for name in MEASURES if name not in OF_WAREHOUSES)


def total(measures: Iterable[Measures]) -> Measures:
    """All of them together."""
    first, *others = [*measures] or [Measures()]
    return sum(others, first)
