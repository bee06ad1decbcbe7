"""Opens the database, says whether its schema is the one this code was written for, and migrates it.

SQLite is the embedded default, PostgreSQL the real one; both come from one address (`FRESHFRONT_DATABASE_URL`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.orm import Session

from data.schema_state import SchemaIsNotCurrent

MIGRATIONS = Path(__file__).parent / "migrations"


def open_database(url: str) -> Engine:
    """An engine for `sqlite:///file` or `postgresql+psycopg://...`; creates the folder of a SQLite file.

    SQLite is opened in WAL mode with foreign keys on, and every transaction that will write starts as a writer
    (see `writing`), so that two processes wait for each other instead of failing half-way."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed, connect_args={"timeout": 60})
        event.listen(engine, "connect", _prepare_sqlite_connection)
        event.listen(engine, "begin", _begin_sqlite_transaction)
        return engine
    return create_engine(parsed, pool_pre_ping=True)


def _prepare_sqlite_connection(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN comes too late to protect a read before a write
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "cache_size=-65536"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite_transaction(connection: Any) -> None:
    writes = connection.get_execution_options().get("freshfront_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that sees one state of the database and changes nothing; what it read stays readable after it."""
    with reading_session(engine) as session:
        yield session


def reading_session(engine: Engine) -> Session:
    """The session of `reading`, for who closes it himself: without a commit whatever it might have written is
    undone."""
    if engine.dialect.name == "postgresql":  # by default each statement there sees a state of its own
        engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return Session(engine)


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """A session in one transaction: everything is kept at the end, or nothing when an error leaves it."""
    with Session(engine.execution_options(freshfront_writes=True)) as session, session.begin():
        yield session


def _alembic(engine: Engine) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = engine
    return config


def upgrade_schema(engine: Engine) -> None:
    """Brings the schema to the one that this code was written for; does nothing where it already is."""
    command.upgrade(_alembic(engine), "head")


def require_current_schema(engine: Engine) -> None:
    """Raises SchemaIsNotCurrent, saying what to run, unless the schema is the one this code was written for."""
    wanted = ScriptDirectory(str(MIGRATIONS)).get_current_head()
    with engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found != wanted:
        state = "has no Freshfront schema yet" if found is None else f"has schema {found}"
        raise SchemaIsNotCurrent(
            f"The database {engine.url.render_as_string(hide_password=True)} {state}, this version needs {wanted}. "
            "Run: freshfront db upgrade"
        )
