"""The pages of purchase orders: what they show, to whom, and what their forms do; without a browser."""

import html
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest
from sqlalchemy import Engine

from data.database import reading, writing
from data.tables import Role
from flows.ordering.looking_up import purchase_order
from flows.ordering.placing import NewPurchaseOrderLine, place_purchase_orders
from flows.ordering.receiving_against_orders import Delivery, count_deliveries

from .conftest import NOW, TODAY, TOMORROW

SignIn = Callable[[Role], Awaitable[httpx.AsyncClient]]


@pytest.fixture
def numbers(shop: Engine) -> list[str]:
    """An order that comes tomorrow, and one that should have come yesterday."""
    wanted = {"warehouse_id": "W1", "supplier_id": "F1", "product_id": "spinach", "quantity": Decimal(40)}
    with writing(shop) as session:
        placed = []
        for due, at in ((TOMORROW, NOW), (TODAY - timedelta(days=1), NOW - timedelta(days=2))):
            line = NewPurchaseOrderLine(delivery_date=due, unit_price=Decimal("5.5"), **wanted)  # type: ignore[arg-type]
            placed += place_purchase_orders(session, [line], at, "Li Na")
        return [order.number for order in placed]


def words_of(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    main = answer.text.partition("<main")[2]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", main)))


async def test_an_order_goes_its_way_on_its_page(shop: Engine, numbers: list[str], sign_in: SignIn) -> None:
    buyer = await sign_in(Role.BUYER)
    here = f"/orders/{numbers[0]}"

    async def do(what: str, **form: object) -> str:
        answer = await buyer.post(f"{here}/{what}", data=form)
        assert answer.status_code == 303, answer.text
        return words_of(await buyer.get(answer.headers["location"]))

    listed = words_of(await buyer.get("/orders"))
    assert listed.index(numbers[0]) < listed.index(numbers[1])
    assert "not sent yet" in listed
    assert numbers[0] not in words_of(await buyer.get("/orders?status=overdue"))
    assert "No purchase order matches." in words_of(await buyer.get(f"/orders?due={TODAY}"))
    assert "1 purchase order is overdue" in words_of(await buyer.get("/"))

    assert "Noted as sent." in await do("sent", how="by phone")
    shown = await do("confirm", line_no=1, quantity="30")
    assert "confirmed short" in shown
    assert "Confirmed: 30.0" in shown
    with writing(shop) as session:
        both = Decimal(40 + 25)  # what was overdue comes first
        count_deliveries(session, [Delivery("W1", "F1", "spinach", both, NOW, NOW, lot_id="L9")], "staff")
    assert "/supplier/" in await do("link")
    assert "1 link ended." in await do("revoke-links")
    shown = await do("cancel", note="it rained")
    assert "it rained" in shown
    with reading(shop) as session:
        seen = purchase_order(session, numbers[0], NOW)
        assert (seen.status, seen.lines[0].known.received + seen.lines[0].known.cancelled) == ("closed", 40)
    assert "Cancel what has not come" not in shown  # nothing is left to do
    assert "Link for the supplier" not in shown


async def test_forms_refuse_what_cannot_be_and_staff_only_looks(numbers: list[str], sign_in: SignIn) -> None:
    buyer = await sign_in(Role.BUYER)
    here = f"/orders/{numbers[0]}"
    for path, form, status in [
        (f"{here}/confirm", {"line_no": 1, "quantity": "many"}, 422),
        (f"{here}/confirm", {"line_no": 1, "quantity": "41"}, 422),
        ("/orders/PO-1/cancel", {}, 404),
        (f"{here}/send", {}, 409),  # the supplier has no address to send to
    ]:
        answer = await buyer.post(path, data=form)
        assert answer.status_code == status, answer.text
    assert (await buyer.get("/orders/PO-1")).status_code == 404
    assert (await buyer.get("/orders?after=never")).status_code == 422
    staff = await sign_in(Role.STAFF)
    shown = words_of(await staff.get(here))
    assert "Mark as sent" not in shown
    assert (await staff.post(f"{here}/cancel")).status_code == 403
