"""A farm's own page: what its link shows and does, and what everybody else gets."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, select

from api.transactions import moment
from data.database import reading, writing
from data.tables import (
    PurchaseOrderEventRow,
    PurchaseOrderLineRow,
    PurchaseOrderRow,
    SupplierLinkRow,
    SupplierRow,
    WarehouseRow,
)
from flows.errors import NotNow
from flows.ordering.cancelling import cancel_purchase_order
from flows.ordering.confirming import confirm_purchase_order
from flows.ordering.placing import NewPurchaseOrderLine, place_purchase_orders
from flows.ordering.supplier_links import make_link, revoke_links

from .conftest import NOW

DELIVERY = date(2026, 3, 4)
END_OF_DELIVERY = datetime(2026, 3, 4, 16, tzinfo=UTC)  # midnight in Shanghai
HERE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def number(shop: Engine) -> str:
    """An order of 40 kg of spinach and 24 pieces of milk from F1; F2 has an order of saffron."""
    with writing(shop) as session:
        farm, warehouse = session.get_one(SupplierRow, "F1"), session.get_one(WarehouseRow, "W1")
        farm.delivers_from, warehouse.address, warehouse.contact = "05:00", "文三路 478 号", "<b>王芳</b>"
        ordered = [("F1", "spinach", "40", "5"), ("F1", "milk", "24", None), ("F2", "saffron", "3", None)]
        lines = [
            NewPurchaseOrderLine(
                farm_id, "W1", DELIVERY, product, Decimal(quantity), Decimal(6), pack_size=pack and Decimal(pack)
            )
            for farm_id, product, quantity, pack in ordered
        ]
        [order, _] = place_purchase_orders(session, lines, NOW, "Li")
        return order.number


@pytest.fixture
def link(shop: Engine, number: str) -> str:
    return make(shop, number)


def make(shop: Engine, number: str) -> str:
    with writing(shop) as session:
        return f"/supplier/{make_link(session, number, NOW, 'Li')}"


def confirmed(shop: Engine, number: str) -> list[Decimal | None]:
    with reading(shop) as session:
        lines = select(PurchaseOrderLineRow.confirmed).join(PurchaseOrderRow).where(PurchaseOrderRow.number == number)
        return list(session.scalars(lines.order_by(PurchaseOrderLineRow.line_no)))


def kept(shop: Engine) -> list[str]:
    """All that a link could change."""
    tables = (PurchaseOrderRow, PurchaseOrderLineRow, PurchaseOrderEventRow, SupplierLinkRow)
    with reading(shop) as session:
        return [repr(row) for table in tables for row in session.execute(select(table.__table__)).all()]


def bring(*quantities: str) -> dict[str, list[str]]:
    return {"line_no": [str(n) for n in range(1, len(quantities) + 1)], "bring": list(quantities)}


async def test_looking_shows_the_order_alone_and_changes_nothing(
    client: httpx.AsyncClient, shop: Engine, number: str, link: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = kept(shop)

    answers = [await client.get(link) for _ in range(3)]

    page = answers[-1]
    assert page.status_code == 200
    for words in (
        number,
        "2026年3月4日星期三",
        "05:00 起",
        "文三路 478 号",
        "农场 F1",
        "spinach",
        "40\N{NO-BREAK SPACE}公斤",
    ):
        assert words in page.text
    assert "8 × 5\N{NO-BREAK SPACE}公斤" in page.text
    assert "saffron" not in page.text
    assert "农场 F2" not in page.text
    assert "<b>王芳" not in page.text
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "same-origin"
    assert page.headers["x-robots-tag"] == "noindex, nofollow"
    assert "set-cookie" not in page.headers
    assert kept(shop) == before
    written = capsys.readouterr()
    assert "/supplier/…" in written.err
    assert link.removeprefix("/supplier/") not in written.err + written.out + "".join(before)


async def test_a_farm_confirms_once_and_sees_what_it_said(
    client: httpx.AsyncClient, shop: Engine, number: str, link: str
) -> None:
    answer = await client.post(link, data=bring("30", "24"), headers=HERE)
    assert (answer.status_code, answer.headers["location"]) == (303, "?")
    assert confirmed(shop, number) == [Decimal(30), Decimal(24)]
    with reading(shop) as session:
        assert {event.by for event in session.scalars(select(PurchaseOrderEventRow)) if event.line_no} == {"农场 F1"}
        assert session.scalars(select(SupplierLinkRow.used_at)).one() == NOW

    after = kept(shop)
    page = await client.get(link)
    assert "30\N{NO-BREAK SPACE}公斤" in page.text
    assert "已确认" in page.text
    assert "<form" not in page.text
    assert (await client.post(link, data=bring("1", "1"), headers=HERE)).status_code == 303
    assert (await client.get(make(shop, number))).text.count("<form") == 0
    assert kept(shop)[: len(after) - 1] == after[: len(after) - 1]


@pytest.mark.parametrize("typed", ["41", "-1", "x", "", "NaN", "1e999999", "0.0001", "１００"])
async def test_a_quantity_that_cannot_be_is_said_beside_its_field(
    client: httpx.AsyncClient, shop: Engine, number: str, link: str, typed: str
) -> None:
    before = kept(shop)

    answer = await client.post(link, data=bring(typed, "24"), headers=HERE)

    assert answer.status_code == 422
    assert "请填 0 到 40" in answer.text
    assert f'value="{typed}"' in answer.text
    assert answer.text.count('role="alert"') == 1
    assert kept(shop) == before


async def test_what_was_cancelled_is_not_asked_for(
    client: httpx.AsyncClient, shop: Engine, number: str, link: str
) -> None:
    with writing(shop) as session:
        cancel_purchase_order(session, number, NOW, "Li", line_no=1)

    assert "spinach" not in (await client.get(link)).text
    assert (await client.post(link, data=bring("40", "24"), headers=HERE)).status_code == 422
    form = {"line_no": ["2"], "bring": ["23,5"]}
    assert (await client.post(link, data=form, headers=HERE)).status_code == 303
    assert confirmed(shop, number) == [Decimal(0), Decimal("23.5")]


@pytest.mark.parametrize("settled", ["confirmed by telephone", "cancelled"])
async def test_an_order_that_was_settled_otherwise_is_only_shown(
    client: httpx.AsyncClient, shop: Engine, number: str, link: str, settled: str
) -> None:
    with writing(shop) as session:
        if settled == "cancelled":
            cancel_purchase_order(session, number, NOW, "Li")
        else:
            confirm_purchase_order(session, number, {1: Decimal(20)}, NOW, "Li")
    before = kept(shop)

    page = await client.get(link)

    assert page.status_code == 200
    assert "<form" not in page.text
    assert ("已关闭" in page.text) == (settled == "cancelled")
    assert (await client.post(link, data=bring("1", "1"), headers=HERE)).status_code == 303
    assert kept(shop) == before


async def test_a_link_that_is_none_or_ended_tells_nothing(
    app: FastAPI, client: httpx.AsyncClient, shop: Engine, number: str, link: str
) -> None:
    revoked = make(shop, number)
    with writing(shop) as session:
        token_of = select(SupplierLinkRow).where(SupplierLinkRow.revoked_at.is_(None))
        assert len(session.scalars(token_of).all()) == 2
        assert revoke_links(session, number, NOW) == 2
        assert revoke_links(session, number, NOW) == 0
    late = make(shop, number)
    altered = late[:-1] + ("A" if late[-1] != "A" else "B")
    moments = [(revoked, NOW, 410), (link, NOW, 410), (altered, NOW, 404), ("/supplier/x", NOW, 404)]
    moments += [(late, END_OF_DELIVERY, 410)]
    before = kept(shop)

    for address, now, status in moments:
        app.dependency_overrides[moment] = lambda now=now: now
        answers = [await client.get(address), await client.post(address, data=bring("1", "1"), headers=HERE)]
        for answer in answers:
            assert answer.status_code == status, address
            assert "链接无效" in answer.text
            assert not any(told in answer.text for told in (number, "spinach", "农场", "W1"))

    assert kept(shop) == before
    app.dependency_overrides[moment] = lambda: END_OF_DELIVERY - timedelta(seconds=1)
    assert (await client.get(late)).status_code == 200


async def test_other_sites_cannot_confirm_and_old_browsers_can(
    client: httpx.AsyncClient, shop: Engine, number: str, link: str
) -> None:
    foreign = [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}]
    for headers in foreign:
        assert (await client.post(link, data=bring("1", "1"), headers=headers)).status_code == 403
    assert confirmed(shop, number) == [None, None]

    assert (await client.post(link, data=bring("40", "24"))).status_code == 303


async def test_the_page_speaks_the_farms_language_or_the_one_chosen(
    client: httpx.AsyncClient, shop: Engine, link: str
) -> None:
    assert "您能送多少" in (await client.get(f"{link}?language=xx")).text
    assert "What will you bring?" in (await client.get(f"{link}?language=en")).text
    with writing(shop) as session:
        session.get_one(SupplierRow, "F1").language = "en"
    assert 'lang="en-GB"' in (await client.get(link)).text
    assert "您能送多少" in (await client.get(f"{link}?language=zh")).text
    answer = await client.post(f"{link}?language=zh", data=bring("40", "24"), headers=HERE)
    assert answer.headers["location"] == "?language=zh"


def test_there_is_no_link_to_an_order_that_is_over(shop: Engine, number: str) -> None:
    with writing(shop) as session, pytest.raises(NotNow, match="too late"):
        make_link(session, number, END_OF_DELIVERY, "Li")
    with writing(shop) as session:
        cancel_purchase_order(session, number, NOW, "Li")
    with writing(shop) as session, pytest.raises(NotNow, match="closed"):
        make_link(session, number, NOW, "Li")
