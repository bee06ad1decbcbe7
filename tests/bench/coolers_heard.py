"""Coolers behind a real broker, for who looks at what they hear: mosquitto, and a client that never goes away, keeps
each command that a cooler is told, and answers as the cooler does."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho

from tests.ports import free_port, wait_for_port

BROKER_STARTS_WITHIN = 30.0  # seconds
CHANGES_WITH_EACH_REPEAT = "valid_until"


@dataclass(frozen=True)
class Told:
    """One command as it came to a cooler, whenever and how often it did."""

    cooler: str
    says: dict[str, Any]


class CoolersHeard:
    """What the coolers whose topics begin with `name`/ were told, in the order in which it came."""

    def __init__(self, port: int, name: str) -> None:
        self._heard: list[Told] = []
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id=f"coolers-{name}", clean_session=False)
        self._client.on_message = self._on_message
        self._client.connect("127.0.0.1", port)
        self._client.subscribe(f"{name}/+/set", qos=1)
        self._client.loop_start()

    def once_each(self) -> dict[str, Told]:
        """The commands by their ids, in the order in which each came for the first time. One id says one thing."""
        once: dict[str, Told] = {}
        for told in list(self._heard):
            assert once.setdefault(told.says["command_id"], told) == told, "one id, two commands"
        return once

    @property
    def messages(self) -> int:
        """How many came, repeats among them."""
        return len(self._heard)

    def close(self) -> None:
        """Goes away for good."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_message(self, client: paho.Client, _: object, message: paho.MQTTMessage) -> None:
        says = json.loads(message.payload)
        answer = json.dumps({"state": says["state"], "command_id": says["command_id"]})
        del says[CHANGES_WITH_EACH_REPEAT]
        self._heard.append(Told(message.topic.split("/")[1], says))
        client.publish(f"{message.topic.removesuffix('/set')}/state", answer, qos=1)


@contextmanager
def mosquitto(folder: Path) -> Iterator[int]:
    """Debian's broker, as long as it is needed: its port."""
    port = free_port()
    binary = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if binary is None:
        raise SystemExit("mosquitto is not installed (Debian: apt-get install mosquitto)")
    config = folder / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n")
    with (folder / "mosquitto.log").open("wb") as log:
        broker = subprocess.Popen([binary, "-c", str(config)], stdout=log, stderr=log)  # noqa: S603 - a broker
    try:
        wait_for_port(port, BROKER_STARTS_WITHIN)
        yield port
    finally:
        broker.terminate()
        broker.wait()
