"""Opens the database, says whether its schema is the one this code was written for, and migrates it.

SQLite is the embedded default, PostgreSQL the real one; both come from one address (`FRESHFRONT_DATABASE_URL`).
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from data.audit_trail import begin_decision, keep_decision
from data.connection_pool import ClosingPool
from data.records import noting as noting  # what is written to the record is noted
from data.schema_state import DatabaseIsNotUtf8, SchemaIsNotCurrent

MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATING = 24_110_002  # PostgreSQL's name for the lock of who changes the schema; SQLite has one writer anyway
EMPTY = "base"  # Alembic's word for the schema of an empty database


# a server that cannot be reached, or went away, is noticed within half a minute, by whoever waits for it
POSTGRES_IS_GONE = {
    "connect_timeout": 5,  # seconds
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,  # milliseconds
}


@dataclass(frozen=True)
class Waiting:
    """How long a database may keep somebody waiting, in seconds; None: for ever, as what trains and plans needs it (of
    SQLite, which has one writer, a minute)."""

    lock: float | None = None
    statement: float | None = None
    connection: float = 30.0  # for one of the pool that is free


def open_database(url: str, waiting: Waiting = Waiting()) -> Engine:
    """An engine for `sqlite:///file` or `postgresql+psycopg://...`; creates the folder of a SQLite file.

    SQLite is opened in WAL mode with foreign keys on, and every transaction that will write starts as a writer
    (see `writing`), so that two processes wait for each other instead of failing half-way. Who has waited longer than
    `waiting` says is told by an OperationalError (a TimeoutError of SQLAlchemy where no connection is free).
    A database of PostgreSQL that cannot hold every name is refused on connecting, by DatabaseIsNotUtf8."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        path = Path(parsed.database) if parsed.database and parsed.database != ":memory:" else None
        engine = create_engine(
            parsed,
            poolclass=ClosingPool if path else None,
            connect_args={"timeout": waiting.lock or 60},
            pool_timeout=waiting.connection,
        )
        if path:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            event.listen(engine, "do_connect", lambda *_: _for_its_owner_only(path))  # not before it is wanted
        event.listen(engine, "connect", _prepare_sqlite_connection)
        event.listen(engine, "begin", _begin_sqlite_transaction)
        return engine
    ends = {"lock_timeout": waiting.lock, "statement_timeout": waiting.statement}
    options = [f"-c {name}={round(seconds * 1000)}" for name, seconds in ends.items() if seconds is not None]
    if said := parsed.query.get("options"):
        options.append(str(said))  # the last one counts
    engine = create_engine(
        parsed,
        poolclass=ClosingPool,
        pool_pre_ping=True,
        pool_timeout=waiting.connection,
        connect_args=POSTGRES_IS_GONE | {"options": " ".join(options)},
    )
    event.listen(engine, "connect", _refuse_other_encodings, insert=True)  # before SQLAlchemy reads text from it
    return engine


def _refuse_other_encodings(connection: Any, _record: Any) -> None:
    encoding = connection.info.parameter_status("server_encoding")
    if encoding not in ("UTF8", None):  # None: a pool of connections before the server may not tell
        name, owner = connection.info.dbname, connection.info.user
        connection.close()  # a pool forgets what it could not prepare
        raise DatabaseIsNotUtf8(
            f"The database {name} keeps text as {encoding}, not as UTF8, as PostgreSQL makes databases where no "
            "language is set. Make it anew and name it in FRESHFRONT_DATABASE_URL: "
            f"createdb --template=template0 --encoding=UTF8 --locale=C.UTF-8 --owner={owner} NAME"
        )


def _for_its_owner_only(path: Path) -> None:
    """Creates the file, empty, and shuts out others of this machine: SQLite gives its other files the same rights."""
    for file in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
        if file == path and not file.exists():
            file.touch(mode=0o600)
        with suppress(FileNotFoundError):  # SQLite removes the others with the last connection, of any process
            found = file.stat()
            if found.st_mode & 0o077 and found.st_uid == os.getuid():
                file.chmod(0o600)


