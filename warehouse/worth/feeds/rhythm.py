"""Of which days a feed should have rows by now: by how often its weekdays had any, a weekday's own days shrunk to
those of all weekdays (a beta prior, worth the more the more alike weekdays are: by moments, after Kleinman, 1973).

A silence is missed once the chance of so long a one falls below what is allowed: a feed that came every day is missed
after one, one that comes on Mondays and Thursdays on these, and one that comes now and then after many days."""

import numpy as np
from numpy.typing import NDArray

from warehouse.worth.feeds.feed_days import FeedDays, Floats

LEAST_WORTH, MOST_WORTH = 0.02, 7.0  # days that the prior counts as


def silence_chances(feed: FeedDays) -> Floats:
    """By day (days): how likely the silence is that lasts up to it, by the days before the silence; 1 where there are
    rows, no business or nothing due yet, and where nothing ever came."""
    chance = np.ones(len(feed.there))
    since, running = 0, 1.0
    for day, there in enumerate(feed.there):
        if there:
            since, running = day + 1, 1.0
        elif feed.kinds.open[day] and feed.kinds.due[day]:
            running *= 1 - _expected_share(feed, since, day)
            chance[day] = running
    return chance


def _expected_share(feed: FeedDays, until: int, day: int) -> float:
    """How often a day of this weekday has rows, by the open days before `until`; those before the first rows do not
    count."""
    known = np.flatnonzero(feed.there[:until])
    began = known[0] if len(known) else until
    past: NDArray[np.int64] = np.arange(began, until)[feed.kinds.open[began:until]]
    if not len(past):
        return 0.0
    came, weekday = feed.there[past], feed.weekday[past]
    all_days = (came.sum() + 0.5) / (len(past) + 1)
    shares = np.array([came[weekday == kind].mean() for kind in np.unique(weekday)])
    alike = all_days * (1 - all_days) / max(float(shares.var()), 1e-9) - 1
    worth, mine = float(np.clip(alike, LEAST_WORTH, MOST_WORTH)), weekday == feed.weekday[day]
    return float((came[mine].sum() + worth * all_days) / (mine.sum() + worth))
