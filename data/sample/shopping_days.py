"""How much people shop on which day: weekdays, and the Chinese holidays with their make-up workdays.

The weekday curve is shaped so that weekends sell about a third more, as FreshRetailNet's do, Thursday least.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import holidays
import numpy as np
from numpy.typing import NDArray

_WEEKDAY = np.array([0.97, 0.98, 0.93, 0.89, 0.97, 1.28, 1.32])  # Monday first
_SPRING_FESTIVAL = "Spring Festival"
_BEFORE_A_HOLIDAY = 0.14  # log: the day before two or more days off
_STOCKING_UP = 0.22  # log: the week before the Spring Festival
_AWAY = -0.35  # log: its first days, when the city is empty


@dataclass(frozen=True)
class ShoppingDays:
    """For each day: `weekly` (log factor of weekday or day off), `festive` (log factor of what comes with a
    festival), `day_off` (weekend or holiday, not a make-up workday)."""

    weekly: NDArray[np.float64]
    festive: NDArray[np.float64]
    day_off: NDArray[np.bool_]


def shopping_days(days: Sequence[date]) -> ShoppingDays:
    """The calendar of those days, in their order."""
    years = range(days[0].year, (days[-1] + timedelta(days=15)).year + 1)
    china = holidays.country_holidays("CN", years=years)
    make_up: set[date] = getattr(china, "weekend_workdays", set())

    def is_off(day: date) -> bool:
        return day in china or (day.weekday() >= 5 and day not in make_up)

    weekly = np.empty(len(days))
    festive = np.zeros(len(days))
    for at, day in enumerate(days):
        holiday = china.get(day, "")
        if day.weekday() >= 5 and day in make_up:
            weekly[at] = np.log(_WEEKDAY[4])
        elif day.weekday() < 5 and holiday:
            weekly[at] = np.log(_WEEKDAY[5])
        else:
            weekly[at] = np.log(_WEEKDAY[day.weekday()])
        if _SPRING_FESTIVAL in holiday:
            festive[at] = _AWAY
        elif any(_SPRING_FESTIVAL in china.get(day + timedelta(days=ahead), "") for ahead in range(1, 8)):
            festive[at] = _STOCKING_UP
        elif not is_off(day) and china.get(day + timedelta(days=1)) and is_off(day + timedelta(days=2)):
            festive[at] = _BEFORE_A_HOLIDAY
    return ShoppingDays(weekly, festive, np.array([is_off(day) for day in days]))
