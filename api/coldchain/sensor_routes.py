"""Sensors that are replaced or taken down."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Body
from pydantic import BaseModel, ConfigDict

from api.problems import NotFound, TooLarge, WrongMediaType, responses
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, WriteSession
from api.values import Identifier, PathId, Remark
from data.tables import SensorRow
from flows.coldchain.alarms.retiring import retire_sensor

router = Router(prefix="/sensors", tags=["alarms"])
RETIREMENT: dict[str, Any] = {"reason": "it is broken", "replaced_by": "W01-L-T2"}


class Retirement(BaseModel):
    """Why a sensor is retired, and which one takes its place, if one does."""

    reason: Remark
    replaced_by: Identifier | None = None

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [RETIREMENT]})


class RetiredSensor(BaseModel):
    """A sensor that tells nothing any more, and the alarms that ended with it."""

    sensor_id: str
    retired_at: datetime
    retired_because: str
    replaced_by: str | None
    alarms_ended: list[str]

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "sensor_id": "W01-L-T1",
                    "retired_at": "2026-11-22T08:00:00Z",
                    "retired_because": "it is broken",
                    "replaced_by": "W01-L-T2",
                    "alarms_ended": ["al_9c1f0b6a7d3e5f208142"],
                }
            ]
        }
    )


@router.post("/{sensor_id}/retire", responses=responses(NotFound, TooLarge, WrongMediaType))
def retire(
    session: WriteSession,
    now: Now,
    who: Annotated[Principal, requires(Scope.IMPORTS_WRITE)],
    sensor_id: PathId,
    retirement: Annotated[Retirement, Body(examples=[RETIREMENT])],
) -> RetiredSensor:
    """Retires a sensor: it is judged no more, not missed, and the alarms that it alone was in end with a note. Its
    readings stay. Safe to repeat: the first time stays."""
    changed = retire_sensor(session, sensor_id, retirement.reason, now, who.name, retirement.replaced_by)
    session.flush()
    sensor = session.get_one(SensorRow, sensor_id)
    return RetiredSensor(
        sensor_id=sensor.sensor_id,
        retired_at=sensor.retired_at or now,
        retired_because=sensor.retired_because or retirement.reason,
        replaced_by=sensor.replaced_by,
        alarms_ended=changed.ended,
    )
