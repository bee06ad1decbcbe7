"""A backup of a running database: one state of it, with what tells later whether all of it came back.

Besides the database it holds the files that are given with it, SQLite files too: they are copied first, so that what
moves from one of them into the database meanwhile is in both and not in neither.
"""

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine

from data.backups import postgresql_dumps, sqlite_files
from data.backups.archives import Archive, chunks_of_file, new_archive, partial_of
from data.backups.manifest import Manifest
from data.backups.problems import BackupProblem
from data.database import require_some_schema

DATABASE = "database"  # the name of its copy in a backup, with an end that says of which kind


def back_up(
    engine: Engine, to: Path, now: datetime, beside: Mapping[str, Path] | None = None, tools: str | None = None
) -> Manifest:
    """Writes a backup of the database, and of the SQLite files `beside` it by name, to a new file; returns what it
    holds. `tools`: the folder of PostgreSQL's programs.

    Raises BackupProblem, SchemaIsNotCurrent where there is no schema, or SQLAlchemyError where the database is away;
    then there is no file."""
    require_some_schema(engine)
    try:
        with new_archive(to) as archive:
            for name, file in (beside or {}).items():
                with sqlite_files.copied(file, _copy_of(to)) as copy:
                    archive.add(name, chunks_of_file(copy))
            if engine.dialect.name == "sqlite":
                return archive.finish(_sqlite(engine, archive, _copy_of(to), now))
            return archive.finish(_postgresql(engine, archive, tools, now))
    except OSError as error:
        raise BackupProblem(f"The backup could not be written to {to}: {error.strerror or error}. Nothing of it is "
                            "left; make room, or name another place.") from error  # fmt: skip


def _copy_of(to: Path) -> Path:
    return partial_of(to).with_suffix(".sqlite")


def _sqlite(engine: Engine, archive: Archive, copy: Path, now: datetime) -> Manifest:
    with sqlite_files.copied(Path(str(engine.url.database)), copy):
        archive.add(f"{DATABASE}.sqlite", chunks_of_file(copy))
        schema = sqlite_files.schema_of(copy)
        return Manifest(now, "sqlite", sqlite3.sqlite_version, schema, sqlite_files.rows_by_table(copy))


def _postgresql(engine: Engine, archive: Archive, tools: str | None, now: datetime) -> Manifest:
    with postgresql_dumps.snapshot(engine) as (name, connection):
        server = postgresql_dumps.server_version(connection)
        tool = postgresql_dumps.tool_for(server, "pg_dump", tools)
        dump = postgresql_dumps.dumped(engine.url, tools, server, name)
        archive.add(f"{DATABASE}.dump", dump, compress=False)  # which is compressed
        schema = str(MigrationContext.configure(connection).get_current_revision())
        rows = postgresql_dumps.rows_by_table(connection)
        version = str(postgresql_dumps.version_of(tool))
        return Manifest(now, "postgresql", str(server), schema, rows, tool_version=version)
