"""Which values of what came can be kept: a bad one is refused by itself, named with the field, why and what to do about
it, and keeps no good one out, whatever way it came.

A temperature and what was measured beside it are values of their own: that a humidity cannot be true hides no warmth.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from sqlalchemy.orm import Session

from data.languages import Reworded, Sentence
from flows.coldchain.alarms.alarm_ids import is_storable
from flows.coldchain.sensors.heard_clocks import believed_until
from flows.coldchain.sensors.sensors import Place, places_of_sensors
from flows.errors import Invalid, Refusal, Unknown
from warehouse.coldchain.quantities import Measurement, why_no_measurement
from warehouse.coldchain.readings import Implausible, Reading, why_implausible

NOT_FOUND = Implausible("sensor_id", "was not found", "Import the sensor, or check the id that it sends")


@dataclass(frozen=True)
class RefusedValue:
    """A value that is not kept: of which reading of what came (from 0) and of which sensor, why and what to do.
    `value` is what was said in the field, in words; `ahead` is a reading whose time lies further ahead than a clock is
    believed."""

    number: int
    sensor_id: str
    problem: Implausible
    value: str
    ahead: Reading | None = None

    @property
    def sentence(self) -> Sentence:
        """It in words."""
        if self.problem is NOT_FOUND:
            return Sentence(
                "Reading {number}: sensor {sensor_id!r} was not found.", number=self.number, sensor_id=self.sensor_id
            )
        return Sentence(
            "Reading {number} of sensor {sensor_id!r}: {name} {value} {reason}. {remedy}.",
            number=self.number,
            sensor_id=self.sensor_id,
            name=self.problem.field,
            value=self.value,
            reason=Reworded(self.problem.reason),
            remedy=Reworded(self.problem.remedy),
        )

    def __str__(self) -> str:
        return str(self.sentence)

    @property
    def field(self) -> str:
        """Where it stands in what came (`readings[3].taken_at`)."""
        return f"readings[{self.number}].{self.problem.field}"


class NothingAcceptable(Invalid):
    """Every value that came is refused."""

    def __init__(self, refused: Sequence[RefusedValue]) -> None:
        first, *others = [_refusal(one) for one in refused]
        super().__init__(first.sentence, field=first.field, others=others)
        self.refused = refused


class NoSuchSensors(NothingAcceptable, Unknown):
    """... since none of the sensors is known."""


@dataclass(frozen=True)
class Parted:
    """What is kept of what came, and what is refused of it."""

    readings: Sequence[Reading]
    measurements: Sequence[Measurement]
    refused: Sequence[RefusedValue]

    @classmethod
    def together(cls, parts: Sequence[Self]) -> Self:
        """What is kept and refused of all of them."""
        return cls(
            [one for part in parts for one in part.readings],
            [one for part in parts for one in part.measurements],
            [one for part in parts for one in part.refused],
        )

    def something(self) -> Self:
        """This, if there is anything to keep or nothing came. Raises NothingAcceptable, or NoSuchSensors."""
        if self.refused and not self.readings and not self.measurements:
            unknown = all(one.problem is NOT_FOUND for one in self.refused)
            raise (NoSuchSensors if unknown else NothingAcceptable)(self.refused)
        return self


@dataclass(frozen=True)
class Acceptable:
    """What values are judged by before they are kept: where sensors hang, and until when a time is believed."""

    places: Mapping[str, Place]
    believed_until: datetime

    @classmethod
    def of(cls, session: Session, readings: Iterable[Reading], measured: Iterable[Measurement], now: datetime) -> Self:
        """For these readings and measurements, which came now."""
        readings = list(readings)
        named = {one.sensor_id for one in readings} | {one.sensor_id for one in measured}
        places = places_of_sensors(session, filter(is_storable, named)) if named else dict[str, Place]()
        return cls(places, believed_until(session, [one for one in readings if one.sensor_id in places], now))

    def part(self, readings: Iterable[tuple[int, Reading]], measured: Iterable[tuple[int, Measurement]] = ()) -> Parted:
        """What is kept of readings and measurements, which are numbered by what they came with."""
        kept, others = list[Reading](), list[Measurement]()
        refused: dict[tuple[int, str], RefusedValue] = {}
        for number, reading in readings:
            if why := self._why_refused(number, reading):
                refused[number, why.problem.field] = why
            else:
                kept.append(reading)
        for number, measurement in measured:
            if why := self._why_not_measured(number, measurement):
                refused.setdefault((number, why.problem.field), why)  # its time is refused once, by the reading
            else:
                others.append(measurement)
        return Parted(kept, others, sorted(refused.values(), key=lambda one: one.number))

    def _why_refused(self, number: int, reading: Reading) -> RefusedValue | None:
        problem = why_implausible(reading.taken_at, reading.temperature_c, self.believed_until)
        if problem is None and reading.sensor_id in self.places:
            return None
        ahead = reading if reading.taken_at > self.believed_until else None
        return _refused(number, reading, problem or NOT_FOUND, str(reading.temperature_c), ahead)

    def _why_not_measured(self, number: int, measurement: Measurement) -> RefusedValue | None:
        problem = why_no_measurement(measurement, self.believed_until)
        if problem is None and measurement.sensor_id in self.places:
            return None
        return _refused(number, measurement, problem or NOT_FOUND, f"{measurement.value:g}")


def _refused(
    number: int, said: Reading | Measurement, problem: Implausible, value: str, ahead: Reading | None = None
) -> RefusedValue:
    of_fields = {"taken_at": said.taken_at.isoformat(), "sensor_id": said.sensor_id}
    return RefusedValue(number, said.sensor_id, problem, of_fields.get(problem.field, value), ahead)


def _refusal(one: RefusedValue) -> Refusal:
    return (Unknown if one.problem is NOT_FOUND else Invalid)(one.sentence, field=one.field)
