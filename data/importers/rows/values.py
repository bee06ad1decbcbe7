"""What a text in a column may be: each type reads one text into a value, or says what is wrong and what to write.

Types refuse impossible values (naive or future moments, days before 2000, amounts that are negative or not a
number), so that what passes can be kept without another look.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from babel.numbers import get_territory_currencies, is_currency
from holidays import list_supported_countries

EARLIEST = date(2000, 1, 1)
LATEST = date(2100, 1, 1)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_MIDNIGHT = re.compile(r"[ T]00:00:00(\.0*)?$")
_WHOLE = re.compile(r"[+-]?\d{1,9}(\.0*)?", re.ASCII)
# 6.93E+12 and 7e+12, as spreadsheets write a long number; not 1E5 or 1E-5, which may be an aisle and its fifth slot
_SHORTENED = re.compile(r"[+-]?(\d+[.,]\d*[eE][+-]?\d+|\d+[eE]\+\d+)", re.ASCII)
_CELL_ERROR = re.compile(r"#{2,}|#(N/A|REF!|VALUE!|NAME\?|NULL!|NUM!|DIV/0!)", re.ASCII)
_TIME_OF_DAY = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(:00)?", re.ASCII)
_SEND_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.ASCII | re.IGNORECASE)
_AS_SPOKEN = re.compile(r"(\d+\.?\d*) ?(%|折)?", re.ASCII)


class BadValue(ValueError):
    """Why a text is not a value of its column, and what to write instead."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason}. {remedy}.")
        self.reason = reason
        self.remedy = remedy


class BadSecret(BadValue):
    """A value that is not shown when it is refused: it may hold a password."""


@dataclass(frozen=True)
class ValueType:
    """A type of column: its documented name, and how a text (not empty, no spaces around it) becomes a value."""

    name: str
    read: Callable[[str], Any]


def _read_id(text: str) -> str:
    if _SHORTENED.fullmatch(text):
        raise BadValue(
            "is a number that a spreadsheet has shortened",
            "Format the column as text and export again, each id in full",
        )
    if _CELL_ERROR.fullmatch(text):
        raise BadValue("is what a spreadsheet shows in place of a value", "Correct the cell and export again")
    if len(text) > 64:
        raise BadValue("is longer than 64 characters", "Use a shorter id")
    if not text.isprintable():
        raise BadValue("has characters that cannot be seen", "Write the id alone")
    if "/" in text or text in (".", ".."):
        raise BadValue("could not stand in an address", "Write '-' in place of '/', in every file alike")
    return text


def _read_text(text: str) -> str:
    if len(text) > 1000:
        raise BadValue("is longer than 1000 characters", "Shorten it")
    if "\0" in text:  # PostgreSQL keeps none
        raise BadValue("has a NUL character", "Save the file as text")
    return text


def _read_number(text: str, low: float, high: float) -> float:
    if not _NUMBER.fullmatch(text):
        raise BadValue("is not a number", "Write digits with a point, as 1.5")
    number = float(text)
    if not math.isfinite(number) or number > high:
        raise BadValue(f"is above {high:g}", "Check the value and its unit")
    if number < low:
        raise BadValue("is negative" if low == 0 else f"is below {low:g}", "Check the value and its unit")
    return number


def number(low: float = -1e9, high: float = 1e9) -> ValueType:
    """A number between two bounds (both allowed)."""
    return ValueType("number", lambda text: _read_number(text, low, high))


def exact(places: int, above_zero: bool = False, low: float = 0) -> ValueType:
    """A decimal from `low` on, rounded to its places."""

    def read(text: str) -> Decimal:
        _read_number(text, low, 1e9)
        value = round(Decimal(text), places)
        if above_zero and not value:
            raise BadValue(
                "is not above zero", "Write how much it is; leave a row or an optional cell out to say nothing"
            )
        return value

    return ValueType(f"decimal, {places} places", read)


