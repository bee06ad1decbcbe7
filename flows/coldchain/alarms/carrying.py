"""Sensors that are carried into another zone: from then on what they say is judged there. What they said before stays
where it was said, and no alarm of the zone that they left ends by it, since nobody has seen that one back inside."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import ExcursionRow, SensorPlaceRow, ZoneRow
from flows.coldchain.alarms.alarm_ids import is_storable
from flows.coldchain.alarms.retiring import known_sensor
from flows.errors import NotNow, Unknown


@dataclass(frozen=True)
class Carried:
    """The zone that a sensor came from (None: it hung there already), and the alarms that it was in there and that go
    on without it."""

    from_zone_id: str | None
    alarms_left: list[str]


def carry_sensor(session: Session, sensor_id: str, zone_id: str, now: datetime) -> Carried:
    """Notes that a sensor hangs in a zone from now on. Safe to repeat: in the zone where it hangs nothing changes.

    Raises Unknown for a sensor or a zone that is not there, NotNow for a sensor that is retired."""
    sensor = known_sensor(session, sensor_id, "sensor_id")
    if not is_storable(zone_id) or session.get(ZoneRow, zone_id) is None:
        raise Unknown("Zone {zone_id!r} was not found.", zone_id=zone_id, field="zone_id")
    if sensor.retired_at is not None:
        raise NotNow(
            "Sensor {sensor_id!r} is retired and hangs nowhere. Import it anew under an id of its own.",
            sensor_id=sensor_id,
        )
    left = sensor.zone_id
    if left == zone_id:
        return Carried(None, [])
    session.add(SensorPlaceRow(sensor_id=sensor_id, until=now, zone_id=left))
    sensor.zone_id = zone_id
    going_on = select(ExcursionRow.alarm_id).where(
        ExcursionRow.sensor_id == sensor_id, ExcursionRow.zone_id == left, ExcursionRow.ended_at.is_(None)
    )
    return Carried(left, list(session.scalars(going_on.distinct().order_by(ExcursionRow.alarm_id))))
