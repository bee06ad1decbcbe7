"""Which day it is where, and when a day has passed there: the one place that turns moments into local days and back.

A day is the warehouse's own; a moment is UTC. On days on which clocks change a day has 23 or 25 hours.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

CLOCK_DAYS_BEFORE, CLOCK_DAYS_AFTER = (
    400,
    60,
)  # for which clocks are compared: a training's history, and what is planned


def today_there(moment: datetime, timezone: str) -> date:
    """The local day that a moment falls on."""
    return moment.astimezone(ZoneInfo(timezone)).date()


def start_of_day(day: date, timezone: str) -> datetime:
    """The moment (UTC) at which a local day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(timezone)).astimezone(UTC)


def moment_there(day: date, at: time, timezone: str) -> datetime:
    """The moment (UTC) of a local day's time."""
    return datetime.combine(day, at, ZoneInfo(timezone)).astimezone(UTC)


def time_there(moment: datetime, timezone: str) -> time:
    """The local time of day of a moment."""
    return moment.astimezone(ZoneInfo(timezone)).time()


def end_of_day(day: date, timezone: str) -> datetime:
    """The moment (UTC) at which a local day has passed."""
    return start_of_day(day + timedelta(days=1), timezone)


def same_clock(one: str, other: str, moment: datetime) -> bool:
    """Whether clocks in two time zones show the same, from CLOCK_DAYS_BEFORE a moment to CLOCK_DAYS_AFTER it.

    Asia/Chongqing is another name of Asia/Shanghai, and Asia/Hong_Kong a place with the same clock."""
    return one == other or _same_clock(one, other, moment.astimezone(UTC).date())


def by_clock(zones: Mapping[str, str], moment: datetime) -> dict[str, list[str]]:
    """Those whose time zones are given (ids, in order) by clock, each under the commonest of its names."""
    clocks: list[list[str]] = []
    for name in sorted(zones):
        here = next((ids for ids in clocks if same_clock(zones[ids[0]], zones[name], moment)), None)
        if here is None:
            clocks.append([name])
        else:
            here.append(name)
    return {_commonest([zones[name] for name in ids]): ids for ids in clocks}


def _commonest(names: Sequence[str]) -> str:
    return max(sorted(set(names)), key=names.count)


@lru_cache
def _same_clock(one: str, other: str, day: date) -> bool:
    zones = ZoneInfo(one), ZoneInfo(other)
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=CLOCK_DAYS_BEFORE)
    hours = (CLOCK_DAYS_BEFORE + CLOCK_DAYS_AFTER) * 24
    moments = (start + timedelta(hours=hour) for hour in range(hours))
    return all(moment.astimezone(zones[0]).utcoffset() == moment.astimezone(zones[1]).utcoffset() for moment in moments)