def exact_or_unknown(places: int) -> ValueType:
    """A decimal rounded to its places; 0 is how a source writes that it knows none, and becomes None."""
    type_ = exact(places)
    return ValueType(type_.name, lambda text: type_.read(text) or None)


def _read_share_of_price(text: str) -> float:
    remedy = "Write what is paid as a part of the list price, at most 1"
    spoken = _AS_SPOKEN.fullmatch(text)
    if spoken and (spoken[2] or float(spoken[1]) >= 2):
        raise BadValue("is not a part of the list price", remedy + _perhaps_meant(float(spoken[1]), spoken[2]))
    value = _read_number(text, 0, 1e9)
    if value == 0:
        raise BadValue("is no price at all", "Write 1 for the full price, or leave the row out where it is not known")
    if value > 1:
        raise BadValue("is above the list price", remedy)
    return value


def _perhaps_meant(value: float, sign: str | None) -> str:
    """8, 85, 8折 and 85折 say what is paid in tenths or hundredths; a percentage also what is taken off."""
    if sign != "%" and value < 10:
        return f": {value / 10:.4g} for {value * 10:.4g}% of it"
    paid = f": {value / 100:.4g} for {value:.4g}% of it"
    off = "" if sign == "折" else f", {1 - value / 100:.4g} for {value:.4g}% off"
    return f"{paid}{off}" if value < 100 else ""


SHARE_OF_PRICE = ValueType("number above 0, up to 1", _read_share_of_price)


def whole(low: int = 0, high: int = 10**9) -> ValueType:
    """A whole number between two bounds (both allowed)."""

    def read(text: str) -> int:
        if not _WHOLE.fullmatch(text):
            raise BadValue("is not a whole number", "Write digits alone, as 3")
        value = int(text.split(".")[0])
        if not low <= value <= high:
            raise BadValue(f"is not between {low} and {high}", "Check the value and its unit")
        return value

    return ValueType("whole number", read)


def one_of(kinds: type[StrEnum]) -> ValueType:
    """One of a few words."""
    words = {kind.value: kind for kind in kinds}

    def read(text: str) -> StrEnum:
        if text not in words:
            raise BadValue(f"is not one of {', '.join(words)}", "Write one of these words")
        return words[text]

    return ValueType(" / ".join(words), read)


def some_of(kinds: type[StrEnum]) -> ValueType:
    """Some of a few words, separated by commas; they are kept in the order of the alphabet, each once."""
    words = [kind.value for kind in kinds]

    def read(text: str) -> str:
        said = {word.strip() for word in text.split(",")}
        if unknown := sorted(said.difference(words)):
            reason = f"has {unknown[0]!r}, which is none of {', '.join(words)}"
            raise BadValue(reason, "Write these words alone, with commas between them")
        return ",".join(sorted(said))

    return ValueType(f"list of {' / '.join(words)}", read)


def _read_yes_no(text: str) -> bool:
    if text.lower() in ("1", "true", "yes"):
        return True
    if text.lower() in ("0", "false", "no"):
        return False
    raise BadValue("is neither yes nor no", "Write 1 or 0")


def _read_day(text: str) -> date:
    text = _MIDNIGHT.sub("", text)  # a Parquet timestamp that is a day
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        day = None
    if day is None:
        raise BadValue("is not a day", "Write year-month-day, as 2026-03-01")
    _refuse_odd_years(day)
    return day


def _read_moment(text: str) -> datetime:
    """A moment in UTC, or naive where no offset is given: then it is local to the row's warehouse."""
    try:
        moment = datetime.fromisoformat(text) if len(text) > 10 else None
    except ValueError:
        moment = None
    if moment is None:
        raise BadValue("is not a moment", "Write day and time, as 2026-03-01T08:30:00+08:00")
    _refuse_odd_years(moment)
    return moment if moment.tzinfo is None or moment.tzinfo is UTC else moment.astimezone(UTC)


