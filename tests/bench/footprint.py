"""The memory that `freshfront run` holds when it is idle with the sample region, by process.

`python -m tests.bench.footprint` makes the region in a folder of its own, waits, and prints lines of Markdown for
docs/measured.md: the proportional set size (PSS) of each process, which counts a page that several share once in all.
`--database FILE` takes a copy of a region that is there. Ends with 1 where all together hold more than AT_MOST.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from flows.processes.supervisor import answers
from tests.ports import free_port

AT_MOST = 1024  # MB
IDLE_FOR = 60.0  # seconds after it is ready
PSS = re.compile(r"^Pss: +(\d+) kB", re.MULTILINE)
CALLED = re.compile(r"from ([\w.]+) import (\w+); alone\(")


def main() -> int:
    """Measures what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", type=Path)
    parser.add_argument("--idle", type=float, default=IDLE_FOR, help="seconds")
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        if asked.database is not None:
            (Path(folder) / "var").mkdir()
            shutil.copy(asked.database, Path(folder) / "var" / "freshfront.sqlite")
        return _measured(Path(folder), asked.idle)


def _measured(folder: Path, idle: float) -> int:
    ports = {f"FRESHFRONT_{name}PORT": str(free_port()) for name in ("", "PREFECT_", "MQTT_")}
    environment = {name: value for name, value in os.environ.items() if name != "PREFECT_API_URL"} | ports
    command = [sys.executable, "-c", "from flows.commands.application import main; main()", "run"]
    with (folder / "run.log").open("wb") as log:
        run = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)  # noqa: S603 - our own
    try:
        until = time.monotonic() + 600
        while not answers(f"http://127.0.0.1:{ports['FRESHFRONT_PORT']}/readyz"):
            if run.poll() is not None or time.monotonic() > until:
                raise RuntimeError((folder / "run.log").read_text())
            time.sleep(1)
        time.sleep(idle)
        held = {pid: _pss(pid) for pid in _with_children(run.pid)}
        print("| process | MB |")
        print("|---|---:|")
        for pid, megabytes in held.items():
            print(f"| {_name(pid)} | {megabytes:.0f} |")
        print(f"| **all** | **{sum(held.values()):.0f}** |")
        return int(sum(held.values()) > AT_MOST)
    finally:
        run.send_signal(signal.SIGINT)
        run.wait(30)


def _with_children(root: int) -> list[int]:
    parents = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except FileNotFoundError:  # it has ended meanwhile
            continue
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def _pss(pid: int) -> float:
    match = PSS.search(Path(f"/proc/{pid}/smaps_rollup").read_text())
    return int(match[1]) / 1024 if match else 0.0


def _name(pid: int) -> str:
    command = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").strip()
    found = CALLED.search(command)
    return f"{found[1]}.{found[2]}" if found else "run" if command.endswith("run") else command[-60:]


if __name__ == "__main__":
    sys.exit(main())
