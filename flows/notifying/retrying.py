"""When a message that did not arrive is tried again: after the schedule's pause, or later if the receiver asks so, but
never later than the schedule itself would wait next: a proxy that asks for a day cannot keep an alarm from anybody."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from random import uniform

JITTER = 0.1  # so that messages which failed together do not come back together


def next_attempt_at(
    attempt: int, pauses: Sequence[timedelta], retry_after: str | None, now: datetime
) -> datetime | None:
    """When to try again after attempt number `attempt` (from 1); None: the pauses are used up, it is given up.
    `retry_after` is the receiver's header of that name."""
    if attempt > len(pauses):
        return None
    pause = pauses[attempt - 1] * uniform(1, 1 + JITTER)  # noqa: S311 - no secret
    longest = max(pauses[attempt - 1 : attempt + 1])
    asked_for = _asked_for(retry_after, now)
    return now + (pause if asked_for is None else max(pause, min(asked_for, longest)))


def _asked_for(header: str | None, now: datetime) -> timedelta | None:
    """The pause a receiver asks for, in seconds or as a date; None where it asks for none that can be read."""
    if header is None:
        return None
    try:
        return timedelta(seconds=int(header)) if header.strip().isdecimal() else parsedate_to_datetime(header) - now
    except OverflowError:
        return timedelta.max
    except (ValueError, TypeError):
        return None
