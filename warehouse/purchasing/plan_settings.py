"""What a plan is computed with: the shop's own figures, and how many scenarios are drawn."""

from dataclasses import dataclass, field
from datetime import timedelta

from warehouse.ordering.purchase_order_lines import OVERDUE_COUNTS
from warehouse.purchasing.allocation.terms import Limits
from warehouse.purchasing.service_level import NO_SERVICE_LEVEL, ServiceLevel

STOCK_OLD_AFTER = timedelta(hours=36)  # counted every evening, one evening was missed by then


@dataclass(frozen=True)
class PlanSettings:
    """How a plan is computed.

    assumed_markup         list price / purchase price where one of them is not known
    keeping_cost_per_day   what a unit that is not sold yet costs a day in money, room and freshness, as a share
                           of its price; without it, what hardly ever expires would be bought for any demand
    scenarios              a power of two
    overdue_counts         for how long after its day a delivery that has not come is still counted on
    stock_old_after        after how long a plan says when stock was counted
    service_level          what a buyer has said that shortage and waste cost beyond margin and price, and floors
    limits                 a budget of the whole plan, and the most that any one supplier may have of it
    """

    assumed_markup: float = 1.63  # the median of price / wholesale price in CUMCM 2023 C
    keeping_cost_per_day: float = 0.02  # chosen, not measured: a week of it takes a seventh of the price
    scenarios: int = 256  # beside dynamic programming in docs/purchasing.md; more costs time only
    seed: int = 0
    overdue_counts: timedelta = OVERDUE_COUNTS
    stock_old_after: timedelta = STOCK_OLD_AFTER
    service_level: ServiceLevel = NO_SERVICE_LEVEL
    limits: Limits = field(default_factory=Limits)


USUAL = PlanSettings()
