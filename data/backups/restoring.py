"""A database made from a backup, in an empty place, and what came back checked against what was written.

All that can be found wrong is found before anything is written: the file is read whole, its kind, schema and place are
looked at. Then it comes back whole or not at all: SQLite's file gets its name when it was checked, PostgreSQL restores
in one transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

from sqlalchemy import Connection, Engine, create_engine, text

from data.backups import postgresql_dumps, sqlite_files
from data.backups.archives import check_whole, manifest_of, opened
from data.backups.backing_up import DATABASE
from data.backups.manifest import Manifest
from data.backups.problems import BackupProblem
from data.database import knows_schema, newest_schema
from data.kept.event_numbers import begin_above_what_was_told


@dataclass(frozen=True)
class Restored:
    """What a backup held, all of which is there, and whether its schema is an older one."""

    manifest: Manifest
    is_older: bool


def restore(
    engine: Engine, backup: Path, beside: Mapping[str, Path] | None = None, tools: str | None = None
) -> Restored:
    """Restores a backup into the database's place, and files in it to where `beside` says by name; a file that is in
    the backup and not among them is left in it.

    Raises BackupProblem, which says whether something was written."""
    manifest = manifest_of(backup)
    _refuse_another_kind(engine, manifest)
    check_whole(backup, manifest)
    files = {name: place for name, place in (beside or {}).items() if name in manifest.files}
    for place in files.values():
        sqlite_files.refuse_unless_empty(place)
    with opened(backup) as archive:
        try:
            if manifest.database == "sqlite":
                _sqlite(Path(str(engine.url.database)), archive, manifest)
            else:
                _postgresql(engine, archive, manifest, tools)
            for name, place in files.items():
                with sqlite_files.unpacked(archive, name, place):
                    pass
        except OSError as error:
            raise BackupProblem(f"The backup could not be restored: {error.strerror or error}.") from error
    return Restored(manifest, manifest.schema != newest_schema())


def _refuse_another_kind(engine: Engine, manifest: Manifest) -> None:
    if engine.dialect.name != manifest.database:
        raise BackupProblem(
            f"The backup is of a {manifest.database} database, FRESHFRONT_DATABASE_URL names a {engine.dialect.name} "
            "one: name one of the backup's kind."
        )
    if not knows_schema(manifest.schema):
        raise BackupProblem(
            f"The backup has schema {manifest.schema}, which this version does not know (its own is "
            f"{newest_schema()}): restore it with the version that made it, or a newer one."
        )


def _sqlite(place: Path, archive: ZipFile, manifest: Manifest) -> None:
    sqlite_files.refuse_unless_empty(place)
    with sqlite_files.unpacked(archive, f"{DATABASE}.sqlite", place) as partial:
        _check(manifest, sqlite_files.schema_of(partial), sqlite_files.rows_by_table(partial), "Nothing was restored.")
        engine = create_engine(f"sqlite:///{partial}")
        with engine.begin() as connection:
            begin_above_what_was_told(connection)
        engine.dispose()


def _postgresql(engine: Engine, archive: ZipFile, manifest: Manifest, tools: str | None) -> None:
    with engine.connect() as connection:
        if there := postgresql_dumps.rows_by_table(connection):
            raise BackupProblem(
                f"The database holds {len(there)} tables already ({next(iter(there))}, ...): restore into an empty "
                "one, made with: createdb NAME"
            )
        server = postgresql_dumps.server_version(connection)
    if server < int(manifest.version):
        raise BackupProblem(
            f"The backup is from PostgreSQL {manifest.version}, this server is of version {server}: restore it on "
            f"PostgreSQL {manifest.version} or later."
        )
    needed = max(server, int(manifest.tool_version or server))
    postgresql_dumps.restore_dump(engine.url, tools, needed, archive, f"{DATABASE}.dump")
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        drop = "The database is there but is not what was backed up: drop it."
        _check(manifest, _revision(connection), postgresql_dumps.rows_by_table(connection), drop)
        begin_above_what_was_told(connection)


def _revision(connection: Connection) -> str:
    return str(connection.scalar(text("SELECT version_num FROM alembic_version")))


def _check(manifest: Manifest, schema: str, rows: Mapping[str, int], what_now: str) -> None:
    """Raises BackupProblem unless the schema and the number of rows of every table are what was written."""
    if schema != manifest.schema:
        raise BackupProblem(f"The backup should have schema {manifest.schema} and has {schema}. {what_now}")
    for table in sorted({*rows, *manifest.rows}):
        if rows.get(table) != manifest.rows.get(table):
            raise BackupProblem(
                f"Of {table} there should be {manifest.rows.get(table, 'no table')} rows and there are "
                f"{rows.get(table, 'no such table')}. {what_now}"
            )
