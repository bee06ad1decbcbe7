"""What sensors measure beside temperature: refused or kept as readings are, once each, and fans and coolers switched by
it, in the caller's transaction."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import Table
from sqlalchemy.orm import Session

from data.bulk import write_rows
from data.tables import MeasurementRow
from flows.coldchain.alarms.alarms import is_storable
from flows.coldchain.control.deciding import control_by_measurements
from flows.coldchain.sensors.sensors import Place, places_of_sensors
from flows.errors import Invalid, Refusal, Unknown
from warehouse.coldchain.clocks import BELIEVED_AHEAD
from warehouse.coldchain.quantities import Measurement, why_no_measurement

MEASUREMENTS = cast(Table, MeasurementRow.__table__)
COLUMNS = ("sensor_id", "quantity", "taken_at", "value", "known_at")


def why_refused(
    number: int, measurement: Measurement, sensor_ids: Collection[str], believed_until: datetime
) -> Refusal | None:
    """Why what was measured with the reading of this number is not kept, naming it in `field`; None: it is kept."""
    if measurement.sensor_id not in sensor_ids:
        said = f"Reading {number}: sensor {measurement.sensor_id!r} was not found."
        return Unknown(said, field=f"readings[{number}].sensor_id")
    if problem := why_no_measurement(measurement, believed_until):
        value = measurement.taken_at.isoformat() if problem.field == "taken_at" else f"{measurement.value:g}"
        said = f"Reading {number} of sensor {measurement.sensor_id!r}: {problem.field} {value} {problem.reason}"
        return Invalid(f"{said}. {problem.remedy}.", field=f"readings[{number}].{problem.field}")
    return None


def receive_measurements(session: Session, measured: Sequence[tuple[int, Measurement]], now: datetime) -> None:
    """Keeps what was measured with the readings of these numbers. Raises Unknown or Invalid, naming the number, before
    anything is written."""
    sensor_ids = {measurement.sensor_id for _, measurement in measured if is_storable(measurement.sensor_id)}
    known = places_of_sensors(session, sensor_ids) if sensor_ids else dict[str, Place]()
    for number, measurement in measured:
        if refusal := why_refused(number, measurement, known, now + BELIEVED_AHEAD):
            raise refusal
    keep_measurements(session, [measurement for _, measurement in measured], known, now)


def keep_measurements(
    session: Session, measurements: Sequence[Measurement], places: Mapping[str, Place], now: datetime
) -> None:
    """Keeps what sensors in `places` measured; what was kept before stays as it is."""
    if measurements:
        rows = [(one.sensor_id, one.quantity.value, one.taken_at, one.value, now) for one in measurements]
        write_rows(session.connection(), MEASUREMENTS, COLUMNS, rows, "ignore")
        control_by_measurements(session, measurements, places, now)
