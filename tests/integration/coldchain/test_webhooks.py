"""Webhooks: told once an event by a signed message, retried as Standard Webhooks says, to a real local receiver."""

import asyncio
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Engine, select
from standardwebhooks import Webhook as Signer

from data.database import reading, writing
from data.tables import DeliveryStatus, WebhookDeliveryRow, WebhookRow
from flows.coldchain.readings.receiving import receive_readings
from flows.errors import Invalid, Unknown
from flows.notifying import deliveries as delivering
from flows.notifying import sending
from flows.notifying.claiming import CLAIMED_FOR, claim_message
from flows.notifying.disabling import disable_webhook
from flows.notifying.passing_on import pass_on_events
from flows.notifying.webhook_addresses import checked_address
from flows.notifying.webhooks import register_webhook
from flows.settings import Settings
from tests.integration.coldchain.receiver import Receiver

NIGHT = datetime(2026, 3, 1, tzinfo=UTC)
NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
# seconds, as docs/alerting.md promises: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h
PAUSES = [timedelta(seconds=s) for s in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def raise_alarm(cold_room: Engine, reading_at) -> Callable[..., None]:
    """Raises one alarm; `ended=True` ends it too."""

    def raise_alarm(ended: bool = False) -> None:
        readings = [reading_at(0, 6.0), reading_at(30, 7.0)] + ([reading_at(40, 3.0)] if ended else [])
        with writing(cold_room) as session:
            receive_readings(session, readings, NOW)

    return raise_alarm


def register(engine: Engine, url: str) -> tuple[str, str]:
    with writing(engine) as session:
        return register_webhook(session, url, "ops", NIGHT, allow_private=True)


def deliver(engine: Engine, now: datetime, allow_private: bool = True) -> int:
    return delivering.deliver_due(engine, now, Settings(webhooks_to_private_addresses=allow_private))


def deliveries(engine: Engine) -> list[WebhookDeliveryRow]:
    with reading(engine) as session:
        found = list(session.scalars(select(WebhookDeliveryRow).order_by(WebhookDeliveryRow.delivery_id)))
        session.expunge_all()
        return found


def test_a_raised_and_ended_alarm_is_told_in_order_and_signed(cold_room, receiver, raise_alarm) -> None:
    _, secret = register(cold_room, receiver.url)
    raise_alarm(ended=True)

    assert deliver(cold_room, NOW) == 2

    raised, ended = receiver.payloads()
    assert (raised["type"], raised["timestamp"]) == ("alarm.raised", "2026-03-01T00:30:00Z")
    assert (ended["type"], ended["timestamp"]) == ("alarm.ended", "2026-03-01T00:40:00Z")
    assert raised["data"] | {"alarm_id": ""} == {
        "alarm_id": "",
        "kind": "too_warm",
        "warehouse_id": "W1",
        "warehouse": "Riverside",
        "zone_id": "Z1",
        "zone": "Dairy",
        "sensor_id": "S1",
        "sensor_ids": ["S1"],
        "limit_c": 4.0,
        "worst_c": 7.0,
        "last_c": 7.0,
        "last_taken_at": "2026-03-01T00:30:00Z",
        "severity": None,
        "at_risk": None,
        "past": True,
        "began_at": "2026-03-01T00:00:00Z",
        "raised_at": "2026-03-01T00:30:00Z",
        "raised_because": None,
        "ended_at": None,
        "ended_because": None,
        "ended_by": None,
        "end_note": None,
        "acknowledged_at": None,
        "acknowledged_by": None,
        "acknowledgement_note": None,
    }
    for headers, body in receiver.messages:
        assert Signer(secret).verify(body, headers) == json.loads(body)
        assert headers["host"] == receiver.url.split("/")[2]
    assert deliver(cold_room, NOW + timedelta(days=9)) == 0
    assert {row.status for row in deliveries(cold_room)} == {DeliveryStatus.DELIVERED}


def test_a_failed_message_comes_again_under_the_same_id_on_the_schedule_and_is_given_up(
    cold_room, receiver, raise_alarm
) -> None:
    register(cold_room, receiver.url)
    raise_alarm()
    receiver.answer = (500, {}, b"")
    now = NOW
    for pause in [*PAUSES, None]:
        assert deliver(cold_room, now) == 1
        (row,) = deliveries(cold_room)
        assert (row.last_status_code, row.last_error) == (500, "the receiver answered 500")
        if pause is not None:
            assert pause <= row.next_attempt_at - now <= pause * 1.1 + timedelta(seconds=20)
            assert deliver(cold_room, now + pause / 2) == 0
            now = row.next_attempt_at

    assert (row.status, row.attempts) == (DeliveryStatus.GIVEN_UP, 10)
    assert len({headers["webhook-id"] for headers, _ in receiver.messages}) == 1
    assert len(receiver.messages) == 10


@pytest.mark.parametrize(
    ("status", "headers", "pause"),
    [
        (302, {"location": "/elsewhere"}, timedelta(seconds=5)),
        (503, {"retry-after": "60"}, timedelta(minutes=1)),
        (429, {"retry-after": "Sun, 01 Mar 2026 08:02:00 GMT"}, timedelta(minutes=2) - timedelta(seconds=20)),
        (503, {"retry-after": "86400"}, timedelta(minutes=5)),
        (503, {"retry-after": "9" * 30}, timedelta(minutes=5)),
        (503, {"retry-after": "soon"}, timedelta(seconds=5)),
        (400, {"retry-after": "1"}, timedelta(seconds=5)),
    ],
)
def test_a_redirect_is_a_failure_and_retry_after_is_honoured_within_the_schedule_s_own_pauses(
    cold_room, receiver, raise_alarm, status, headers, pause
) -> None:
    register(cold_room, receiver.url)
    raise_alarm()
    receiver.answer = (status, headers, b"")

    deliver(cold_room, NOW)

    (row,) = deliveries(cold_room)
    assert (row.status, row.last_status_code, len(receiver.messages)) == (DeliveryStatus.WAITING, status, 1)
    assert pause <= row.next_attempt_at - NOW <= pause + timedelta(seconds=40)


def test_a_receiver_that_is_gone_is_told_no_more(cold_room, receiver, raise_alarm) -> None:
    webhook_id, _ = register(cold_room, receiver.url)
    raise_alarm(ended=True)
    receiver.answer = (410, {}, b"")

    deliver(cold_room, NOW)

    assert len(receiver.messages) == 1
    assert {row.status for row in deliveries(cold_room)} == {DeliveryStatus.GIVEN_UP}
    with reading(cold_room) as session:
        assert session.get_one(WebhookRow, webhook_id).disabled_at is not None


def test_a_disabled_webhook_gets_nothing_more(cold_room, receiver, raise_alarm) -> None:
    webhook_id, _ = register(cold_room, receiver.url)
    for _ in range(2):
        with writing(cold_room) as session:
            disable_webhook(session, webhook_id, "moved", NOW, "ops")
    raise_alarm()

    assert deliver(cold_room, NOW) == 0
    assert deliveries(cold_room) == []
    with pytest.raises(Unknown), writing(cold_room) as session:
        disable_webhook(session, "wh_none", "moved", NOW, "ops")


def test_nobody_there_is_retried_and_another_webhook_is_told_meanwhile(
    cold_room, receiver, raise_alarm, free_port
) -> None:
    nobody, _ = register(cold_room, f"http://127.0.0.1:{free_port}/")
    register(cold_room, receiver.url)
    raise_alarm()

    assert deliver(cold_room, NOW) == 2

    assert len(receiver.messages) == 1
    failed = next(row for row in deliveries(cold_room) if row.webhook_id == nobody)
    assert (failed.status, failed.last_status_code) == (DeliveryStatus.WAITING, None)
    assert "ConnectError" in (failed.last_error or "")


def test_one_attempt_that_finds_nobody_is_enough_for_a_round(cold_room, raise_alarm, free_port) -> None:
    register(cold_room, f"http://127.0.0.1:{free_port}/")
    raise_alarm(ended=True)

    assert deliver(cold_room, NOW) == 1

    raised, ended = sorted(deliveries(cold_room), key=lambda row: -row.attempts)
    assert (raised.attempts, ended.attempts) == (1, 0)
    assert raised.event_id.endswith("_raised")


def test_no_proxy_of_the_environment_sees_what_is_meant_for_the_receiver(
    cold_room, receiver, raise_alarm, monkeypatch
) -> None:
    proxy = Receiver()
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    register(cold_room, receiver.url)
    raise_alarm()

    deliver(cold_room, NOW)
    proxy.close()

    assert (len(receiver.messages), proxy.messages) == (1, [])


def test_a_receiver_has_the_fifteen_seconds_that_it_was_promised() -> None:
    assert sending.ANSWERS_WITHIN == 15
    longest = 2 * sending.REACHED_WITHIN + sending.ANSWERS_WITHIN
    assert timedelta(seconds=longest + 10) < CLAIMED_FOR, "another process must not send what is still being sent"


def test_the_pauses_between_attempts_are_a_setting(cold_room, receiver, raise_alarm, monkeypatch) -> None:
    monkeypatch.setenv("FRESHFRONT_WEBHOOK_RETRY_SECONDS", "[60]")
    register(cold_room, receiver.url)
    raise_alarm()
    receiver.answer = (500, {}, b"")

    deliver(cold_room, NOW)
    (row,) = deliveries(cold_room)
    assert timedelta(seconds=60) <= row.next_attempt_at - NOW <= timedelta(seconds=90)

    deliver(cold_room, row.next_attempt_at)
    (row,) = deliveries(cold_room)
    assert (row.status, row.attempts) == (DeliveryStatus.GIVEN_UP, 2)


def test_a_receiver_that_never_answers_is_left_and_an_endless_answer_is_cut(
    cold_room, receiver, raise_alarm, monkeypatch
) -> None:
    register(cold_room, receiver.url)
    raise_alarm()
    monkeypatch.setattr(sending, "ANSWERS_WITHIN", 0.3)
    receiver.hold.clear()
    deliver(cold_room, NOW)
    receiver.hold.set()
    (row,) = deliveries(cold_room)
    assert row.last_error is not None
    assert row.last_error.startswith("no answer within")

    receiver.answer = (200, {}, b"x" * 10_000_000)
    monkeypatch.setattr(sending, "ANSWERS_WITHIN", 10.0)
    assert deliver(cold_room, row.next_attempt_at) == 1
    assert deliveries(cold_room)[0].status == DeliveryStatus.DELIVERED


def test_two_processes_do_not_send_a_message_twice(cold_room, receiver, raise_alarm) -> None:
    register(cold_room, receiver.url)
    raise_alarm(ended=True)
    receiver.hold.clear()
    threading.Timer(0.5, receiver.hold.set).start()

    with ThreadPoolExecutor(4) as pool:
        tried = list(pool.map(lambda _: deliver(cold_room, NOW), range(4)))

    assert sum(tried) == 2
    assert len(receiver.messages) == 2


def test_what_a_killed_process_had_claimed_is_sent_by_the_next(cold_room, receiver, raise_alarm) -> None:
    register(cold_room, receiver.url)
    raise_alarm()
    with writing(cold_room) as session:
        pass_on_events(session, NOW)
    (row,) = deliveries(cold_room)
    with writing(cold_room) as session:
        claim_message(session, [row.delivery_id], NOW)  # and then it is killed

    assert deliver(cold_room, NOW + timedelta(seconds=30)) == 0
    assert deliver(cold_room, NOW + timedelta(seconds=61)) == 1
    assert len(receiver.messages) == 1


@pytest.mark.parametrize(
    ("host", "why"), [("a..b", "UnicodeError"), ("a" * 70, "UnicodeError"), ("☃.net", "InvalidURL")]
)
def test_a_host_that_cannot_be_looked_up_but_is_kept_is_a_failed_attempt(
    cold_room, receiver, raise_alarm, host: str, why: str
) -> None:
    odd = register_unchecked(cold_room, f"http://{host}/")
    register(cold_room, receiver.url)
    raise_alarm()

    assert deliver(cold_room, NOW) == 2

    assert len(receiver.messages) == 1
    failed = next(row for row in deliveries(cold_room) if row.webhook_id == odd)
    assert (failed.status, failed.attempts) == (DeliveryStatus.WAITING, 1)
    assert failed.next_attempt_at >= NOW + PAUSES[0]
    assert (failed.last_error or "").startswith(why)


def register_unchecked(engine: Engine, url: str) -> str:
    """As a version that checked less would have kept it."""
    webhook_id, _ = register(engine, "http://example.org/")
    with writing(engine) as session:
        session.get_one(WebhookRow, webhook_id).url = url
    return webhook_id


def test_an_error_nobody_foresaw_is_that_messages_failed_attempt_and_is_logged(
    cold_room, receiver, raise_alarm, monkeypatch, caplog
) -> None:
    async def address_or_error(host: str, port: int, allow_private: bool) -> str:
        if host == "odd.example":
            raise RuntimeError("a NUL \0 in it")
        return host

    monkeypatch.setattr(sending, "checked_address", address_or_error)
    odd, _ = register(cold_room, "http://odd.example/")
    register(cold_room, receiver.url)
    raise_alarm()

    assert deliver(cold_room, NOW) == 2

    assert len(receiver.messages) == 1
    failed = next(row for row in deliveries(cold_room) if row.webhook_id == odd)
    assert (failed.status, failed.attempts) == (DeliveryStatus.WAITING, 1)
    assert failed.last_error == "RuntimeError: a NUL ? in it"
    assert [record.levelname for record in caplog.records if failed.delivery_id in record.getMessage()] == ["ERROR"]


def test_an_attempt_that_cannot_be_recorded_holds_up_no_other_webhook(
    cold_room, receiver, raise_alarm, monkeypatch, caplog
) -> None:
    odd, _ = register(cold_room, receiver.url)
    record = delivering.record_outcome

    def record_or_error(session, claimed, *rest) -> None:
        if claimed.message.webhook_id == odd:
            raise RuntimeError("cannot be kept")
        record(session, claimed, *rest)

    monkeypatch.setattr(delivering, "record_outcome", record_or_error)
    other, _ = register(cold_room, receiver.url)
    raise_alarm()

    deliver(cold_room, NOW)

    assert len(receiver.messages) == 2
    statuses = {row.webhook_id: row.status for row in deliveries(cold_room)}
    assert statuses == {odd: DeliveryStatus.WAITING, other: DeliveryStatus.DELIVERED}
    assert [odd in record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == [True]


@pytest.mark.parametrize("host", ["a..b", ".a", "a" * 70, f"{'a' * 70}.org", ".".join(["a" * 60] * 5), "☃.net"])
@pytest.mark.parametrize("allow_private", [False, True])
def test_a_host_that_no_name_server_could_be_asked_for_is_refused(host: str, allow_private: bool) -> None:
    with pytest.raises(Invalid, match="looked up") as refused:
        register_webhook(None, f"http://{host}/", "ops", NIGHT, allow_private)  # type: ignore[arg-type] # refused before
    assert refused.value.field == "url"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/x",
        "example.org/x",
        "https://",
        "http://[::1",
        "https://user:secret@example.org/",
        "https://example.org:99999/",
        "https://example.org/a b",
        "https://example.org/" + "x" * 2_000,
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0.0.0.0/",
        "http://localhost./",
        "http://printer.local/",
        "http://metadata.google.internal/",
        "http://10.0.0.8/",
        "http://192.168.1.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://100.100.100.200/",
        "http://168.63.129.16/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[fd00:ec2::254]/",
        "http://[fe80::1]/",
        "http://224.0.0.1/",
    ],
)
def test_an_address_that_no_webhook_may_lead_to_is_refused(url: str) -> None:
    with pytest.raises(Invalid) as refused:
        register_webhook(None, url, "ops", NIGHT, allow_private=False)  # type: ignore[arg-type] # refused before
    assert refused.value.field == "url"


