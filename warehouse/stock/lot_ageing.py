"""When a lot's life ends by the temperatures it was kept at: its last day comes earlier by the life lost.

A lot whose goods are of no known class, or whose zone is not known, ages by the calendar only, and says so. Its last
day never comes later than the one that it was received with.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from warehouse.stock.lots import days_left, last_day_left
from warehouse.stock.shelf_life import Days, Floats, LifeUsed, ShelfLifeClass, life_lost_by_day, life_used

HOURS_A_DAY = 24


class AgesBy(StrEnum):
    """What a lot's last day follows from."""

    TEMPERATURE = "temperature"
    CALENDAR_NO_CLASS = "calendar_no_class"  # nobody knows how its goods age
    CALENDAR_NO_ZONE = "calendar_no_zone"  # it lies in no zone of the warehouse
    CALENDAR_KEEPS = "calendar_keeps"  # it has no last day


@dataclass(frozen=True)
class LotAgeing:
    """How a lot aged: the hours of life lost by day, and of all the hours it was here, where that is known."""

    ages_by: AgesBy
    lost_by_day: Mapping[date, float] = field(default_factory=dict)
    life: LifeUsed | None = None
    shelf_life_class: ShelfLifeClass | None = None

    @property
    def days_lost(self) -> float:
        """Days of life lost, over all days."""
        return sum(self.lost_by_day.values()) / HOURS_A_DAY

    @property
    def worst_day(self) -> date | None:
        """The day on which most was lost; None: nothing was."""
        return max(self.lost_by_day, key=lambda day: self.lost_by_day[day], default=None)

    @property
    def chilled(self) -> bool:
        """Whether it was too cold for goods that are sensitive to it: staff should look."""
        return self.life is not None and self.life.chilled > 0


def age_lot(temperatures: Floats, hours: Floats, days: Days, of: ShelfLifeClass) -> LotAgeing:
    """How a lot of the class aged over a record: the temperature (C; NaN: not seen) of each stretch, how many hours of
    it the lot was there, and the local day it lies in (ordinal)."""
    lost = life_lost_by_day(temperatures, hours, days, of)
    by_day = {date.fromordinal(day): hours_lost for day, hours_lost in lost.items()}
    return LotAgeing(AgesBy.TEMPERATURE, by_day, life_used(temperatures, hours, of), of)


@dataclass(frozen=True)
class LotLife:
    """How a lot aged, up to which day it may be dispatched once that is taken off, and for how many days more, today
    included; None: it keeps."""

    ageing: LotAgeing
    last_day: date | None
    days_left: float | None


def lot_life(expires_on: date | None, ageing: LotAgeing, today: date) -> LotLife:
    """The life left today of a lot that was received with this last day."""
    lost = ageing.days_lost
    return LotLife(ageing, last_day_left(expires_on, lost), days_left(expires_on, lost, today))
