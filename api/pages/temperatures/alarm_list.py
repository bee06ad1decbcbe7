"""The alarms that go on, and the latest that have ended, with the words that place them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import AlarmRow, SensorRow, SensorStateRow, WarehouseRow, ZoneRow
from warehouse.coldchain.alarms import SensorState

ENDED_SHOWN = 20


@dataclass(frozen=True)
class ShownAlarm:
    """An alarm with its place, and what its sensor said last."""

    alarm: AlarmRow
    zone: ZoneRow
    sensor: SensorRow
    warehouse: WarehouseRow
    sensor_state: SensorState | None


def active_alarms(session: Session, warehouse_id: str | None = None) -> list[ShownAlarm]:
    """Alarms that have not ended: those nobody acknowledged first, then the longest."""
    query = _alarms(warehouse_id).where(AlarmRow.ended_at.is_(None))
    return _rows(session.execute(query.order_by(AlarmRow.acknowledged_at.is_not(None), AlarmRow.began_at)).tuples())


def ended_alarms(session: Session, warehouse_id: str | None = None) -> list[ShownAlarm]:
    """The alarms that ended last."""
    query = _alarms(warehouse_id).where(AlarmRow.ended_at.is_not(None))
    return _rows(session.execute(query.order_by(AlarmRow.ended_at.desc()).limit(ENDED_SHOWN)).tuples())


def _alarms(warehouse_id: str | None):  # type: ignore[no-untyped-def]  # SQLAlchemy infers it, nobody can write it
    query = (
        select(AlarmRow, ZoneRow, SensorRow, WarehouseRow, SensorStateRow.state)
        .join(ZoneRow, ZoneRow.zone_id == AlarmRow.zone_id)
        .join(SensorRow, SensorRow.sensor_id == AlarmRow.sensor_id)
        .join(WarehouseRow, WarehouseRow.warehouse_id == AlarmRow.warehouse_id)
        .outerjoin(SensorStateRow, SensorStateRow.sensor_id == AlarmRow.sensor_id)
    )
    return query if warehouse_id is None else query.where(AlarmRow.warehouse_id == warehouse_id)


def _rows(
    found: Iterable[tuple[AlarmRow, ZoneRow, SensorRow, WarehouseRow, dict[str, Any] | None]],
) -> list[ShownAlarm]:
    return [
        ShownAlarm(alarm, zone, sensor, place, None if state is None else SensorState.from_dict(state))
        for alarm, zone, sensor, place, state in found
    ]
