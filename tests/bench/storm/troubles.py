"""What befalls the installation: kills at random moments, and in turn a full disk, a database that is away, one that is
read-only, and a clock that jumps. Which when follows from the seed."""

import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from tests.bench.storm.databases import Database
from tests.bench.storm.installation import Installation
from tests.bench.storm.machine import Clock, SmallDisk

# as shares of the storm: when each begins, within which share of that, and how long it lasts at most (seconds, share)
BEGINS: Final = {"full disk": 0.13, "away": 0.36, "read-only": 0.6, "clock": 0.76}
JITTER: Final = 0.05
LASTS: Final = {"full disk": (20, 0.1), "away": (30, 0.15), "read-only": (15, 0.08), "clock": (40, 0.15)}
JUMPS: Final = (-300, 3600)  # seconds: behind, then ahead
KILL_EVERY: Final = 9.0  # seconds, on average


@dataclass
class Troubles:
    """Makes trouble for so many seconds. `kills` are the moments (monotonic) by target."""

    installation: Installation
    database: Database
    disk: SmallDisk
    clock: Clock
    seconds: float
    seed: int
    say: Callable[[str], None]
    kills: list[tuple[float, str]] = field(default_factory=list)
    seconds_of: dict[str, float] = field(default_factory=dict)
    _calm: threading.Event = field(default_factory=threading.Event)
    _away: threading.Event = field(default_factory=threading.Event)

    def make(self) -> None:
        """Makes all of it; returns when the storm is over and everything is given back."""
        threads = [threading.Thread(target=self._kill), threading.Thread(target=self._phases)]
        for thread in threads:
            thread.start()
        try:
            time.sleep(self.seconds)
        finally:  # Ctrl-C too ends it
            self._calm.set()
            for thread in threads:
                thread.join()

    def _phases(self) -> None:
        chance = random.Random(self.seed)  # noqa: S311 - moments
        begun = time.monotonic()
        phases: dict[str, Callable[[], AbstractContextManager[None]]] = {
            "full disk": self._full_disk,
            "away": self._database_away,
            "read-only": self.database.read_only,
            "clock": self._clock_that_jumps,
        }
        for name, phase in phases.items():
            at = begun + self.seconds * (BEGINS[name] + chance.uniform(0, JITTER))
            if self._calm.wait(max(0.0, at - time.monotonic())):
                return
            most, share = LASTS[name]
            self.say(f"{name} ...")
            entered = time.monotonic()
            with phase():
                self._calm.wait(min(most, share * self.seconds))
            self.seconds_of[name] = time.monotonic() - entered
            self.say(f"{name} is over")

    @contextmanager
    def _full_disk(self) -> Iterator[None]:
        full = threading.Event()

        def keep_full() -> None:  # what others delete is taken too
            while not full.wait(0.2):
                self.disk.fill()

        filled = self.disk.fill()
        self.say(f"the disk is full, {filled >> 20} MB were free")
        thread = threading.Thread(target=keep_full)
        thread.start()
        yield
        full.set()
        thread.join()
        self.disk.free()

    @contextmanager
    def _database_away(self) -> Iterator[None]:
        self._away.set()
        with self.database.away():
            yield
        self._away.clear()

    @contextmanager
    def _clock_that_jumps(self) -> Iterator[None]:
        lasts = min(LASTS["clock"][0], LASTS["clock"][1] * self.seconds) / 2
        self.clock.set_ahead(JUMPS[0])
        self._calm.wait(lasts)
        self.clock.set_ahead(JUMPS[1])
        yield
        self.clock.set_ahead(0)

    def _kill(self) -> None:
        chance = random.Random(self.seed + 1)  # noqa: S311 - moments
        targets = [*self.installation.targets, *(["database"] if self.database.process is not None else [])]
        waiting: list[str] = []
        while not self._calm.wait(min(chance.expovariate(1 / KILL_EVERY), 3 * KILL_EVERY)):
            if not waiting:
                waiting = chance.sample(targets, len(targets))
            self._kill_one(waiting)

    def _kill_one(self, waiting: list[str]) -> None:
        """Kills the first of those that wait which lives now, and is not stopped as the database is when it is away."""
        for target in list(waiting):
            if target == "database":
                pid = None if self._away.is_set() or self.database.process is None else self.database.process.pid
            else:
                pid = self.installation.pid_of(target)
            if pid is None:
                continue
            with suppress(ProcessLookupError):
                self.kills.append((time.monotonic(), target))
                os.kill(pid, signal.SIGKILL)
                self.say(f"killed: {target}")
            waiting.remove(target)
            return
