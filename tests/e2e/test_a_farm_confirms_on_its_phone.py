"""The farm's path: a link in a chat, opened on a phone, without an account."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from data.database import reading, writing
from data.tables import OfferRow, PurchaseOrderLineRow, PurchaseOrderRow, SupplierRow, WarehouseRow
from flows.ordering.placing import NewPurchaseOrderLine, place_purchase_orders
from flows.ordering.supplier_links import make_link

from .conftest import PHONE, Service, Visits

pytestmark = pytest.mark.browser
CHAT_PREVIEW = {"User-Agent": "facebookexternalhit/1.1", "Accept": "text/html"}


def ordered(service: Service) -> tuple[str, str]:
    """The id of an order of 40 of two products each, and the address at which its farm confirms it."""
    now = datetime.now(UTC)
    with writing(service.engine) as session:
        supplier_id, *_ = session.scalars(select(OfferRow.supplier_id).order_by(OfferRow.offer_id)).all()
        offers = session.scalars(select(OfferRow).where(OfferRow.supplier_id == supplier_id).limit(2)).all()
        session.get_one(WarehouseRow, "W01").address = "杭州市西湖区文三路 478 号"
        farm = session.get_one(SupplierRow, supplier_id)
        farm.delivers_from, farm.delivers_until = "05:00", "07:30"
        day = (now + timedelta(days=2)).date()
        lines = [
            NewPurchaseOrderLine(supplier_id, "W01", day, offer.product_id, Decimal(40), Decimal(5), offer.offer_id)
            for offer in offers
        ]
        [order] = place_purchase_orders(session, lines, now, "a buyer")
        token = make_link(session, order.purchase_order_id, now, "a buyer")
        return order.purchase_order_id, f"{service.address}/supplier/{token}"


def test_a_farm_opens_its_link_confirms_30_of_40_and_finds_it_read_only(visit: Visits, service: Service) -> None:
    order_id, address = ordered(service)
    for _ in range(3):  # what a chat program fetches before anybody taps
        assert httpx.get(address, headers=CHAT_PREVIEW).status_code == 200

    window = visit(None, PHONE)
    page = window.page
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_contain_text("采购订单 PO-")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    fields = page.get_by_role("textbox")
    assert [field.input_value() for field in fields.all()] == ["40", "40"]
    assert all(field.evaluate("field => field.labels.length") for field in fields.all())
    page.get_by_role("link", name="English").tap()
    expect(page.get_by_role("heading", name="What will you bring?")).to_be_visible()

    fields.first.fill("400")
    page.get_by_role("button", name="Confirm").tap()
    expect(page.get_by_role("alert")).to_contain_text("a number from 0 to 40")
    expect(fields.first).to_have_value("400")
    window.complaints.clear()  # the browser itself notes the 422
    fields.first.fill("30")
    page.get_by_role("button", name="Confirm").tap()
    expect(page.get_by_role("status")).to_contain_text("Confirmed. Thank you!")

    page.goto(address)
    expect(page.get_by_role("status")).to_contain_text("已确认")
    assert page.get_by_role("textbox").count() == 0
    assert page.get_by_role("button").count() == 0
    expect(page.locator(".bring").first).to_contain_text("30")
    with reading(service.engine) as session:
        of_it = PurchaseOrderLineRow.purchase_order_id == order_id
        lines = session.scalars(select(PurchaseOrderLineRow).where(of_it).order_by(PurchaseOrderLineRow.line_no)).all()
        assert [line.confirmed for line in lines] == [Decimal(30), Decimal(40)]
        assert session.get_one(PurchaseOrderRow, order_id).confirmed_at is not None

    page.goto(f"{address[:-3]}xyz")
    expect(page.get_by_role("heading", level=1)).to_have_text("链接无效")
    window.complaints.clear()  # and the 404
