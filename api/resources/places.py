"""Where things are: warehouses, their zones, sensors and limits, and how their floor is walked."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from api.resources.resource import Names, Resource, ids, moments, same, updated_since
from api.security import Scope
from api.values import Identifier
from data.tables import Band, FloorPoint, FloorPointRow, LimitRow, Routing, SensorRow, WalkwayRow, WarehouseRow, ZoneRow
from flows.coldchain.sensors.online import said_of
from warehouse.coldchain.online import together

CHANGED = "2026-11-22T01:00:00Z"


class WarehouseOut(BaseModel):
    """A front warehouse; its local days follow `timezone`, it keeps the holidays of `country` and `subdivision`,
    its money is in `currency` (ISO 4217), its pickers are led by `routing`."""

    warehouse_id: str
    name: str
    names: Names
    city: str
    timezone: str
    latitude: float | None
    longitude: float | None
    opened_on: date | None
    closed_on: date | None
    address: str | None
    contact: str | None
    country: str
    subdivision: str | None
    currency: str
    routing: Routing
    updated_at: datetime

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "warehouse_id": "W01",
                    "name": "Jing'an",
                    "names": {"zh": "静安"},
                    "city": "Shanghai",
                    "timezone": "Asia/Shanghai",
                    "latitude": 31.23,
                    "longitude": 121.45,
                    "opened_on": "2025-03-01",
                    "closed_on": None,
                    "address": "18 Yuyuan Road",
                    "contact": None,
                    "country": "CN",
                    "subdivision": None,
                    "currency": "CNY",
                    "routing": "combined",
                    "updated_at": CHANGED,
                }
            ]
        }
    )


class FloorZone(BaseModel):
    """A part of a warehouse kept at one condition: a rectangle on its floor plan, in metres. The relative humidity that
    it keeps lies between two bounds; null: not known."""

    zone_id: str
    warehouse_id: str
    name: str
    names: Names
    band: Band
    x_m: float
    y_m: float
    width_m: float
    depth_m: float
    humidity_low_pct: float | None
    humidity_high_pct: float | None
    updated_at: datetime

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "zone_id": "W01-L",
                    "warehouse_id": "W01",
                    "name": "Leaf",
                    "names": {"zh": "叶菜区"},
                    "band": "leaf",
                    "x_m": 0.0,
                    "y_m": 0.0,
                    "width_m": 6.0,
                    "depth_m": 4.0,
                    "humidity_low_pct": 92.0,
                    "humidity_high_pct": 98.0,
                    "updated_at": CHANGED,
                }
            ]
        }
    )


class FloorPointOut(BaseModel):
    """Where tours begin and end, orders are packed or goods come in, in metres on the floor plan."""

    warehouse_id: str
    point: FloorPoint
    x_m: float
    y_m: float
    updated_at: datetime

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"warehouse_id": "W01", "point": "start", "x_m": 0.0, "y_m": 5.2, "updated_at": CHANGED}]
        }
    )


class WalkwayOut(BaseModel):
    """A straight piece of floor that can be walked both ways, in metres on the floor plan. Without any, aisles and the
    cross-aisles at their ends are walked."""

    warehouse_id: str
    number: int
    from_x_m: float
    from_y_m: float
    to_x_m: float
    to_y_m: float
    updated_at: datetime

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "warehouse_id": "W01",
                    "number": 1,
                    "from_x_m": 0.0,
                    "from_y_m": 5.2,
                    "to_x_m": 6.0,
                    "to_y_m": 5.2,
                    "updated_at": CHANGED,
                }
            ]
        }
    )


class PlacedSensor(BaseModel):
    """A thermometer in a zone. `interval_minutes` is how often it sends (null: as most do), `gateway` what it sends
    through (null: it sends by itself); one that was retired tells nothing any more. `online` is its word on its status
    topic and that of its gateway, since `online_since` as it was heard (null: neither says so); it changes without a
    change of `updated_at`."""

    sensor_id: str
    zone_id: str
    name: str
    names: Names
    interval_minutes: float | None
    gateway: str | None
    online: bool | None
    online_since: datetime | None
    retired_at: datetime | None
    retired_because: str | None
    replaced_by: str | None
    updated_at: datetime

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "sensor_id": "W01-L-T1",
                    "zone_id": "W01-L",
                    "name": "Leaf, door",
                    "names": {"zh": "门口探头"},
                    "interval_minutes": 5,
                    "gateway": "W01-gateway",
                    "online": True,
                    "online_since": "2026-11-20T09:14:02Z",
                    "retired_at": None,
                    "retired_because": None,
                    "replaced_by": None,
                    "updated_at": CHANGED,
                }
            ]
        },
    )


class ZoneLimit(BaseModel):
    """What a zone must keep from `valid_from` on until its next limit, and for how long it may be outside."""

    zone_id: str
    valid_from: datetime
    low_c: float | None
    high_c: float | None
    low_delay_minutes: int
    high_delay_minutes: int
    recovery_margin_c: float
    updated_at: datetime

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "zone_id": "W01-L",
                    "valid_from": "2026-01-01T00:00:00Z",
                    "low_c": 1.0,
                    "high_c": 4.0,
                    "low_delay_minutes": 30,
                    "high_delay_minutes": 30,
                    "recovery_margin_c": 0.0,
                    "updated_at": CHANGED,
                }
            ]
        }
    )


def _online(sensor: SensorRow) -> dict[str, Any]:
    said = together(said_of(sensor))
    return {"online": said.online if said else None, "online_since": said.since if said else None}


WAREHOUSES = Resource(
    path="warehouses",
    one="warehouse",
    many="warehouses",
    what="Front warehouses.",
    tag="places and products",
    row=WarehouseRow,
    shown=WarehouseOut,
    key=[WarehouseRow.warehouse_id],
    filters=[
        ids(WarehouseRow.warehouse_id),
        same(WarehouseRow.city, Identifier, "in this city"),
        updated_since(WarehouseRow),
    ],
    sorts=[WarehouseRow.plain_name, WarehouseRow.city, WarehouseRow.updated_at],
)
ZONES = Resource(
    path="zones",
    one="zone",
    many="zones",
    what="Temperature zones as they are laid out. How each is now: `GET /v1/warehouses/{warehouse_id}/zones`.",
    tag="alarms",
    row=ZoneRow,
    shown=FloorZone,
    key=[ZoneRow.zone_id],
    filters=[
        ids(ZoneRow.zone_id),
        ids(ZoneRow.warehouse_id),
        same(ZoneRow.band, Band, "of this storage condition"),
        updated_since(ZoneRow),
    ],
    sorts=[ZoneRow.warehouse_id, ZoneRow.plain_name, ZoneRow.updated_at],
    scope=Scope.ALARMS_READ,
    listed_as="list_floor_zones",
)
FLOOR_POINTS = Resource(
    path="floor-points",
    one="floor point",
    many="floor points",
    what="Where on the floors of warehouses tours begin and end, orders are packed and goods come in.",
    tag="slots and moves",
    row=FloorPointRow,
    shown=FloorPointOut,
    key=[FloorPointRow.warehouse_id, FloorPointRow.point],
    filters=[
        ids(FloorPointRow.warehouse_id),
        same(FloorPointRow.point, FloorPoint, "of this kind"),
        updated_since(FloorPointRow),
    ],
    sorts=[FloorPointRow.updated_at],
)
WALKWAYS = Resource(
    path="walkways",
    one="walkway",
    many="walkways",
    what="Pieces of warehouses' floors that can be walked, where aisles between two cross-aisles are not all.",
    tag="slots and moves",
    row=WalkwayRow,
    shown=WalkwayOut,
    key=[WalkwayRow.warehouse_id, WalkwayRow.number],
    filters=[ids(WalkwayRow.warehouse_id), updated_since(WalkwayRow)],
    sorts=[WalkwayRow.updated_at],
)
SENSORS = Resource(
    path="sensors",
    one="sensor",
    many="sensors",
    what="Thermometers.",
    tag="alarms",
    row=SensorRow,
    shown=PlacedSensor,
    key=[SensorRow.sensor_id],
    filters=[ids(SensorRow.sensor_id), ids(SensorRow.zone_id), updated_since(SensorRow)],
    sorts=[SensorRow.zone_id, SensorRow.plain_name, SensorRow.updated_at],
    scope=Scope.ALARMS_READ,
    also=_online,
)
LIMITS = Resource(
    path="limits",
    one="limit",
    many="limits",
    what="Temperatures that zones must keep, those of before too.",
    tag="alarms",
    row=LimitRow,
    shown=ZoneLimit,
    key=[LimitRow.zone_id, LimitRow.valid_from],
    filters=[
        ids(LimitRow.zone_id),
        *moments(LimitRow.valid_from, "valid_since", "valid_before", "in force from"),
        updated_since(LimitRow),
    ],
    sorts=[LimitRow.valid_from, LimitRow.updated_at],
    scope=Scope.ALARMS_READ,
)