def test_a_public_address_is_kept_and_its_secret_is_new_each_time(cold_room) -> None:
    with writing(cold_room) as session:
        urls = [
            "https://example.org/a",
            "https://example.org/a",
            "https://münchen.example./b",
            "https://a_b.example:8443",
        ]
        kept = [register_webhook(session, url, "ops", NIGHT, allow_private=False) for url in urls]

    assert len({webhook_id for webhook_id, _ in kept}) == len({secret for _, secret in kept}) == 4
    assert all(secret.startswith("whsec_") for _, secret in kept)


def test_a_name_that_leads_into_our_network_is_refused_when_the_message_is_sent(
    cold_room, receiver, raise_alarm
) -> None:
    register(cold_room, receiver.url.replace("127.0.0.1", "localhost"))
    raise_alarm()

    assert deliver(cold_room, NOW, allow_private=False) == 1

    assert receiver.messages == []
    (row,) = deliveries(cold_room)
    assert row.status == DeliveryStatus.WAITING
    assert "which is private" in (row.last_error or "")


def test_name_servers_that_do_not_answer_take_no_thread_from_others(monkeypatch) -> None:
    answers = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers.wait(20) and [])

    async def look_up_many() -> str:
        lookups = [asyncio.ensure_future(checked_address("a.example", 443, True)) for _ in range(40)]
        await asyncio.sleep(0.1)
        try:
            return await asyncio.wait_for(asyncio.to_thread(lambda: "kept"), 5)
        finally:
            answers.set()
            await asyncio.gather(*lookups, return_exceptions=True)

    assert asyncio.run(look_up_many()) == "kept"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_over_tls_the_name_is_verified_although_the_checked_address_is_connected_to(
    cold_room, raise_alarm, tmp_path, monkeypatch
) -> None:
    certificate, key = certificate_of("localhost", tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    receiver = Receiver(tls)
    register(cold_room, receiver.url.replace("http://127.0.0.1", "https://localhost"))
    register(cold_room, receiver.url.replace("http://127.0.0.1", "https://127.0.0.1"))
    raise_alarm()

    deliver(cold_room, NOW)
    receiver.close()

    assert [headers["host"].split(":")[0] for headers, _ in receiver.messages] == ["localhost"]
    (failed,) = [row for row in deliveries(cold_room) if row.status == DeliveryStatus.WAITING]
    assert "CERTIFICATE_VERIFY_FAILED" in (failed.last_error or "")


def certificate_of(name: str, folder: Path) -> tuple[Path, Path]:
    """A certificate that this name signed for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem, private = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    paths = folder / "certificate.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(pem))
    paths[1].write_bytes(key.private_bytes(pem, private, serialization.NoEncryption()))
    return paths


def test_what_is_kept_of_an_error_is_text_that_both_databases_keep() -> None:
    assert (
        sending.in_words(ValueError("half a character \ud800, a NUL \0")) == "ValueError: half a character ?, a NUL ?"
    )
