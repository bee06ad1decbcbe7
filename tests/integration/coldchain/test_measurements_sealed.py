"""What sensors measure beside temperature is sealed as readings are: once its hour is sealed, a measurement that is
changed, removed, put in or exchanged with another one past the application is named."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, text, update

from data.database import downgrade_schema, upgrade_schema, writing
from data.kept.removal import remove_warehouses
from data.pruning.readings import RecordAltered, prune_readings
from data.tables import MeasurementRow
from data.tables.coldchain import MEASURED
from flows.coldchain.readings.receiving import receive_readings
from flows.coldchain.records import seal_records, verify_records
from warehouse.coldchain.quantities import OTHER_QUANTITIES, Measurement, Quantity

NIGHT = datetime(2026, 3, 1, tzinfo=UTC)
MORNING = NIGHT + timedelta(hours=8)
SEALED = NIGHT + timedelta(hours=4)
ROW = MeasurementRow


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "apart"


@pytest.fixture
def damp_night(cold_room: Engine) -> Engine:
    """Three hours of the humidity that S1 and S2 measure every ten minutes, of S1's door, and nothing else."""
    measure(cold_room, [humidity(m, 80 + m / 100, sensor) for m in range(0, 180, 10) for sensor in ("S1", "S2")])
    measure(cold_room, [Measurement("S1", Quantity.DOOR, NIGHT + timedelta(minutes=m), m % 2) for m in (61, 64)])
    return cold_room


def humidity(minute: float, percent: float, sensor_id: str = "S1") -> Measurement:
    return Measurement(sensor_id, Quantity.HUMIDITY, NIGHT + timedelta(minutes=minute), percent)


def measure(engine: Engine, measured: list[Measurement], now: datetime = NIGHT + timedelta(hours=3)) -> None:
    with writing(engine) as session:
        receive_readings(session, [], now, measured=list(enumerate(measured)))


def change(engine: Engine, minute: float, sensor_id: str = "S1", **values: Any) -> None:
    """As somebody does with a client of the database."""
    at = NIGHT + timedelta(minutes=minute)
    with engine.begin() as connection:
        which = (ROW.sensor_id == sensor_id) & (ROW.quantity == "humidity") & (ROW.taken_at == at)
        assert connection.execute(update(ROW).where(which).values(values)).rowcount == 1


def run(engine: Engine, statement: str) -> int:
    with engine.begin() as connection:
        return connection.execute(text(statement)).rowcount


def problems(engine: Engine, folder: Path) -> Mapping[str, str]:
    found = verify_records(engine, folder).problems
    assert {one.kind for one in found} <= {"measurements"}
    return {one.record: one.what for one in found}


def test_measurements_that_nobody_touched_are_as_they_were_sealed(damp_night: Engine, folder: Path) -> None:
    assert seal_records(damp_night, SEALED, folder) >= 7, "three hours of two sensors, and of a door one"
    assert problems(damp_night, folder) == {}
    assert seal_records(damp_night, SEALED, folder) == 0, "nothing is sealed twice"


def test_every_quantity_that_can_be_measured_is_sealed(cold_room: Engine, folder: Path) -> None:
    measure(cold_room, [Measurement("S1", quantity, NIGHT, 1) for quantity in OTHER_QUANTITIES])
    seal_records(cold_room, MORNING, folder)
    with cold_room.connect() as connection:
        subjects = connection.scalars(text("SELECT subject FROM record_seals WHERE kind = 'measurements'")).all()
    assert sorted(subjects) == sorted(f"S1|{quantity}" for quantity in MEASURED)


@pytest.mark.parametrize(
    "values", [{"value": 79.0}, {"known_at": NIGHT}, {"value": 80.00000000000001}], ids=["value", "when it came", "bit"]
)
def test_a_changed_measurement_is_named(damp_night: Engine, folder: Path, values: dict[str, Any]) -> None:
    seal_records(damp_night, SEALED, folder)
    change(damp_night, 0, **values)
    assert problems(damp_night, folder) == {"S1|humidity at 2026-03-01T00:00:00.000000Z": "was changed"}


