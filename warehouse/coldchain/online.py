"""Whether a device is there, by its own word: it says `online` when it connects, and its last will, which the broker
says when the connection breaks, says `offline`.

A sensor is gone when it says so itself or the gateway that sends for it does, and nothing of it was heard since: a
reading is better word of a sensor than a will, which a connection that was taken over leaves behind.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Self


@dataclass(frozen=True)
class OnlineState:
    """What a device says of itself: since when, as we heard it, and when it said so last."""

    online: bool
    since: datetime
    said_at: datetime

    @classmethod
    def said(cls, online: bool, at: datetime, before: Self | None, now: datetime) -> Self:
        """The state after a device said at a moment what it is. The same again, as a broker says what it retained, is
        no news; what was said before the last word, and waited somewhere, counts no more."""
        if before is not None and at < before.said_at <= now:  # a later one is of a clock that was set back since
            return before
        since = before.since if before is not None and before.online is online else at
        return cls(online, since, at)


def together(said: Iterable[OnlineState]) -> OnlineState | None:
    """What a sensor and its gateway say together: offline if one of them is, since the first of these; else online
    since the last. None: nothing."""
    told = list(said)
    offline = [one for one in told if not one.online]
    if offline:
        return min(offline, key=lambda one: one.since)
    return max(told, key=lambda one: one.since, default=None)


def gone_since(said: Iterable[OnlineState], heard_at: datetime | None) -> datetime | None:
    """Since when a sensor is gone, of which something came last at `heard_at`; None: it is not, or nobody says so."""
    unheard = (one.since for one in said if not one.online and (heard_at is None or one.since >= heard_at))
    return min(unheard, default=None)
