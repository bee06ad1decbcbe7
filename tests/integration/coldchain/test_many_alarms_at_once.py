"""Many alarms at once, and receivers that are slow: who is told when, and in how many messages."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from standardwebhooks import Webhook as Signer

from data.database import reading
from data.tables import DeliveryAttemptRow, WebhookDeliveryRow
from flows.notifying import bursts
from flows.notifying.bursts import Burst
from flows.notifying.deliveries import Notifier, deliver_due
from tests.integration.coldchain.receiver import Receiver
from tests.integration.coldchain.told_alarms import LOCAL, NOW, happens, register, told

one_database = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def receivers() -> Iterator[tuple[Receiver, Receiver]]:
    both = Receiver(), Receiver()
    yield both
    for receiver in both:
        receiver.close()


SENSORS = [f"P{number:03}" for number in range(300)]


@one_database
@pytest.mark.timeout(120)
def test_a_power_cut_of_300_sensors_is_a_few_messages_and_a_receiver_of_14_seconds_holds_up_only_itself(
    cold_room, receivers
) -> None:
    slow, fast = receivers
    slow.takes_seconds = 14.0
    _, secret = register(cold_room, fast.url)
    register(cold_room, slow.url)
    started = time.monotonic()

    def clock() -> datetime:
        """Ten times as fast as it is: half a minute of waiting for a group is three seconds."""
        return NOW + timedelta(seconds=10 * (time.monotonic() - started))

    async def watch() -> tuple[float, int]:
        stop = asyncio.Event()
        running = asyncio.ensure_future(Notifier(cold_room, LOCAL, clock).run(stop))
        await asyncio.sleep(0.2)
        began = time.monotonic()
        happens(cold_room, clock(), *(("raised", sensor) for sensor in SENSORS))
        while not fast.messages:
            await asyncio.sleep(0.05)
        first = time.monotonic() - began
        while len({id for ids in told(fast) for id in ids}) < 300:
            await asyncio.sleep(0.1)
        slow_told = len(slow.messages)
        stop.set()
        await running
        return first, slow_told

    first, slow_told = asyncio.run(watch())

    assert first < 5, "at the next look"
    assert [len(ids) for ids in told(fast)] == [1, 1, 1, 297]
    assert slow_told == 1, "its first message is still being answered"
    for headers, body in fast.messages:
        Signer(secret).verify(body, headers)


@one_database
def test_a_receiver_that_answers_later_than_it_must_be_reached_is_told_by_the_first_attempt(
    cold_room, receivers, monkeypatch
) -> None:
    monkeypatch.setattr("flows.notifying.sending.REACHED_WITHIN", 1.5)
    slow, fast = receivers
    slow.takes_seconds = 2.5
    register(cold_room, slow.url)
    register(cold_room, fast.url)
    happens(cold_room, NOW, ("raised", "S1"), ("ended", "S1"))

    deliver_due(cold_room, NOW, LOCAL)

    assert told(slow) == told(fast) == [["al_S1_raised"], ["al_S1_ended"]]
    with reading(cold_room) as session:
        attempts = session.scalars(select(DeliveryAttemptRow.status_code)).all()
        assert attempts == [204] * 4


def test_an_answer_whose_body_never_ends_has_arrived_by_its_status(cold_room, receivers, monkeypatch) -> None:
    receiver, _ = receivers
    monkeypatch.setattr("flows.notifying.sending.REACHED_WITHIN", 0.5)
    receiver.answer = (200, {"content-length": "1000"}, b"thanks")
    register(cold_room, receiver.url)
    happens(cold_room, NOW, ("raised", "S1"))

    assert deliver_due(cold_room, NOW, LOCAL) == 1

    with reading(cold_room) as session:
        (attempt,) = session.scalars(select(DeliveryAttemptRow)).all()
        assert (attempt.status_code, attempt.error, attempt.answer) == (200, None, "thanks")


@one_database
def test_a_receiver_that_uses_all_its_time_has_taken_the_message_however_slow_its_body_is(
    cold_room, receivers, monkeypatch
) -> None:
    receiver, _ = receivers
    monkeypatch.setattr("flows.notifying.sending.ANSWERS_WITHIN", 3.0)
    receiver.takes_seconds = receiver.body_takes_seconds = 2.0
    receiver.answer = (200, {"content-length": "6"}, b"thanks")
    register(cold_room, receiver.url)
    happens(cold_room, NOW, ("raised", "S1"))

    deliver_due(cold_room, NOW, LOCAL)

    with reading(cold_room) as session:
        (attempt,) = session.scalars(select(DeliveryAttemptRow)).all()
        assert (attempt.status_code, attempt.error, attempt.answer) == (200, None, "thanks")


NOTIFIER = """
import asyncio, sys
from data.database import open_database
from flows.notifying.deliveries import Notifier
from flows.settings import Settings

