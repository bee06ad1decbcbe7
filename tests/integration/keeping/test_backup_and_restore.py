"""Backups: of a database that others write to, cut short, tampered with, into a place that is not empty."""

import json
import os
import resource
import signal
import sqlite3
import stat
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import PIPE, Popen

import pytest
from sqlalchemy import Engine, func, select, text

from data.backups.archives import MANIFEST, new_archive
from data.backups.backing_up import back_up
from data.backups.problems import BackupProblem
from data.backups.restoring import restore
from data.database import MIGRATING, open_database, reading, require_current_schema, schema_of, writing
from data.kept.event_numbers import next_event_number
from data.schema_state import SchemaIsNotCurrent
from data.tables import OutboxEventRow, ReadingRow
from flows.coldchain.readings.receiving import receive_readings
from flows.keeping.backing_up import back_up_by_schedule
from flows.keeping.kept_backups import backup_named
from flows.settings import Settings
from tests.integration.conftest import new_postgres_database
from tests.integration.keeping.conftest import empty_like
from tests.integration.keeping.rows_everywhere import contents, fill_every_table
from warehouse.coldchain.readings import Reading

NOON = datetime(2026, 11, 27, 4, tzinfo=UTC)
Tools = dict[int, str | None]


@pytest.fixture
def filling() -> Callable[[Engine], None]:
    return fill_every_table


@pytest.fixture
def place(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Iterator[Engine]:
    """An empty place to restore into, of the same kind as the database."""
    with empty_like(database_url, tmp_path / "elsewhere" / "freshfront.sqlite", request) as engine:
        yield engine


@pytest.fixture
def tools(postgres_programs: Tools) -> str | None:
    return postgres_programs[18]


class Sensor:
    """Sends readings to a warehouse, and knows which of them were acknowledged."""

    def __init__(self, engine: Engine, sensor_id: str) -> None:
        self.engine, self.sensor_id = engine, sensor_id
        self.acknowledged: list[datetime] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._send)

    def __enter__(self) -> "Sensor":
        self._thread.start()
        while len(self.acknowledged) < 5:
            assert self._thread.is_alive()
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _send(self) -> None:
        while not self._stop.is_set():
            taken_at = NOON + timedelta(seconds=len(self.acknowledged))
            with writing(self.engine) as session:
                receive_readings(session, [Reading(self.sensor_id, taken_at, 3.0)], taken_at)
            self.acknowledged.append(taken_at)


def test_a_region_that_is_backed_up_in_the_middle_of_a_day_comes_back_whole(
    engine: Engine, place: Engine, tools: str | None, tmp_path: Path
) -> None:
    file = tmp_path / "noon.backup"
    with writing(engine) as session:
        session.execute(text("DELETE FROM sensor_states"))  # both sensors are new
        session.execute(text("DELETE FROM zone_rules"))  # the usual rules hold, not those of a column's kind
    others = contents(engine)
    with Sensor(engine, "sensor_id1") as one, Sensor(engine, "sensor_id2") as two:
        before = {sensor.sensor_id: list(sensor.acknowledged) for sensor in (one, two)}
        manifest = back_up(engine, file, NOON, tools=tools)
        time.sleep(0.1)  # the day goes on
    after = {sensor.sensor_id: set(sensor.acknowledged) for sensor in (one, two)}
    with engine.begin() as connection:  # what is restored is not what is still there
        connection.execute(text("DELETE FROM plan_line_edits"))

    restore(place, file, tools=tools)

    require_current_schema(place)
    restored = contents(place)
    written = ("readings", "sensor_states", "alarms", "outbox_events", "event_numbers")
    assert {table for table in others if table not in written and restored[table] != others[table]} == set()
    assert {name: len(rows) for name, (_, rows) in restored.items() if name != "event_numbers"} == {
        name: rows for name, rows in manifest.rows.items() if name not in ("event_numbers", "alembic_version")
    }
    with reading(place) as session:
        for sensor_id, acknowledged in before.items():
            kept = set(session.scalars(select(ReadingRow.taken_at).where(ReadingRow.sensor_id == sensor_id)))
            assert set(acknowledged) <= kept
            assert {taken_at for taken_at in kept if taken_at >= NOON} <= after[sensor_id]


def test_events_told_after_the_backup_leave_their_numbers_to_nobody_else(
    engine: Engine, place: Engine, tools: str | None, tmp_path: Path
) -> None:
    back_up(engine, tmp_path / "b", NOON, tools=tools)
    with reading(engine) as session:
        cursor = next_event_number(session) + 400  # of a reader that was told 400 more before it was lost

    restore(place, tmp_path / "b", tools=tools)

    with reading(place) as session:
        assert next_event_number(session) > cursor
        assert session.scalar(select(func.count()).select_from(OutboxEventRow)) == 2


