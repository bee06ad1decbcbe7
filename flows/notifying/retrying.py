"""When a message that did not arrive is tried again: after the schedule's pause, or later if the receiver asks so."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from random import uniform

JITTER = 0.1  # so that messages which failed together do not come back together
LONGEST_RETRY_AFTER = timedelta(hours=24)


def next_attempt_at(
    attempt: int, pauses: Sequence[timedelta], retry_after: str | None, now: datetime
) -> datetime | None:
    """When to try again after attempt number `attempt` (from 1); None: the pauses are used up, it is given up.
    `retry_after` is the receiver's header of that name."""
    if attempt > len(pauses):
        return None
    pause = pauses[attempt - 1] * uniform(1, 1 + JITTER)  # noqa: S311 - no secret
    return now + max(pause, _asked_for(retry_after, now) or pause)


def _asked_for(header: str | None, now: datetime) -> timedelta | None:
    """The pause a receiver asks for, in seconds or as a date; None where it asks for none that can be read."""
    if header is None:
        return None
    try:
        pause = timedelta(seconds=int(header)) if header.strip().isdecimal() else parsedate_to_datetime(header) - now
    except (ValueError, TypeError, OverflowError):
        return None
    return min(pause, LONGEST_RETRY_AFTER)