asyncio.run(Notifier(open_database(sys.argv[1]), Settings(webhooks_to_private_addresses=True)).run(asyncio.Event()))
"""


@pytest.mark.timeout(60)
def test_a_group_that_waits_is_told_by_the_next_when_its_process_was_killed(cold_room, receivers) -> None:
    receiver, _ = receivers
    register(cold_room, receiver.url)
    now = datetime.now(UTC)
    happens(cold_room, now, *(("raised", f"P{n}") for n in range(5)))
    url = cold_room.url.render_as_string(hide_password=False)
    process = subprocess.Popen([sys.executable, "-c", NOTIFIER, url])  # noqa: S603 - our own
    try:
        while statuses(cold_room) != ["delivered"] * 3 + ["waiting"] * 2:
            assert process.poll() is None
            time.sleep(0.1)
    finally:
        process.kill()
        process.wait()

    deliver_due(cold_room, now + timedelta(minutes=1), LOCAL)

    assert told(receiver) == [["al_P0_raised"], ["al_P1_raised"], ["al_P2_raised"], ["al_P3_raised", "al_P4_raised"]]


def statuses(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return sorted(session.scalars(select(WebhookDeliveryRow.status)))


def test_an_alarm_s_whole_life_is_told_at_once_and_what_follows_of_the_warehouse_together(cold_room, receivers) -> None:
    receiver, _ = receivers
    register(cold_room, receiver.url)

    happens(cold_room, NOW, ("raised", "S1"), ("acknowledged", "S1"), ("ended", "S1"))
    deliver_due(cold_room, NOW, LOCAL)
    at_first = told(receiver)
    happens(cold_room, NOW, ("raised", "A"), ("raised", "B"))
    deliver_due(cold_room, NOW + timedelta(seconds=1), LOCAL)
    happens(cold_room, NOW, ("ended", "A"))
    deliver_due(cold_room, NOW + timedelta(seconds=29), LOCAL)
    before_half_a_minute = told(receiver)
    deliver_due(cold_room, NOW + timedelta(seconds=32), LOCAL)

    assert at_first == before_half_a_minute == [["al_S1_raised"], ["al_S1_acknowledged"], ["al_S1_ended"]]
    assert told(receiver)[3:] == [["al_A_raised", "al_B_raised", "al_A_ended"]]
    group = receiver.payloads()[3]
    assert (group["type"], group["data"]["warehouse"]) == ("alarms.grouped", "Riverside")
    assert [one["data"]["sensor_id"] for one in group["data"]["events"]] == ["A", "B", "A"]


def test_a_critical_alarm_does_not_wait_behind_a_burst_of_warnings(cold_room, receivers) -> None:
    receiver, _ = receivers
    register(cold_room, receiver.url)
    happens(cold_room, NOW, *(("raised", f"W{n}") for n in range(5)), severity="warning")
    deliver_due(cold_room, NOW, LOCAL)
    happens(cold_room, NOW, ("raised", "C"))
    happens(cold_room, NOW, ("acknowledged", "W4"))

    deliver_due(cold_room, NOW + timedelta(seconds=2), LOCAL)

    assert told(receiver)[3:] == [["al_C_raised"], ["al_W4_raised", "al_W4_acknowledged"]], "in the order of each alarm"


def test_a_group_that_fails_comes_again_as_the_same_message(cold_room, receivers) -> None:
    receiver, _ = receivers
    register(cold_room, receiver.url)
    happens(cold_room, NOW, *(("raised", f"P{n}") for n in range(6)))
    deliver_due(cold_room, NOW, LOCAL)
    receiver.answer = (500, {}, b"")
    deliver_due(cold_room, NOW + timedelta(seconds=31), LOCAL)
    receiver.answer = (204, {}, b"")
    happens(cold_room, NOW, ("ended", "P5"))
    deliver_due(cold_room, NOW + timedelta(seconds=37), LOCAL)

    failed, again = receiver.messages[3:5]
    assert failed[0]["webhook-id"] == again[0]["webhook-id"]
    assert failed[1] == again[1]
    with reading(cold_room) as session:
        sent = session.scalars(select(WebhookDeliveryRow.delivery_id).where(WebhookDeliveryRow.status == "waiting"))
        assert [id.rpartition("_al_")[2] for id in sent] == ["P5_ended"], "with the next group"


def test_a_group_beyond_the_largest_is_several(cold_room, receivers, monkeypatch) -> None:
    receiver, _ = receivers
    monkeypatch.setattr("flows.notifying.due_messages.LARGEST_GROUP", 2)
    register(cold_room, receiver.url)
    happens(cold_room, NOW, *(("raised", f"P{n}") for n in range(8)))
    deliver_due(cold_room, NOW, LOCAL)
    deliver_due(cold_room, NOW + timedelta(seconds=31), LOCAL)

    assert [len(ids) for ids in told(receiver)] == [1, 1, 1, 2, 2, 1]


def test_where_nobody_is_there_one_alarm_is_tried_and_no_other(cold_room, free_port) -> None:
    register(cold_room, f"http://127.0.0.1:{free_port}/")
    happens(cold_room, NOW, ("raised", "A"), ("raised", "B"))

    assert deliver_due(cold_room, NOW, LOCAL) == 1


def test_the_end_of_an_alarm_is_not_told_in_the_round_in_which_its_beginning_failed(cold_room, receivers) -> None:
    receiver, _ = receivers
    register(cold_room, receiver.url)
    receiver.answer = (500, {}, b"")
    happens(cold_room, NOW, ("raised", "A"), ("ended", "A"))

    deliver_due(cold_room, NOW, LOCAL)

    assert told(receiver) == [["al_A_raised"]]


def test_what_follows_of_an_alarm_waits_for_what_did_not_arrive_and_others_do_not(cold_room, receivers) -> None:
    receiver, _ = receivers
    register(cold_room, receiver.url)
    receiver.answer = (500, {}, b"")
    happens(cold_room, NOW, ("raised", "A"))
    deliver_due(cold_room, NOW, LOCAL)
    receiver.answer = (204, {}, b"")
    happens(cold_room, NOW, ("ended", "A"), ("raised", "B"))

    deliver_due(cold_room, NOW + timedelta(seconds=1), LOCAL)
    deliver_due(cold_room, NOW + timedelta(seconds=7), LOCAL)

    assert told(receiver) == [["al_A_raised"], ["al_B_raised"], ["al_A_raised"], ["al_A_ended"]]


def test_bursts_by_hand() -> None:
    """At 0 s three at once, then groups: after half a minute, then every five, and after a quiet time anew."""
    burst, at = Burst(), []
    for seconds in (0, 0, 1, 2, 20, 33, 100, 331, 333):
        now = NOW + timedelta(seconds=seconds)
        burst, group_at = burst.with_next(now)
        at.append(None if group_at is None else (group_at - NOW).total_seconds())

    assert at == [None, None, None, 32, 32, 332, 332, 332, 632]
    quiet = Burst(bursts.AT_ONCE, NOW).with_next(NOW + timedelta(minutes=5))[1]
    assert quiet == NOW + timedelta(minutes=5, seconds=30)
