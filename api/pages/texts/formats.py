"""How numbers, days and times are written: with their unit, rounded to what a person can act on."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from data.tables import Unit
from flows.ordering.words import UNIT_WORDS
from warehouse.coldchain.zone_alarms import IN_PERCENT

Number = Decimal | float | int

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
PLACES = {Unit.KG: 1, Unit.LITRE: 1, Unit.MONEY: 2}  # of others none
NOTHING = "–"
MOST_PLACES = 3  # of a quantity that can be ordered
JOIN = "\N{NO-BREAK SPACE}"  # a number stays with its unit


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
    one, many = UNIT_WORDS[unit]
    return f"{written}{JOIN}{one if written == '1' else many}"


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
    """`1,234.50`, or `1,234.50 CNY` where it must be said of which currency it is."""
    written = number(value, 2)
    return written if value is None or currency is None else f"{written}{JOIN}{currency}"


def sums(of_currencies: Iterable[Any], name: str = "cost") -> str:
    """What is told by currency (each with `currency` and the amount `name`): `1,234.50 CNY + 80.00 EUR`; a dash for
    nothing."""
    return " + ".join(money(getattr(one, name), one.currency) for one in of_currencies) or NOTHING


def percent(share: Number) -> str:
    """`92%`"""
    return f"{number(float(share) * 100)}%"


def times_in_100(chance: Number) -> str:
    """`97 times in 100`; never 100, since nobody has seen the highest demand there is."""
    return f"{number(min(float(chance) * 100, 99))} times in 100"


def celsius(value: float | None) -> str:
    """`3.4 °C`"""
    return NOTHING if value is None else f"{number(value, 1)}{JOIN}°C"


def of_alarm(value: float, kind: str) -> str:
    """The worst or the limit of an alarm of a kind: `3.4 °C`, of humidity and batteries `97%`"""
    return percent(value / 100) if kind in IN_PERCENT else celsius(value)


def metres(value: float) -> str:
    """`1,240 m`; below ten metres with a decimal."""
    return f"{number(value, 0 if abs(value) >= 10 or value == 0 else 1)}{JOIN}m"


def signed_metres(value: float) -> str:
    """`+34 m` or `−12 m`."""
    return ("+" if value > 0 else "") + metres(value)


def day(value: date | str) -> str:
    """`Mon 23 Nov`; also from ISO text, as reasons keep it."""
    if isinstance(value, str):
        value = date.fromisoformat(value[:10])
    return f"{WEEKDAYS[value.weekday()]} {value.day} {MONTHS[value.month - 1]}"


def short_day(value: str) -> str:
    """`Mon 23`, of ISO text, where the month is clear."""
    return day(value).rpartition(" ")[0]


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
        return f"{minutes}{JOIN}min"
    if minutes < 48 * 60:
        rest = f"{JOIN}{minutes % 60}{JOIN}min" if minutes % 60 else ""
        return f"{minutes // 60}{JOIN}h{rest}"
    return f"{minutes // (24 * 60)}{JOIN}days"
