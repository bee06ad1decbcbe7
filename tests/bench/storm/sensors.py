"""Sensors that publish by MQTT at QoS 1, a gateway that posts batches, and messages that are no readings."""

import json
import random
import threading
import time
from collections import deque
from datetime import UTC, datetime
from typing import Any, Final

import paho.mqtt.client as paho

from tests.bench.storm.asking import Client
from tests.bench.storm.record import Record
from tests.bench.storm.region import BY_HTTP, BY_MQTT

TICK: Final = 0.02  # seconds
BATCH_EVERY: Final = 1.0
BAD_EVERY: Final = 1.0


class Sensors:
    """Publishes so many readings a second until it is told to stop; what was not acknowledged is sent again."""

    def __init__(self, port: int, rate: int, record: Record) -> None:
        self._rate, self._record, self._stop = rate, record, threading.Event()
        self._waiting: dict[int, Any] = {}
        self._acknowledged: deque[tuple[int, float]] = deque()
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="storm", clean_session=False)
        self._client.max_inflight_messages_set(200)
        self._client.reconnect_delay_set(0.1, 1)
        self._client.on_publish = lambda _client, _data, mid, *_: self._acknowledged.append((mid, time.monotonic()))
        self._client.connect_async("127.0.0.1", port)
        self._client.loop_start()
        self._thread = threading.Thread(target=self._publish, name="sensors")

    @property
    def waiting(self) -> int:
        """How many messages are not acknowledged yet."""
        if not self._thread.is_alive():
            self._note_acknowledged()
        return len(self._waiting)

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def stop(self) -> None:
        """Publishes nothing new; what is not acknowledged yet goes on being sent."""
        self._stop.set()
        self._thread.join()

    def close(self) -> None:
        """Ends the connection."""
        self._client.disconnect()
        self._client.loop_stop()

    def _publish(self) -> None:
        begun, number, bad = time.monotonic(), 0, 0
        while not self._stop.wait(TICK):
            passed = time.monotonic() - begun
            while number < passed * self._rate:
                self._send_reading(BY_MQTT[number % len(BY_MQTT)], round(2 + number % 150 / 100, 2))
                number += 1
            if bad < passed / BAD_EVERY:
                self._send_bad(bad)
                bad += 1
            self._note_acknowledged()

    def _send_reading(self, sensor_id: str, temperature: float) -> None:
        taken_at = datetime.now(UTC)
        self._record.sent[sensor_id, taken_at] = temperature
        body = json.dumps({"taken_at": taken_at.isoformat(), "temperature_c": temperature})
        self._send(f"freshfront/readings/{sensor_id}", body.encode(), (sensor_id, taken_at))

    def _send_bad(self, number: int) -> None:
        known, body = (BY_MQTT[0], f"rubbish {number}") if number % 2 else (f"nobody-{number}", "{}")
        self._send(f"freshfront/readings/{known}", body.encode(), None)

    def _send(self, topic: str, body: bytes, reading: tuple[str, datetime] | None) -> None:
        self._waiting[self._client.publish(topic, body, qos=1).mid] = reading or (topic, body)

    def _note_acknowledged(self) -> None:
        """In the thread that publishes: an acknowledgement may be quicker than `publish` returns."""
        while self._acknowledged:
            mid, when = self._acknowledged.popleft()
            what = self._waiting.pop(mid)
            if isinstance(what[1], bytes):
                self._record.bad_messages[what] = when
            else:
                self._record.by_mqtt[what] = when


def post_readings(client: Client, record: Record, chance: random.Random) -> None:
    """A gateway without MQTT: a reading of each of its sensors every second, in one request."""
    while client.pause(BATCH_EVERY):
        batch = {(sensor, datetime.now(UTC)): round(chance.uniform(1, 3), 2) for sensor in BY_HTTP}
        record.sent |= batch
        readings = [
            {"sensor_id": sensor, "taken_at": taken_at.isoformat(), "temperature_c": temperature}
            for (sensor, taken_at), temperature in batch.items()
        ]
        answer, _ = client.ask("POST", "/v1/readings", json={"readings": readings})
        if answer is not None and answer.is_success:
            record.by_http |= set(batch)
        elif answer is not None:
            record.count(("readings refused", answer.status_code))
