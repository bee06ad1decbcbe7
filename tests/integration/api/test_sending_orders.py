"""Purchase orders sent over HTTP, and the links that their suppliers get."""

from datetime import date
from decimal import Decimal

import httpx
from sqlalchemy import Engine

from data.database import writing
from data.tables import SupplierRow
from flows.ordering.placing import NewPurchaseOrderLine, place_purchase_orders
from tests.integration.mailbox import Mailbox

from .conftest import NOW, Bearer


def ordered(shop: Engine, send_to: str | None) -> str:
    """The number of an order of milk from F2, who is reached at this address."""
    with writing(shop) as session:
        session.get_one(SupplierRow, "F2").send_to = send_to
        milk = NewPurchaseOrderLine("F2", "W1", date(2026, 3, 4), "milk", Decimal(40))
        return place_purchase_orders(session, [milk], NOW, "Li")[0].number


async def test_an_order_is_sent_once_unless_it_is_asked_for_again(
    client: httpx.AsyncClient, bearer: Bearer, shop: Engine, mailbox: Mailbox
) -> None:
    address = f"/v1/purchase-orders/{ordered(shop, mailbox.address)}/send"

    for body, mails in (({}, 1), ({}, 1), ({"again": True}, 2)):
        answer = await client.post(address, json=body, headers=bearer("buyer"))
        assert (answer.status_code, answer.json()["status"]) == (200, "sent")
        assert len(mailbox.mails) == mails
        assert mailbox.address not in answer.text

    events = [(event["kind"], event["by"], event["note"]) for event in answer.json()["history"]]
    assert events == [("ordered", "Li", None), *[("sent", "a buyer", "E-Mail")] * 2]


async def test_an_order_that_has_nowhere_to_go_is_not_sent(
    client: httpx.AsyncClient, bearer: Bearer, shop: Engine
) -> None:
    number = ordered(shop, None)

    answer = await client.post(f"/v1/purchase-orders/{number}/send", json={}, headers=bearer("buyer"))

    assert answer.status_code == 409
    assert "F2 has no address to send to" in answer.json()["detail"]
    assert (await client.post("/v1/purchase-orders/none/send", json={}, headers=bearer("buyer"))).status_code == 404


async def test_a_link_is_made_and_revoked(client: httpx.AsyncClient, bearer: Bearer, shop: Engine) -> None:
    links, buyer = f"/v1/purchase-orders/{ordered(shop, None)}/links", bearer("buyer")

    made = await client.post(links, headers=buyer)
    assert made.status_code == 201
    address = made.json()["address"]
    assert (await client.get(address)).status_code == 200

    assert (await client.delete(links, headers=buyer)).json() == {"revoked": 1}
    assert (await client.delete(links, headers=buyer)).json() == {"revoked": 0}
    assert (await client.get(address)).status_code == 410
    assert (await client.delete("/v1/purchase-orders/none/links", headers=buyer)).status_code == 404
