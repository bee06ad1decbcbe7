"""Which day it is where, and when a day has passed there: the one place that turns moments into local days and back.

A day is the warehouse's own; a moment is UTC. On days on which clocks change a day has 23 or 25 hours.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


def today_there(moment: datetime, timezone: str) -> date:
    """The local day that a moment falls on."""
    return moment.astimezone(ZoneInfo(timezone)).date()


def start_of_day(day: date, timezone: str) -> datetime:
    """The moment (UTC) at which a local day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(timezone)).astimezone(UTC)


def end_of_day(day: date, timezone: str) -> datetime:
    """The moment (UTC) at which a local day has passed."""
    return start_of_day(day + timedelta(days=1), timezone)
