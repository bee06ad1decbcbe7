"""By what rule a fan or cooler is switched: from which temperature or humidity on it runs, how it is spared, what
keeps it off, and what it falls back to.

The words are those of thermostats and refrigeration controllers: a switch with two thresholds (hysteresis), minimum on
and off times and starts per hour against short cycling, interlocks of door and defrost.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from enum import StrEnum
from math import isfinite
from typing import Any, Self

SHORTEST_EXPIRY, LONGEST = timedelta(seconds=1), timedelta(days=1)


class Switch(StrEnum):
    """What an actuator is told to be, and what it says it is."""

    ON = "on"
    OFF = "off"


@dataclass(frozen=True)
class Thresholds:
    """Above which value it starts and below which it stops, in `unit`."""

    start_above: float
    stop_below: float
    unit: str


@dataclass(frozen=True, kw_only=True)
class ControlRule:
    """The rule of one actuator. It starts above one threshold and stops below the other, of temperature (C), relative
    humidity (percent) or both: either starts it, both must allow it to stop. The warmest and the dampest sensor of the
    zone count.

    `never_below_c` stops it where the coldest sensor shows so little, against frost on the goods. It runs for at least
    `min_on` and rests for at least `min_off`, and starts at most `starts_per_hour` times within an hour. An open door
    and a defrost stop it, but no longer than `interlock_at_most`: a door left open must not warm the goods for ever.
    Readings count for `reading_valid`, longer than the sensors' interval; without any it takes the `safe_state`. A
    command that the actuator has not confirmed within `command_expires` has failed.

    Raises ValueError, naming the field, for a rule that can never start or never stop."""

    start_above_c: float | None = None
    stop_below_c: float | None = None
    start_above_humidity: float | None = None
    stop_below_humidity: float | None = None
    never_below_c: float | None = None
    min_on: timedelta = timedelta(minutes=3)
    min_off: timedelta = timedelta(minutes=3)
    starts_per_hour: int = 10
    door_open_stops: bool = True
    defrost_stops: bool = True
    interlock_at_most: timedelta = timedelta(minutes=30)
    reading_valid: timedelta = timedelta(minutes=30)
    command_expires: timedelta = timedelta(minutes=1)
    safe_state: Switch = Switch.OFF

    def __post_init__(self) -> None:
        for name in NUMBERS:
            value = getattr(self, name)
            if value is not None and not isfinite(value):
                raise ValueError(f"{name} is {value}, no number. Give a number, or leave it out")
        _require_pair("start_above_c", self.start_above_c, "stop_below_c", self.stop_below_c)
        _require_pair(
            "start_above_humidity", self.start_above_humidity, "stop_below_humidity", self.stop_below_humidity
        )
        if self.temperature is None and self.humidity is None:
            raise ValueError(
                "start_above_c and start_above_humidity are both missing: nothing would ever start it. Give one of "
                "them with its stop_below"
            )
        if self.never_below_c is not None and self.stop_below_c is not None and self.never_below_c >= self.stop_below_c:
            raise ValueError(
                f"never_below_c {self.never_below_c:g} is not below stop_below_c {self.stop_below_c:g}: it would stop "
                "first. Lower it"
            )
        if self.starts_per_hour < 1:
            raise ValueError(f"starts_per_hour is {self.starts_per_hour}: it could never start. Give at least 1")
        _require_length("min_on", self.min_on, timedelta(0))
        _require_length("min_off", self.min_off, timedelta(0))
        _require_length("interlock_at_most", self.interlock_at_most, timedelta(0))
        _require_length("reading_valid", self.reading_valid, SHORTEST_EXPIRY)
        _require_length("command_expires", self.command_expires, SHORTEST_EXPIRY)

    @property
    def temperature(self) -> Thresholds | None:
        """Those of temperature; None: it does not switch it."""
        return _thresholds(self.start_above_c, self.stop_below_c, "C")

    @property
    def humidity(self) -> Thresholds | None:
        """Those of humidity; None: it does not switch it."""
        return _thresholds(self.start_above_humidity, self.stop_below_humidity, "%")

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it: lengths of time in minutes (`min_on_minutes`), the expiry of a command in seconds."""
        return {
            name_in_json: _plain(getattr(self, name), length) for name, (name_in_json, length) in NAMES_IN_JSON.items()
        }

    @classmethod
    def from_dict(cls, saved: Mapping[str, Any]) -> Self:
        """The rule that `as_dict` gave; what is left out has its default. Raises ValueError, naming the field, for one
        that there is not and for a value of another type."""
        known = {name_in_json: (name, length) for name, (name_in_json, length) in NAMES_IN_JSON.items()}
        values: dict[str, Any] = {}
        for name_in_json, value in saved.items():
            if name_in_json not in known:
                raise ValueError(f"{name_in_json} is no field of a control rule. There are: {', '.join(sorted(known))}")
            name, length = known[name_in_json]
            values[name] = _typed(name_in_json, name, value, length)
        return cls(**values)


def _thresholds(start_above: float | None, stop_below: float | None, unit: str) -> Thresholds | None:
    return None if start_above is None or stop_below is None else Thresholds(start_above, stop_below, unit)


def _require_pair(start: str, start_above: float | None, stop: str, stop_below: float | None) -> None:
    if (start_above is None) != (stop_below is None):
        given, lacks = (start, stop) if stop_below is None else (stop, start)
        raise ValueError(f"{lacks} is missing beside {given}. Give both, or neither")
    if start_above is not None and stop_below is not None and stop_below >= start_above:
        raise ValueError(
            f"{stop} {stop_below:g} is not below {start} {start_above:g}: it would start and stop at once. Set them "
            "apart"
        )


def _require_length(name: str, length: timedelta, shortest: timedelta) -> None:
    if not shortest <= length <= LONGEST:
        raise ValueError(f"{name} is {length}. Give at least {shortest} and at most {LONGEST}")


NUMBERS = ("start_above_c", "stop_below_c", "start_above_humidity", "stop_below_humidity", "never_below_c")
WHETHER = ("door_open_stops", "defrost_stops")
LENGTHS = {"min_on", "min_off", "interlock_at_most", "reading_valid"}
# by field: its name in JSON, and what one unit of a length of time is there
NAMES_IN_JSON: Mapping[str, tuple[str, timedelta | None]] = {
    field.name: (f"{field.name}_minutes", timedelta(minutes=1))
    if field.name in LENGTHS
    else ("command_expires_seconds", timedelta(seconds=1))
    if field.name == "command_expires"
    else (field.name, None)
    for field in fields(ControlRule)
}


def _plain(value: Any, length: timedelta | None) -> Any:
    if length is not None:
        return value / length
    return value.value if isinstance(value, Switch) else value


def _typed(name_in_json: str, name: str, value: Any, length: timedelta | None) -> Any:
    if name in NUMBERS and value is None:
        return None
    if name in WHETHER:
        if not isinstance(value, bool):
            raise ValueError(f"{name_in_json} is {value!r}. Give true or false")
        return value
    if name == "safe_state":
        if value not in tuple(Switch):
            raise ValueError(f"{name_in_json} is {value!r}. Give on or off")
        return Switch(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise ValueError(f"{name_in_json} is {value!r}. Give a number")
    if name == "starts_per_hour":
        if value != int(value):
            raise ValueError(f"{name_in_json} is {value}. Give a whole number")
        return int(value)
    if length is None:
        return float(value)
    if not 0 <= value <= LONGEST / length:
        raise ValueError(f"{name_in_json} is {value}. Give at least 0 and at most a day")
    return value * length
