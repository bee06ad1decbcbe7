"""What goes wrong with a database leaves readings at the broker; what is wrong with one message puts it, and it alone,
into the quarantine. Through a real broker, on real databases."""

import asyncio
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event as ThreadEvent
from threading import Thread

import paho.mqtt.client as paho
import pytest
from sqlalchemy import Engine, event, func, make_url, select, text, update
from sqlalchemy.exc import OperationalError

from data.database import open_database, reading, writing
from data.tables import QuarantineCause, QuarantinedMessageRow, ReadingRow, SensorRow, SensorStateRow
from flows.coldchain.messages.keeping_messages import keep_messages
from flows.coldchain.messages.quarantine import SensorMessage, in_quarantine
from flows.coldchain.messages.replaying import replay_all
from flows.processes.mqtt_client import watcher_id
from flows.processes.readings_by_mqtt import Heard, listen
from flows.settings import Settings

NIGHT = datetime(2026, 3, 1, tzinfo=UTC)
mosquitto = pytest.mark.parametrize("mqtt_broker", ["mosquitto"], indirect=True)


class Listener:
    """The watcher's task that keeps readings, in a thread; `heard` counts, like its log."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self.heard = Heard()
        self._stop, self._loop = asyncio.Event(), asyncio.new_event_loop()
        self._thread = Thread(target=self._run, args=(settings, engine))
        self._thread.start()

    def _run(self, settings: Settings, engine: Engine) -> None:
        self._loop.run_until_complete(listen(settings, engine, self._stop, self.heard))
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def end(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(20)


def keep_messages_for(client_id: str, topic: str, port: int) -> None:
    """Lets the broker keep messages of the topic for a client, as it does once that was connected."""
    client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=False)
    subscribed = ThreadEvent()
    client.on_subscribe = lambda *_: subscribed.set()
    client.connect("127.0.0.1", port)
    client.loop_start()
    client.subscribe(topic, qos=1)
    assert subscribed.wait(10)
    client.disconnect()
    client.loop_stop()


@pytest.fixture
def start_listening(mqtt_broker, database_url: str) -> Iterator[Callable[[], Listener]]:
    settings = Settings(_env_file=None, mqtt_port=mqtt_broker.port, database_url=database_url)
    keep_messages_for(watcher_id(settings), settings.mqtt_topic, mqtt_broker.port)
    with ExitStack() as at_the_end:

        def start_listening() -> Listener:
            engine = open_database(database_url)
            at_the_end.callback(engine.dispose)
            listener = Listener(settings, engine)
            at_the_end.callback(listener.end)
            return listener

        yield start_listening


def readings_kept(engine: Engine) -> int:
    with reading(engine) as session:
        return session.scalar(select(func.count()).select_from(ReadingRow)) or 0


def quarantined(engine: Engine) -> list[QuarantinedMessageRow]:
    with reading(engine) as session:
        found = list(session.scalars(in_quarantine().order_by(QuarantinedMessageRow.topic)))
        session.expunge_all()
        return found


@contextmanager
def standby(engine: Engine) -> Iterator[None]:
    """The server has become a standby, and is the primary again at the end."""
    name = engine.url.database
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
        others = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name AND pid <> pg_backend_pid()"
        )
        connection.execute(text(others), {"name": name})
        yield
        connection.execute(text("SET default_transaction_read_only = off"))
        connection.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = off'))


@contextmanager
def table_away(engine: Engine) -> Iterator[None]:
    """A table is not there for a moment."""
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE readings RENAME TO readings_elsewhere"))
    yield
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE readings_elsewhere RENAME TO readings"))


@contextmanager
def full_disk(engine: Engine) -> Iterator[None]:
    """No connection that is opened meanwhile may make the file larger."""

    def no_room(connection: sqlite3.Connection, _: object) -> None:
        if full:
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {pages}")

    full = True
    event.listen(Engine, "connect", no_room)
    yield
    full = False
    event.remove(Engine, "connect", no_room)


@mosquitto
@pytest.mark.parametrize(
    ("database_url", "fault"),
    [
        ("postgresql", standby),
        ("postgresql", table_away),
        ("sqlite", table_away),
        ("sqlite", full_disk),
    ],
    indirect=["database_url"],
)
def test_while_the_database_cannot_keep_readings_they_stay_at_the_broker(
    cold_room, mqtt_broker, publisher, start_listening, wait_until, reading_at, fault
) -> None:
    ahead = [reading_at(minute, 3.0) for minute in range(2_000)]  # more than fit into a page
    with fault(cold_room):
        listener = start_listening()
        publisher.publish_readings(ahead[:1_000]).wait_for_publish(20)
        wait_until(lambda: listener.heard.messages > 0 or mqtt_broker.process.log().count("New client") > 2)
    publisher.publish_readings(ahead[1_000:])

    wait_until(lambda: readings_kept(cold_room) == 2_000, 40)
    assert quarantined(cold_room) == []


@mosquitto
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_damaged_page_leaves_readings_at_the_broker_until_the_database_is_restored(
    cold_room, mqtt_broker, publisher, start_listening, wait_until, reading_at, database_url, tmp_path
) -> None:
    path, whole = Path(make_url(database_url).database), tmp_path / "whole.sqlite"
    wal_into_file(cold_room)
    shutil.copy(path, whole)
    damage_table(path, "readings")

    listener = start_listening()
    publisher.publish_readings([reading_at(minute, 3.0) for minute in range(50)]).wait_for_publish(20)
    wait_until(lambda: listener.heard.messages >= 50 or mqtt_broker.process.log().count("New client") > 3)
    listener.end()
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    shutil.copy(whole, path)
    cold_room.dispose()
    start_listening()

    wait_until(lambda: readings_kept(cold_room) == 50)
    assert quarantined(cold_room) == []


def wal_into_file(engine: Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()


def damage_table(path: Path, table: str) -> None:
    connection = sqlite3.connect(path)
    (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    connection.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xde\xad" * (size // 2))


@mosquitto
def test_a_message_that_alone_keeps_failing_is_in_the_quarantine_and_stops_no_other(
    cold_room, mqtt_broker, publisher, start_listening, wait_until, reading_at
) -> None:
    with writing(cold_room) as session:  # what no code foresees
        session.add(SensorStateRow(sensor_id="S2", state={"sensor_id": "S2"}))
    start_listening()

    publisher.publish_readings([reading_at(n, 3.0, f"S{1 + (n == 4)}") for n in range(8)])
    wait_until(lambda: readings_kept(cold_room) == 7 and len(quarantined(cold_room)) == 1)

    (poison,) = quarantined(cold_room)
    assert (poison.topic, poison.cause) == ("freshfront/readings/S2", QuarantineCause.FAILED)
    assert "KeyError" in poison.reason
    with writing(cold_room) as session:
        session.execute(update(SensorStateRow).where(SensorStateRow.sensor_id == "S2").values(state=S2_IN_ORDER))
    assert replay_all(cold_room, in_quarantine(), NIGHT + timedelta(days=1)).accepted == 1
    assert (readings_kept(cold_room), quarantined(cold_room)) == (8, [])


S2_IN_ORDER = {"sensor_id": "S2", "last_taken_at": None, "last_c": None, "excursion": None}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_the_database_says_of_one_message_alone_is_its_fault_only_if_it_is_about_values(cold_room) -> None:
    s1, s2 = (SensorMessage(f"freshfront/readings/S{n}", A_READING) for n in (1, 2))
    with cold_room.begin() as connection:
        connection.execute(text(REFUSES_S2.format(code="53100")))  # disk_full
        connection.execute(text("CREATE TRIGGER t BEFORE INSERT ON readings FOR EACH ROW EXECUTE FUNCTION refuse_s2()"))

    with pytest.raises(OperationalError):
        keep_messages(cold_room, [s1, s2])
    assert (readings_kept(cold_room), quarantined(cold_room)) == (0, [])

    with cold_room.begin() as connection:
        connection.execute(text(REFUSES_S2.format(code="23514")))  # check_violation
    (failed,) = keep_messages(cold_room, [s1, s2]).failed
    assert (failed.message, failed.cause) == (s2, QuarantineCause.FAILED)
    assert (readings_kept(cold_room), [row.topic for row in quarantined(cold_room)]) == (1, [s2.topic])


A_READING = b'{"taken_at": "2026-03-01T00:00:00Z", "temperature_c": 3}'
REFUSES_S2 = """
    CREATE OR REPLACE FUNCTION refuse_s2() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.sensor_id = 'S2' THEN RAISE EXCEPTION 'no' USING ERRCODE = '{code}'; END IF;
        RETURN NEW;
    END $$
