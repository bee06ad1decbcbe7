"""What follows from imported sensors: one that comes with another zone than before was carried there now."""

from dataclasses import replace
from typing import cast

from sqlalchemy import Connection, Table

from data.bulk import write_rows
from data.importers.followed_kind import FollowedKind
from data.importers.kinds.place_kinds import SENSORS
from data.importers.rows.known import Known
from data.importers.rows.records import Records
from data.tables import SensorPlaceRow

PLACES = cast(Table, SensorPlaceRow.__table__)


def followed_sensors() -> FollowedKind:
    """Sensors whose earlier zones are kept: what they said there stays with them."""
    return FollowedKind(replace(SENSORS, keep=_keep))


def _keep(connection: Connection, records: Records, known: Known) -> None:
    before = known.ids("sensors")
    carried = [
        (sensor_id, known.now, before[sensor_id])
        for sensor_id, zone_id in records.good("sensor_id", "zone_id")
        if before.get(sensor_id, zone_id) != zone_id
    ]
    write_rows(connection, PLACES, ["sensor_id", "until", "zone_id"], carried, "ignore")
    SENSORS.keep(connection, records, known)
