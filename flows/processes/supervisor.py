"""Keeps child processes running: starts them, starts again what dies, and ends them all, whatever ends the supervisor.

Every child has its log file and a session of its own, so that Ctrl-C reaches the supervisor alone and it ends the
children in order. Where the supervisor itself is killed, Linux ends the children.
"""

import ctypes
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import httpx

from data.languages import in_one_paragraph, say

LOOK_EVERY = 0.2  # seconds
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # before a child is started again
LIVED_LONG_ENOUGH = 60.0  # after which its next death counts as the first
END_TAKES_AT_MOST = 8.0  # seconds for all children together; then they are killed
HEAD_START = 0.5  # before the next child is told to end too
LAST_LINES = 12
HEARD_BY = "FRESHFRONT_PREPARED_BY"  # names the pipe by which what prepares says that nobody need wait any more

_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Child:
    """A process to keep running. `after`: an address that must answer before it is started. `at_once`: it does not wait
    for the preparation, which may need it. `prepares`: it runs once, shown to the user, and the others wait until it
    has done its work or says that what is left of it can be done beside them (`nobody_need_wait`)."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    after: str | None = None
    at_once: bool = False
    prepares: bool = False


class Supervisor:
    """Starts children in the order given and ends them in the opposite one. `say` prints a line for the user."""

    def __init__(self, children: Sequence[Child], log_folder: Path, say: Callable[[str], None]) -> None:
        self._children, self._log_folder, self._say = children, log_folder, say
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._started_at: dict[str, float] = {}
        self._start_at: dict[str, float] = {child.name: 0.0 for child in children}
        self._pause: dict[str, float] = {child.name: FIRST_PAUSE for child in children}
        self._stop = threading.Event()
        self._to_prepare = {child.name for child in children if child.prepares}
        self._heard: dict[str, int] = {}  # pipes from those that prepare
        self._code = 0

    def run(self, ready_at: str | None = None, ready: Callable[[], None] = lambda: None) -> int:
        """Runs until SIGINT or SIGTERM (returns 0), or until what prepares has failed (returns its exit code). Calls
        `ready` once when the address `ready_at` answers."""
        before = {number: signal.signal(number, self._on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
        self._log_folder.mkdir(parents=True, exist_ok=True)
        for child in self._children:
            if (log := self._log(child)).exists():
                log.replace(log.with_suffix(".log.1"))  # the run before this one
        told = ready_at is None
        try:
            while not self._stop.is_set():
                for child in self._children:
                    self._look_after(child)
                if not told and ready_at is not None and not self._to_prepare and answers(ready_at):
                    told = True
                    ready()
                self._stop.wait(LOOK_EVERY)
            return self._code
        finally:
            self._end_all()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _on_signal(self, number: int, frame: object) -> None:
        if self._stop.is_set():  # asked twice: do not wait for anybody
            for process in self._running.values():
                _signal_group(process, signal.SIGKILL)
        self._stop.set()

    def _look_after(self, child: Child) -> None:
        """Starts the child if it is due, and notes its death."""
        process = self._running.get(child.name)
        if process is None:
            may_start = child.at_once or not self._to_prepare or child.name in self._to_prepare
            due = time.monotonic() >= self._start_at[child.name]
            if may_start and due and (child.after is None or answers(child.after)):
                self._start(child)
            return
        ended = process.poll() is not None
        if child.prepares and self._need_not_wait(child, ended):
            self._to_prepare.discard(child.name)
        if not ended:
            return
        del self._running[child.name]
        _signal_group(process, signal.SIGKILL)  # what it had started itself
        if child.prepares and process.returncode >= 0:
            self._note_preparation(child, process.returncode)
        else:
            self._plan_restart(child, process.returncode)

    def _need_not_wait(self, child: Child, ended: bool) -> bool:
        """Whether what prepares has said so since the last look."""
        pipe = self._heard[child.name]
        try:
            said = os.read(pipe, 1) != b""
        except BlockingIOError:
            said = False
        if ended:
            os.close(self._heard.pop(child.name))
        return said

    def _note_preparation(self, child: Child, code: int) -> None:
        """What prepares is over for good, unless it was killed: what it failed at, which it has told the user, it would
        fail at again. While others wait for it, that ends everything."""
        self._start_at[child.name] = math.inf
        if code == 0:
            self._to_prepare.discard(child.name)
        elif child.name in self._to_prepare:
            self._code = code
            self._stop.set()
        else:
            self._say(
                say("The {name} ended ({code}); what was left of its work is not done.", name=child.name, code=code)
            )

    def _plan_restart(self, child: Child, code: int) -> None:
        """The pause before a child is started again doubles with every death, unless it had lived for a while."""
        how = say("was ended by signal {signal}", signal=-code) if code < 0 else say("ended ({code})", code=code)
        if time.monotonic() - self._started_at[child.name] > LIVED_LONG_ENOUGH:
            self._pause[child.name] = FIRST_PAUSE
        pause = self._pause[child.name]
        self._pause[child.name] = min(2 * pause, LONGEST_PAUSE)
        self._start_at[child.name] = time.monotonic() + pause
        told = [say("The {name} {how}; again in {pause:.0f} s.", name=child.name, how=how, pause=pause)]
        if not child.prepares:
            log, lines = self._log(child), self._last_lines(child)
            told.append(say("The last lines of {log}:{lines}", log=log, lines=lines))
        self._say(in_one_paragraph(told))

    def _start(self, child: Child) -> None:
        with ExitStack() as ours:
            environment, pipes = os.environ | dict(child.environment), list[int]()
            log = None if child.prepares else ours.enter_context(self._log(child).open("ab"))
            if child.prepares:
                self._heard[child.name], says_by = os.pipe()
                os.set_blocking(self._heard[child.name], False)
                ours.callback(os.close, says_by)
                environment[HEARD_BY] = str(says_by)
                pipes.append(says_by)
            self._running[child.name] = subprocess.Popen(  # noqa: S603 - our own commands
                list(child.command),
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=pipes,
                start_new_session=True,
                preexec_fn=_end_with_the_supervisor if _LIBC else None,
            )
        self._started_at[child.name] = time.monotonic()

    def _end_all(self) -> None:
        until = time.monotonic() + END_TAKES_AT_MOST
        ending = [child for child in reversed(self._children) if child.name in self._running]
        for child in ending:
            process = self._running[child.name]
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(HEAD_START)
        for child in ending:
            process = self._running[child.name]
            try:
                process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                self._say(say("The {name} does not end by itself and is killed.", name=child.name))
            _signal_group(process, signal.SIGKILL)
            process.wait()

    def _log(self, child: Child) -> Path:
        return self._log_folder / f"{child.name}.log"

    def _last_lines(self, child: Child) -> str:
        with self._log(child).open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - 10_000))
            lines = log.read().decode(errors="replace").splitlines()[-LAST_LINES:]
        return "".join(f"\n    {line}" for line in lines)


def nobody_need_wait() -> None:
    """Called in a child that prepares: what is left of its work can be done beside the others."""
    if (pipe := os.environ.pop(HEARD_BY, None)) is not None:
        os.write(int(pipe), b".")
        os.close(int(pipe))


def answers(address: str) -> bool:
    """Whether a GET of the address is answered with a 2xx within a second."""
    try:
        return _client().get(address).is_success
    except httpx.HTTPError:
        return False


@cache
def _client() -> httpx.Client:
    """One for all questions: making one loads certificates, which takes longer than asking."""
    return httpx.Client(timeout=1.0, trust_env=False)


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """To the child and whatever it started: its session has its pid for a group."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _end_with_the_supervisor() -> None:
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
