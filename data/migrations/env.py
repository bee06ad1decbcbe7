"""Runs the migrations on the engine that `data.database` hands over."""

from typing import Any

from alembic import context
from sqlalchemy import Connection

from data.tables import Base


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
            raise RuntimeError(f"the upgrade would leave rows that refer to nothing in {', '.join(sorted(lost))}")


with context.config.attributes["engine"].connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        user_module_prefix="types.",
    )
    _foreign_keys(connection, "OFF")
    try:
        with context.begin_transaction():
            context.run_migrations()
            _refuse_lost_references(connection)
        connection.commit()
    finally:
        connection.rollback()
        _foreign_keys(connection, "ON")
