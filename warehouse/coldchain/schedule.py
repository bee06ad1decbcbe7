"""At which hours and on which weekdays a rule set says something else, by the clock on the wall where the zone is.

Hours that end before they begin go over midnight and are those of the day on which they begin. In the night in which
the clock is put back, an hour that it shows twice counts twice; one that it leaves out does not come.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from functools import lru_cache
from typing import Any, Self
from zoneinfo import ZoneInfo

DAYS_OF_A_WEEK = 7
EVERY_DAY = frozenset(range(1, DAYS_OF_A_WEEK + 1))  # Monday is 1
MIDNIGHT = time(0)
END_OF_DAY = "24:00"
MOST_PARTS = 24


@dataclass(frozen=True)
class Hours:
    """From `begins` up to `ends`, on these weekdays (Monday is 1). Where both are the same they are 24 hours."""

    begins: time
    ends: time
    weekdays: frozenset[int] = EVERY_DAY

    def hold_at(self, local: datetime) -> bool:
        """Whether a moment, told by the clock on the wall, is among them."""
        clock, weekday = local.time(), local.isoweekday()
        if self.begins < self.ends:
            return self.begins <= clock < self.ends and weekday in self.weekdays
        day_before = weekday - 1 or DAYS_OF_A_WEEK
        return weekday in self.weekdays if clock >= self.begins else clock < self.ends and day_before in self.weekdays

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> Self:
        """The hours that JSON tells of: `from`, `until` and, where it is not every day, `weekdays`. Raises ValueError,
        which says what is wrong and begins with its name."""
        weekdays = said.get("weekdays", sorted(EVERY_DAY))
        of_a_week = isinstance(weekdays, list) and all(type(day) is int and day in EVERY_DAY for day in weekdays)
        if not weekdays or not of_a_week:
            raise ValueError(f"weekdays is {weekdays!r}; a list of 1 (Monday) to 7 (Sunday) is needed")
        return cls(_clock("from", said.get("from")), _clock("until", said.get("until")), frozenset(weekdays))

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        until = END_OF_DAY if self.ends == MIDNIGHT else f"{self.ends:%H:%M}"
        return {"from": f"{self.begins:%H:%M}", "until": until, "weekdays": sorted(self.weekdays)}


@dataclass(frozen=True)
class Part:
    """What a rule set says at some hours, by the names of its rules."""

    hours: Hours
    says: tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class Schedule:
    """What a rule set says at which hours in a time zone; of two that hold and say the same rule the first counts."""

    parts: tuple[Part, ...] = ()
    timezone: str = "UTC"

    def said_at(self, moment: datetime) -> tuple[tuple[str, Any], ...]:
        """What it says at a moment, by the names of the rules."""
        local = moment.astimezone(ZoneInfo(self.timezone))
        return _all_that_hold(self.parts, tuple(part.hours.hold_at(local) for part in self.parts))

    def values_of(self, name: str) -> list[Any]:
        """All that it ever says of a rule."""
        return [value for part in self.parts for said, value in part.says if said == name]


@lru_cache(maxsize=1024)
def _all_that_hold(parts: tuple[Part, ...], holding: tuple[bool, ...]) -> tuple[tuple[str, Any], ...]:
    said: dict[str, Any] = {}
    for part, holds in zip(parts, holding, strict=True):
        if holds:
            said = dict(part.says) | said
    return tuple(sorted(said.items()))


def _clock(name: str, said: Any) -> time:
    if said == END_OF_DAY and name == "until":
        return MIDNIGHT
    try:
        hours, minutes = (int(part) for part in said.split(":") if len(part) == len("07") and part.isdecimal())
        return time(hours, minutes)
    except (AttributeError, ValueError):
        raise ValueError(f"{name} is {said!r}; a time as 07:30 is needed") from None
