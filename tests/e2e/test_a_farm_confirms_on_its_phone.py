"""The farm's path: a link in a chat, opened on a phone, without an account."""

import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from data.database import reading, writing
from data.local_days import today_there
from data.tables import (
    OfferRow,
    OfferTierRow,
    PlanLineRow,
    PurchaseOrderLineRow,
    PurchaseOrderRow,
    PurchasePlanRow,
    SupplierRow,
    WarehouseRow,
)
from flows.ordering.placing import NewPurchaseOrderLine, place_purchase_orders
from flows.ordering.supplier_links import make_link
from flows.purchasing.planning.planning import plan_what_to_order
from flows.purchasing.planning.purchase_plans import make_purchase_plan
from warehouse.purchasing.plan import PlanLine, PlanReason

from .conftest import PHONE, Service, Visits

pytestmark = pytest.mark.browser
OTHERWISE = {PlanReason.CAPPED_BY_CAPACITY, PlanReason.REACHES_PRICE_TIER}  # less is bought than is needed, or more
CHAT_PREVIEW = {"User-Agent": "facebookexternalhit/1.1", "Accept": "text/html"}


def ordered(service: Service) -> tuple[str, str]:
    """The id of an order of 40 of two products each, and the address at which its farm confirms it."""
    now = datetime.now(UTC)
    with writing(service.engine) as session:
        supplier_id, *_ = session.scalars(select(OfferRow.supplier_id).order_by(OfferRow.offer_id)).all()
        offers = session.scalars(select(OfferRow).where(OfferRow.supplier_id == supplier_id).limit(2)).all()
        session.get_one(WarehouseRow, "W01").address = "杭州市西湖区文三路 478 号"
        farm = session.get_one(SupplierRow, supplier_id)
        farm.delivers_from, farm.delivers_until, farm.language = "05:00", "07:30", "zh"
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


def test_what_a_farm_does_not_bring_is_asked_for_elsewhere(visit: Visits, service: Service) -> None:
    short, address, bring = ordered_as_needed(service, "W02")
    page = visit(None, PHONE).page
    page.goto(address)
    page.get_by_role("textbox").fill(f"{bring.normalize():f}")
    page.get_by_role("button").click()
    expect(page.get_by_role("status")).to_be_visible()

    asked = asked_elsewhere(service, "W02", short.product_id)
    assert asked.supplier_id == "another farm"
    # a pack more or less, since its yield is another one
    assert abs(asked.quantity - (short.quantity - bring)) <= (short.pack_size or 0)
    assert asked.quantity > 0
    make_purchase_plan(service.engine, ["W01", "W02"], datetime.now(UTC), "a buyer", replace_edited=True)


def ordered_as_needed(service: Service, warehouse_id: str) -> tuple[PlanLine, str, Decimal]:
    """The largest line of a plan that buys what is needed, as it was ordered, the address at which its farm confirms,
    and half of its packs; another farm offers the same packs for the same price on that day."""
    now = datetime.now(UTC)
    with reading(service.engine) as session:
        planned = plan_what_to_order(session, [warehouse_id], now)
    as_needed = (line for line in planned.lines if OTHERWISE.isdisjoint(why.code for why in line.reasons))
    line = max(as_needed, key=lambda line: line.packs or 0)
    assert line.packs
    assert line.packs >= 4, "half of it is more than the pack by which the plans may differ"
    days = (line.delivery_date - today_there(now, "Asia/Shanghai")).days
    with writing(service.engine) as session:
        session.add(SupplierRow(supplier_id="another farm", name="Another farm", kind="farm"))
        session.flush()
        session.add(
            OfferRow(offer_id="another offer", supplier_id="another farm", product_id=line.product_id,
                     pack_size=line.pack_size, min_quantity=Decimal(0), daily_capacity=None, lead_time_days=days,
                     delivery_weekdays="1,2,3,4,5,6,7", valid_from=line.delivery_date,
                     valid_until=line.delivery_date, known_at=now - timedelta(days=1),
                     tiers=[OfferTierRow(min_quantity=Decimal(0), unit_price=line.unit_price)])
        )  # fmt: skip
        to_order = NewPurchaseOrderLine(
            str(line.supplier_id), warehouse_id, line.delivery_date, line.product_id, line.quantity, line.unit_price
        )
        [order] = place_purchase_orders(session, [to_order], now, "a buyer")
        token = make_link(session, order.purchase_order_id, now, "a buyer")
    return line, f"{service.address}/supplier/{token}", line.packs // 2 * (line.pack_size or line.quantity)


def asked_elsewhere(service: Service, warehouse_id: str, product_id: str) -> PlanLineRow:
    """The line of the draft that was made after the confirmation, once it is there."""
    line = (
        select(PlanLineRow)
        .join(PurchasePlanRow)
        .where(PurchasePlanRow.created_by.endswith("was confirmed short"))
        .where(PlanLineRow.warehouse_id == warehouse_id, PlanLineRow.product_id == product_id)
    )
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with reading(service.engine) as session:
            if found := session.scalars(line).first():
                return found
        time.sleep(0.2)
    raise TimeoutError("no draft was made after the confirmation")
