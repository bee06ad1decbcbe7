"""Runs the migrations on the engine that `data.database` hands over."""

from typing import Any

from alembic import context
from sqlalchemy import Connection, func, select, text

from data.database import MIGRATING
from data.tables import Base

WAITS_AT_MOST_S = 60  # as a writer of SQLite waits


def _foreign_keys(connection: Connection, state: str) -> None:
    """On SQLite, where most changes make a table anew, dropping the old one would delete all rows that refer to it and
    go with what they refer to. It can be said between transactions only, so the driver's connection is told."""
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        driver.execute(f"PRAGMA foreign_keys={state}")


def _refuse_lost_references(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        lost = {row[0] for row in connection.exec_driver_sql("PRAGMA foreign_key_check")}
        if lost:
            raise RuntimeError(f"this would leave rows that refer to nothing in {', '.join(sorted(lost))}")


def _one_at_a_time(connection: Connection) -> None:
    """Two that change the schema, or one beside a backup, come one after the other: the second sees what the first has
    done. SQLite has one writer. How long a statement may take is no matter here, and how long one waits is."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        connection.execute(text(f"SET LOCAL lock_timeout = '{WAITS_AT_MOST_S}s'"))
        connection.execute(select(func.pg_advisory_xact_lock(MIGRATING)))


with context.config.attributes["engine"].execution_options(freshfront_writes=True).connect() as connection:
    _foreign_keys(connection, "OFF")
    try:
        with connection.begin():
            _one_at_a_time(connection)
            context.configure(
                connection=connection,
                target_metadata=Base.metadata,
                render_as_batch=connection.dialect.name == "sqlite",
                compare_type=True,
                user_module_prefix="types.",
            )
            context.run_migrations()
            _refuse_lost_references(connection)
    finally:
        _foreign_keys(connection, "ON")
