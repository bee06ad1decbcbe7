"""What a thermometer may say: a temperature at a moment, and which of them cannot be true."""

from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)  # a clock that was never set starts in 1970
LOWEST_SAID_C, HIGHEST_SAID_C = -400.0, 400.0  # codes of broken probes, and a freezer told in tenths of a degree
COLDEST_C, WARMEST_C = -90.0, 90.0  # ultra-low freezers keep -86 C; no thermometer in a warehouse sees more than this


@dataclass(frozen=True)
class Reading:
    """A temperature that a sensor took at a moment, kept in UTC: two times of one zone are compared by the
    clock on the wall, which shows an hour twice when it goes back. What else it told is None where it told nothing.

    Raises ValueError for a naive time or a temperature that is not a number."""

    sensor_id: str
    taken_at: datetime
    temperature_c: float
    humidity_percent: float | None = None
    battery_percent: float | None = None
    door_open: bool | None = None

    def __post_init__(self) -> None:
        if self.taken_at.tzinfo is None:
            raise ValueError(f"sensor {self.sensor_id}: reading at {self.taken_at} has no time zone")
        if not isfinite(self.temperature_c):
            raise ValueError(f"sensor {self.sensor_id}: {self.temperature_c} at {self.taken_at} is no temperature")
        if self.taken_at.tzinfo is not UTC:
            object.__setattr__(self, "taken_at", self.taken_at.astimezone(UTC))

    @property
    def tells_more(self) -> bool:
        """Whether it told anything beside its temperature."""
        besides = (self.humidity_percent, self.battery_percent, self.door_open)
        return besides != (None, None, None)


@dataclass(frozen=True)
class Implausible:
    """What cannot be true of a reading: its field, why, and what to do about it."""

    field: str
    reason: str
    remedy: str


def why_implausible(taken_at: datetime, temperature_c: float, believed_until: datetime) -> Implausible | None:
    """What cannot be true of a reading, by whatever way it came; None: it can be. `believed_until` is the latest time
    that a sensor is believed, whoever's clock is wrong."""
    if taken_at > believed_until:
        remedy = "Check the clocks of sensor and server, and the offset of the sensor's times"
        return Implausible("taken_at", "lies in the future", remedy)
    if taken_at < EARLIEST:
        return Implausible("taken_at", f"lies before {EARLIEST.year}", "Check that the sensor's clock is set")
    if not LOWEST_SAID_C <= temperature_c <= HIGHEST_SAID_C:  # what else no room has is told as a fault of the sensor
        reason = f"is outside {LOWEST_SAID_C:g} to {HIGHEST_SAID_C:g} C"
        return Implausible("temperature_c", reason, "Check the sensor and the unit it sends")
    return None