def _prepare_sqlite_connection(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN comes too late to protect a read before a write
    # FULL: what was committed, and so acknowledged, outlives a power failure; it costs a write one wait for the disk
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "cache_size=-65536"):
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
    """A session in one transaction: everything is kept at the end, or nothing when an error leaves it.
    What somebody decided in it stands in the audit trail then (data/deciding.py)."""
    begin_decision()
    with Session(engine.execution_options(freshfront_writes=True)) as session, session.begin():
        yield session
        keep_decision(session)


def _alembic(engine: Engine) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = engine
    return config


def upgrade_schema(engine: Engine) -> None:
    """Brings the schema to the one that this code was written for; does nothing where it already is.

    Of two that try at once, one waits for the other. Raises SchemaIsNotCurrent for a newer schema, or where the other
    takes longer than anyone waits."""
    refuse_newer_schema(engine)
    _migrate(engine, command.upgrade, newest_schema())


def downgrade_schema(engine: Engine, revision: str) -> None:
    """Takes the schema back to a revision. Raises as `upgrade_schema` does."""
    refuse_newer_schema(engine)
    _migrate(engine, command.downgrade, revision)


def _migrate(engine: Engine, move: Callable[[Config, str], None], revision: str) -> None:
    try:
        move(_alembic(engine), revision)
    except OperationalError as error:
        if "locked" in str(error.orig) or "lock timeout" in str(error.orig):
            raise SchemaIsNotCurrent(
                f"{_name(engine)} is being upgraded, downgraded or backed up by another process. Wait until that has "
                "ended, and try again."
            ) from error
        raise


def schema_of(engine: Engine) -> str | None:
    """The revision of the database's schema; None: it has none yet."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest_schema() -> str:
    """The revision that this code was written for."""
    return str(_scripts().get_current_head())


def knows_schema(revision: str) -> bool:
    """Whether this code can upgrade from a revision, or take it back."""
    return revision in {script.revision for script in _scripts().walk_revisions()}


def losses_between(newer: str, older: str) -> list[str]:
    """What going back from one revision to an older one loses, in words, the newest first."""
    steps = _scripts().iterate_revisions(newer, older)
    return [str(lost) for step in steps if (lost := getattr(step.module, "LOST_GOING_BACK", None))]


def older_schemas(revision: str) -> list[str]:
    """The revisions before one, the latest first."""
    return [step.revision for step in _scripts().iterate_revisions(revision, EMPTY) if step.revision != revision]


@cache  # finding them loads each: longer than most requests take
def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(MIGRATIONS))


def _name(engine: Engine) -> str:
    return f"The database {engine.url.render_as_string(hide_password=True)}"


def refuse_newer_schema(engine: Engine) -> None:
    """Raises SchemaIsNotCurrent where a newer version has made the schema."""
    found = schema_of(engine)
    if found is not None and not knows_schema(found):
        raise SchemaIsNotCurrent(
            f"{_name(engine)} has schema {found}, which a newer version of Freshfront made; this one knows "
            f"up to {newest_schema()}. Run the newer version, or take the schema back with it: "
            f"freshfront db downgrade {newest_schema()}"
        )


def require_some_schema(engine: Engine) -> None:
    """Raises SchemaIsNotCurrent where there is none: the database is empty, or is not Freshfront's."""
    if schema_of(engine) is None:
        raise SchemaIsNotCurrent(f"{_name(engine)} has no Freshfront schema yet. Run: freshfront db upgrade")


def require_current_schema(engine: Engine) -> None:
    """Raises SchemaIsNotCurrent, saying what to run, unless the schema is the one this code was written for."""
    found, wanted = schema_of(engine), newest_schema()
    if found == wanted:
        return
    require_some_schema(engine)
    refuse_newer_schema(engine)
    raise SchemaIsNotCurrent(
        f"{_name(engine)} has schema {found}, this version needs {wanted}. Run: freshfront db upgrade"
    )
