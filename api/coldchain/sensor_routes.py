"""Sensors that are carried into another zone, replaced or taken down."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Body
from pydantic import BaseModel, ConfigDict

from api.problems import Conflict, NotFound, TooLarge, WrongMediaType, responses
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, WriteSession
from api.values import Identifier, PathId, Remark
from data.tables import SensorRow
from flows.coldchain.alarms.carrying import carry_sensor
from flows.coldchain.alarms.retiring import retire_sensor

router = Router(prefix="/sensors", tags=["alarms"])
RETIREMENT: dict[str, Any] = {"reason": "it is broken", "replaced_by": "W01-L-T2"}
MOVE: dict[str, Any] = {"zone_id": "W01-D"}


class SensorMove(BaseModel):
    """Into which zone a sensor was carried."""

    zone_id: Identifier

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [MOVE]})


class MovedSensor(BaseModel):
    """Where a sensor hangs now, from which zone it came (null: it hung there already), and the alarms that it was in
    there: they go on until somebody closes them."""

    sensor_id: str
    zone_id: str
    from_zone_id: str | None
    alarms_left: list[str]

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "sensor_id": "W01-L-T1",
                    "zone_id": "W01-D",
                    "from_zone_id": "W01-L",
                    "alarms_left": ["al_9c1f0b6a7d3e5f208142"],
                }
            ]
        }
    )


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


@router.post("/{sensor_id}/move", responses=responses(NotFound, Conflict, TooLarge, WrongMediaType))
def move(
    session: WriteSession,
    now: Now,
    who: Annotated[Principal, requires(Scope.IMPORTS_WRITE)],
    sensor_id: PathId,
    move: Annotated[SensorMove, Body(examples=[MOVE])],
) -> MovedSensor:
    """Says that a sensor was carried into another zone: from now on it is judged there. Its past and late readings of
    before stay in the zone that it left, and no alarm there ends by it. Safe to repeat. 409: it is retired."""
    carried = carry_sensor(session, sensor_id, move.zone_id, now)
    return MovedSensor(
        sensor_id=sensor_id,
        zone_id=move.zone_id,
        from_zone_id=carried.from_zone_id,
        alarms_left=carried.alarms_left,
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
