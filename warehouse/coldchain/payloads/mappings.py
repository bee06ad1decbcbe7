"""How to read a payload that is neither in our form nor SenML, said as data: on which topics, and where in the JSON
each value, the sensor, the time and whether a device is online stand.

A topic is an MQTT filter in which `{sensor_id}` may stand for the level that names the sensor.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from warehouse.coldchain.payloads.paths import found_at, steps_of
from warehouse.coldchain.payloads.status import WHOLE, online_in
from warehouse.coldchain.payloads.told import NotAReading, Told, moment_in, value_in
from warehouse.coldchain.quantities import Quantity, in_our_unit

SENSOR: Final = "{sensor_id}"


class BadMapping(ValueError):
    """What a mapping cannot say, naming the `field`."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field, self.reason = field, reason


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
    an offset is told; `sensor_path` None: the topic's `{sensor_id}`, or its last level, names the sensor. At
    `online_path` a device says whether it is online, `$` is the payload itself; None: it does not.

    Raises BadMapping."""

    name: str
    topic: str
    values: Mapping[Quantity, Place]
    time_path: str | None = None
    timezone: str | None = None
    sensor_path: str | None = None
    online_path: str | None = None
    _zone: ZoneInfo | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _check_topic(self.topic)
        if not self.values and self.online_path is None:
            raise BadMapping("values", f"names no quantity; {', '.join(Quantity)} are known, or say online_path")
        for quantity, place in self.values.items():
            _check_place(quantity, place)
        for name in ("time_path", "sensor_path", "online_path"):
            if (path := getattr(self, name)) is not None and (name, path) != ("online_path", WHOLE):
                _check_path(name, path)
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
            if (value := found_at(place.path, found)) is None:
                continue
            unit = place.unit if place.unit_path is None else found_at(place.unit_path, found)
            if place.unit_path is not None and not isinstance(unit, str):
                raise NotAReading(f"mapping {self.name!r}: no unit stands at {place.unit_path}")
            values[quantity] = value_in(quantity, value, place.path, unit, place.scale)
        online = None if self.online_path is None else online_in(found, self.online_path)
        if not values and online is None:
            paths = [*(place.path for place in self.values.values()), *filter(None, [self.online_path])]
            raise NotAReading(f"mapping {self.name!r}: nothing stands at {', '.join(paths)}")
        return Told(self._moment(found, arrived_at) if values else arrived_at, values, self._device(found), online)

    def _moment(self, found: Any, arrived_at: datetime) -> datetime:
        if self.time_path is None:
            return arrived_at
        if (time := found_at(self.time_path, found)) is None:
            raise NotAReading(f"mapping {self.name!r}: no time stands at {self.time_path}")
        return moment_in(time, self.time_path, self._zone)

    def _device(self, found: Any) -> str | None:
        if self.sensor_path is None:
            return None
        device = found_at(self.sensor_path, found)
        if not isinstance(device, str | int) or isinstance(device, bool):
            raise NotAReading(f"mapping {self.name!r}: no sensor stands at {self.sensor_path}")
        return str(device)


def _check_place(quantity: Quantity, place: Place) -> None:
    _check_path(f"values.{quantity}.path", place.path)
    if place.unit_path is not None:
        _check_path(f"values.{quantity}.unit_path", place.unit_path)
    if place.unit is not None:
        if place.unit_path is not None:
            raise BadMapping(f"values.{quantity}.unit", "is said by unit_path already; leave one of them out")
        try:
            in_our_unit(quantity, 1.0, place.unit)
        except ValueError as error:
            raise BadMapping(f"values.{quantity}.unit", str(error)) from None


def _check_path(field: str, path: str) -> None:
    try:
        steps_of(path)
    except ValueError as error:
        raise BadMapping(field, str(error)) from None


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
