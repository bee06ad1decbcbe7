"""The alarms that go on, and the latest that have ended, with the words that place them."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import Alarm, Sensor, SensorState, Warehouse, Zone

ENDED_SHOWN = 20


@dataclass(frozen=True)
class AlarmRow:
    """An alarm with its place; `last_c` is what the sensor said last."""

    alarm: Alarm
    zone: Zone
    sensor: Sensor
    warehouse: Warehouse
    last_c: float | None


def active_alarms(session: Session, warehouse_id: str | None = None) -> list[AlarmRow]:
    """Alarms that have not ended: those nobody acknowledged first, then the longest."""
    query = _alarms(warehouse_id).where(Alarm.ended_at.is_(None))
    return _rows(session.execute(query.order_by(Alarm.acknowledged_at.is_not(None), Alarm.began_at)).tuples())


def ended_alarms(session: Session, warehouse_id: str | None = None) -> list[AlarmRow]:
    """The alarms that ended last."""
    query = _alarms(warehouse_id).where(Alarm.ended_at.is_not(None))
    return _rows(session.execute(query.order_by(Alarm.ended_at.desc()).limit(ENDED_SHOWN)).tuples())


def _alarms(warehouse_id: str | None):  # type: ignore[no-untyped-def]  # SQLAlchemy infers it, nobody can write it
    query = (
        select(Alarm, Zone, Sensor, Warehouse, SensorState.state)
        .join(Zone, Zone.zone_id == Alarm.zone_id)
        .join(Sensor, Sensor.sensor_id == Alarm.sensor_id)
        .join(Warehouse, Warehouse.warehouse_id == Alarm.warehouse_id)
        .outerjoin(SensorState, SensorState.sensor_id == Alarm.sensor_id)
    )
    return query if warehouse_id is None else query.where(Alarm.warehouse_id == warehouse_id)


def _rows(found: Iterable[tuple[Alarm, Zone, Sensor, Warehouse, dict[str, float] | None]]) -> list[AlarmRow]:
    return [
        AlarmRow(alarm, zone, sensor, place, (state or {}).get("last_c")) for alarm, zone, sensor, place, state in found
    ]
