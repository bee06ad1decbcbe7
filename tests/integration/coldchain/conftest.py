"""A chilled zone with two sensors and a limit of 0..4 C for half an hour; readings of it in short."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from data.database import writing
from data.tables import Band, Limit, Sensor, Warehouse, Zone
from warehouse.coldchain.readings import Reading

NIGHT = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def cold_room(engine: Engine) -> Engine:
    """The engine of a database in which the zone and its sensors S1 and S2 are."""
    keep_cold_room(engine)
    return engine


@pytest.fixture
def reading_at() -> Callable[..., Reading]:
    """`reading_at(minute, temperature_c, sensor_id)`: a reading so many minutes into the night."""

    def reading_at(minute: float, temperature_c: float, sensor_id: str = "S1") -> Reading:
        return Reading(sensor_id, NIGHT + timedelta(minutes=minute), temperature_c)

    return reading_at


def keep_cold_room(engine: Engine) -> None:
    with writing(engine) as session:
        session.add(Warehouse(warehouse_id="W1", name="Riverside", city="Hangzhou", timezone="Asia/Shanghai"))
        session.flush()
        session.add(
            Zone(zone_id="Z1", warehouse_id="W1", name="Dairy", band=Band.CHILLED, x_m=0, y_m=0, width_m=5, depth_m=4)
        )
        session.flush()
        session.add_all(Sensor(sensor_id=f"S{n}", zone_id="Z1", name=f"Door {n}") for n in (1, 2))
        session.add(
            Limit(
                zone_id="Z1",
                valid_from=datetime(2020, 1, 1, tzinfo=UTC),
                low_c=0.0,
                high_c=4.0,
                low_delay_minutes=30,
                high_delay_minutes=30,
            )
        )
