"""How cold it was: every reading of every sensor, and what is left of those that are older than they are kept."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute

from api.resources.resource import Filter, Resource, ids, moments
from api.security import Scope
from api.values import Identifier
from data.tables import MeasurementRow, ReadingHourRow, ReadingRow, SensorRow
from warehouse.coldchain.quantities import Quantity


class ReadingOut(BaseModel):
    """A sensor's temperature at a moment; `known_at` is when it reached us. A reading never changes."""

    sensor_id: str
    taken_at: datetime
    temperature_c: float
    known_at: datetime

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "sensor_id": "W01-L-T1",
                    "taken_at": "2026-11-22T06:15:00Z",
                    "temperature_c": 3.4,
                    "known_at": "2026-11-22T06:15:02Z",
                }
            ]
        }
    )


class ReadingHourOut(BaseModel):
    """What a sensor's readings in an hour came to, which begins at `hour`; `readings` is how many there were."""

    sensor_id: str
    hour: datetime
    lowest_c: float
    mean_c: float
    highest_c: float
    readings: int

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "sensor_id": "W01-L-T1",
                    "hour": "2025-10-22T06:00:00Z",
                    "lowest_c": 2.9,
                    "mean_c": 3.4,
                    "highest_c": 4.1,
                    "readings": 60,
                }
            ]
        }
    )


def _in_zone(sensor_id: InstrumentedAttribute[str]) -> Filter:
    def of_its_sensors(zone_id: str) -> ColumnElement[bool]:
        return sensor_id.in_(select(SensorRow.sensor_id).where(SensorRow.zone_id == zone_id))

    return Filter("zone_id", Identifier, "of the sensors of this zone", of_its_sensors)


READINGS = Resource(
    path="readings",
    one="reading",
    many="readings",
    what="Readings, by sensor and moment. A reading may come late: take up again a little before the last one read. "
    "Those older than they are kept, a year or more, are summed up by `GET /v1/reading-hours`, but around alarms.",
    tag="alarms",
    row=ReadingRow,
    shown=ReadingOut,
    key=[ReadingRow.sensor_id, ReadingRow.taken_at],
    filters=[
        ids(ReadingRow.sensor_id),
        _in_zone(ReadingRow.sensor_id),
        *moments(ReadingRow.taken_at, "taken_since", "taken_before", "taken"),
    ],
    scope=Scope.ALARMS_READ,
    all_of=SensorRow.sensor_id,
)


READING_HOURS = Resource(
    path="reading-hours",
    one="reading-hour",
    many="reading-hours",
    what="What readings that are older than they are kept came to, by sensor and hour. Hours around an alarm have all "
    "their readings and are not among these.",
    tag="alarms",
    row=ReadingHourRow,
    shown=ReadingHourOut,
    key=[ReadingHourRow.sensor_id, ReadingHourRow.hour],
    filters=[
        ids(ReadingHourRow.sensor_id),
        _in_zone(ReadingHourRow.sensor_id),
        *moments(ReadingHourRow.hour, "hour_since", "hour_before", "beginning"),
    ],
    scope=Scope.ALARMS_READ,
    all_of=SensorRow.sensor_id,
)


class MeasurementOut(BaseModel):
    """What a sensor measured beside temperature: humidity and battery in percent, as 1 or 0 whether a door is open or
    power is there. `known_at` is when it reached us."""

    sensor_id: str
    quantity: str
    taken_at: datetime
    value: float
    known_at: datetime

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "sensor_id": "W01-L-T1",
                    "quantity": "humidity",
                    "taken_at": "2026-11-22T06:15:00Z",
                    "value": 86.0,
                    "known_at": "2026-11-22T06:15:02Z",
                }
            ]
        }
    )


def _measured_in_zone(zone_id: str) -> ColumnElement[bool]:
    return MeasurementRow.sensor_id.in_(select(SensorRow.sensor_id).where(SensorRow.zone_id == zone_id))


def _of_quantity(quantity: Quantity) -> ColumnElement[bool]:
    return MeasurementRow.quantity == quantity.value


MEASUREMENTS = Resource(
    path="measurements",
    one="measurement",
    many="measurements",
    what="What sensors measured beside temperature, by sensor, quantity and moment. Those that are older than readings "
    "are kept are gone.",
    tag="alarms",
    row=MeasurementRow,
    shown=MeasurementOut,
    key=[MeasurementRow.sensor_id, MeasurementRow.quantity, MeasurementRow.taken_at],
    filters=[
        ids(MeasurementRow.sensor_id),
        Filter("zone_id", Identifier, "of the sensors of this zone", _measured_in_zone),
        Filter("quantity", Quantity, "of this quantity", _of_quantity),
        *moments(MeasurementRow.taken_at, "taken_since", "taken_before", "taken"),
    ],
    scope=Scope.ALARMS_READ,
    all_of=SensorRow.sensor_id,
)
