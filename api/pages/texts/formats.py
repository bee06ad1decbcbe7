"""How numbers, days and times are written in the language read now: with their unit, rounded to what a person can act
on. Chinese and English write a number's digits alike, which a test holds against Babel; days and money are Babel's.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache, reduce
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, get_day_names, get_month_names
from babel.numbers import format_currency

from api.pages.texts.words import say
from data.languages import LOCALES, language_now, locale_now
from data.tables import Language, Unit
from warehouse.coldchain.zone_alarms import IN_PERCENT

Number = Decimal | float | int

DAY: Final = {Language.EN: "EEE d MMM", Language.ZH: "M月d日 EEE"}
SHORT_DAY: Final = {Language.EN: "EEE d", Language.ZH: "d日 EEE"}
MONEY: Final = {Language.EN: "#,##0.00\N{NO-BREAK SPACE}¤¤", Language.ZH: "¤#,##0.00"}
PLACES = {Unit.KG: 1, Unit.LITRE: 1, Unit.MONEY: 2}  # of others none
NOTHING = "–"
MOST_PLACES = 3  # of a quantity that can be ordered


def paragraph(sentences: Iterable[str]) -> str:
    """Those of the sentences that say something, one after another: with a space between them where English is read."""
    said = list(filter(None, sentences))
    return reduce(lambda before, then: say("mark.sentences", before=before, then=then), said) if said else ""


def number(value: Number | None, places: int = 0) -> str:
    """`1,234.5` with a real minus sign; a dash for nothing."""
    if value is None:
        return NOTHING
    text = f"{value:,.{places}f}"
    if text.startswith("-"):
        text = text[1:] if not text.strip("-0.,") else "\N{MINUS SIGN}" + text[1:]
    return text


def amount(value: Number | None, unit: Unit) -> str:
    """A quantity where its unit stands beside it already: `12.5` or `12`."""
    return number(value, PLACES.get(unit, 0))


def quantity(value: Number | None, unit: Unit) -> str:
    """`12.5 kg` or `12 pcs`."""
    return NOTHING if value is None else with_unit(amount(value, unit), unit)


def with_unit(written: str, unit: Unit) -> str:
    """A number as it is written, with its unit behind it: `1 box`, `12 boxes`."""
    return say(f"format.{unit}", n=written)


def unit_alone(unit: Unit) -> str:
    """What stands behind a number of it: `kg`, `boxes`."""
    return with_unit("", unit).strip()


def exact_quantity(value: Decimal | float, unit: Unit) -> str:
    """What is ordered, and the packs it comes in, with all their places: `1.25 kg`, which `quantity` would round."""
    needed = len(f"{value:.{MOST_PLACES}f}".rstrip("0").partition(".")[2])
    return with_unit(number(value, max(PLACES.get(unit, 0), needed)), unit)


def plain_quantity(value: Number) -> str:
    """A quantity as a form field holds it: no separators, no trailing zeros."""
    text = f"{Decimal(str(value)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def signed_quantity(value: Number) -> str:
    """`+12.5`, `−3` or `=`: how much more or less than before."""
    text = plain_quantity(round(float(value), MOST_PLACES))
    return "=" if text in ("0", "-0") else f"\N{MINUS SIGN}{text[1:]}" if text.startswith("-") else f"+{text}"


def money(value: Number | None, currency: str | None = None) -> str:
    """`1,234.50`, or `1,234.50 CNY` (`¥1,234.50`) where it must be said of which currency it is."""
    if value is None or currency is None:
        return number(value, 2)
    before, behind = _around_money(currency, language_now())
    written = number(value, 2)
    if written.startswith("\N{MINUS SIGN}"):
        return f"\N{MINUS SIGN}{before}{written[1:]}{behind}"
    return f"{before}{written}{behind}"


@cache
def _around_money(currency: str, language: Language) -> tuple[str, str]:
    """What stands before an amount and behind it."""
    pattern = MONEY[language]
    written = format_currency(0, currency, pattern, locale=LOCALES[language], currency_digits=False)
    before, _, behind = written.partition("0.00")
    return before, behind


def sums(of_currencies: Iterable[Any], name: str = "cost") -> str:
    """What is told by currency (each with `currency` and the amount `name`): `1,234.50 CNY + 80.00 EUR`; a dash for
    nothing."""
    return " + ".join(money(getattr(one, name), one.currency) for one in of_currencies) or NOTHING


def percent(share: Number) -> str:
    """`92%`"""
    return f"{number(float(share) * 100)}%"


def times_in_100(chance: Number) -> str:
    """`97 times in 100` (`97%`); never 100, since nobody has seen the highest demand there is."""
    return say("format.times_in_100", n=number(min(float(chance) * 100, 99)))


def celsius(value: float | None) -> str:
    """`3.4 °C`"""
    return NOTHING if value is None else f"{number(value, 1)}\N{NO-BREAK SPACE}°C"


def of_alarm(value: float, kind: str) -> str:
    """The worst or the limit of an alarm of a kind: `3.4 °C`, of humidity and batteries `97%`"""
    return percent(value / 100) if kind in IN_PERCENT else celsius(value)


def metres(value: float) -> str:
    """`1,240 m`; below ten metres with a decimal."""
    return say("format.metres", n=number(value, 0 if abs(value) >= 10 or value == 0 else 1))


def signed_metres(value: float) -> str:
    """`+34 m` or `−12 m`."""
    return ("+" if value > 0 else "") + metres(value)


def day(value: date | str) -> str:
    """`Mon 23 Nov`, `11月23日 周一`; also from ISO text, as reasons keep it."""
    return _written(value, DAY[language_now()], locale_now())


def short_day(value: str) -> str:
    """`Mon 23`, `23日 周一`, of ISO text, where the month is clear."""
    return _written(value, SHORT_DAY[language_now()], locale_now())


@lru_cache(maxsize=4_096)
def _written(value: date | str, pattern: str, locale: Locale) -> str:
    if isinstance(value, str):
        value = date.fromisoformat(value[:10])
    return format_date(value, pattern, locale=locale)


def weekdays(width: Literal["abbreviated", "wide"] = "abbreviated") -> list[str]:
    """Their names from Monday on: `Mon`, or of the width `wide` `Monday`."""
    names = get_day_names(width, "stand-alone" if width == "wide" else "format", locale_now())
    return [names[number] for number in range(7)]


def names_of_dates() -> dict[str, Any]:
    """What d3 asks for to write days of the week and months in the language read now."""
    locale = locale_now()
    said: dict[str, Any] = {"dateTime": "%x %X", "date": "%Y-%m-%d", "time": "%H:%M:%S", "periods": ["", ""]}
    widths: tuple[tuple[Literal["wide", "abbreviated"], str, str], ...] = (
        ("wide", "days", "months"),
        ("abbreviated", "shortDays", "shortMonths"),
    )
    for width, days, months in widths:
        of_days, of_months = get_day_names(width, "format", locale), get_month_names(width, "format", locale)
        said[days] = [of_days[number] for number in (6, 0, 1, 2, 3, 4, 5)]
        said[months] = [of_months[number] for number in range(1, 13)]
    return said


def clock(value: datetime, zone: str) -> str:
    """`14:05` on the warehouse's wall."""
    return f"{value.astimezone(ZoneInfo(zone)):%H:%M}"


def moment(value: datetime, zone: str) -> str:
    """`Sun 22 Nov 14:05` on the warehouse's wall."""
    local = value.astimezone(ZoneInfo(zone))
    return f"{day(local.date())} {local:%H:%M}"


def duration(value: timedelta) -> str:
    """`8 min`, `2 h 10 min`, `3 days`."""
    minutes = max(0, int(value.total_seconds() // 60))
    if minutes < 60:
        return say("format.minutes", n=minutes)
    if minutes < 48 * 60:
        name = "format.hours_minutes" if minutes % 60 else "format.hours"
        return say(name, n=minutes // 60, minutes=minutes % 60)
    return say("format.days", n=minutes // (24 * 60))
