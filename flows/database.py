"""The database that the settings name, for a step or a command."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from data.database import open_database
from flows.settings import Settings


@contextmanager
def database() -> Iterator[Engine]:
    """The database that the settings name; its connections are closed at the end."""
    engine = open_database(Settings().database_url.get_secret_value())
    try:
        yield engine
    finally:
        engine.dispose()
