"""The life of a webhook: its receiver says that it is gone, it is enabled, tested, listed, told again."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from data.database import reading, writing
from data.tables import DeliveryStatus, OutboxEventRow, WebhookDeliveryRow
from flows.notifying.claiming import claim_message, record_outcome
from flows.notifying.deliveries import deliver_due
from flows.notifying.disabling import disable_webhook, enable_webhook, send_again, webhooks_that_are_gone
from flows.notifying.notifier_state import note_look, notifier_state
from flows.notifying.passing_on import pass_on_events
from flows.notifying.sending import Outcome
from flows.notifying.trying import send_test
from flows.notifying.webhooks import rotate_secret
from tests.integration.coldchain.receiver import Receiver
from tests.integration.coldchain.told_alarms import LOCAL, NOW, happens, register, told

MINUTE = timedelta(minutes=1)


@pytest.fixture
def receivers() -> Iterator[tuple[Receiver, Receiver]]:
    both = Receiver(), Receiver()
    yield both
    for receiver in both:
        receiver.close()


def test_410_once_is_told_to_others_and_undone_by_enabling(cold_room, receivers) -> None:
    proxied, other = receivers
    webhook_id, _ = register(cold_room, proxied.url)
    register(cold_room, other.url, types=["webhook.disabled"])
    proxied.answer = (410, {}, b"gone")
    happens(cold_room, NOW, ("raised", "A"))
    deliver_due(cold_room, NOW, LOCAL)
    happens(cold_room, NOW, ("raised", "missed"))
    deliver_due(cold_room, NOW + MINUTE, LOCAL)
    with reading(cold_room) as session:
        assert [one.webhook_id for one in webhooks_that_are_gone(session)] == [webhook_id]
    proxied.answer = (204, {}, b"")
    with writing(cold_room) as session:
        enable_webhook(session, webhook_id, NOW + 2 * MINUTE)
    deliver_due(cold_room, NOW + 3 * MINUTE, LOCAL)

    assert [(told["type"], told["data"]["webhook_id"]) for told in other.payloads()] == [
        ("webhook.disabled", webhook_id)
    ]
    assert told(proxied) == [["al_A_raised"], ["al_A_raised"]], "the one that was lost by it"
    with reading(cold_room) as session:
        assert list(webhooks_that_are_gone(session)) == []


def test_while_a_secret_is_rotated_what_is_sent_is_signed_with_both(cold_room, receivers) -> None:
    receiver, _ = receivers
    webhook_id, old = register(cold_room, receiver.url)
    with writing(cold_room) as session:
        new = rotate_secret(session, webhook_id, NOW, both_for=10 * MINUTE)
    for minutes in (9, 10):
        happens(cold_room, NOW + minutes * MINUTE, ("raised", f"after {minutes}"))
        deliver_due(cold_room, NOW + minutes * MINUTE, LOCAL)

    within, after = receiver.messages
    for secret, (headers, body) in ((old, within), (new, within), (new, after)):
        assert Verifier(secret).verify(body, headers) == json.loads(body)
    with pytest.raises(WebhookVerificationError):
        Verifier(old).verify(after[1], after[0])


def test_what_somebody_removed_is_no_news(cold_room, receivers) -> None:
    webhook_id, _ = register(cold_room, receivers[0].url)
    with writing(cold_room) as session:
        disable_webhook(session, webhook_id, "removed by ops", NOW, "ops")
    with reading(cold_room) as session:
        assert list(webhooks_that_are_gone(session)) == []
        assert session.scalars(select(OutboxEventRow)).all() == []


def test_who_is_enabled_again_learns_how_the_alarms_went_that_it_knew_of(cold_room, receivers) -> None:
    receiver, _ = receivers
    webhook_id, _ = register(cold_room, receiver.url)
    happens(cold_room, NOW, ("raised", "A"), ("raised", "B"))
    deliver_due(cold_room, NOW, LOCAL)
    with writing(cold_room) as session:
        disable_webhook(session, webhook_id, "removed by ops", NOW + MINUTE, "ops")
    happens(cold_room, NOW + 2 * MINUTE, ("acknowledged", "A"), ("raised", "over"))
    deliver_due(cold_room, NOW + 2 * MINUTE, LOCAL)
    happens(cold_room, NOW + 3 * MINUTE, ("ended", "A"), ("ended", "over"))  # not passed on yet
    for _ in range(2):
        with writing(cold_room) as session:
            enable_webhook(session, webhook_id, NOW + 4 * MINUTE)

    deliver_due(cold_room, NOW + 5 * MINUTE, LOCAL)

    assert told(receiver) == [["al_A_raised"], ["al_B_raised"], ["al_A_acknowledged"], ["al_A_ended"]]


def test_a_test_goes_to_one_webhook_only_whatever_it_is_for(cold_room, receivers) -> None:
    tried, other = receivers
    webhook_id, _ = register(cold_room, tried.url, types=["plan.late"])
    register(cold_room, other.url)
    with writing(cold_room) as session:
        send_test(session, webhook_id, "ops", NOW)

    deliver_due(cold_room, NOW, LOCAL)

    assert [payload["type"] for payload in tried.payloads()] == ["webhook.test"]
    assert other.messages == []


def test_a_message_sent_again_has_its_id_and_a_row_an_attempt(cold_room, receivers) -> None:
    receiver, _ = receivers
    webhook_id, _ = register(cold_room, receiver.url)
    happens(cold_room, NOW, ("raised", "A"))
    deliver_due(cold_room, NOW, LOCAL)
    delivery_id = f"{webhook_id}_al_A_raised"
    with writing(cold_room) as session:
        assert send_again(session, webhook_id, delivery_id, NOW + MINUTE).status == DeliveryStatus.WAITING
    deliver_due(cold_room, NOW + 2 * MINUTE, LOCAL)

    assert told(receiver) == [["al_A_raised"]] * 2


def test_nobody_sends_where_nobody_looks_or_nobody_serves(cold_room, receivers) -> None:
    def state(after: timedelta):
        with reading(cold_room) as session:
            return notifier_state(session, NOW + after)

    assert state(MINUTE * 60).sends, "nobody is to be told"
    webhook_id, _ = register(cold_room, receivers[0].url)
    assert state(MINUTE / 2).sends, "it was added just now"
    assert not state(2 * MINUTE).sends
    deliver_due(cold_room, NOW + 2 * MINUTE, LOCAL)
    assert state(2.5 * MINUTE).sends
    assert not state(4 * MINUTE).sends
    happens(cold_room, NOW, ("raised", "A"))
    with writing(cold_room) as session:
        pass_on_events(session, NOW + 4 * MINUTE)
        note_look(session, NOW + 7 * MINUTE)
    assert (state(5 * MINUTE).not_served, state(7 * MINUTE).not_served) == ([], [webhook_id]), "it looks and is stuck"
    with reading(cold_room) as session:
        assert len(session.scalars(select(WebhookDeliveryRow)).all()) == 1


def test_a_webhook_whose_other_messages_are_tried_is_served(cold_room, receivers) -> None:
    webhook_id, _ = register(cold_room, receivers[0].url)
    happens(cold_room, NOW, ("raised", "A"), ("raised", "B"))
    with writing(cold_room) as session:
        pass_on_events(session, NOW)
    at = NOW + 5 * MINUTE
    with writing(cold_room) as session:
        claimed = claim_message(session, [f"{webhook_id}_al_A_raised"], at)
        assert claimed is not None
        record_outcome(session, claimed, Outcome(204, None), (), at)

    with reading(cold_room) as session:
        assert notifier_state(session, at + MINUTE).not_served == []
        assert notifier_state(session, at + 3 * MINUTE).not_served == [webhook_id]


def test_what_waits_for_a_message_that_is_tried_again_later_is_not_overdue(cold_room, receivers) -> None:
    receiver, _ = receivers
    register(cold_room, receiver.url)
    receiver.answer = (500, {}, b"")
    happens(cold_room, NOW, ("raised", "A"))
    deliver_due(cold_room, NOW, LOCAL)
    deliver_due(cold_room, NOW + MINUTE, LOCAL)  # again in five minutes
    happens(cold_room, NOW + MINUTE, ("ended", "A"))
    deliver_due(cold_room, NOW + MINUTE, LOCAL)

    with reading(cold_room) as session:
        assert notifier_state(session, NOW + 5 * MINUTE).not_served == []
        assert notifier_state(session, NOW + 9 * MINUTE).not_served, "now both are"
    assert told(receiver) == [["al_A_raised"]] * 2
