"""The shifts of a planned day with the moments at which they begin, rest and end."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from data.tables import CourierDayRow
from warehouse.couriers.shifts import Shift


def moment_of(day: CourierDayRow, half_hour: int) -> datetime:
    """When a half hour of the day begins, the one after the last too."""
    return datetime.fromisoformat(day.half_hours[0]["begins"]) + timedelta(minutes=30 * half_hour)


def shifts_of(day: CourierDayRow) -> list[Shift]:
    """The day's shifts, one a courier."""
    return [
        Shift(one["first"], one["end"], one["rests"], one["works_again"])
        for one in day.shifts
        for _ in range(one["couriers"])
    ]


def shift_times(day: CourierDayRow) -> Sequence[dict[str, Any]]:
    """By when they begin and end; a break that there is none of is None."""
    in_order = sorted(day.shifts, key=lambda one: (one["first"], one["end"]))
    return [
        {
            "begins": moment_of(day, shift["first"]),
            "ends": moment_of(day, shift["end"]),
            "break_begins": moment_of(day, shift["rests"]) if shift["works_again"] else None,
            "break_ends": moment_of(day, shift["works_again"]) if shift["works_again"] else None,
            "couriers": shift["couriers"],
        }
        for shift in in_order
    ]