def _refuse_odd_years(day: date) -> None:
    if not EARLIEST.year <= day.year < LATEST.year:
        raise BadValue("lies outside the years 2000 to 2099", "Check the year")


@cache
def _zone_names() -> dict[str, str]:
    """The names of time zones by the same in lower case."""
    return {name.lower(): name for name in available_timezones()}


def _read_timezone(text: str) -> str:
    names = _zone_names()
    if names.get(text.lower()) == text:
        return text
    meant = get_close_matches(text.lower().replace(" ", "_"), names, 1, cutoff=0.8)
    raise BadValue("is not a time zone", f"Write its IANA name, as {names[meant[0]] if meant else 'Asia/Shanghai'}")


@cache
def holiday_places() -> dict[str, list[str]]:
    """The countries whose public holidays are known (codes of ISO 3166-1), each with its subdivisions (ISO 3166-2)."""
    return dict(list_supported_countries(include_aliases=False))


def _read_country(text: str) -> str:
    if text in holiday_places():
        return text
    meant = text.upper() if text.upper() in holiday_places() else "CN or DE"
    raise BadValue("is no country whose holidays are known", f"Write its code of ISO 3166, as {meant}")


def _read_currency(text: str) -> str:
    if is_currency(text):
        return text
    meant = text.upper() if is_currency(text.upper()) else "CNY or EUR"
    raise BadValue("is no currency", f"Write its code of ISO 4217, as {meant}")


def currency_of(country: str) -> str:
    """What is paid with in a country (ISO 3166-1) today; BadValue where nothing is known to be."""
    tender = get_territory_currencies(country)
    if not tender:
        raise BadValue(f"is left out, and no currency of {country} is known", "Write its code of ISO 4217, as EUR")
    return tender[0]


def _read_time_of_day(text: str) -> str:
    found = _TIME_OF_DAY.fullmatch(text)
    if not found:
        raise BadValue("is not a time of day", "Write hours and minutes, as 06:30")
    return f"{int(found[1]):02}:{found[2]}"


def _read_send_address(text: str) -> str:
    if not _SEND_ADDRESS.fullmatch(text) or len(text) > 1000:
        raise BadSecret("is not an address that apprise sends to", "Write one, as mailto://user:password@host?to=...")
    return text


def _read_weekdays(text: str) -> str:
    days = text.replace(" ", "").split(",")
    if not all(day in "1234567" and len(day) == 1 for day in days):
        raise BadValue("is not a list of weekdays", 'Write 1 for Monday to 7 for Sunday, as "1,3,5"')
    return ",".join(sorted(set(days)))


ID = ValueType("id", _read_id)
TEXT = ValueType("text", _read_text)
YES_NO = ValueType("yes or no", _read_yes_no)
DAY = ValueType("day", _read_day)
MOMENT = ValueType("moment", _read_moment)
TIMEZONE = ValueType("time zone", _read_timezone)
COUNTRY = ValueType("country", _read_country)
CURRENCY = ValueType("currency", _read_currency)
TIME_OF_DAY = ValueType("time of day", _read_time_of_day)
SEND_ADDRESS = ValueType("address of apprise", _read_send_address)
WEEKDAYS = ValueType("weekdays", _read_weekdays)


def moment_of_local_time(local: datetime, zone: ZoneInfo) -> datetime:
    """The moment (UTC) at which clocks in the zone show this time.

    Raises BadValue for a time that they leave out in spring, or show twice in autumn."""
    moments = {local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    if any(moment.astimezone(zone).replace(tzinfo=None) != local for moment in moments):
        raise BadValue(f"does not exist in {zone.key}: clocks went forward", "Write the time with its offset")
    if len(moments) == 2:
        offset = local.replace(tzinfo=zone, fold=0).strftime("%z")
        remedy = f"Write which of the two, as {local.isoformat()}{offset[:3]}:{offset[3:]}"
        raise BadValue(f"came twice in {zone.key}: clocks went back", remedy)
    return moments.pop()
