"""When alarms of a warehouse are told that come in a burst: the first at once, then together.

The first three messages within five minutes go at once: one alarm raised, acknowledged and ended is told as it happens.
What follows waits half a minute for company, and after that five minutes from one group to the next, so that a power
cut of 300 sensors is a few messages. Critical alarms make bursts of their own: the first of them never waits behind
warnings."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

AT_ONCE = 3
WAIT = timedelta(seconds=30)
INTERVAL = timedelta(minutes=5)
LARGEST_GROUP = 500  # events a message; what is more makes up the next


@dataclass(frozen=True)
class Burst:
    """What was told within the last five minutes: how many messages at once, and when the last group is due or was."""

    at_once: int = 0
    group_at: datetime | None = None

    def with_next(self, now: datetime) -> tuple[Self, datetime | None]:
        """The burst with one more, and when that is told with others; None: alone, at once."""
        if self.at_once < AT_ONCE:
            return replace(self, at_once=self.at_once + 1), None
        if self.group_at is None or self.group_at + INTERVAL <= now:
            group_at = now + WAIT
        elif self.group_at <= now:
            group_at = self.group_at + INTERVAL
        else:
            group_at = self.group_at
        return replace(self, group_at=group_at), group_at