def test_a_removed_measurement_is_named_the_newest_too(damp_night: Engine, folder: Path) -> None:
    seal_records(damp_night, SEALED, folder)
    newest = "SELECT max(taken_at) FROM measurements"
    assert run(damp_night, f"DELETE FROM measurements WHERE sensor_id = 'S2' AND taken_at = ({newest})") == 1  # noqa: S608
    assert problems(damp_night, folder) == {"S2|humidity at 2026-03-01T02:50:00.000000Z": "is gone"}


def test_a_whole_series_that_is_removed_is_named(damp_night: Engine, folder: Path) -> None:
    seal_records(damp_night, SEALED, folder)
    assert run(damp_night, "DELETE FROM measurements WHERE quantity = 'door'") == 2
    assert problems(damp_night, folder) == {
        "S1|door at 2026-03-01T01:01:00.000000Z": "is gone",
        "S1|door at 2026-03-01T01:04:00.000000Z": "is gone",
    }


@pytest.mark.parametrize(
    ("sensor_id", "quantity"), [("S1", "humidity"), ("S2", "door"), ("S3", "humidity"), ("S1", "no|such")]
)
def test_a_measurement_put_in_past_the_record_is_named(
    damp_night: Engine, folder: Path, sensor_id: str, quantity: str
) -> None:
    seal_records(damp_night, SEALED, folder)
    at = NIGHT + timedelta(minutes=65)
    forged = {"sensor_id": sensor_id, "quantity": quantity, "taken_at": at, "value": 1.0, "known_at": at}
    with damp_night.begin() as connection:
        connection.execute(insert(ROW).values(forged))
    named = f"{sensor_id}|{quantity} at 2026-03-01T01:05:00.000000Z"
    assert problems(damp_night, folder) == {named: "was put in past the record"}


def test_measurements_whose_moments_were_exchanged_are_named(damp_night: Engine, folder: Path) -> None:
    seal_records(damp_night, SEALED, folder)
    elsewhen = NIGHT - timedelta(days=1)
    for minute, to in ((10, elsewhen), (20, NIGHT + timedelta(minutes=10))):
        change(damp_night, minute, taken_at=to)
    change(damp_night, -24 * 60, taken_at=NIGHT + timedelta(minutes=20))
    assert problems(damp_night, folder) == {
        "S1|humidity at 2026-03-01T00:10:00.000000Z": "was changed",
        "S1|humidity at 2026-03-01T00:20:00.000000Z": "was changed",
    }


def test_a_measurement_given_to_another_sensor_is_named_in_both(damp_night: Engine, folder: Path) -> None:
    measure(damp_night, [humidity(75, 99)])
    seal_records(damp_night, SEALED, folder)
    assert run(damp_night, "UPDATE measurements SET sensor_id = 'S2' WHERE value = 99") == 1
    assert problems(damp_night, folder) == {
        "S1|humidity at 2026-03-01T01:15:00.000000Z": "is gone",
        "S2|humidity at 2026-03-01T01:15:00.000000Z": "was put in past the record",
    }


def test_measurements_that_come_after_their_hour_was_sealed_are_sealed_too(damp_night: Engine, folder: Path) -> None:
    seal_records(damp_night, SEALED, folder)
    measure(damp_night, [humidity(65, 88), humidity(60, 88)], MORNING)  # of which the second is there
    assert problems(damp_night, folder) == {}
    assert seal_records(damp_night, MORNING, folder) == 1
    change(damp_night, 65, value=80)
    assert problems(damp_night, folder) == {"S1|humidity at 2026-03-01T01:05:00.000000Z": "was changed"}


def test_pruned_measurements_are_sealed_as_removed(damp_night: Engine, folder: Path) -> None:
    seal_records(damp_night, SEALED, folder)
    before = NIGHT + timedelta(hours=2, minutes=30)  # the hour that it lies in stays
    counted = prune_readings(damp_night, before, dry_run=True)
    assert counted == 2 * 12 + 2
    assert prune_readings(damp_night, before, dry_run=False) == counted
    assert problems(damp_night, folder) == {}
    assert seal_records(damp_night, MORNING, folder) == 5
    assert problems(damp_night, folder) == {}
    change(damp_night, 120, value=1)
    assert problems(damp_night, folder) == {"S1|humidity at 2026-03-01T02:00:00.000000Z": "was changed"}


