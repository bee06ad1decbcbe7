"""What makes up a forecast, in words: each share by what it is about, and all of them in a sentence."""

from collections.abc import Mapping, Sequence

from api.pages.texts.formats import celsius, number, percent, weekdays, with_unit
from api.pages.texts.words import say
from data.frames.found_by_forecasts import closed_for
from data.tables import OccasionRow, Unit
from flows.demand.known_of_day import DayFacts
from flows.purchasing.notes.days_out_of_the_ordinary import SURE
from forecasting.features.occasions import HOLIDAY

RAIN_MM = 1.0  # a day
SMALL = 2.0  # below it a hundredth counts


def share_words(share: str, facts: DayFacts) -> str:
    """A share by what it is about on that day: `Saturday`, `price −20%`, `rain`."""
    if share == "weekday":
        return weekdays("wide")[facts.date.weekday()]
    if share == "promotion" and facts.discount is None:
        return say("share.no_promotion")
    if share == "promotion" and facts.discount is not None and facts.discount < 0.995:
        return say("share.price", change=number((facts.discount - 1) * 100))
    if share == "weather" and (facts.precipitation_mm or 0) >= RAIN_MM:
        return say("share.rain")
    if share in ("holiday", "event") and (names := occasion_words(share, facts)):
        return names
    return say(f"share.{share}")


def occasion_words(share: str, facts: DayFacts) -> str:
    """The occasions that a share is about: `Autumn Fair`, `before Christmas Day`; nothing where none is known."""
    keys = {0: "share.on", -1: "share.before", 1: "share.after"}
    return say("mark.listed").join(dict.fromkeys(say(keys[row.away], name=row.name) for row in _named(share, facts)))


def _named(share: str, facts: DayFacts) -> list[OccasionRow]:
    """The occasions that a share is about: those of the day, else those next to it."""
    about = [row for row in facts.occasions if (row.kind == HOLIDAY) == (share == "holiday")]
    return [row for row in about if row.away == 0] or about


def share_detail(share: str, facts: DayFacts) -> str:
    """More about it, for the table; nothing where there is nothing to add."""
    if share == "promotion":
        if facts.discount is None:
            return say("share.no_promotion_detail")
        return say("share.promotion_detail", share=percent(facts.discount))
    if share in ("holiday", "event") and (named := _named(share, facts)):
        return seen_words(named)
    if share != "weather":
        return say(f"share.{share}_detail")
    if facts.temperature_c is None:
        return ""
    rain, warm = facts.precipitation_mm or 0, celsius(facts.temperature_c)
    return warm if rain < 0.1 else say("share.weather_detail", c=warm, mm=number(rain, 1))


def seen_words(named: Sequence[OccasionRow]) -> str:
    """How many times the occasions that are named have been seen before, the rarest counts: few make it a guess."""
    seen = min(row.seen for row in named)
    return say("share.seen" if seen >= SURE else "share.seen_rarely", n=seen)


def places(mean: float) -> int:
    """How many places the shares of a mean are shown with."""
    return 1 if mean >= SMALL else 2


def in_unit(mean: float, unit: Unit) -> str:
    """A mean with the places of its shares: `14.4 pcs`, which `quantity` would round."""
    return with_unit(number(mean, places(mean)), unit)


def signed(value: float, digits: int) -> str:
    """`+1.2`, `−0.8`, and `0.0` without a sign."""
    text = number(value, digits)
    return f"+{text}" if value > 0 and text.strip("0.") else text


def explanation_sentence(day_words: str, mean: float, shares: Mapping[str, float], facts: DayFacts, unit: Unit) -> str:
    """`Mon 23 Nov: 12.4 kg. Usually 10.1; Saturday +2.0; price −20% +1.1; rain −0.8.` Shares that round to nothing
    are left out; of a closed day it says that alone."""
    if shut := closed_for(facts.occasions):
        return say("share.closed", day=day_words, name=shut)
    digits = places(mean)
    others = [
        say("share.adds", what=share_words(share, facts), amount=signed(value, digits))
        for share, value in shares.items()
        if share != "level" and round(abs(value), digits) > 0
    ]
    usually = say("share.usually", amount=number(shares["level"], digits))
    parts = say("share.joint").join([usually, *others])
    return say("share.sentence", day=day_words, mean=in_unit(mean, unit), parts=parts)
