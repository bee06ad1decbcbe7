"""Whole hours in UTC, by which readings are summed up and sealed."""

from datetime import UTC, datetime, timedelta

HOUR = timedelta(hours=1)


def begin_of_hour(moment: datetime) -> datetime:
    """When the hour of a moment began, in UTC."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
