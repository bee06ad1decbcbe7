"""How to read a payload that is neither in our form nor SenML, said as data: on which topics, and where in the JSON
each value, the sensor and the time stand.

A path names members and places in lists, `uplink_message.decoded_payload.TempC_SHT` or `object.values[0]`. A topic is
an MQTT filter in which `{sensor_id}` may stand for the level that names the sensor.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

from warehouse.coldchain.payloads.told import NotAReading, Told, moment_in, value_in
from warehouse.coldchain.quantities import Quantity, in_our_unit

SENSOR: Final = "{sensor_id}"
_STEP: Final = re.compile(r"\.?([^.\[\]\"]+)|\[(\d+)\]|\[\"([^\"]+)\"\]")


class BadMapping(ValueError):
    """What a mapping cannot say, naming the `field`."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field


@dataclass(frozen=True)
class Place:
    """Where a value stands: its `path`, its `unit` or where that stands, and what it is multiplied by."""

    path: str
    unit: str | None = None
    unit_path: str | None = None
    scale: float = 1.0


@dataclass(frozen=True)
class PayloadMapping:
    """How payloads on the topics are read. `time_path` None: the time of arrival; `timezone`: in which a time without
    an offset is told; `sensor_path` None: the topic's `{sensor_id}`, or its last level, names the sensor.

    Raises BadMapping."""

    name: str
    topic: str
    values: Mapping[Quantity, Place]
    time_path: str | None = None
    timezone: str | None = None
    sensor_path: str | None = None
    _zone: ZoneInfo | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check_topic(self.topic)
        if not self.values:
            raise BadMapping("values", f"names no quantity; {', '.join(Quantity)} are known")
        for quantity, place in self.values.items():
            _check_place(quantity, place)
        for name in ("time_path", "sensor_path"):
            if (path := getattr(self, name)) is not None:
                _steps(path, name)
        try:
            object.__setattr__(self, "_zone", None if self.timezone is None else ZoneInfo(self.timezone))
        except (KeyError, ValueError, OSError):
            raise BadMapping("timezone", f"{self.timezone!r} is no time zone; write it like Asia/Shanghai") from None

    @property
    def subscription(self) -> str:
        """The filter under which a broker gives out its messages."""
        return self.topic.replace(SENSOR, "+")

    def matches(self, topic: str) -> bool:
        """Whether messages on a topic are read by it."""
        asked, given = self.subscription.split("/"), topic.split("/")
        if asked[-1] == "#":
            asked, given = asked[:-1], given[: len(asked) - 1]
        return len(asked) == len(given) and all(one in ("+", level) for one, level in zip(asked, given, strict=True))

    def sensor_in(self, topic: str) -> str:
        """The sensor that a topic names."""
        levels = self.topic.split("/")
        return topic.split("/")[levels.index(SENSOR)] if SENSOR in levels else topic.rpartition("/")[2]

    def told(self, found: Any, arrived_at: datetime) -> Sequence[Told]:
        """What a payload tells: an object, or a list of them. Raises NotAReading."""
        return [self._told(one, arrived_at) for one in (found if isinstance(found, list) else [found])]

    def _told(self, found: Any, arrived_at: datetime) -> Told:
        values: dict[Quantity, float] = {}
        for quantity, place in self.values.items():
            if (value := _at(found, place.path)) is None:
                continue
            unit = place.unit if place.unit_path is None else _at(found, place.unit_path)
            if place.unit_path is not None and not isinstance(unit, str):
                raise NotAReading(f"mapping {self.name!r}: no unit stands at {place.unit_path}")
            values[quantity] = value_in(quantity, value, place.path, unit, place.scale)
        if not values:
            paths = ", ".join(place.path for place in self.values.values())
            raise NotAReading(f"mapping {self.name!r}: nothing stands at {paths}")
        return Told(self._moment(found, arrived_at), values, self._device(found))

    def _moment(self, found: Any, arrived_at: datetime) -> datetime:
        if self.time_path is None:
            return arrived_at
        if (time := _at(found, self.time_path)) is None:
            raise NotAReading(f"mapping {self.name!r}: no time stands at {self.time_path}")
        return moment_in(time, self.time_path, self._zone)

    def _device(self, found: Any) -> str | None:
        if self.sensor_path is None:
            return None
        device = _at(found, self.sensor_path)
        if not isinstance(device, str | int) or isinstance(device, bool):
            raise NotAReading(f"mapping {self.name!r}: no sensor stands at {self.sensor_path}")
        return str(device)

    def as_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        values = {
            quantity.value: {"path": place.path, "unit": place.unit, "unit_path": place.unit_path, "scale": place.scale}
            for quantity, place in self.values.items()
        }
        told = ("name", "topic", "time_path", "timezone", "sensor_path")
        return {name: getattr(self, name) for name in told} | {"values": values}

    @classmethod
    def from_dict(cls, said: Mapping[str, Any]) -> Self:
        """The mapping that `as_dict` gave, or somebody wrote: what is left out has its default, a value may be its path
        alone. Raises BadMapping, for what it does not know too."""
        known = {"name", "topic", "values", "time_path", "timezone", "sensor_path"}
        if unknown := sorted(set(said) - known):
            raise BadMapping(unknown[0][:50], f"is not known; a mapping has {', '.join(sorted(known))}")
        for name in known - {"values"}:
            value = said.get(name)
            if not isinstance(value, str) and (name in ("name", "topic") or value is not None):
                raise BadMapping(name, "is missing" if value is None else f"is a text, not {str(value)[:50]!r}")
        values = said.get("values")
        if not isinstance(values, Mapping):
            raise BadMapping("values", "is an object of places by quantity")
        places = {_quantity(name): _place(name, place) for name, place in values.items()}
        rest = {name: said[name] for name in known - {"values"} if name in said}
        return cls(values=places, **rest)


