"""Sensors of a zone are compared: one that says the same for long, while others move, may be stuck."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, select, update

from data.database import reading, writing
from data.tables import AlarmRow, Band, ExcursionRow, SensorRow, ZoneRow
from flows.coldchain.alarms.comparing import compare_neighbours
from flows.coldchain.readings.receiving import receive_readings
from warehouse.coldchain.readings import Reading

NIGHT = datetime(2026, 3, 1, tzinfo=UTC)
LAST = NIGHT + timedelta(minutes=240)


def heard(engine: Engine, first: int, last: int, *, moving: bool) -> None:
    """S1 says 3.30 each minute, its neighbour something else each time, or the same too."""
    said = [
        Reading(sensor_id, NIGHT + timedelta(minutes=minute), celsius)
        for minute in range(first, last)
        for sensor_id, celsius in (("S1", 3.3), ("S2", 3.0 + minute % 7 / 10 if moving else 3.0))
    ]
    with writing(engine) as session:
        receive_readings(session, said, said[-1].taken_at)


def stuck(engine: Engine) -> list[tuple[str, datetime | None]]:
    with reading(engine) as session:
        rows = session.execute(
            select(ExcursionRow.sensor_id, AlarmRow.ended_at)
            .join(AlarmRow, AlarmRow.alarm_id == ExcursionRow.alarm_id)
            .where(AlarmRow.kind == "stuck")
        )
        return list(rows.tuples())


def test_the_same_value_240_times_while_a_neighbour_moves_is_told_once_and_ends_with_another(cold_room: Engine) -> None:
    heard(cold_room, 0, 239, moving=True)
    assert compare_neighbours(cold_room, LAST).raised == []
    heard(cold_room, 239, 240, moving=True)

    assert [len(compare_neighbours(cold_room, LAST).raised) for _ in range(2)] == [1, 0]
    assert stuck(cold_room) == [("S1", None)]
    with writing(cold_room) as session:
        receive_readings(session, [Reading("S1", LAST, 3.4)], LAST)
    assert stuck(cold_room) == [("S1", LAST)]


def test_where_no_neighbour_moves_nobody_can_tell(cold_room: Engine) -> None:
    heard(cold_room, 0, 240, moving=False)

    assert compare_neighbours(cold_room, LAST).raised == []


def test_a_sensor_of_another_zone_is_no_neighbour(cold_room: Engine) -> None:
    with writing(cold_room) as session:
        place = {"warehouse_id": "W1", "band": Band.CHILLED, "x_m": 5, "y_m": 0, "width_m": 5, "depth_m": 4}
        session.add(ZoneRow(zone_id="Z2", name="Fruit", **place))
        session.flush()
        session.execute(update(SensorRow).where(SensorRow.sensor_id == "S2").values(zone_id="Z2"))
    heard(cold_room, 0, 240, moving=True)

    assert compare_neighbours(cold_room, LAST).raised == []


def test_a_sensor_that_is_retired_is_compared_no_more(cold_room: Engine) -> None:
    heard(cold_room, 0, 240, moving=True)
    with writing(cold_room) as session:
        session.execute(update(SensorRow).where(SensorRow.sensor_id == "S1").values(retired_at=LAST))

    assert compare_neighbours(cold_room, LAST).raised == []
