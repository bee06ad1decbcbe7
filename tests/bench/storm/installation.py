"""Freshfront as `freshfront run` keeps it, in a folder on the small disk, with a broker: mosquitto on another disk, or
the built-in one."""

import os
import shutil
import sys
from pathlib import Path
from typing import Final

from tests.bench.storm.databases import Database
from tests.bench.storm.machine import Clock, SmallDisk
from tests.bench.storm.processes import KeptProcess, descendants
from tests.ports import free_port

ROOT: Final = Path(__file__).parents[3]
RUN: Final = "import sys; sys.argv[0] = 'freshfront'; from flows.commands.application import main; main()"
SAVED_EVERY: Final = 1  # seconds, in which mosquitto's own death loses what it has acknowledged
CHILDREN: Final = {
    "service": "flows.processes.running",
    "watcher": "flows.processes.watcher",
    "schedule": "flows.day.schedule",
    "Prefect": "flows.day.prefect_server",
    "built-in broker": "flows.processes.broker",
}


class Installation:
    """What runs, and where it answers."""

    def __init__(self, database: Database, disk: SmallDisk, outside: Path, clock: Clock, mosquitto: bool) -> None:
        self.port, self.mqtt_port, prefect_port = free_port(), free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.folder, self.outside, self.mosquitto = disk.folder, outside, None
        environment = clock.environment | {
            "PYTHONPATH": str(ROOT),
            "FRESHFRONT_DATABASE_URL": database.url,
            "FRESHFRONT_PORT": str(self.port),
            "FRESHFRONT_PREFECT_PORT": str(prefect_port),
            "FRESHFRONT_MQTT_PORT": str(self.mqtt_port),
            "FRESHFRONT_CHANGES_PER_MINUTE": "6000",
        }
        if mosquitto:
            self.mosquitto = self._mosquitto()
            environment["FRESHFRONT_MQTT_URL"] = f"mqtt://127.0.0.1:{self.mqtt_port}"
        command = [sys.executable, "-c", RUN, "run"]
        self.run = KeptProcess("everything", command, disk.folder, outside / "run.log", environment, None)

    @property
    def targets(self) -> list[str]:
        """Whom to kill: the children of the supervisor, itself with all of them, and a broker outside."""
        names = [name for name in CHILDREN if name != "built-in broker"]
        names.append("built-in broker" if self.mosquitto is None else "mosquitto")
        return [*names, "everything"]

    def start(self) -> None:
        """Starts the broker, then everything else."""
        if self.mosquitto is not None:
            self.mosquitto.start()
        self.run.start()

    def pid_of(self, name: str) -> int | None:
        """The id of one of the targets, if it lives."""
        if name == "everything":
            return self.run.pid
        if name == "mosquitto":
            return self.mosquitto.pid if self.mosquitto is not None else None
        if self.run.pid is None:
            return None
        below = descendants(self.run.pid)
        return next((pid for pid, command in below.items() if CHILDREN[name] in command), None)

    def end(self) -> None:
        """Ends all of it."""
        self.run.end()
        if self.mosquitto is not None:
            self.mosquitto.end()

    def _mosquitto(self) -> KeptProcess:
        binary = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin")
        if binary is None:
            raise SystemExit(
                "mosquitto is not installed (Debian: apt-get install mosquitto); or take --broker built-in"
            )
        kept = self.outside / "mosquitto"
        kept.mkdir()
        lines = (
            f"listener {self.mqtt_port} 127.0.0.1", "allow_anonymous true", "max_queued_messages 0", "user root",
            "persistence true", f"persistence_location {kept}/", f"autosave_interval {SAVED_EVERY}",
        )  # fmt: skip
        config = self.outside / "mosquitto.conf"
        config.write_text("\n".join(lines) + "\n")
        log = self.outside / "mosquitto.log"
        return KeptProcess("mosquitto", [binary, "-c", str(config)], self.outside, log, {}, None)
