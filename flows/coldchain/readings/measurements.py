"""What sensors measure beside temperature: kept once each, and fans and coolers switched by it, in the caller's
transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import Table
from sqlalchemy.orm import Session

from data.bulk import write_rows
from data.tables import MeasurementRow
from flows.coldchain.control.deciding import control_by_measurements
from flows.coldchain.sensors.sensors import Place
from warehouse.coldchain.quantities import Measurement

MEASUREMENTS = cast(Table, MeasurementRow.__table__)
COLUMNS = ("sensor_id", "quantity", "taken_at", "value", "known_at")


def keep_measurements(
    session: Session, measurements: Sequence[Measurement], places: Mapping[str, Place], now: datetime
) -> int:
    """Keeps what sensors in `places` measured; what was kept before stays as it is. Returns how many commands fans and
    coolers are given by it."""
    if not measurements:
        return 0
    rows = [(one.sensor_id, one.quantity.value, one.taken_at, one.value, now) for one in measurements]
    write_rows(session.connection(), MEASUREMENTS, COLUMNS, rows, "ignore")
    return control_by_measurements(session, measurements, places, now)
