"""How a measured process tells what its phases cost: CPU and wall seconds by phase, its peak memory, as JSON."""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Phases:
    """Seconds by phase, added up where a phase comes again."""

    def __init__(self) -> None:
        self.cpu: dict[str, float] = {}
        self.wall: dict[str, float] = {}
        self.peaks: dict[str, float] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Times what runs inside."""
        cpu, wall = time.process_time(), time.perf_counter()
        try:
            yield
        finally:
            self.cpu[name] = self.cpu.get(name, 0.0) + time.process_time() - cpu
            self.wall[name] = self.wall.get(name, 0.0) + time.perf_counter() - wall

    def peak_so_far(self, name: str) -> None:
        """Notes the process's peak memory at this point, in MB (Linux counts in kB)."""
        self.peaks[name] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    def write(self, path: Path, **more: object) -> None:
        """What was measured so far."""
        self.peak_so_far("all")
        observed = {"cpu": self.cpu, "wall": self.wall, "peak_mb": self.peaks} | more
        path.write_text(json.dumps(observed, indent=1), encoding="utf-8")
