"""The alarms that go on, and the latest that have ended, with the words that place them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from data.among import among
from data.tables import AlarmRow, SensorRow, SensorStateRow, WarehouseRow, ZoneRow
from warehouse.coldchain.alarms import SensorState

ENDED_SHOWN = 20


@dataclass(frozen=True)
class ShownAlarm:
    """An alarm with its place, the names of the sensors in it, and what its first sensor said last."""

    alarm: AlarmRow
    zone: ZoneRow
    sensors: Sequence[str]
    warehouse: WarehouseRow
    sensor_state: SensorState | None


def active_alarms(session: Session, warehouse_id: str | None = None) -> list[ShownAlarm]:
    """Alarms that have not ended: those nobody acknowledged first, then the longest."""
    query = _alarms(warehouse_id).where(AlarmRow.ended_at.is_(None))
    query = query.order_by(AlarmRow.acknowledged_at.is_not(None), AlarmRow.began_at)
    return _rows(session, session.execute(query).tuples().all())


def ended_alarms(session: Session, warehouse_id: str | None = None) -> list[ShownAlarm]:
    """The alarms that ended last."""
    query = _alarms(warehouse_id).where(AlarmRow.ended_at.is_not(None))
    query = query.order_by(AlarmRow.ended_at.desc()).limit(ENDED_SHOWN)
    return _rows(session, session.execute(query).tuples().all())


def _alarms(warehouse_id: str | None):  # type: ignore[no-untyped-def]  # SQLAlchemy infers it, nobody can write it
    query = (
        select(AlarmRow, ZoneRow, WarehouseRow, SensorStateRow.state)
        .options(selectinload(AlarmRow.excursions))
        .join(ZoneRow, ZoneRow.zone_id == AlarmRow.zone_id)
        .join(WarehouseRow, WarehouseRow.warehouse_id == AlarmRow.warehouse_id)
        .outerjoin(SensorStateRow, SensorStateRow.sensor_id == AlarmRow.sensor_id)
    )
    return query if warehouse_id is None else query.where(AlarmRow.warehouse_id == warehouse_id)


def _rows(
    session: Session, found: Iterable[tuple[AlarmRow, ZoneRow, WarehouseRow, dict[str, Any] | None]]
) -> list[ShownAlarm]:
    sensor_ids = {sensor_id for alarm, *_ in found for sensor_id in alarm.sensor_ids}
    named = select(SensorRow.sensor_id, SensorRow.name).where(among(SensorRow.sensor_id, sensor_ids))
    names = dict(session.execute(named).tuples().all())
    return [
        ShownAlarm(
            alarm,
            zone,
            [names.get(sensor_id, sensor_id) for sensor_id in alarm.sensor_ids],
            place,
            None if state is None else SensorState.from_dict(state),
        )
        for alarm, zone, place, state in found
    ]
