"""What is found wrong with data, in sentences."""

from api.pages.texts.formats import day, number, percent
from api.pages.texts.words import say
from data.tables import FindingRow
from warehouse.worth.feeds.signs import Sign

SUMS = (Sign.ROWS, Sign.TOTAL)


def finding_days(one: FindingRow) -> str:
    """The day, or from which to which."""
    if one.first_day == one.last_day:
        return day(one.first_day)
    return say("finding.days", first=day(one.first_day), last=day(one.last_day))


def finding_sentence(one: FindingRow) -> str:
    """What is wrong on these days, and what would be usual."""
    if one.seen is None or one.usual is None:
        return say(f"finding.{one.what}")
    in_words = (lambda value: number(round(value))) if one.what in SUMS else percent
    return say(f"finding.{one.what}", seen=in_words(one.seen), usual=in_words(one.usual))
