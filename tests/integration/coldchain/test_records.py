"""Once sealed, a record that is changed, removed or put in past the application is named."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, text

from data.audit_trail import deciding
from data.database import downgrade_schema, upgrade_schema, writing
from data.deciding import Decision
from data.kept.removal import remove_warehouses
from data.pruning.ended import prune_audit, prune_commands
from data.pruning.readings import RecordAltered, prune_readings
from data.tables import ActuatorKind, AlarmRow, AuditEntryRow, Band, Base, ReadingRow, SensorPlaceRow, ZoneRow
from flows.coldchain.alarms.alarms import acknowledge_alarm
from flows.coldchain.control.actuators import Actuator, override_actuator, register_actuator
from flows.coldchain.control.commands import expire_commands
from flows.coldchain.readings.receiving import receive_readings
from flows.coldchain.records import accept_records, seal_records, verify_records, where_the_chain_ends
from flows.coldchain.rules.kept_rules import keep_rules
from flows.errors import Invalid
from flows.notifying.silences import add_silence
from tests.integration.conftest import Filling
from warehouse.coldchain.control.rule import Switch
from warehouse.coldchain.readings import Reading
from warehouse.coldchain.rules import Rules

from .conftest import keep_cold_room

NIGHT = datetime(2026, 3, 1, tzinfo=UTC)
MORNING = NIGHT + timedelta(hours=8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "apart"


@pytest.fixture
def filling(request: pytest.FixtureRequest) -> Filling:
    return _night if "night" in request.fixturenames else keep_cold_room


@pytest.fixture
def night(cold_room: Engine) -> Engine:
    """Three hours of two sensors, five minutes apart, of which S1 is too warm for the second; acknowledged by Li."""
    return cold_room


def _night(engine: Engine) -> None:
    keep_cold_room(engine)
    minutes = [(m, NIGHT + timedelta(minutes=m)) for m in range(0, 180, 5)]
    readings = [Reading("S1", moment, 9.0 if 60 <= m < 120 else 3.0) for m, moment in minutes]
    readings += [Reading("S2", moment, 3.5) for _, moment in minutes]
    receive(engine, readings, NIGHT + timedelta(hours=3))
    token = deciding.set(Decision(by="Li", operation=lambda: "acknowledge"))
    with writing(engine) as session:
        alarm_id = session.query(AlarmRow.alarm_id).scalar()
        acknowledge_alarm(session, alarm_id, "door was open", MORNING, "Li")
    deciding.reset(token)


def receive(engine: Engine, readings: list[Reading], now: datetime) -> None:
    with writing(engine) as session:
        receive_readings(session, readings, now)


def change(engine: Engine, statement: str, **values: Any) -> None:
    """As somebody does with a client of the database."""
    with engine.begin() as connection:
        assert connection.execute(text(statement), values).rowcount == 1


def problems(engine: Engine, folder: Path) -> Mapping[tuple[str, str], str]:
    return {(one.kind, one.record): one.what for one in verify_records(engine, folder).problems}


def test_a_record_that_nobody_touched_is_as_it_was_sealed(night: Engine, folder: Path) -> None:
    assert seal_records(night, MORNING, folder) > 6
    assert problems(night, folder) == {}
    assert seal_records(night, MORNING, folder) == 0, "nothing is sealed twice"
    assert verify_records(night, folder).signed


def test_a_changed_reading_is_named(night: Engine, folder: Path) -> None:
    seal_records(night, MORNING, folder)
    change(
        night,
        "UPDATE readings SET temperature_c = 4.0 WHERE sensor_id = 'S1' AND temperature_c = 9.0 AND taken_at = "
        "(SELECT min(taken_at) FROM readings WHERE sensor_id = 'S1' AND temperature_c = 9.0)",
    )
    assert problems(night, folder) == {("readings", "S1 at 2026-03-01T01:00:00.000000Z"): "was changed"}


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("DELETE FROM readings WHERE sensor_id = 'S2' AND taken_at = (SELECT max(taken_at) FROM readings)", "is gone"),
        (
            "INSERT INTO readings (sensor_id, taken_at, temperature_c, known_at) SELECT 'S3', taken_at, 3.0, known_at "
            "FROM readings WHERE sensor_id = 'S2' AND taken_at = (SELECT min(taken_at) FROM readings)",
            "was put in past the record",
        ),
        (
            "UPDATE readings SET known_at = (SELECT max(taken_at) FROM readings) WHERE sensor_id = 'S2' AND taken_at "
            "= (SELECT max(taken_at) FROM readings)",
            "was changed",
        ),
    ],
)
def test_a_reading_removed_or_put_in_or_said_to_have_come_at_another_time_is_named(
    night: Engine, folder: Path, statement: str, what: str
) -> None:
    seal_records(night, MORNING, folder)
    change(night, statement)
    (found,) = problems(night, folder).items()
    assert found[0][0] == "readings"
    assert found[1] == what


@pytest.mark.parametrize(
    ("kind", "statement"),
    [
        ("alarms", "UPDATE alarms SET worst_c = 8.0"),
        ("alarms", "UPDATE alarms SET acknowledgement_note = 'door was shut'"),
        ("alarms", "DELETE FROM alarms"),
        ("audit_entries", "UPDATE audit_entries SET by = 'Lu'"),
        ("audit_entries", "DELETE FROM audit_entries"),
    ],
)
@pytest.mark.parametrize("sealed", [True, False])
def test_a_changed_alarm_acknowledgement_or_action_is_named_from_the_moment_it_was_written(
    night: Engine, folder: Path, kind: str, statement: str, sealed: bool
) -> None:
    seal_records(night, MORNING, folder) if sealed else seal_records(night, NIGHT - timedelta(days=9), folder)
    if "DELETE FROM alarms" in statement:
        for table in ("excursions", "alarm_changes"):
            with night.begin() as connection:
                connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - our own names
    change(night, statement.replace("by =", '"by" ='))
    found = {one for one, _ in problems(night, folder)}
    assert kind in found


@pytest.mark.parametrize(
    ("kind", "subject", "changed"),
    [
        ("limits", "Z1|2020-01-01T00:00:00+00:00", "high_c = 9.0"),
        ("zone_rules", "Z1|2026-03-01T00:00:00+00:00", "rules = '{}'"),
        ("sensor_places", "S1|2026-03-01T00:00:00+00:00", "zone_id = 'Z1'"),
        ("silences", None, "reason = 'none'"),
    ],
)
def test_what_alarms_are_judged_by_and_who_was_not_told_is_sealed(
    night: Engine, folder: Path, kind: str, subject: str | None, changed: str
) -> None:
    with writing(night) as session:
        keep_rules(session, "Z1", Rules(ceiling_c=12.0), NIGHT, "Wang")
        session.add(ZoneRow(zone_id="Z2", warehouse_id="W1", name="Old", band=Band.CHILLED, x_m=0, y_m=0, width_m=1,
                            depth_m=1))  # fmt: skip
        session.flush()
        session.add(SensorPlaceRow(sensor_id="S1", until=NIGHT, zone_id="Z2"))
        row = add_silence(session, "W1", MORNING, "new evaporator", "Li", NIGHT)
        subject = subject or row.silence_id
    seal_records(night, MORNING, folder)
    assert problems(night, folder) == {}

    change(night, f"UPDATE {kind} SET {changed}")  # noqa: S608 - our own names
    assert problems(night, folder) == {(kind, subject): "was changed"}
    change(night, f"DELETE FROM {kind}")  # noqa: S608
    assert problems(night, folder) == {(kind, subject): "is gone"}


def test_what_an_older_version_did_not_seal_is_sealed_as_it_is_found(night: Engine, folder: Path) -> None:
    seal_records(night, MORNING, folder)
    downgrade_schema(night, "0049")
    change(night, "UPDATE limits SET high_c = 5.0")
    upgrade_schema(night)

    assert problems(night, folder) == {}
    seal_records(night, MORNING, folder)
    assert problems(night, folder) == {}
    change(night, "UPDATE limits SET high_c = 6.0")
    assert problems(night, folder) == {("limits", "Z1|2020-01-01T00:00:00+00:00"): "was changed"}


@pytest.mark.parametrize("sealed", [True, False])
def test_a_row_put_in_past_the_record_is_named(night: Engine, folder: Path, sealed: bool) -> None:
    seal_records(night, MORNING, folder) if sealed else seal_records(night, NIGHT - timedelta(days=9), folder)
    entries = Base.metadata.tables["audit_entries"]
    with night.begin() as connection:
        (entry,) = connection.execute(select(entries)).mappings()
        connection.execute(insert(entries).values(dict(entry) | {"entry_id": "forged", "by": "Lu"}))
    assert problems(night, folder) == {("audit_entries", "forged"): "was put in past the record"}


def test_the_removal_of_a_seal_shows_by_its_number(night: Engine, folder: Path) -> None:
    seal_records(night, MORNING, folder)
    change(night, "DELETE FROM record_seals WHERE seal_no = 3")
    assert problems(night, folder)[("record_seals", "no. 3")] == "is gone"


def test_the_removal_of_the_newest_seal_shows_where_the_chain_ends_and_in_the_head_kept_apart(
    night: Engine, folder: Path
) -> None:
    last = seal_records(night, MORNING, folder)
    change(night, "DELETE FROM record_seals WHERE seal_no = (SELECT max(seal_no) FROM record_seals)")
    of_chain = [one for one in verify_records(night, folder).problems if one.kind == "record_chain"]
    assert [(one.record, one.what) for one in of_chain] == [
        (f"no. {last}", f"is where the chain ends, but the last seal is no. {last - 1}"),
        (f"no. {last}", "is not in the chain as it was kept apart: seals were removed or made anew"),
    ]


def cut_off_the_last_seal(engine: Engine) -> None:
    """As who has the database and not the key."""
    with engine.begin() as connection:
        last = connection.execute(text("SELECT max(seal_no) FROM record_seals")).scalar()
        connection.execute(text("DELETE FROM record_seals WHERE seal_no = :no"), {"no": last})
        connection.execute(
            text("UPDATE record_chain SET seals = :no, head = (SELECT chained FROM record_seals WHERE seal_no = :no)"),
            {"no": last - 1},
        )


def remove_the_chain(engine: Engine) -> None:
    with engine.begin() as connection:
        for table in ("record_seals", "record_chain", "records_to_seal", "readings_sealed"):
            connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - our own names


def test_a_chain_cut_off_by_who_has_no_key_shows(night: Engine, folder: Path) -> None:
    seals = seal_records(night, MORNING, folder)
    cut_off_the_last_seal(night)
    found = verify_records(night, folder)
    told = {(one.record, one.what) for one in found.problems if one.kind == "record_chain"}
    assert told == {
        (f"no. {seals - 1}", "is not signed by the key of this service"),
        (f"no. {seals}", "is not in the chain as it was kept apart: seals were removed or made anew"),
    }
    assert found.signed is False


def test_a_chain_cut_off_shows_also_once_it_has_gone_on_and_is_signed_again(
    night: Engine, folder: Path, reading_at: Callable[..., Reading]
) -> None:
    seals = seal_records(night, MORNING, folder)
    with night.begin() as connection:
        kind = connection.execute(text("SELECT kind FROM record_seals WHERE seal_no = :no"), {"no": seals}).scalar()
    assert kind == "readings"
    with night.begin() as connection:
        connection.execute(text("DELETE FROM readings WHERE sensor_id = 'S2' AND taken_at >= "
                                "(SELECT at FROM record_seals WHERE seal_no = :no)"), {"no": seals})  # fmt: skip
    cut_off_the_last_seal(night)
    receive(night, [reading_at(62.5, 9.5, "S1"), reading_at(2.5, 3.0, "S1")], MORNING)
    assert seal_records(night, MORNING, folder) > 0
    assert problems(night, folder) == {
        ("record_chain", f"no. {seals}"): "is not in the chain as it was kept apart: seals were removed or made anew"
    }


@pytest.mark.parametrize("sealed_anew", [True, False])
def test_a_chain_removed_whole_shows_until_somebody_says_why(night: Engine, folder: Path, sealed_anew: bool) -> None:
    seals = seal_records(night, MORNING, folder)
    change(night, "UPDATE readings SET temperature_c = 4.0 WHERE sensor_id = 'S1' AND temperature_c = 9.0 AND taken_at "
                  "= (SELECT max(taken_at) FROM readings WHERE temperature_c = 9.0)")  # fmt: skip
    remove_the_chain(night)
    if sealed_anew:
        assert seal_records(night, MORNING, folder) > 0
    assert problems(night, folder) == {
        ("record_chain", f"no. {seals}"): "is not in the chain as it was kept apart: seals were removed or made anew"
    }
    seal_records(night, MORNING, folder)
    accept_records(night, MORNING, folder, "the sample was made anew")
    assert problems(night, folder) == {}


def test_a_head_from_elsewhere_counts_instead_of_those_of_the_folder(night: Engine, folder: Path) -> None:
    seals = seal_records(night, MORNING, folder)
    head = where_the_chain_ends(night)
    assert head is not None
    assert verify_records(night, folder, head).problems == []
    other = f"{seals}:{head[-1:] + head[-64:-1]}"
    assert [one.kind for one in verify_records(night, folder, other).problems] == ["record_chain"]
    later = f"{seals + 1}:{head[-64:]}"
    assert [one.record for one in verify_records(night, folder, later).problems] == [f"no. {seals + 1}"]
    for no_head in ("12", "x:" + head[-64:], "3:abc"):
        with pytest.raises(Invalid, match="A head is NUMBER:HASH"):
            verify_records(night, folder, no_head)


def test_a_head_that_was_not_written_to_its_end_is_written_again(night: Engine, folder: Path) -> None:
    seal_records(night, MORNING, folder)
    heads = folder / "heads.log"
    whole = heads.read_text(encoding="utf-8")
    heads.write_text(whole + whole[: len(whole) // 2], encoding="utf-8")
    assert problems(night, folder) == {}
    heads.write_text(whole[:-9], encoding="utf-8")
    assert list(problems(night, folder).values()) == [
        "was kept nowhere apart from the database: whether the last records were removed cannot be told"
    ]
    for _ in range(2):  # the first one ends the line that was cut off
        seal_records(night, MORNING, folder)
    assert problems(night, folder) == {}
    seal_records(night, MORNING, folder)
    assert len(heads.read_text(encoding="utf-8").splitlines()) == 2, "nothing is written where nothing is new"


def test_a_key_of_another_service_does_not_fit(night: Engine, folder: Path) -> None:
    seal_records(night, MORNING, folder)
    key = folder / "key"
    assert key.stat().st_mode & 0o077 == 0, "for its owner only"
    key.write_text("00" * 32, encoding="ascii")
    assert list(problems(night, folder).values()) == ["is not signed by the key of this service"]
    key.unlink()
    assert verify_records(night, folder).signed is None


@pytest.mark.parametrize(
    "what",
    [
        "records = records + 1",
        "digest = replace(digest, 'a', 'b')",
        "subject = subject || '0'",
        "kind = 'commands'",
        "columns = 'at'",
        "at = sealed_at",
        "sealed_at = at",
    ],
)
def test_a_changed_seal_shows(night: Engine, folder: Path, what: str) -> None:
    seal_records(night, MORNING, folder)
    change(night, f"UPDATE record_seals SET {what} WHERE seal_no = 2")  # noqa: S608 - our own names
    assert problems(night, folder)[("record_seals", "no. 2")] == "was changed, or follows one that is gone"


def test_readings_that_come_after_their_hour_was_sealed_are_sealed_too(
    night: Engine, folder: Path, reading_at: Callable[..., Reading]
) -> None:
    seal_records(night, MORNING, folder)
    receive(night, [reading_at(62.5, 9.5, "S1")], MORNING)
    assert problems(night, folder) == {}
    assert seal_records(night, MORNING + timedelta(hours=1), folder) > 0
    change(night, "UPDATE readings SET temperature_c = 3.0 WHERE temperature_c = 9.5")
    assert problems(night, folder) == {("readings", "S1 at 2026-03-01T01:02:30.000000Z"): "was changed"}


def test_what_comes_within_ten_minutes_after_its_hour_needs_no_seal_of_its_own(
    night: Engine, folder: Path, reading_at: Callable[..., Reading]
) -> None:
    of_the_hour = text("SELECT records FROM record_seals WHERE kind = 'readings' AND subject = 'S2' ORDER BY seal_no")
    seal_records(night, NIGHT + timedelta(hours=3, minutes=9), folder)
    receive(night, [reading_at(178, 3.5, "S2")], NIGHT + timedelta(hours=3, minutes=9))
    seal_records(night, NIGHT + timedelta(hours=3, minutes=10), folder)
    with night.connect() as connection:
        assert connection.scalars(of_the_hour).all() == [12, 12, 13]


def test_the_hour_that_goes_on_can_be_sealed_and_grows(
    night: Engine, folder: Path, reading_at: Callable[..., Reading]
) -> None:
    now = NIGHT + timedelta(hours=8, minutes=20)
    receive(night, [reading_at(485, 3.0)], now)
    seal_records(night, now, folder, to_the_last=True)
    receive(night, [reading_at(490, 3.1)], now)
    assert problems(night, folder) == {}
    seal_records(night, now + timedelta(hours=2), folder)
    assert problems(night, folder) == {}
    change(night, "UPDATE readings SET temperature_c = 3.3 WHERE temperature_c = 3.1")
    assert len(problems(night, folder)) == 1


def test_what_is_left_of_pruned_readings_is_sealed_and_altered_ones_are_not_pruned(night: Engine, folder: Path) -> None:
    seal_records(night, MORNING, folder)
    assert prune_readings(night, NIGHT + timedelta(hours=2), dry_run=False) > 0
    assert problems(night, folder) == {}
    seal_records(night, MORNING, folder)
    assert problems(night, folder) == {}
    change(night, "UPDATE reading_hours SET highest_c = 3.4 WHERE hour = (SELECT max(hour) FROM reading_hours)")
    assert [kind for kind, _ in problems(night, folder)] == ["reading_hours"]


def test_commands_and_entries_of_the_audit_trail_that_are_pruned_are_sealed_as_removed(
    night: Engine, folder: Path
) -> None:
    rule = {"start_above_c": 4.0, "stop_below_c": 3.0, "min_off_minutes": 0}
    with writing(night) as session:
        register_actuator(session, Actuator("C1", "Z1", ActuatorKind.COOLER, "Cooler", "shop/C1", rule), NIGHT)
        for minute, to in enumerate((Switch.ON, Switch.OFF, Switch.ON), 1):
            override_actuator(session, "C1", to, MORNING, None, "Li", NIGHT + timedelta(minutes=minute))
        expire_commands(session, MORNING)
    seal_records(night, MORNING, folder)

    later = MORNING + timedelta(hours=1)
    assert prune_commands(night, later, dry_run=False) == 2  # and the last one stays
    assert prune_audit(night, later, dry_run=False) >= 3
    assert problems(night, folder) == {}


def test_a_reading_that_comes_again_after_it_was_pruned_is_sealed_again(
    night: Engine, folder: Path, reading_at: Callable[..., Reading]
) -> None:
    seal_records(night, MORNING, folder)
    prune_readings(night, NIGHT + timedelta(hours=2), dry_run=False)
    seal_records(night, MORNING, folder)
    receive(night, [reading_at(65, 3.5, "S2")], MORNING)
    assert seal_records(night, MORNING, folder) > 0
    assert problems(night, folder) == {}
    change(night, "UPDATE readings SET temperature_c = 3.6 WHERE sensor_id = 'S2' AND taken_at = "
                  "(SELECT min(taken_at) FROM readings WHERE sensor_id = 'S2')")  # fmt: skip
    assert problems(night, folder) == {("readings", "S2 at 2026-03-01T01:05:00.000000Z"): "was changed"}


def test_a_whole_number_of_degrees_is_noted_as_the_database_keeps_it(night: Engine, folder: Path) -> None:
    seal_records(night, MORNING, folder)
    with writing(night) as session:
        session.query(AlarmRow).one().worst_c = 10
    assert problems(night, folder) == {}


def test_what_goes_with_its_warehouse_is_sealed_as_removed(night: Engine, folder: Path) -> None:
    seal_records(night, MORNING, folder)
    with writing(night) as session:
        remove_warehouses(session, ["W1"])
    with night.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM readings")) == 0
        assert connection.scalar(text("SELECT count(*) FROM alarms")) == 0
    assert problems(night, folder) == {}
    assert seal_records(night, MORNING, folder) > 0
    assert problems(night, folder) == {}


def test_a_row_that_the_application_removes_one_by_one_is_sealed_as_removed(night: Engine, folder: Path) -> None:
    seal_records(night, MORNING, folder)
    with writing(night) as session:
        session.delete(session.query(AuditEntryRow).one())
    assert problems(night, folder) == {}
    assert seal_records(night, MORNING, folder) == 1
    assert problems(night, folder) == {}


def test_an_hour_of_which_a_reading_was_altered_stays_and_the_others_are_pruned(night: Engine, folder: Path) -> None:
    seal_records(night, MORNING, folder)
    change(
        night,
        "UPDATE readings SET temperature_c = 3.4 WHERE sensor_id = 'S1' AND taken_at = "
        "(SELECT min(taken_at) FROM readings)",
    )
    change(
        night,
        "DELETE FROM readings WHERE sensor_id = 'S2' AND taken_at = (SELECT max(taken_at) FROM readings WHERE taken_at "
        "< :at)",
        at=NIGHT + timedelta(hours=2) if night.dialect.name == "postgresql" else "2026-03-01 02:00:00.000000",
    )
    left = "SELECT sensor_id, count(*) FROM readings GROUP BY 1 ORDER BY 1"
    for _ in range(2):  # each time it is told
        with pytest.raises(RecordAltered, match=r"1 hours .* sensor S2 at 2026-03-01 01:55:00\+00:00, which is gone"):
            prune_readings(night, NIGHT + timedelta(hours=2), dry_run=False)
        with night.connect() as connection:
            told = connection.execute(text(left)).tuples().all()
        assert dict(told) == {"S1": 36, "S2": 23}, "the alarm of S1 keeps all of its hours"
    assert len(problems(night, folder)) == 2


def test_what_contradicted_readings_is_pruned_with_them_and_sealed_as_removed(
    night: Engine, folder: Path, reading_at: Callable[..., Reading]
) -> None:
    receive(night, [reading_at(10, 7.5, "S2"), reading_at(10, 7.6, "S2"), reading_at(150, 7.5, "S2")], MORNING)
    seal_records(night, MORNING, folder)
    counted = prune_readings(night, NIGHT + timedelta(hours=2), dry_run=True)
    assert counted == 24 + 2
    assert prune_readings(night, NIGHT + timedelta(hours=2), dry_run=False) == counted
    assert prune_readings(night, NIGHT + timedelta(hours=2), dry_run=False) == 0
    with night.connect() as connection:
        left = connection.execute(text("SELECT temperature_c, count(*) FROM contradicting_readings GROUP BY 1"))
        assert left.tuples().all() == [(7.5, 1)], "beside a reading that is still there"
    assert problems(night, folder) == {}
    seal_records(night, MORNING, folder)
    assert problems(night, folder) == {}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # PostgreSQL takes moments only
def test_a_text_that_is_no_moment_is_named_and_not_stumbled_over(night: Engine, folder: Path) -> None:
    seal_records(night, MORNING, folder)
    change(night, "UPDATE readings SET taken_at = '2026-03-01 00:x0:00.000000' WHERE sensor_id = 'S2' AND taken_at = "
                  "(SELECT min(taken_at) FROM readings)")  # fmt: skip
    change(night, "UPDATE alarms SET began_at = '2026-x3-01 00:00:00.000000'")
    found = problems(night, folder)
    assert found[("readings", "S2 at 2026-03-01 00:x0:00.000000")] == "is at no moment"
    assert "cannot be read" in found.values()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("kind", "statement"),
    [
        ("reading_hours", "UPDATE reading_hours SET hour = 'x' WHERE hour = (SELECT max(hour) FROM reading_hours)"),
        ("record_seals", "UPDATE record_seals SET at = 'x' WHERE seal_no = 1"),
    ],
)
def test_a_key_or_a_seal_that_cannot_be_read_is_told_beside_the_other_problems(
    night: Engine, folder: Path, kind: str, statement: str
) -> None:
    prune_readings(night, NIGHT + timedelta(hours=1), dry_run=False)
    seal_records(night, MORNING, folder)
    change(night, "UPDATE readings SET temperature_c = 3.1 WHERE sensor_id = 'S1' AND taken_at = "
                  "(SELECT max(taken_at) FROM readings)")  # fmt: skip
    change(night, statement)
    found = problems(night, folder)
    assert "hold what cannot be read" in found[(kind, "")]
    assert "readings" in {kind for kind, _ in found}


def test_after_a_restore_the_chain_goes_on_once_somebody_says_why(night: Engine, folder: Path) -> None:
    seal_records(night, MORNING, folder)
    (folder / "heads.log").unlink()
    assert len(problems(night, folder)) == 1
    accept_records(night, MORNING, folder, "restored from the backup of Sunday")
    assert problems(night, folder) == {}


def test_many_hours_are_sealed_in_steps_and_checked_whatever_their_number(cold_room: Engine, folder: Path) -> None:
    with writing(cold_room) as session:
        session.add_all(
            ReadingRow(sensor_id="S1", taken_at=NIGHT + timedelta(minutes=40 * n), temperature_c=n % 7, known_at=NIGHT)
            for n in range(300)
        )
    assert seal_records(cold_room, NIGHT + timedelta(days=30), folder) == 200 + 1, "the limit of the room too"
    assert problems(cold_room, folder) == {}
