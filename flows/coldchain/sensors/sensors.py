"""Where sensors hang, and what the alarm engine remembers of them: taken under a lock, given back when it changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import cast

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from data.among import among
from data.bulk import write_rows
from data.tables import SensorRow, SensorStateRow, ZoneRow
from warehouse.coldchain.alarms import SensorState

NOBODY_HEARD: Mapping[str, datetime] = MappingProxyType({})
SENSOR_STATES = cast(Table, SensorStateRow.__table__)


@dataclass(frozen=True)
class Place:
    """Where a sensor hangs."""

    zone_id: str
    warehouse_id: str


def places_of_sensors(session: Session, sensor_ids: Iterable[str]) -> dict[str, Place]:
    """Where the sensors hang; one that is not known is left out."""
    session.flush()
    rows = session.connection().execute(
        select(SensorRow.sensor_id, ZoneRow.zone_id, ZoneRow.warehouse_id)
        .join(ZoneRow, ZoneRow.zone_id == SensorRow.zone_id)
        .where(among(SensorRow.sensor_id, set(sensor_ids)))
    )
    return {sensor_id: Place(zone_id, warehouse_id) for sensor_id, zone_id, warehouse_id in rows}


def locked_states(session: Session, sensor_ids: Iterable[str]) -> dict[str, SensorState]:
    """The engine's memory of the sensors; who comes second for one of them waits until the first has committed."""
    session.flush()
    connection = session.connection()  # past the session: a gateway's batch is of hundreds
    wanted = sorted(sensor_ids)  # a stable order, so that no two wait for each other
    in_order = (
        select(SensorStateRow.sensor_id, SensorStateRow.state)
        .where(among(SensorStateRow.sensor_id, wanted))
        .order_by(SensorStateRow.sensor_id)
        .with_for_update()
    )
    found = {sensor_id: SensorState.from_dict(state) for sensor_id, state in connection.execute(in_order)}
    if fresh := [sensor_id for sensor_id in wanted if sensor_id not in found]:
        rows = [(sensor_id, SensorState(sensor_id).as_dict()) for sensor_id in fresh]
        write_rows(connection, SENSOR_STATES, ["sensor_id", "state"], rows, "ignore")
        found = {sensor_id: SensorState.from_dict(state) for sensor_id, state in connection.execute(in_order)}
    return found


def keep_states(
    session: Session,
    before: Mapping[str, SensorState],
    after: Mapping[str, SensorState],
    heard_at: Mapping[str, datetime] = NOBODY_HEARD,
) -> None:
    """Keeps the states that changed, and when sensors were heard that were."""
    heard = [(sensor_id, after[sensor_id].as_dict(), at) for sensor_id, at in heard_at.items()]
    if heard:
        write_rows(session.connection(), SENSOR_STATES, ["sensor_id", "state", "heard_at"], heard)
    others = ((id, state) for id, state in after.items() if id not in heard_at and state != before[id])
    if changed := [(sensor_id, state.as_dict()) for sensor_id, state in others]:
        write_rows(session.connection(), SENSOR_STATES, ["sensor_id", "state"], changed)
