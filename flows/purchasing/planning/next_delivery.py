"""Which delivery is planned next, from the moment of decision alone: how old the sales are does not move it."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from data.local_days import today_there


def next_delivery(timezones: Iterable[str], now: datetime) -> date:
    """The day after today there, where it is the earliest of the zones' days; after the day in UTC if none is given."""
    return min((today_there(now, timezone) for timezone in timezones), default=now.astimezone(UTC).date()) + timedelta(
        days=1
    )
