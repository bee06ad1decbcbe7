"""The machine that the installation runs on, as far as it can fail: a small disk and a clock that can be set."""

import errno
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

DISK_MB: Final = 500
CLOCK_SOURCE: Final = Path(__file__).with_name("clock.c")


class SmallDisk:
    """A disk of its own, which can be filled to the last byte."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._filler = folder / "filler"

    def fill(self) -> int:
        """Takes what room is left; how many bytes that was."""
        block, written = bytes(1 << 20), 0
        with self._filler.open("ab", buffering=0) as file:
            while block:
                try:
                    written += file.write(block)
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    block = block[: len(block) // 2]
        return written

    def free(self) -> None:
        """Gives the room back."""
        self._filler.unlink(missing_ok=True)


@contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk]:
    """Mounts the disk on a folder, which takes root; unmounts it at the end."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MB}m,mode=755", "storm", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True)  # noqa: S603 - our own command
    if done.returncode:
        raise SystemExit(f"A small disk takes root to be mounted, to fill it up: {done.stderr.strip()}")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S603, S607


class Clock:
    """A wall clock for the processes that have its `environment`. Without a C compiler it cannot be set."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self._file.write_bytes(bytes(8))
        library = folder / "clock.so"
        compiler = shutil.which("cc")
        self.environment: dict[str, str] = {}
        if compiler is not None:
            build = [compiler, "-shared", "-fPIC", "-O2", "-o", str(library), str(CLOCK_SOURCE), "-ldl"]
            subprocess.run(build, check=True)  # noqa: S603
            self.environment = {"LD_PRELOAD": str(library), "STORM_CLOCK": str(self._file)}

    def set_ahead(self, seconds: int) -> None:
        """Sets it ahead of the true time, behind below zero."""
        with self._file.open("r+b") as file:
            file.write(seconds.to_bytes(8, "little", signed=True))