@contextmanager
def file_of_a_row(folder: Path, *, row: str) -> Iterator[Path]:
    """A SQLite file with one text in it."""
    with closing(sqlite3.connect(folder / "broker.sqlite")) as connection:
        connection.execute("CREATE TABLE messages (payload TEXT)")
        connection.execute("INSERT INTO messages VALUES (?)", (row,))
        connection.commit()
        yield folder / "broker.sqlite"


def test_what_the_built_in_broker_holds_goes_with_the_database(sqlite: Engine, elsewhere: Engine, tmp_path) -> None:
    with file_of_a_row(tmp_path, row="3.5 C") as broker:
        back_up(sqlite, tmp_path / "b", NOON, {"broker.sqlite": broker})
        with pytest.raises(BackupProblem, match="holds a database already"):
            restore(elsewhere, tmp_path / "b", {"broker.sqlite": broker})
        assert not Path(str(elsewhere.url.database)).exists()

    restore(elsewhere, tmp_path / "b", {"broker.sqlite": tmp_path / "new" / "broker.sqlite"})

    with closing(sqlite3.connect(tmp_path / "new" / "broker.sqlite")) as connection:
        assert connection.execute("SELECT payload FROM messages").fetchall() == [("3.5 C",)]


def test_the_schedule_s_backup_removes_old_ones_once_it_is_there(sqlite: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    settings = Settings(backup_folder=str(folder), mqtt_url="mqtt://elsewhere")
    old = backup_named(folder, NOON - timedelta(days=800))
    back_up(sqlite, old, NOON)
    damaged = open_database(f"sqlite:///{tmp_path / 'none.sqlite'}")
    with pytest.raises(SchemaIsNotCurrent):
        back_up_by_schedule(damaged, NOON, settings)
    assert old.exists()
    damaged.dispose()
    left_over = folder / "freshfront-x.backup.partial"
    left_over.touch()
    os.utime(left_over, (0, 0))

    back_up_by_schedule(sqlite, NOON, settings)

    assert list(folder.iterdir()) == [backup_named(folder, NOON)]


# what follows is the same on both kinds of database, and tried on the one that needs no server


@pytest.fixture
def sqlite(filled_sqlite: Callable[[Callable[[Engine], None]], Path], tmp_path: Path) -> Iterator[Engine]:
    path = tmp_path / "freshfront.sqlite"
    path.write_bytes(filled_sqlite(fill_every_table).read_bytes())
    engine = open_database(f"sqlite:///{path}")
    yield engine
    engine.dispose()


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'elsewhere' / 'freshfront.sqlite'}")
    yield engine
    engine.dispose()


def nothing_at(engine: Engine) -> bool:
    return list(Path(str(engine.url.database)).parent.iterdir()) == []


def test_only_its_owner_reads_a_backup_and_none_is_written_over(sqlite: Engine, tmp_path: Path) -> None:
    file = tmp_path / "b"
    back_up(sqlite, file, NOON)
    first = file.read_bytes()

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(BackupProblem, match="is not written over"):
        back_up(sqlite, file, NOON)
    assert file.read_bytes() == first


def test_two_backups_to_one_file_do_not_mix(sqlite: Engine, tmp_path: Path) -> None:
    with new_archive(tmp_path / "b"), pytest.raises(BackupProblem, match="is being written already"):
        back_up(sqlite, tmp_path / "b", NOON)


def test_a_full_disk_is_a_sentence_and_leaves_no_file(sqlite: Engine, tmp_path: Path) -> None:
    was = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, was[1]))
    try:
        with pytest.raises(BackupProblem, match=r"full: |could not be (written|copied) to"):
            back_up(sqlite, tmp_path / "full" / "b", NOON)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, was)
    assert list((tmp_path / "full").iterdir()) == []


STOPS_BEFORE_THE_END = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
import data.backups.{module} as module
from data.database import open_database
def stop(*_):
    print("there", flush=True)
    time.sleep(60)
