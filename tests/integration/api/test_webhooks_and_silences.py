"""Webhooks of every kind, their deliveries, and silences, by the API."""

from datetime import timedelta

import httpx
import pytest

from tests.integration.api.conftest import NOW, Bearer


async def test_a_webhook_is_tested_its_deliveries_listed_and_sent_again_enabled_after_it_was_removed(
    client: httpx.AsyncClient, bearer: Bearer
) -> None:
    operator = bearer("operator")
    made = await client.post("/v1/webhooks", json={"url": "https://alerts.example.com/x"}, headers=operator)
    at = f"/v1/webhooks/{made.json()['webhook_id']}"
    tested = await client.post(f"{at}/test", headers=operator)
    listed = (await client.get(f"{at}/deliveries?status=waiting", headers=operator)).json()["items"]
    again = await client.post(f"{at}/deliveries/{listed[0]['delivery_id']}/send-again", headers=operator)

    assert (tested.status_code, again.status_code) == (202, 202)
    assert [(one["status"], one["attempts"], one["events"][0]["type"]) for one in listed] == [
        ("waiting", [], "webhook.test")
    ]
    assert (await client.get("/v1/webhooks/wh_none/deliveries", headers=operator)).status_code == 404
    removed = await client.delete(at, headers=operator)
    refused = await client.post(f"{at}/test", headers=operator)
    enabled = await client.post(f"{at}/enable", headers=operator)
    assert (removed.status_code, refused.status_code, enabled.json()["disabled_at"]) == (204, 409, None)


async def test_an_address_that_is_a_secret_is_shown_no_more(client: httpx.AsyncClient, bearer: Bearer) -> None:
    mail = {"kind": "apprise", "url": "mailtos://alarms:pa55word@mail.example.com?to=night@example.com"}
    made = (await client.post("/v1/webhooks", json=mail, headers=bearer("operator"))).json()

    assert (made["url"], made["kind"]) == ("mailtos://...", "apprise")
    assert "pa55word" not in (await client.get("/v1/webhooks", headers=bearer("operator"))).text


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "pagerduty", "url": "https://events.pagerduty.com/v2/enqueue"}, "routing_key"),
        ({"url": "https://example.com/x", "routing_key": "k"}, "routing_key"),
        ({"kind": "mqtt", "url": "mqtt:freshfront/#"}, "url"),
        ({"kind": "apprise", "url": "nothing://here"}, "url"),
        ({"kind": "apprise", "url": "json://10.0.0.1/x"}, "url"),
        ({"kind": "alertmanager", "url": "http://127.0.0.1/x"}, "url"),
    ],
)
async def test_a_receiver_that_could_not_be_told_is_refused(
    client: httpx.AsyncClient, bearer: Bearer, body: dict[str, str], field: str
) -> None:
    refused = await client.post("/v1/webhooks", json=body, headers=bearer("operator"))

    assert refused.status_code == 422
    assert field in refused.text


async def test_staff_silence_alarms_until_a_moment_and_end_it_before(client: httpx.AsyncClient, bearer: Bearer) -> None:
    wanted = {"warehouse_id": "W1", "ends_at": (NOW + timedelta(hours=4)).isoformat(), "reason": "maintenance"}
    made = await client.post("/v1/silences", json=wanted, headers=bearer("staff"))
    active = (await client.get("/v1/silences?active=true", headers=bearer("staff"))).json()["items"]
    ended = await client.delete(f"/v1/silences/{made.json()['silence_id']}", headers=bearer("staff"))
    after = (await client.get("/v1/silences?active=true", headers=bearer("staff"))).json()["items"]

    assert (made.status_code, ended.status_code) == (201, 200)
    assert [one["reason"] for one in active] == ["maintenance"]
    assert after == []
    assert (await client.post("/v1/silences", json=wanted, headers=bearer("buyer"))).status_code == 403