@pytest.mark.parametrize("sealed_between", [True, False])
def test_one_that_comes_again_after_it_was_pruned_is_sealed_again(
    damp_night: Engine, folder: Path, sealed_between: bool
) -> None:
    seal_records(damp_night, SEALED, folder)
    prune_readings(damp_night, NIGHT + timedelta(hours=2), dry_run=False)
    if sealed_between:
        seal_records(damp_night, MORNING, folder)
    measure(damp_night, [humidity(60, 81)], MORNING)
    assert problems(damp_night, folder) == {}
    seal_records(damp_night, MORNING, folder)
    assert problems(damp_night, folder) == {}
    change(damp_night, 60, value=82)
    assert problems(damp_night, folder) == {"S1|humidity at 2026-03-01T01:00:00.000000Z": "was changed"}


def test_an_hour_of_which_a_measurement_was_altered_is_not_pruned(damp_night: Engine, folder: Path) -> None:
    seal_records(damp_night, SEALED, folder)
    change(damp_night, 30, value=1)
    with pytest.raises(RecordAltered, match=r"1 hours .* sensor S1 humidity at 2026-03-01 00:30:00\+00:00, which was"):
        prune_readings(damp_night, NIGHT + timedelta(hours=2), dry_run=False)
    with damp_night.connect() as connection:
        left = connection.execute(text("SELECT sensor_id, count(*) FROM measurements GROUP BY 1")).tuples().all()
    assert dict(left) == {"S1": 12, "S2": 6}
    assert problems(damp_night, folder) == {"S1|humidity at 2026-03-01T00:30:00.000000Z": "was changed"}


def test_what_goes_with_its_warehouse_is_sealed_as_removed(damp_night: Engine, folder: Path) -> None:
    seal_records(damp_night, SEALED, folder)
    with writing(damp_night) as session:
        remove_warehouses(session, ["W1"])
    assert problems(damp_night, folder) == {}
    assert seal_records(damp_night, MORNING, folder) > 0
    assert problems(damp_night, folder) == {}


def test_a_record_that_was_begun_without_measurements_seals_them_as_the_upgrade_finds_them(
    damp_night: Engine, folder: Path
) -> None:
    seal_records(damp_night, SEALED, folder)
    downgrade_schema(damp_night, "0046")
    run(damp_night, "DELETE FROM record_seals WHERE kind = 'measurements'")
    change(damp_night, 10, value=70)
    upgrade_schema(damp_night)

    of_them = "SELECT count(*) FROM record_seals WHERE kind = 'measurements'"
    assert noted(damp_night) == 7
    seal_records(damp_night, SEALED, folder)
    with damp_night.connect() as connection:
        assert connection.scalar(text(of_them)) == 7
    change(damp_night, 10, value=60)
    found = {one.record for one in verify_records(damp_night, folder).problems if one.kind == "measurements"}
    assert found == {"S1|humidity at 2026-03-01T00:10:00.000000Z"}


def test_what_an_older_version_pruned_is_not_missed_afterwards(damp_night: Engine, folder: Path) -> None:
    seal_records(damp_night, SEALED, folder)
    downgrade_schema(damp_night, "0046")
    assert noted(damp_night) == 0
    run(damp_night, "DELETE FROM measurements WHERE sensor_id = 'S2'")
    upgrade_schema(damp_night)

    assert problems(damp_night, folder) == {}
    seal_records(damp_night, MORNING, folder)
    assert problems(damp_night, folder) == {}
    change(damp_night, 0, value=1)
    assert problems(damp_night, folder) == {"S1|humidity at 2026-03-01T00:00:00.000000Z": "was changed"}


def noted(engine: Engine) -> int:
    with engine.connect() as connection:
        of_them = text("SELECT count(*) FROM records_to_seal WHERE kind = 'measurements'")
        return connection.execute(of_them).scalar_one()
