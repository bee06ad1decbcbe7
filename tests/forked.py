"""Our own processes, each a copy (fork) of one that has imported all they need: real ones, which run, are killed and
leave files as ever, but that begin within milliseconds, where Python with its imports takes more than a second of CPU.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from pkgutil import resolve_name

COPIED = get_context("forkserver")
COPIED.set_forkserver_preload(
    ["tests.forked", "flows.processes.broker", "flows.processes.watcher", "flows.processes.sensor_simulator"]
)


@dataclass(frozen=True)
class CallWithSettings:
    """`function(Settings())`, the function by its name (`module:function`)."""

    function: str


class Copy:
    """A process that makes a call, with this environment, in this folder, and writes what it says to this file."""

    def __init__(self, call: CallWithSettings, environment: Mapping[str, str], folder: Path, log: Path) -> None:
        self._process = COPIED.Process(target=_make, args=(call, dict(environment), folder, log))
        self._process.start()

    def kill(self) -> None:
        self._process.kill()

    def wait(self, seconds: float) -> None:
        self._process.join(seconds)


def _make(call: CallWithSettings, environment: dict[str, str], folder: Path, log: Path) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    with log.open("ab") as file:
        for standard in (1, 2):
            os.dup2(file.fileno(), standard)
    settings = resolve_name("flows.settings:Settings")()
    resolve_name(call.function)(settings)
