"""Sensors that tell nothing any more: broken, replaced by another, taken down. What they were in ends with a note."""

from datetime import datetime

from sqlalchemy.orm import Session

from data.tables import SensorRow
from flows.coldchain.alarms.alarm_ids import is_storable
from flows.coldchain.alarms.alarms import LONGEST_NOTE, AlarmsChanged, end_excursions_of
from flows.errors import Invalid, Unknown


def retire_sensor(
    session: Session, sensor_id: str, reason: str, now: datetime, by: str, replaced_by: str | None = None
) -> AlarmsChanged:
    """Retires a sensor, for a reason: from now on it is judged no more and is not missed, and the alarms that it alone
    was in end. Its readings stay, and late ones from before are judged still. Safe to repeat: the first one stays.

    Raises Unknown for a sensor that is not there, Invalid without a reason, and for a sensor in its place that is
    itself or retired."""
    if not reason.strip() or len(reason) > LONGEST_NOTE or not is_storable(reason):
        raise Invalid(
            "Say why the sensor is retired, in at most {longest_note} characters.",
            longest_note=LONGEST_NOTE,
            field="reason",
        )
    sensor = known_sensor(session, sensor_id, "sensor_id")
    if sensor.retired_at is not None:
        return AlarmsChanged()
    if replaced_by is not None and (
        replaced_by == sensor_id or known_sensor(session, replaced_by, "replaced_by").retired_at
    ):
        raise Invalid(
            "Sensor {replaced_by!r} cannot take its place: it is retired itself.",
            replaced_by=replaced_by,
            field="replaced_by",
        )
    changed = end_excursions_of(session, sensor_id, _note(sensor_id, reason.strip(), replaced_by), now, by)
    sensor.retired_at, sensor.retired_because, sensor.replaced_by = now, reason.strip(), replaced_by
    return changed


def known_sensor(session: Session, sensor_id: str, field: str) -> SensorRow:
    """The sensor, locked. Raises Unknown."""
    sensor = session.get(SensorRow, sensor_id, with_for_update=True) if is_storable(sensor_id) else None
    if sensor is None:
        raise Unknown("Sensor {sensor_id!r} was not found.", sensor_id=sensor_id, field=field)
    return sensor


def _note(sensor_id: str, reason: str, replaced_by: str | None) -> str:
    what = "retired" if replaced_by is None else f"replaced by {replaced_by}"
    return f"Sensor {sensor_id} was {what}: {reason}"[:LONGEST_NOTE]
