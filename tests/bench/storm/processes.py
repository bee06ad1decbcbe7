"""Processes that are started again when they die, as whatever supervises a machine does, and how the ones below them
are found. Only what was started here is ever signalled, by its id."""

import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

LOOK_EVERY: Final = 0.1
PAUSE: Final = 1.0  # before something is started again
END_TAKES_AT_MOST: Final = 20.0


class KeptProcess:
    """A process that is started again a second after it dies."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        folder: Path,
        log: Path,
        environment: Mapping[str, str],
        user: str | None,
    ) -> None:
        self.name, self._command, self._folder, self._log = name, list(command), folder, log
        self._environment, self._user = os.environ | dict(environment), user
        self._running: subprocess.Popen[bytes] | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep, name=name)

    @property
    def pid(self) -> int | None:
        """Its id, while it lives."""
        running = self._running
        return running.pid if running is not None and running.poll() is None else None

    def start(self) -> None:
        """Starts it, and keeps it."""
        self._start()
        self._thread.start()

    def kill(self) -> None:
        """As `kill -9` does."""
        if self._running is not None and self.pid is not None:
            self._running.kill()

    def end(self) -> None:
        """Tells it to end, and kills it where it does not."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._running is None:
            return
        below = descendants(self._running.pid)
        self._running.terminate()
        try:
            self._running.wait(END_TAKES_AT_MOST)
        except subprocess.TimeoutExpired:
            self._running.kill()
            self._running.wait()
        for pid in below:
            if is_ours(pid, below):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def _keep(self) -> None:
        while not self._stop.wait(LOOK_EVERY):
            if self.pid is None:
                if self._stop.wait(PAUSE):
                    return
                self._start()

    def _start(self) -> None:
        with self._log.open("ab") as log:
            self._running = subprocess.Popen(  # noqa: S603 - our own commands
                self._command,
                cwd=self._folder,
                env=self._environment,
                user=self._user,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


def descendants(pid: int) -> dict[int, str]:
    """What a process has started, and that again: command lines by id."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError, IndexError):
            stat = (folder / "stat").read_text()
            children.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(folder.name))
    found: dict[int, str] = {}
    waiting = list(children.get(pid, []))
    while waiting:
        one = waiting.pop()
        found[one] = command_line(one)
        waiting += children.get(one, [])
    return found


def command_line(pid: int) -> str:
    """The command line of a process; empty where there is none any more."""
    try:
        return (Path("/proc") / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def is_ours(pid: int, seen: Mapping[int, str]) -> bool:
    """Whether an id still is the process that was seen under it."""
    return bool(seen[pid]) and command_line(pid) == seen[pid]
