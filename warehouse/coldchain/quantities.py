"""What sensors measure beside and including temperature, in which unit each is kept, and what cannot be true of it.

Temperature is in degrees Celsius, humidity and battery are in percent; a door is 1 while it is open and 0 while it is
shut, power is 1 while it is there, defrost is 1 while a cooler defrosts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from warehouse.coldchain.readings import EARLIEST, Implausible


class Quantity(StrEnum):
    """What is measured."""

    TEMPERATURE = "temperature"
    HUMIDITY = "humidity"
    DOOR = "door"
    POWER = "power"
    DEFROST = "defrost"
    BATTERY = "battery"


OTHER_QUANTITIES: Final = tuple(quantity for quantity in Quantity if quantity is not Quantity.TEMPERATURE)
YES_OR_NO: Final = frozenset({Quantity.DOOR, Quantity.POWER, Quantity.DEFROST})
IN_PERCENT: Final = frozenset({Quantity.HUMIDITY, Quantity.BATTERY})
_TO_CELSIUS: Final[Mapping[str, Callable[[float], float]]] = {
    **dict.fromkeys(("c", "cel", "°c", "degc", "celsius"), lambda value: value),
    **dict.fromkeys(("f", "°f", "degf", "fahrenheit"), lambda value: (value - 32) / 1.8),
    **dict.fromkeys(("k", "kelvin"), lambda value: value - 273.15),
}
_TO_PERCENT: Final[Mapping[str, Callable[[float], float]]] = {
    **dict.fromkeys(("%", "%rh", "%el", "percent"), lambda value: value),
    "/": lambda value: value * 100,  # SenML's word for a ratio
}
_ROUNDING: Final = 6  # decimals: 38.3 F are 3.5 C, and not 3.4999999999999982


@dataclass(frozen=True)
class Measurement:
    """A quantity other than temperature that a sensor measured at a moment, kept in UTC. Raises ValueError for a naive
    time."""

    sensor_id: str
    quantity: Quantity
    taken_at: datetime
    value: float

    def __post_init__(self) -> None:
        if self.taken_at.tzinfo is None:
            raise ValueError(f"sensor {self.sensor_id}: {self.quantity} at {self.taken_at} has no time zone")
        object.__setattr__(self, "taken_at", self.taken_at.astimezone(UTC))


def in_our_unit(quantity: Quantity, value: float, unit: str | None) -> float:
    """A value in the unit in which its quantity is kept; None: it is in it. Raises ValueError for a unit that the
    quantity does not come in."""
    if unit is None:
        return value
    known = _TO_CELSIUS if quantity is Quantity.TEMPERATURE else _TO_PERCENT if quantity in IN_PERCENT else {}
    convert = known.get(unit.strip().lower())
    if convert is None:
        allowed = ", ".join(known) if known else "no unit"
        raise ValueError(f"{quantity} in {unit[:20]!r}; {allowed} are known")
    return round(convert(value), _ROUNDING)


def why_no_measurement(measurement: Measurement, believed_until: datetime) -> Implausible | None:
    """What cannot be true of a measurement, as `why_implausible` says of a reading; None: it can be."""
    if measurement.taken_at > believed_until:
        return Implausible("taken_at", "lies in the future", "Check the clocks of sensor and server")
    if measurement.taken_at < EARLIEST:
        return Implausible("taken_at", f"lies before {EARLIEST.year}", "Check that the sensor's clock is set")
    most = 100 if measurement.quantity in IN_PERCENT else 1
    if not 0 <= measurement.value <= most:
        return Implausible(measurement.quantity, f"is outside 0 to {most}", "Check the sensor and the unit it sends")
    return None
