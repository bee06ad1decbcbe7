"""How each zone of a warehouse is now."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Self

from fastapi import Query, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from api.pagination import Page, PageQuery, page_of
from api.places.place_queries import known_warehouse
from api.problems import NotFound, responses
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession
from api.values import PathId
from data.tables import ZoneRow
from flows.coldchain.alarms.zones_now import SensorNow, ZoneNow, zones_now
from warehouse.coldchain.alarms import AlarmKind
from warehouse.coldchain.limits import Limit
from warehouse.coldchain.zones import ZoneState

router = Router(prefix="/warehouses/{warehouse_id}/zones", tags=["alarms"])
SENSOR: dict[str, Any] = {
    "sensor_id": "W01-L-T1",
    "name": "Leaf, door",
    "state": "excursion",
    "last_taken_at": "2026-11-22T06:25:00Z",
    "last_c": 5.2,
    "excursion_since": "2026-11-22T06:10:00Z",
    "silent_since": None,
    "online": True,
    "online_since": "2026-11-20T09:14:02Z",
    "faults": [],
}
EXAMPLE: dict[str, Any] = {
    "zone_id": "W01-L",
    "name": "Leaf",
    "band": "leaf",
    "state": "excursion",
    "last_taken_at": "2026-11-22T06:25:00Z",
    "last_c": 5.2,
    "silent_since": None,
    "limit": {
        "valid_from": "2026-01-01T00:00:00Z",
        "low_c": 1.0,
        "high_c": 4.0,
        "low_delay_minutes": 30,
        "high_delay_minutes": 30,
        "recovery_margin_c": 0.0,
    },
    "sensors": [SENSOR],
}


class LimitOut(BaseModel):
    """What a zone must keep, and for how long it may be outside before there is an alarm."""

    valid_from: datetime
    low_c: float | None
    high_c: float | None
    low_delay_minutes: int
    high_delay_minutes: int
    recovery_margin_c: float

    @classmethod
    def of(cls, limit: Limit) -> Self:
        return cls(
            valid_from=limit.valid_from,
            low_c=limit.low_c,
            high_c=limit.high_c,
            low_delay_minutes=limit.low_delay // timedelta(minutes=1),
            high_delay_minutes=limit.high_delay // timedelta(minutes=1),
            recovery_margin_c=limit.recovery_margin_c,
        )


class SensorOut(BaseModel):
    """What a sensor said last, since when it has been outside the limits, since when it has been silent, whether it is
    online by its word and that of its gateway, and what is wrong with it itself."""

    sensor_id: str
    name: str
    state: ZoneState
    last_taken_at: datetime | None
    last_c: float | None
    excursion_since: datetime | None
    silent_since: datetime | None
    online: bool | None = Field(description="what it says on its status topic, or its last will; null: nothing")
    online_since: datetime | None = Field(description="since when it says so, as it was heard")
    faults: list[AlarmKind] = Field(description="what is wrong with the sensor: faulty, stuck, drifting")

    @classmethod
    def of(cls, now: SensorNow) -> Self:
        return cls(
            sensor_id=now.sensor.sensor_id,
            name=now.sensor.name,
            state=now.state,
            last_taken_at=now.heard.taken_at,
            last_c=now.heard.temperature_c,
            excursion_since=now.heard.excursion.began_at if now.heard.excursion else None,
            silent_since=now.silent_since,
            online=now.online.online if now.online else None,
            online_since=now.online.since if now.online else None,
            faults=[fault.kind for fault in now.heard.faults],
        )


class ZoneOut(BaseModel):
    """A zone as it is now. The most urgent of its sensors' states is its own; `last_c` is the latest reading."""

    zone_id: str
    name: str
    band: str
    state: ZoneState
    last_taken_at: datetime | None
    last_c: float | None
    silent_since: datetime | None = Field(description="when the sensor that has been silent longest was heard last")
    limit: LimitOut | None = Field(description="the limit in force; null: none")
    sensors: list[SensorOut]

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    @classmethod
    def of(cls, now: ZoneNow) -> Self:
        last = now.last_heard
        return cls(
            zone_id=now.zone.zone_id,
            name=now.zone.name,
            band=now.zone.band,
            state=now.state,
            last_taken_at=last.heard.taken_at if last else None,
            last_c=last.heard.temperature_c if last else None,
            silent_since=now.silent_since,
            limit=LimitOut.of(now.limit) if now.limit else None,
            sensors=[SensorOut.of(sensor) for sensor in now.sensors],
        )


@router.get("", responses=responses(NotFound))
def list_zones(
    request: Request,
    session: ReadSession,
    now: Now,
    who: Annotated[Principal, requires(Scope.ALARMS_READ)],
    warehouse_id: PathId,
    asked: Annotated[PageQuery, Query()],
) -> Page[ZoneOut]:
    """The zones of a warehouse, by id: state, last reading, limit in force and sensors."""
    warehouse = known_warehouse(session, warehouse_id)
    silent_after = request.app.state.settings.sensor_silent_after
    zones = {zone.zone.zone_id: zone for zone in zones_now(session, warehouse.warehouse_id, now, silent_after)}
    query = select(ZoneRow).where(ZoneRow.warehouse_id == warehouse.warehouse_id)
    return page_of(session, query, [ZoneRow.zone_id], asked, lambda row: ZoneOut.of(zones[row.ZoneRow.zone_id]))
