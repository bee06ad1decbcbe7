"""What the sensors of a gateway are judged by is remembered from batch to batch, and never for longer than it holds."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, delete, update
from sqlalchemy.orm import Session

from data.database import reading, writing
from data.tables import Band, LimitRow, SensorPlaceRow, SensorRow, WarehouseRow, ZoneRow, ZoneRulesRow
from flows.coldchain.readings.receiving import receive_readings
from flows.coldchain.rules.kept_rules import keep_rules
from flows.coldchain.sensors import sensor_places
from flows.coldchain.sensors.sensor_places import MANY, places_over_time
from warehouse.coldchain.readings import Reading
from warehouse.coldchain.rules import Rules

NIGHT = datetime(2026, 3, 1, tzinfo=UTC)
SENSORS = [f"S{n}" for n in range(1, MANY + 1)]


@pytest.fixture
def gateway(cold_room: Engine) -> Engine:
    """A cold room with as many sensors as are remembered, ruled, and an empty zone beside it."""
    with writing(cold_room) as session:
        session.add_all(SensorRow(sensor_id=one, zone_id="Z1", name=one) for one in SENSORS[2:])
        place = {"x_m": 0, "y_m": 0, "width_m": 1, "depth_m": 1}
        session.add(ZoneRow(zone_id="Z2", warehouse_id="W1", name="Meat", band=Band.CHILLED, **place))
        keep_rules(session, "Z1", Rules(ceiling_c=12.0), NIGHT, "Wang")
    return cold_room


def carry(session: Session) -> None:
    session.add(SensorPlaceRow(sensor_id="S7", until=NIGHT, zone_id="Z1"))
    session.execute(update(SensorRow).where(SensorRow.sensor_id == "S7").values(zone_id="Z2"))


CHANGES: dict[str, Callable[[Session], object]] = {
    "limit": lambda session: session.execute(update(LimitRow).values(high_c=3.0)),
    "limit removed": lambda session: session.execute(delete(LimitRow)),
    "rules": lambda session: session.execute(update(ZoneRulesRow).values(rules=Rules(ceiling_c=9.0).as_dict())),
    "clock": lambda session: session.execute(update(WarehouseRow).values(timezone="Europe/Paris")),
    "sensor carried": carry,
    "sensor retired": lambda session: session.execute(
        update(SensorRow).where(SensorRow.sensor_id == "S7").values(retired_at=NIGHT)
    ),
    "interval": lambda session: session.execute(
        update(SensorRow).where(SensorRow.sensor_id == "S7").values(interval_minutes=2.0)
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_whatever_changes_counts_for_the_next_batch(gateway: Engine, what: str) -> None:
    with reading(gateway) as session:
        before = places_over_time(session, SENSORS)
        assert places_over_time(session, SENSORS) is before, "nothing has changed"
    with writing(gateway) as session:
        CHANGES[what](session)
        within = places_over_time(session, SENSORS)  # in the transaction that changes it too
    with reading(gateway) as session:
        after = places_over_time(session, SENSORS)
        one_by_one = {sensor_id: places_over_time(session, [sensor_id])[sensor_id] for sensor_id in SENSORS}

    assert within == after == one_by_one
    assert after != before


def test_a_batch_of_a_whole_gateway_is_judged_by_the_limit_of_now(gateway: Engine) -> None:
    def raised(minute: int) -> int:
        now = NIGHT.replace(hour=minute // 60, minute=minute % 60)
        with writing(gateway) as session:
            return len(receive_readings(session, [Reading(one, now, 3.5) for one in SENSORS], now).raised)

    assert [raised(minute) for minute in (0, 20, 40)] == [0, 0, 0]
    with writing(gateway) as session:
        session.execute(update(LimitRow).values(high_c=3.0))
    assert [raised(minute) for minute in (50, 70, 85)] == [0, 0, 1]


def test_no_more_gateways_are_remembered_than_there_is_room_for(
    gateway: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sensor_places, "MANY", 1)
    monkeypatch.setattr(sensor_places, "GATEWAYS", 3)
    with reading(gateway) as session:
        for sensor_id in SENSORS:
            places_over_time(session, [sensor_id])
            assert len(sensor_places._worked_out) <= 3