def _quantity(name: Any) -> Quantity:
    try:
        return Quantity(name)
    except ValueError:
        raise BadMapping(f"values.{str(name)[:50]}", f"is no quantity; {', '.join(Quantity)} are known") from None


def _place(name: str, said: Any) -> Place:
    if isinstance(said, str):
        return Place(said)
    if not isinstance(said, Mapping) or not isinstance(said.get("path"), str):
        raise BadMapping(f"values.{name}", "is a path, or an object with path, unit, unit_path, scale")
    if unknown := sorted(set(said) - {"path", "unit", "unit_path", "scale"}):
        raise BadMapping(f"values.{name}.{unknown[0][:50]}", "is not known; path, unit, unit_path and scale are")
    for text in ("unit", "unit_path"):
        if said.get(text) is not None and not isinstance(said[text], str):
            raise BadMapping(f"values.{name}.{text}", "is a text")
    scale = said.get("scale", 1.0)
    if isinstance(scale, bool) or not isinstance(scale, int | float) or not 0 < abs(scale) < 1e9:
        raise BadMapping(f"values.{name}.scale", f"is a number other than 0, not {str(scale)[:50]!r}")
    return Place(said["path"], said.get("unit"), said.get("unit_path"), float(scale))


def _check_place(quantity: Quantity, place: Place) -> None:
    _steps(place.path, f"values.{quantity}.path")
    if place.unit_path is not None:
        _steps(place.unit_path, f"values.{quantity}.unit_path")
    if place.unit is not None:
        if place.unit_path is not None:
            raise BadMapping(f"values.{quantity}.unit", "is said by unit_path already; leave one of them out")
        try:
            in_our_unit(quantity, 1.0, place.unit)
        except ValueError as error:
            raise BadMapping(f"values.{quantity}.unit", str(error)) from None


def _check_topic(topic: str) -> None:
    levels = topic.split("/")
    if not topic or topic.startswith("$") or "\0" in topic:
        raise BadMapping("topic", "is an MQTT filter such as application/+/device/{sensor_id}/event/up")
    for number, level in enumerate(levels):
        last = number == len(levels) - 1
        if (level == "#" and last) or level in ("+", SENSOR):
            continue
        if any(sign in level for sign in "#+{}"):
            raise BadMapping("topic", f"{level!r} is no level of a filter: +, {SENSOR} and, at the end, # stand alone")
    if levels.count(SENSOR) > 1:
        raise BadMapping("topic", f"names {SENSOR} twice")


@lru_cache(1_000)
def _steps(path: str, field: str) -> Sequence[str | int]:
    rest, steps = path.removeprefix("$"), list[str | int]()
    at = 0
    while at < len(rest) and (step := _STEP.match(rest, at)):
        steps.append(step[1] or step[3] if step[2] is None else int(step[2]))
        at = step.end()
    if not steps or at < len(rest):
        raise BadMapping(field, f"{path!r} is no path; write it like object.temperature or values[0]")
    return steps


def _at(found: Any, path: str) -> Any:
    """What stands at a path; None: nothing."""
    for step in _steps(path, "path"):
        if isinstance(step, str):
            found = found.get(step) if isinstance(found, dict) else None
        else:
            found = found[step] if isinstance(found, list) and step < len(found) else None
    return found
