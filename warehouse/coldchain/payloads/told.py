"""What a device told at one moment, whatever its payload looks like, and how times and values are read from JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from typing import Any, Final
from zoneinfo import ZoneInfo

from warehouse.coldchain.quantities import YES_OR_NO, Quantity, in_our_unit

IN_MILLISECONDS: Final = 1e11  # in seconds this is the year 5138, in milliseconds 1973
LATEST: Final = 1e14
IN_WORDS: Final = {
    **dict.fromkeys(("open", "opened", "on", "true", "yes"), 1.0),
    **dict.fromkeys(("closed", "shut", "off", "false", "no"), 0.0),
}


class NotAReading(ValueError):
    """A payload that cannot be understood; says why."""


@dataclass(frozen=True)
class Told:
    """Values in our units, by quantity, at a moment with its offset. `device` is what the payload calls who measured
    them, `online` whether that says it is there; None: it does not say."""

    taken_at: datetime
    values: Mapping[Quantity, float]
    device: str | None = None
    online: bool | None = None


def moment_in(found: Any, field: str, zone: ZoneInfo | None = None) -> datetime:
    """A time in ISO 8601, or in seconds or milliseconds since 1970. One without an offset is told by the clocks of
    `zone`. Raises NotAReading, naming the `field`."""
    if isinstance(found, str):
        try:
            moment = datetime.fromisoformat(found)
        except ValueError:
            return _since_1970(_number(found), found, field)
        if moment.tzinfo is None and zone is None:
            raise NotAReading(f"{field} {found[:50]!r} has no time zone; a mapping can say which one it is told in")
        try:
            return (moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)).astimezone(UTC)
        except OverflowError as error:
            raise NotAReading(f"{field} {found[:50]!r}: {error}") from None
    return _since_1970(None if isinstance(found, bool) else found, found, field)


def _since_1970(seconds: Any, found: Any, field: str) -> datetime:
    if not isinstance(seconds, int | float) or not 0 < seconds < LATEST:
        raise NotAReading(f"{field} is neither a time in ISO 8601 nor seconds since 1970: {str(found)[:50]!r}")
    return datetime.fromtimestamp(seconds / 1000 if seconds >= IN_MILLISECONDS else seconds, UTC)


def value_in(quantity: Quantity, found: Any, field: str, unit: str | None = None, scale: float = 1.0) -> float:
    """A value of a quantity in our unit. Yes and no may be said in words. Raises NotAReading, naming the
    `field`."""
    if quantity in YES_OR_NO:
        number = float(found) if isinstance(found, bool) else IN_WORDS.get(str(found).lower(), found)
    else:
        number = None if isinstance(found, bool) else found
    if isinstance(number, str):
        number = _number(number)
    if not isinstance(number, int | float) or not isfinite(number):
        raise NotAReading(f"{field} is not a number: {str(found)[:50]!r}")
    try:
        return in_our_unit(quantity, float(number) if scale == 1 else round(number * scale, 6), unit)
    except ValueError as error:
        raise NotAReading(f"{field}: {error}") from None
    except OverflowError:
        raise NotAReading(f"{field} is not a number: {str(found)[:50]!r}") from None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
