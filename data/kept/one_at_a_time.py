"""Writers of the same thing that come one after the other, where none of its rows could be locked."""

from sqlalchemy import Connection, func, select


def wait_for_others(connection: Connection, thing: str) -> None:
    """Until this transaction ends nobody else who asks goes on with this thing. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"one at a time: {thing}"))))