module.{function} = stop
"""
BACKS_UP = """
from data.backups.backing_up import back_up
back_up(open_database(sys.argv[1]), Path(sys.argv[2]), datetime.now(UTC))
"""
RESTORES = """
from data.backups.restoring import restore
restore(open_database(sys.argv[1]), Path(sys.argv[2]))
"""


def killed(module: str, function: str, does: str, *given: str) -> None:
    """Runs it until the function would be called, and kills it there with -9."""
    script = STOPS_BEFORE_THE_END.format(module=module, function=function) + does
    with Popen([sys.executable, "-c", script, *given], stdout=PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        assert process.stdout.readline() == "there\n"
        process.send_signal(signal.SIGKILL)


def test_a_killed_backup_has_no_name_and_the_next_takes_its_place(sqlite: Engine, tmp_path: Path) -> None:
    file = tmp_path / "backups" / "b"
    killed("sqlite_files", "_refuse_damage", BACKS_UP, str(sqlite.url), str(file))
    assert not file.exists()

    back_up(sqlite, file, NOON)

    assert [path.name for path in file.parent.iterdir()] == ["b"]


def test_a_killed_restore_leaves_nothing_and_is_done_again(sqlite: Engine, elsewhere: Engine, tmp_path: Path) -> None:
    back_up(sqlite, tmp_path / "b", NOON)
    killed("restoring", "_check", RESTORES, str(elsewhere.url), str(tmp_path / "b"))
    assert not Path(str(elsewhere.url.database)).exists()

    restore(elsewhere, tmp_path / "b")

    assert [path.name for path in (tmp_path / "elsewhere").iterdir()] == ["freshfront.sqlite"]


@pytest.mark.parametrize("how", ["cut short", "a byte changed", "not a backup", "empty"])
def test_a_file_that_is_not_whole_is_not_restored(sqlite: Engine, elsewhere: Engine, tmp_path: Path, how: str) -> None:
    file = tmp_path / "b"
    back_up(sqlite, file, NOON)
    whole = bytearray(file.read_bytes())
    if how == "a byte changed":
        whole[len(whole) // 2] ^= 1
    broken = {"cut short": whole[: len(whole) * 2 // 3], "not a backup": b"PK or not", "empty": b""}
    file.write_bytes(broken.get(how, whole))

    with pytest.raises(BackupProblem, match=r"take another|no whole"):
        restore(elsewhere, file)

    assert nothing_at(elsewhere)


def rewritten(file: Path, **values: object) -> None:
    """The manifest says something else, and all that it says of files is true."""
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[MANIFEST] = json.dumps(json.loads(parts[MANIFEST]) | values).encode()
    with zipfile.ZipFile(file, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"schema": "9999"}, "does not know"),
        ({"format": 2}, "has format 2"),
        ({"database": "postgresql"}, "one of the backup's kind"),
        ({"rows": {"products": 3}}, "should be"),
        ({"what": "tar"}, "not that of a Freshfront backup"),
    ],
)
def test_a_backup_that_does_not_fit_is_not_restored(
    sqlite: Engine, elsewhere: Engine, tmp_path: Path, said: dict[str, object], why: str
) -> None:
    back_up(sqlite, tmp_path / "b", NOON)
    rewritten(tmp_path / "b", **said)

    with pytest.raises(BackupProblem, match=why):
        restore(elsewhere, tmp_path / "b")

    assert nothing_at(elsewhere)


def test_a_place_that_holds_data_stays_as_it_is(engine: Engine, tools: str | None, tmp_path: Path) -> None:
    back_up(engine, tmp_path / "b", NOON, tools=tools)
    before = contents(engine)

    with pytest.raises(BackupProblem, match="already"):
        restore(engine, tmp_path / "b", tools=tools)

    assert contents(engine) == before


@pytest.fixture
def postgres(request: pytest.FixtureRequest) -> Iterator[Engine]:
    template = request.getfixturevalue("migrated_postgres").database
    with new_postgres_database(request.getfixturevalue("postgres_admin"), template) as url:
        engine = open_database(url.render_as_string(hide_password=False))
        yield engine
        engine.dispose()


def test_programs_that_are_missing_or_older_than_the_server_are_named(
    postgres: Engine, postgres_programs: Tools, tmp_path: Path
) -> None:
    for folder, said in ((str(tmp_path), "pg_dump was not found"), (postgres_programs[16], "is of version 16")):
        with pytest.raises(BackupProblem, match=rf"{said}.*FRESHFRONT_POSTGRES_BIN"):
            back_up(postgres, tmp_path / "b", NOON, tools=folder)
    assert not (tmp_path / "b").exists()


def test_a_database_whose_schema_is_being_changed_is_not_backed_up(
    postgres: Engine, tools: str | None, tmp_path: Path
) -> None:
    with postgres.begin() as upgrading:
        upgrading.execute(select(func.pg_advisory_xact_lock(MIGRATING)))
        with pytest.raises(BackupProblem, match="being upgraded"):
            back_up(postgres, tmp_path / "b", NOON, tools=tools)


def test_a_restore_that_fails_leaves_an_empty_postgresql(
    postgres: Engine, tools: str | None, postgres_admin: Engine, tmp_path: Path
) -> None:
    back_up(postgres, tmp_path / "b", NOON, tools=tools)
    with new_postgres_database(postgres_admin) as url:
        there = open_database(url.render_as_string(hide_password=False))
        with there.begin() as connection:  # it is no table, and keeps one of the dump from being made
            connection.execute(text("CREATE TYPE products AS (n int)"))
        with pytest.raises(BackupProblem, match="pg_restore failed"):
            restore(there, tmp_path / "b", tools=tools)
        assert schema_of(there) is None
        there.dispose()
