"""How large the sample region is and which days it covers: what all of its parts agree on.

Days are counted from `first_day`. The region lives for some days before the first day it tells of, so that its
shelves are filled and its buyers have seen sales, and plans a week past the last. Weather is foretold
a fortnight ahead.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from data.sample.cities import TIMEZONE

WARM_UP_DAYS = 14
PLANNED_DAYS = 8  # promotions reach this far past the last day
FORETOLD_DAYS = 14  # and weather forecasts this far
ZONE = ZoneInfo(TIMEZONE)


@dataclass(frozen=True)
class Extent:
    """The size and the days of a region; raises ValueError for one that cannot be made."""

    until: date
    seed: int
    warehouses: int
    products: int
    days: int

    def __post_init__(self) -> None:
        for name, value in (("warehouses", self.warehouses), ("products", self.products), ("days", self.days)):
            if value < 1:
                raise ValueError(f"a sample region needs at least one of its {name}, not {value}")
        if self.seed < 0:
            raise ValueError(f"the seed of a sample region is 0 or more, not {self.seed}")

    @property
    def simulated_days(self) -> int:
        """The days from the first of the warm-up to `until`."""
        return WARM_UP_DAYS + self.days

    @cached_property
    def first_day(self) -> date:
        """Day 0: the first day of the warm-up."""
        return self.until - timedelta(days=self.simulated_days - 1)

    @cached_property
    def all_days(self) -> Sequence[date]:
        """Every day from day 0 to the last planned one after `until`."""
        return [self.first_day + timedelta(days=day) for day in range(self.simulated_days + PLANNED_DAYS)]

    @cached_property
    def weather_days(self) -> Sequence[date]:
        """Every day from day 0 to the last one after `until` whose weather is foretold."""
        return [self.first_day + timedelta(days=day) for day in range(self.simulated_days + FORETOLD_DAYS)]

    @property
    def told_days(self) -> Sequence[date]:
        """The days that the region tells of: without the warm-up, up to `until`."""
        return self.all_days[WARM_UP_DAYS : self.simulated_days]

    @cached_property
    def warehouse_ids(self) -> Sequence[str]:
        """W01, W02, ..."""
        return [f"W{number:02d}" for number in range(1, self.warehouses + 1)]

    def day(self, number: int) -> date:
        """The day with that number; negative before day 0."""
        return self.first_day + timedelta(days=number)

    def moment(self, day: date, hour: int = 0, minute: int = 0) -> datetime:
        """The moment of that local time, in UTC."""
        return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE).astimezone(UTC)

    def end_of(self, day: date) -> datetime:
        """The local midnight that ends the day: when what was seen on it is known."""
        return self.moment(day + timedelta(days=1))
