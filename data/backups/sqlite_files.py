"""A SQLite file copied while others write to it, and put in its place again.

The copy is one state of the database: a reader's snapshot is held while its pages are copied, which keeps no writer
waiting (WAL).
"""

import os
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from data.backups.archives import OWNER_ONLY, chunks_of, keep_name
from data.backups.problems import BackupProblem

PAGES_AT_ONCE = 5_000  # of 4 KiB; between two rounds a Ctrl-C is heard
BESIDE = ("-wal", "-shm", "-journal")


@contextmanager
def copied(source: Path, to: Path) -> Iterator[Path]:
    """A copy at `to`, one file without a log beside it, gone when the context is left. Raises BackupProblem where the
    source is damaged or the disk full."""
    to.unlink(missing_ok=True)
    try:
        os.close(os.open(to, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY))
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True, timeout=60)) as read,
            closing(sqlite3.connect(to)) as written,
        ):
            read.isolation_level = None
            read.execute("BEGIN")
            read.execute("SELECT count(*) FROM sqlite_master").fetchone()  # the snapshot begins with the first read
            read.backup(written, pages=PAGES_AT_ONCE)
            written.execute("PRAGMA journal_mode=DELETE")
            _refuse_damage(written, source)
        yield to
    except sqlite3.Error as error:
        raise BackupProblem(f"{source} could not be copied to {to.parent}: {error}.") from error
    finally:
        _remove(to)


def rows_by_table(path: Path) -> dict[str, int]:
    """How many rows each table of a file has."""
    with closing(sqlite3.connect(path)) as connection:
        names = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY 1"
        ).fetchall()
        counted = (connection.execute(f'SELECT count(*) FROM "{name}"').fetchone() for (name,) in names)  # noqa: S608
        return {name: rows for (name,), (rows,) in zip(names, counted, strict=True)}


def refuse_unless_empty(path: Path) -> None:
    """Raises BackupProblem unless nothing is at the path: no file, or one without tables."""
    left = [path.with_name(path.name + end) for end in BESIDE if path.with_name(path.name + end).exists()]
    if path.exists() and path.stat().st_size and rows_by_table(path):
        raise BackupProblem(f"{path} holds a database already: restore into an empty place, or move it away.")
    if left and not path.exists():
        raise BackupProblem(f"{left[0]} is there without its database, and would be taken for a part of another: "
                            "move it away.")  # fmt: skip


@contextmanager
def unpacked(archive: zipfile.ZipFile, name: str, place: Path) -> Iterator[Path]:
    """The file of a backup beside its `place`, which it takes when the context is left without an error; whole or not
    at all. Raises BackupProblem where it is damaged."""
    partial = place.with_name(f"{place.name}.partial")
    place.parent.mkdir(parents=True, exist_ok=True)
    _remove(partial)
    try:
        with os.fdopen(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY), "wb") as file:
            for chunk in chunks_of(archive, name):
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        with closing(sqlite3.connect(partial)) as connection:
            _refuse_damage(connection, partial, "integrity_check")
        yield partial
        refuse_unless_empty(place)
        _remove(place)
        partial.rename(place)
        keep_name(place.parent)
    except sqlite3.Error as error:
        raise BackupProblem(f"{name} could not be restored to {place}: {error}.") from error
    finally:
        _remove(partial)


def _refuse_damage(connection: sqlite3.Connection, path: Path, how: str = "quick_check") -> None:
    found = [str(row[0]) for row in connection.execute(f"PRAGMA {how}")]
    if found != ["ok"]:
        raise BackupProblem(f"{path} is damaged ({found[0]}): restore the last good backup of it.")
    if lost := connection.execute("PRAGMA foreign_key_check").fetchone():
        raise BackupProblem(f"{path} is damaged: rows of {lost[0]} refer to rows of {lost[2]} that are not there.")


def _remove(path: Path) -> None:
    for end in ("", *BESIDE):
        path.with_name(path.name + end).unlink(missing_ok=True)


def schema_of(path: Path) -> str:
    """The revision of a file's schema."""
    with closing(sqlite3.connect(path)) as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])
