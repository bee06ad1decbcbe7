"""The broken days of a feed: those that should be there and are not, and those that no day of their own past was like.

What is told is so unlikely that a warehouse whose feeds are whole is told of less than one such day a year: the year is
shared out over all days and all signs that are looked at. A silence, which is no matter of degree, is told where its
feed would be silent so less than once a year. Days that follow one another and are broken alike are told together."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from warehouse.worth.feeds.feed_days import FeedDays
from warehouse.worth.feeds.rhythm import silence_chances
from warehouse.worth.feeds.signs import Sign, signs
from warehouse.worth.feeds.unlikely import chances

JUDGED_DAYS: Final = 14  # the last ones: what is corrected later than that has long been learned from
LOOK_BACK_DAYS: Final = 84 + JUDGED_DAYS  # twelve weeks before any of them
YEAR: Final = 365
MISSING: Final = "missing"


class Feed(StrEnum):
    """What comes day by day."""

    SALES = "sales"  # or the order lines that they are booked from
    PRICES = "prices"  # that customers paid
    PROMOTIONS = "promotions"
    AVAILABILITY = "availability"
    RECEIPTS = "receipts"
    STOCK = "stock"  # counts
    WEATHER = "weather"
    HANDOVERS = "handovers"  # of orders at the door


BOTH_SIDES: Final = (Sign.ROWS, Sign.TOTAL)
OF_USUAL_DAYS: Final = (Sign.ROWS, Sign.TOTAL)  # feasts move them
OF_VALUES: Final = (Sign.REPEATED, Sign.OTHER_UNIT, Sign.ONE_VALUE, Sign.ITEMS_MISSING)
# nobody repeats a day of sales, but prices stay; what is received follows from orders and not from the day
LOOKED_AT: Final[Mapping[Feed, Sequence[Sign]]] = {
    Feed.SALES: tuple(Sign),
    Feed.PRICES: OF_VALUES,
    Feed.PROMOTIONS: (Sign.OTHER_UNIT, Sign.ONE_VALUE),
    Feed.AVAILABILITY: (Sign.ITEMS_MISSING, Sign.ROWS),
    Feed.RECEIPTS: (Sign.REPEATED, Sign.OTHER_UNIT, Sign.ONE_VALUE),
    Feed.STOCK: (Sign.REPEATED, Sign.OTHER_UNIT, Sign.ONE_VALUE),
    Feed.WEATHER: (Sign.REPEATED,),
    Feed.HANDOVERS: (),
}


@dataclass(frozen=True)
class Finding:
    """Days from `first` to `last` of a feed that are broken in one way: `missing` or a Sign. `seen` is the sign of the
    first day, `usual` what was expected of it (None of missing days); so far off is a whole day by `chance`. What
    is of one `category` alone names it."""

    feed: str
    what: str
    first: date
    last: date
    seen: float | None
    usual: float | None
    chance: float
    category: str | None = None

    def goes_on_in(self, other: "Finding") -> bool:
        """Whether days of both overlap or follow one another, broken alike."""
        touch = self.first <= other.last + timedelta(days=1) and other.first <= self.last + timedelta(days=1)
        return touch and (self.feed, self.what, self.category) == (other.feed, other.what, other.category)


def allowed_chance(feeds: Collection[Feed]) -> float:
    """How unlikely a day's sign must be to be told, where these feeds of a warehouse are looked at."""
    return 1 / (YEAR * max(1, sum(len(LOOKED_AT[feed]) for feed in feeds)))


def broken_days(kind: Feed, feed: FeedDays, allowed: float) -> list[Finding]:
    """What is broken of the last JUDGED_DAYS of a feed, by day; of a day one thing, the most telling."""
    found: dict[int, Finding] = {}
    judged = range(max(len(feed.values) - JUDGED_DAYS, 0), len(feed.values))
    days = feed.days
    silence = silence_chances(feed)
    for day in judged:
        if silence[day] < 1 / YEAR:
            found[day] = Finding(kind, MISSING, days[day], days[day], None, None, float(silence[day]))
    for sign, series in signs(feed, LOOKED_AT[kind]).items():
        chance, expected = chances(series, feed.weekday, sign in BOTH_SIDES)
        for day in judged:
            told = feed.kinds.due[day] and (feed.kinds.usual[day] or sign not in OF_USUAL_DAYS)
            if told and day not in found and chance[day] < allowed:
                seen, usual = series.plain(series.stable[day]), series.plain(expected[day])
                found[day] = Finding(kind, sign, days[day], days[day], seen, usual, float(chance[day]))
    return joined(found[day] for day in sorted(found))


def joined(findings: Iterable[Finding]) -> list[Finding]:
    """Findings of single days, in order, as one where they follow one another alike."""
    told: list[Finding] = []
    for one in findings:
        if told and told[-1].goes_on_in(one):
            before = told.pop()
            one = Finding(
                *(before.feed, before.what, before.first, one.last, before.seen, before.usual),
                min(before.chance, one.chance),
            )
        told.append(one)
    return told