"""


@mosquitto
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_fault_that_meets_every_message_is_the_fault_of_none(
    cold_room, mqtt_broker, publisher, start_listening, wait_until, reading_at
) -> None:
    with writing(cold_room) as session:
        session.add_all(SensorStateRow(sensor_id=f"S{n}", state={}) for n in (1, 2))
    listener = start_listening()

    publisher.publish_readings([reading_at(n, 3.0, f"S{1 + n % 2}") for n in range(8)]).wait_for_publish(20)
    wait_until(lambda: listener.heard.messages > 0 or mqtt_broker.process.log().count("New client") > 2)
    assert quarantined(cold_room) == []
    with writing(cold_room) as session:
        for n in (1, 2):
            mended = S2_IN_ORDER | {"sensor_id": f"S{n}"}
            session.execute(update(SensorStateRow).where(SensorStateRow.sensor_id == f"S{n}").values(state=mended))

    wait_until(lambda: readings_kept(cold_room) == 8)


@mosquitto
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_wrong_with_a_message_is_told_in_the_quarantine_and_mended_by_a_replay(
    cold_room, mqtt_broker, publisher, start_listening, wait_until, reading_at
) -> None:
    start_listening()
    years_ahead = (datetime.now(UTC) + timedelta(days=400)).isoformat()

    publisher.publish("S1", "{broken")
    publisher.publish("S1", {"taken_at": years_ahead, "temperature_c": 3.0})
    publisher.publish_readings([reading_at(0, 3.0, "S9"), reading_at(1, 3.0, "S9"), reading_at(0, 3.0, "S9")])
    publisher.publish("S1", "x" * 300_000)
    publisher.publish_readings([reading_at(0, 3.0, "S2")])

    wait_until(lambda: readings_kept(cold_room) == 1 and len(quarantined(cold_room)) == 5)
    told = {(row.topic[-2:], row.cause, row.attempts, row.payload_bytes > 262_144) for row in quarantined(cold_room)}
    assert told == {
        ("S1", QuarantineCause.NOT_A_READING, 1, False),
        ("S1", QuarantineCause.NOT_A_READING, 1, True),
        ("S1", QuarantineCause.REFUSED, 1, False),
        ("S9", QuarantineCause.REFUSED, 2, False),
        ("S9", QuarantineCause.REFUSED, 1, False),
    }, "what came twice is there once, and counted"
    assert max(len(row.payload) for row in quarantined(cold_room)) == 262_144

    with writing(cold_room) as session:
        session.add(SensorRow(sensor_id="S9", zone_id="Z1", name="Door 9"))
    replayed = replay_all(cold_room, in_quarantine(), datetime.now(UTC))
    again = replay_all(cold_room, in_quarantine(), datetime.now(UTC))

    assert (replayed.messages, replayed.accepted, len(replayed.still_unkept)) == (2, 2, 3)
    assert (again.messages, again.accepted, again.still_unkept) == (0, 0, replayed.still_unkept)
    assert readings_kept(cold_room) == 3
    assert {row.attempts for row in quarantined(cold_room)} == {3}
