"""What the built-in broker cannot store it does not acknowledge, and takes when it can; one folder has one broker."""

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import paho.mqtt.client as paho
import pytest

from flows.errors import NotNow
from flows.processes.broker import KeptMessages, built_in_broker
from flows.processes.folder_lock import held, one_installation
from flows.settings import Settings
from tests.forked import CallWithSettings

MESSAGES = 600
Mend = Callable[[], object]


class Gateway:
    """Publishes at QoS 1 as sensors have to, and counts what was acknowledged."""

    def __init__(self, port: int) -> None:
        self.acknowledged: set[int] = set()
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="gateway", clean_session=False)
        self._client.max_inflight_messages_set(50)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_publish = lambda _client, _data, mid, *_: self.acknowledged.add(mid)
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def publish(self, number: int) -> None:
        self._client.publish("freshfront/readings/S1", json.dumps({"number": number, "filling": "x" * 100}), qos=1)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def kept_files(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[sqlite3.Connection]]:
    """The connections by which brokers write their files, the latest last."""
    connections: list[sqlite3.Connection] = []
    connect = sqlite3.connect

    def noted(*given: object, **named: object) -> sqlite3.Connection:
        connections.append(connect(*given, **named))
        return connections[-1]

    monkeypatch.setattr("flows.processes.broker.sqlite3.connect", noted)
    yield connections
    for connection in connections:
        connection.close()


def full(file: sqlite3.Connection) -> Mend:
    (pages,) = file.execute("PRAGMA page_count").fetchone()
    file.execute(f"PRAGMA max_page_count = {pages + 10}")
    return lambda: file.execute("PRAGMA max_page_count = 1000000")


def read_only(file: sqlite3.Connection) -> Mend:
    file.execute("PRAGMA query_only = on")
    return lambda: file.execute("PRAGMA query_only = off")


def numbers_in(path: Path) -> list[int]:
    with closing(sqlite3.connect(path)) as file:
        return [
            json.loads(payload)["number"] for (payload,) in file.execute("SELECT payload FROM messages ORDER BY number")
        ]


@pytest.mark.parametrize("fault", [full, read_only])
async def test_what_the_broker_cannot_store_is_not_acknowledged_and_stored_in_order_when_it_can(
    tmp_path, free_port, kept_files, fault
) -> None:
    path = tmp_path / "broker.sqlite"
    async with built_in_broker(Settings(_env_file=None, mqtt_port=free_port), path):
        mend = fault(kept_files[-1])
        gateway = await asyncio.to_thread(Gateway, free_port)
        for number in range(MESSAGES):
            gateway.publish(number)
        await asyncio.sleep(2.5)  # two attempts of the gateway
        stored, acknowledged = len(numbers_in(path)), len(gateway.acknowledged)
        mend()
        async with asyncio.timeout(20):
            while len(gateway.acknowledged) < MESSAGES:
                await asyncio.sleep(0.05)
        await asyncio.to_thread(gateway.close)

    assert acknowledged <= stored < MESSAGES
    assert sorted(set(numbers_in(path))) == list(range(MESSAGES))
    assert numbers_in(path) == sorted(numbers_in(path))


async def test_what_came_after_a_reading_that_could_not_be_stored_is_not_stored_before_it(
    tmp_path, free_port, kept_files
) -> None:
    path, refused = tmp_path / "broker.sqlite", list[int]()

    def once(payload: bytes) -> bool:
        if json.loads(payload)["number"] != 20 or refused:
            return False
        refused.append(20)
        return True

    async with built_in_broker(Settings(_env_file=None, mqtt_port=free_port), path):
        kept_files[-1].create_function("once", 1, once)
        kept_files[-1].execute(
            "CREATE TRIGGER no_room BEFORE INSERT ON messages WHEN once(NEW.payload) BEGIN SELECT RAISE(ABORT, ''); END"
        )
        gateway = await asyncio.to_thread(Gateway, free_port)
        for number in range(40):
            gateway.publish(number)
        async with asyncio.timeout(20):
            while len(gateway.acknowledged) < 40:
                await asyncio.sleep(0.05)
        await asyncio.to_thread(gateway.close)

    assert refused == [20]
    assert list(dict.fromkeys(numbers_in(path))) == list(range(40))


@pytest.mark.parametrize("contents", [b"no database" * 1_000, b"SQLite format 3\0" + bytes(5_000)])
async def test_a_broker_whose_file_is_damaged_says_so_and_what_to_do(tmp_path, free_port, contents) -> None:
    path = tmp_path / "broker.sqlite"
    path.write_bytes(contents)

    with pytest.raises(NotNow, match=r"broker\.sqlite: .*put it aside"):
        async with built_in_broker(Settings(_env_file=None, mqtt_port=free_port), path):
            pass

    assert path.read_bytes() == contents, "what may be rescued from it is not overwritten"


def test_a_broker_file_whose_pages_are_damaged_is_not_trusted(tmp_path) -> None:
    path = tmp_path / "broker.sqlite"
    kept = KeptMessages(str(path))
    for number in range(200):
        kept.append("freshfront/readings/S1", b"%d" % number * 100)
    kept.close()
    with path.open("r+b") as file:
        file.seek(3 * 4096)
        file.write(b"\xde\xad" * 2048)

    with pytest.raises(NotNow, match="put it aside"):
        KeptMessages(str(path))


def test_a_second_broker_in_a_folder_is_refused_whatever_its_port_and_not_after_a_kill(
    start_process, free_port, tmp_path, wait_until
) -> None:
    command = CallWithSettings("flows.processes.broker:broker")
    first = start_process("first", command, {"FRESHFRONT_MQTT_PORT": str(free_port)})
    wait_until(lambda: (tmp_path / "var" / "broker.sqlite").exists())

    second = start_process("second", command, {"FRESHFRONT_MQTT_PORT": "0"})
    wait_until(lambda: "keeps its files in var/" in second.log())
    with (
        pytest.raises(NotNow, match=r"The built-in broker runs in .* already \(process \d+\)"),
        one_installation(with_broker=True, folder=tmp_path / "var"),
    ):
        pass

    first.kill()
    with one_installation(with_broker=True, folder=tmp_path / "var"):
        pass


def test_a_second_installation_in_a_folder_is_refused_and_one_beside_another_s_broker_is_not(tmp_path) -> None:
    with one_installation(with_broker=True, folder=tmp_path):
        with (
            pytest.raises(NotNow, match=r"Freshfront runs in .* already .*in a folder of its own"),
            one_installation(with_broker=False, folder=tmp_path),
        ):
            pass
        with held("broker", tmp_path):  # that of this installation
            pass
    with held("broker", tmp_path), one_installation(with_broker=False, folder=tmp_path):
        pass


def test_a_folder_in_which_nothing_can_be_written_is_said_to_be_so(tmp_path) -> None:
    (tmp_path / "var").write_text("a file")

    with pytest.raises(NotNow, match="Nothing can be written in"), held("run", tmp_path / "var"):
        pass
