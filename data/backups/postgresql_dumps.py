"""A PostgreSQL database dumped by `pg_dump` while others write to it, and restored by `pg_restore`.

The tables are counted in the very snapshot that is dumped, so that what comes back can be checked to the row.
"""

import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, cast

from sqlalchemy import URL, Connection, Engine, text

from data.backups.archives import CHUNK, chunks_of
from data.backups.problems import BackupProblem
from data.database import MIGRATING

LOCKS_WAIT_MS = 60_000
TABLES = """SELECT table_schema, table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE'
    AND table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY table_schema = current_schema() DESC, 1, 2"""


@contextmanager
def snapshot(engine: Engine) -> Iterator[tuple[str, Connection]]:
    """One state of the database: the name of its snapshot for `pg_dump`, and a connection that sees it. Raises
    BackupProblem while the schema is changed: a table that is rewritten looks empty to a snapshot from before."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as beside:
        if not beside.scalar(text("SELECT pg_try_advisory_lock_shared(:lock)"), {"lock": MIGRATING}):
            raise BackupProblem("The database is being upgraded or downgraded; back it up when that has ended.")
        try:
            with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
                connection.execute(text("SET LOCAL statement_timeout = 0"))
                connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
                yield str(connection.scalar(text("SELECT pg_export_snapshot()"))), connection
        finally:
            beside.scalar(text("SELECT pg_advisory_unlock_shared(:lock)"), {"lock": MIGRATING})


def rows_by_table(connection: Connection) -> dict[str, int]:
    """How many rows each table has."""
    tables = connection.execute(text(TABLES)).all()
    ours = {schema for schema, _ in tables[:1]}
    return {
        name if schema in ours else f"{schema}.{name}": connection.scalar(
            text(f'SELECT count(*) FROM "{schema}"."{name}"')  # noqa: S608 - the catalogue's names
        )
        or 0
        for schema, name in tables
    }


def dumped(url: URL, folder: str | None, server: int, snapshot_name: str) -> Iterator[bytes]:
    """The dump (custom format) of a snapshot of the database. Raises BackupProblem, with what `pg_dump` says."""
    tool = tool_for(server, "pg_dump", folder)
    what = [f"--snapshot={snapshot_name}", "--format=custom", "--no-owner", "--no-privileges"]
    yield from _output_of([tool, *what, f"--lock-wait-timeout={LOCKS_WAIT_MS}"], url)


def restore_dump(url: URL, folder: str | None, server: int, archive: zipfile.ZipFile, name: str) -> None:
    """Brings a dump into the database, in one transaction. Raises BackupProblem, with what `pg_restore` says."""
    tool = tool_for(server, "pg_restore", folder)
    what = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    with TemporaryFile() as said:
        with subprocess.Popen(  # noqa: S603 - a program of PostgreSQL
            [tool, *what, f"--dbname={_address(url)}"], stdin=subprocess.PIPE, stderr=said, env=_environment(url)
        ) as process:
            into = cast(IO[bytes], process.stdin)
            try:
                for chunk in chunks_of(archive, name):
                    into.write(chunk)
                into.close()
            except BrokenPipeError:  # it says why it ended
                pass
            except BaseException:
                process.kill()
                raise
        _refuse_failure(process.returncode, said, "pg_restore")


def tool_for(server: int, name: str, folder: str | None) -> str:
    """Where a program of PostgreSQL is that can do with a server of this version (17, say). Raises BackupProblem,
    naming the remedy, where there is none or an older one."""
    remedy = (
        f"Install the programs of PostgreSQL {server} or later (Debian: postgresql-client-{server}), or name their "
        "folder in FRESHFRONT_POSTGRES_BIN."
    )
    found = shutil.which(name, path=folder)
    if found is None:
        where = f"in {folder}" if folder else "on this machine's PATH"
        raise BackupProblem(f"{name} was not found {where}. {remedy}")
    if version_of(found) < server:
        raise BackupProblem(f"{found} is of version {version_of(found)}, the server of {server}. {remedy}")
    return found


def version_of(tool: str) -> int:
    """The major version of a program of PostgreSQL."""
    said = subprocess.run([tool, "--version"], capture_output=True, check=True, text=True).stdout  # noqa: S603
    found = re.search(r"\) (\d+)", said)
    if found is None:
        raise BackupProblem(f"{tool} does not say its version: {said!r}")
    return int(found[1])


def server_version(connection: Connection) -> int:
    """The major version of the server."""
    return int(connection.scalar(text("SHOW server_version_num")) or 0) // 10_000


def _output_of(command: list[str], url: URL) -> Iterator[bytes]:
    with TemporaryFile() as said:
        with subprocess.Popen(  # noqa: S603 - a program of PostgreSQL
            [*command, f"--dbname={_address(url)}"], stdout=subprocess.PIPE, stderr=said, env=_environment(url)
        ) as process:
            out = cast(IO[bytes], process.stdout)
            try:
                while chunk := out.read(CHUNK):
                    yield chunk
            except BaseException:
                process.kill()
                raise
        _refuse_failure(process.returncode, said, Path(command[0]).name)


def _refuse_failure(code: int, said: IO[bytes], name: str) -> None:
    if code:
        said.seek(0)
        lines = said.read().decode(errors="replace").strip().splitlines()
        raise BackupProblem(f"{name} failed: {'; '.join(lines[:3]) or f'it ended with {code}'}")


def _address(url: URL) -> str:
    """The address as PostgreSQL's programs take it, without the password, which everyone could read there."""
    without = URL.create("postgresql", url.username, None, url.host, url.port, url.database, url.query)
    return without.render_as_string(hide_password=False)


def _environment(url: URL) -> dict[str, str]:
    return os.environ | ({"PGPASSWORD": str(url.password)} if url.password else {})
