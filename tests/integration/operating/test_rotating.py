"""Keys and secrets are changed without anybody being locked out: the old one works beside the new one for a while."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from standardwebhooks import Webhook as Verifier

from data.database import reading, writing
from data.tables import ReceiverKind, Role, WarehouseRow, WebhookRow
from flows.access.keys import create_key, revoke_key, rotate_key, verify_key
from flows.errors import Invalid, Unknown
from flows.notifying.sending import Message, _signatures
from flows.notifying.webhooks import register_webhook, rotate_secret

NOW = datetime(2026, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)


def test_a_rotated_key_works_until_its_time_is_over_and_the_new_one_is_for_the_same(engine: Engine) -> None:
    with writing(engine) as session:
        session.add(WarehouseRow(warehouse_id="W1", name="W1", city="杭州", timezone="Asia/Shanghai"))
        session.flush()
        old_id, old = create_key(session, "shelf", Role.STAFF, NOW, ["W1"])
        new_id, new = rotate_key(session, old_id, NOW, DAY)
    with reading(engine) as session:
        holder = verify_key(session, new, NOW + 2 * DAY)
        assert holder is not None
        assert (holder.key_id, holder.name, holder.role, holder.warehouses) == (new_id, "shelf", Role.STAFF, {"W1"})
        assert verify_key(session, old, NOW + DAY - timedelta(seconds=1)) is not None
        assert verify_key(session, old, NOW + DAY) is None


def test_only_a_key_that_works_is_rotated(engine: Engine) -> None:
    with writing(engine) as session:
        key_id, _ = create_key(session, "shelf", Role.STAFF, NOW)
        revoke_key(session, key_id, NOW)
    with writing(engine) as session:
        with pytest.raises(Invalid, match="ended"):
            rotate_key(session, key_id, NOW, DAY)
        with pytest.raises(Unknown):
            rotate_key(session, "key-none", NOW, DAY)


def test_messages_are_signed_with_both_secrets(engine: Engine) -> None:
    with writing(engine) as session:
        webhook_id, old = register_webhook(session, "https://a.example/x", "ops", NOW, allow_private=False)
        new = rotate_secret(session, webhook_id, NOW, DAY)
        kept = session.get_one(WebhookRow, webhook_id)
        assert kept.kind is ReceiverKind.STANDARD
        assert (kept.secret, kept.previous_secret, kept.previous_secret_until) == (new, old, NOW + DAY)
    sent_at, body = datetime.now(UTC), json.dumps({"type": "x"})
    for previous, verifies in ((old, True), (None, False)):
        message = Message("d", webhook_id, "e1", ReceiverKind.STANDARD, "https://a.example/x", new, {}, 1, previous)
        headers = {"webhook-id": "e1", "webhook-timestamp": str(int(sent_at.timestamp())),
                   "webhook-signature": _signatures(message, sent_at, body)}  # fmt: skip
        assert Verifier(new).verify(body, headers) == {"type": "x"}
        if verifies:
            assert Verifier(old).verify(body, headers) == {"type": "x"}
        else:
            with pytest.raises(Exception, match="signature"):
                Verifier(old).verify(body, headers)
