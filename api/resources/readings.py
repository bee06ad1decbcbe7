"""How cold it was: every reading of every sensor."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ColumnElement, select

from api.resources.resource import Filter, Resource, ids, moments
from api.security import Scope
from api.values import Identifier
from data.tables import ReadingRow, SensorRow


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


def _in_zone(zone_id: str) -> ColumnElement[bool]:
    return ReadingRow.sensor_id.in_(select(SensorRow.sensor_id).where(SensorRow.zone_id == zone_id))


READINGS = Resource(
    path="readings",
    one="reading",
    many="readings",
    what="Readings, by sensor and moment. A reading may come late: take up again a little before the last one read.",
    tag="alarms",
    row=ReadingRow,
    shown=ReadingOut,
    key=[ReadingRow.sensor_id, ReadingRow.taken_at],
    filters=[
        ids(ReadingRow.sensor_id),
        Filter("zone_id", Identifier, "of the sensors of this zone", _in_zone),
        *moments(ReadingRow.taken_at, "taken_since", "taken_before", "taken"),
    ],
    scope=Scope.ALARMS_READ,
    all_of=SensorRow.sensor_id,
)
