"""The floor of a warehouse drawn, searched and as a table."""

import re
from collections.abc import Awaitable, Callable
from decimal import Decimal
from xml.etree import ElementTree

import httpx
import pytest
from sqlalchemy import Engine

from data.database import writing
from data.tables import (
    Band,
    FloorPoint,
    FloorPointRow,
    MoveRow,
    MoveStatus,
    ProductRow,
    Role,
    SlotRow,
    SlotSuggestionRow,
    Unit,
)

from .conftest import NOW, ORIGIN

SignIn = Callable[[Role], Awaitable[httpx.AsyncClient]]
SVG = "{http://www.w3.org/2000/svg}"
MOST_BYTES = 80 * 1024


@pytest.fixture
def full(shop: Engine) -> Engine:
    """The shop's three slots and 477 more in an aisle, of which all but twenty hold a product; as many moves."""
    with writing(shop) as session:
        for n in range(477):
            session.add(ProductRow(product_id=f"P{n:04d}", name=f"Farm Select baby bok choy {n}", band=Band.LEAF,
                                   category="leaf vegetables", unit=Unit.KG))  # fmt: skip
        session.flush()
        for n in range(477):
            slot_id, held = f"W1-LEAF-{n // 48:02d}L{n % 48:02d}-1", f"P{n:04d}" if n >= 20 else None
            session.add(SlotRow(slot_id=slot_id, warehouse_id="W1", zone_id="Z1", x_m=8 + n // 24 % 2 * 2.4, y_m=n % 24,
                                distance_m=n, volume_l=Decimal(300), product_id=held, aisle="A", bay=n % 24,
                                level=n // 48))  # fmt: skip
            session.flush()
            if held:
                session.add(SlotSuggestionRow(warehouse_id="W1", product_id=held, slot_id="W1-1", lines_per_day=n / 10,
                                              origin=ORIGIN, reasons=[{"code": "stays"}]))  # fmt: skip
            reason = {"code": "saves_walking", "metres_per_day": 40.0, "repaid_after_days": 7.5}
            session.add(MoveRow(move_id=f"{n:032d}", warehouse_id="W1", product_id=f"P{n:04d}", from_slot_id=slot_id,
                                to_slot_id="W1-1", rank=n + 2, metres_saved_per_day=40.0, created_at=ORIGIN,
                                status=MoveStatus.SUGGESTED, reasons=[reason]))  # fmt: skip
        for point, x in ((FloorPoint.START, 0), (FloorPoint.PACKING, 0), (FloorPoint.DOCK, 12)):
            session.add(FloorPointRow(warehouse_id="W1", point=point, x_m=x, y_m=25))
    return shop


async def test_the_pages_of_a_warehouse_with_480_slots_are_small(sign_in: SignIn, full: Engine) -> None:
    browser = await sign_in(Role.STAFF)
    floor = (await browser.get("/warehouses/W1/slots")).content
    table = (await browser.get("/warehouses/W1/slots/table")).content

    assert b"478 steps" in floor
    assert b"458 more steps" in floor
    assert table.count(b"<tr><th>") == 480
    assert len(floor) <= MOST_BYTES
    assert len(table) <= MOST_BYTES
    assert (await browser.get("/warehouses/W1/slots?steps=all")).text.count('<li id="move-') == 478


async def test_the_floor_is_a_drawing_of_its_own_that_is_not_sent_again(sign_in: SignIn, full: Engine) -> None:
    browser = await sign_in(Role.STAFF)
    [address] = re.findall(r'<img class="floor" src="([^"]+)"', (await browser.get("/warehouses/W1/slots")).text)
    answer = await browser.get(address)

    assert answer.headers["content-type"] == "image/svg+xml"
    again = await browser.get(address, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    drawing = ElementTree.fromstring(answer.content)  # noqa: S314 - our own answer
    slots = [rect for rect in drawing.iter(f"{SVG}rect") if rect.get("class")]
    assert len({title.text for rect in slots for title in rect}) == len(slots) == 480
    texts = [text.text for text in drawing.iter(f"{SVG}text")]
    assert {"tours start", "packing", "dock", "A", "Leaf"} <= set(texts)


async def test_a_search_picks_slots_out_of_the_drawing_and_the_table(sign_in: SignIn, full: Engine) -> None:
    browser = await sign_in(Role.STAFF)
    page = (await browser.get("/warehouses/W1/slots", params={"q": "choy 12"})).text
    assert 'src="/warehouses/W1/floor.svg?q=choy+12"' in page
    assert "10 slots found" in page  # of 120 to 129: 12 lies in none

    drawing = (await browser.get("/warehouses/W1/floor.svg", params={"q": "choy 12"})).text
    assert drawing.count('class="slot found"') == 10
    table = (await browser.get("/warehouses/W1/slots/table", params={"q": "CHOY 12"})).text
    assert table.count("<tr><th>") == 10
    assert "10 of 480 slots" in table


@pytest.mark.parametrize(
    ("sort", "first"),
    [
        ("lines", "LEAF-09L44-1"),
        ("slot", "1"),
        ("product", "4"),
        ("distance", "LEAF-00L00-1"),
        ("life", "4"),
    ],
)
async def test_the_table_is_sorted(sign_in: SignIn, full: Engine, sort: str, first: str) -> None:
    browser = await sign_in(Role.BUYER)
    text = (await browser.get("/warehouses/W1/slots/table", params={"sort": sort})).text
    assert re.findall(r"<tr><th>([^<]+)<td>", text)[0] == first
    assert len(re.findall("aria-sort", text)) == 1


async def test_a_product_that_lies_in_one_of_its_slots_lies_rightly(sign_in: SignIn, shop: Engine) -> None:
    with writing(shop) as session:
        session.add(SlotSuggestionRow(warehouse_id="W1", product_id="spinach", number=2, slot_id="W1-4",
                                      lines_per_day=3.0, origin=NOW, reasons=[]))  # fmt: skip
    browser = await sign_in(Role.BUYER)
    text = (await browser.get("/warehouses/W1/slots/table")).text
    [row] = [row for row in text.split("<tr>") if "products/spinach" in row]
    assert "<td>3.0<td>" in row
    assert "<td>✓<td>" in row


async def test_slots_that_cannot_be_used_and_those_for_reserve_are_told_in_the_drawing(
    sign_in: SignIn, shop: Engine
) -> None:
    with writing(shop) as session:
        session.get_one(SlotRow, "W1-1").unusable_because = "shelf is bent"
        session.get_one(SlotRow, "W1-2").pick_face = False
    browser = await sign_in(Role.BUYER)
    drawing = (await browser.get("/warehouses/W1/floor.svg")).text
    assert "<title>1: cannot be used, shelf is bent</title>" in drawing
    assert "<title>2: for reserve, empty</title>" in drawing


async def test_a_warehouse_without_slots_has_no_drawing(sign_in: SignIn, shop: Engine) -> None:
    browser = await sign_in(Role.BUYER)
    assert "floor.svg" not in (await browser.get("/warehouses/W2/slots")).text
    assert (await browser.get("/warehouses/W2/floor.svg")).status_code == 404
