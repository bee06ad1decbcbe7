"""Staff in the aisle, with a phone: three letters to a slot, the list carried out, and a connection that is lost."""

import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from sqlalchemy import delete, func, select, update

from data.database import reading, writing
from data.tables import (
    AnsweredRequestRow,
    LotRow,
    MoveRow,
    MoveStatus,
    OutboxEventRow,
    ProductRow,
    Role,
    SlotRow,
)

from .conftest import CHROMIUM, DESK, PHONE, QUIET, Service, Visits
from .test_the_workbench import COUNTED, counts

pytestmark = pytest.mark.browser
expect.set_options(timeout=20_000)  # the machine may be busy
WAREHOUSE, MOVES = "W02", 8


@pytest.fixture
def listed(service: Service) -> Iterator[list[MoveRow]]:
    """Eight moves, each of a product that lies in a slot of its own to an empty one; the first product has two lots."""
    now = datetime.now(UTC)
    with writing(service.engine) as session:
        here = SlotRow.warehouse_id == WAREHOUSE
        others = (MoveRow.warehouse_id == WAREHOUSE) & (MoveRow.status == MoveStatus.SUGGESTED)
        session.execute(update(MoveRow).where(others).values(status=MoveStatus.WITHDRAWN, decided_at=now))
        lying = session.execute(
            select(SlotRow, ProductRow)
            .join(ProductRow, ProductRow.product_id == SlotRow.product_id)
            .where(here)
            .order_by(SlotRow.slot_id)
            .limit(MOVES)
        ).all()
        first = lying[0][1]
        session.execute(delete(LotRow).where(LotRow.warehouse_id == WAREHOUSE, LotRow.product_id == first.product_id))
        session.add_all(
            LotRow(lot_id=f"aisle-{days}", warehouse_id=WAREHOUSE, product_id=first.product_id, received_at=now,
                known_at=now, counted_at=now, expires_on=(now + timedelta(days=days)).date(),
                quantity_received=Decimal(9), quantity_on_hand=Decimal(9))
            for days in (6, 3)
        )  # fmt: skip
        session.add_all(
            SlotRow(slot_id=f"{WAREHOUSE}-NEW-{n}", warehouse_id=WAREHOUSE, zone_id=slot.zone_id, x_m=1.0, y_m=1.0,
                 distance_m=3.0, volume_l=Decimal(500))
            for n, (slot, _) in enumerate(lying)
        )  # fmt: skip
        session.flush()
        session.add_all(
            MoveRow(move_id=f"aisle-{n}", warehouse_id=WAREHOUSE, product_id=product.product_id,
                 from_slot_id=slot.slot_id, to_slot_id=f"{WAREHOUSE}-NEW-{n}", rank=n + 1, quantity=Decimal(12),
                 metres_saved_per_day=40.0 - n, minutes=3.0, reasons=[], status=MoveStatus.SUGGESTED, created_at=now)
            for n, (slot, product) in enumerate(lying)
        )  # fmt: skip
        rows = session.scalars(select(MoveRow).where(MoveRow.move_id.startswith("aisle-")).order_by(MoveRow.rank)).all()
        session.expunge_all()
    yield list(rows)
    with writing(service.engine) as session:
        session.execute(delete(OutboxEventRow).where(OutboxEventRow.type.startswith("move.")))
        session.execute(delete(MoveRow).where(MoveRow.move_id.startswith("aisle-")))
        session.execute(delete(SlotRow).where(SlotRow.slot_id.startswith(f"{WAREHOUSE}-NEW-")))
        for row in rows:
            session.get_one(SlotRow, row.from_slot_id).product_id = row.product_id


def name_of(service: Service, product_id: str) -> str:
    with reading(service.engine) as session:
        return session.get_one(ProductRow, product_id).name


def statuses(service: Service) -> list[str]:
    query = select(MoveRow.status).where(MoveRow.move_id.startswith("aisle-")).order_by(MoveRow.rank)
    with reading(service.engine) as session:
        return [str(status) for status in session.scalars(query)]


def answered(service: Service) -> int:
    """How many ticks the service answered, each under its key."""
    with reading(service.engine) as session:
        return session.scalar(select(func.count()).select_from(AnsweredRequestRow)) or 0


def told_done(service: Service) -> list[str]:
    """The moves that were told to be done, each time that they were."""
    with reading(service.engine) as session:
        told = session.scalars(select(OutboxEventRow.payload).where(OutboxEventRow.type == "move.done")).all()
    return sorted(one["move_id"] for one in told if one["move_id"].startswith("aisle-"))


def opens_without_connection(page: Page) -> None:
    """Waits until the page has read its facts and its worker keeps both."""
    expect(page.locator("#aisle[data-read][data-kept]")).to_be_visible()


def fits(page: Page, width: int) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert [violation["id"] for violation in Axe().run(page).response["violations"]] == []


def test_three_letters_lead_to_a_slot_its_stock_and_its_climate_in_a_few_taps_on_one_screen(
    visit: Visits, service: Service, listed: list[MoveRow]
) -> None:
    window = visit(Role.STAFF, PHONE)
    page = window.page
    page.context.add_cookies([{"name": "freshfront_aisle", "value": WAREHOUSE, "url": service.address}])
    page.add_init_script(COUNTED)
    page.goto("/")
    page.get_by_role("link", name="In the aisle, on a phone").tap()
    expect(page.get_by_role("heading", level=1)).to_contain_text("In the aisle")
    expect(page.locator("#aisle[data-read]")).to_be_visible()
    product, slot = listed[0].product_id, str(listed[0].from_slot_id).removeprefix(f"{WAREHOUSE}-")
    name = name_of(service, product)
    fits(page, PHONE["width"])

    page.get_by_role("searchbox").tap()
    page.keyboard.type(name[:3])
    page.get_by_role("list", name="Found").get_by_role("button", name=name).tap()

    place = page.locator(".place")
    expect(place.locator(".slots-of b").first).to_have_text(slot)
    expect(place.locator("tbody th").first).to_contain_text("days left")
    assert [row.locator("td").first.inner_text() for row in place.locator("tbody tr").all()] == ["aisle-3", "aisle-6"]
    expect(place.locator(".climate")).to_contain_text("°C at")
    assert counts(page)["clicks"] <= 5
    bottom = place.evaluate("place => place.getBoundingClientRect().bottom")
    assert bottom <= PHONE["height"], "all of it is on the screen, without a swipe"
    fits(page, PHONE["width"])

    page.get_by_role("searchbox").fill(str(listed[1].from_slot_id))  # as a scanner types it
    page.keyboard.press("Enter")
    expect(place.locator("h3")).to_have_text(name_of(service, listed[1].product_id))


def test_ticks_that_were_said_without_a_connection_arrive_once_after_the_tab_was_closed(
    visit: Visits, service: Service, listed: list[MoveRow]
) -> None:
    window = visit(Role.STAFF, PHONE)
    page, context = window.page, window.page.context
    page.goto(f"/aisle/{WAREHOUSE}")
    opens_without_connection(page)
    before, card, waiting = answered(service), page.locator("#card"), page.locator("#waiting")
    names = [name_of(service, move.product_id) for move in listed]

    expect(card).to_contain_text(names[0])
    card.get_by_role("button", name="Done").tap()
    expect(card).to_contain_text(names[1])
    card.get_by_role("button", name="Refuse", exact=True).tap()
    card.get_by_role("button", name="Too heavy").tap()
    expect(card).to_contain_text(names[2])
    card.get_by_role("button", name="Done").tap()
    expect(card).to_contain_text(names[3])
    page.locator("#just-said").get_by_role("button", name="Take back").tap()
    expect(card).to_contain_text(names[2])
    expect(waiting).to_have_text("Everything is sent.")
    assert statuses(service)[:3] == ["done", "refused", "suggested"]
    fits(page, PHONE["width"])

    context.set_offline(True)
    for n in (2, 3, 4):
        expect(card).to_contain_text(names[n])
        card.get_by_role("button", name="Done").tap()
    expect(waiting).to_have_text("3 ticks are still to be sent.")
    expect(page.locator("#connection")).to_contain_text("No connection")
    fits(page, PHONE["width"])
    page.close()
    again = context.new_page()
    again.goto(f"/aisle/{WAREHOUSE}")
    expect(again.locator("#waiting")).to_have_text("3 ticks are still to be sent.")
    expect(again.locator("#card")).to_contain_text(names[5])
    assert statuses(service)[2:5] == ["suggested"] * 3
    again.close()

    context.set_offline(False)
    back = context.new_page()
    back.goto(f"/aisle/{WAREHOUSE}")
    expect(back.locator("#waiting")).to_have_text("Everything is sent.")
    expect(back.locator("#card")).to_contain_text(names[5])
    assert statuses(service) == ["done", "refused", "done", "done", "done", *["suggested"] * 3]
    assert told_done(service) == ["aisle-0", "aisle-2", "aisle-2", "aisle-3", "aisle-4"], "aisle-2 was taken back once"
    assert answered(service) == before + 7
    window.complaints.clear()  # the browser itself notes what it could not load


def test_a_tick_whose_answer_was_lost_is_sent_again_and_arrives_once(
    visit: Visits, service: Service, listed: list[MoveRow]
) -> None:
    window = visit(Role.STAFF, PHONE)
    page, before, sent = window.page, answered(service), list[str]()
    page.goto(f"/aisle/{WAREHOUSE}")
    opens_without_connection(page)

    def lose_the_first_answer(route: Route) -> None:
        sent.append(route.request.headers["idempotency-key"])
        if len(sent) > 1:
            route.continue_()
            return
        route.fetch()  # it arrives
        route.abort()

    page.route("**/v1/moves/**", lose_the_first_answer)
    page.locator("#card").get_by_role("button", name="Done").tap()
    expect(page.locator("#connection")).to_contain_text("No connection")
    assert statuses(service)[0] == "done"
    page.evaluate("dispatchEvent(new Event('online'))")

    expect(page.locator("#waiting")).to_have_text("Everything is sent.")
    assert len(set(sent)) == 1, "the page or its worker sent it again under its key"
    assert (answered(service) - before, told_done(service).count("aisle-0")) == (1, 1)
    window.complaints.clear()  # the browser itself notes the answer that it did not get


def test_what_the_service_refuses_is_shown_until_it_is_put_away(
    visit: Visits, service: Service, listed: list[MoveRow]
) -> None:
    window = visit(Role.STAFF, PHONE)
    page = window.page
    page.goto(f"/aisle/{WAREHOUSE}")
    opens_without_connection(page)
    with writing(service.engine) as session:  # somebody put something else there meanwhile
        session.get_one(SlotRow, listed[0].to_slot_id).product_id = listed[1].product_id

    page.locator("#card").get_by_role("button", name="Done").tap()

    row = page.get_by_role("list", name="What waits to be sent").get_by_role("listitem")
    expect(row).to_contain_text(f"still holds {listed[1].product_id}")
    page.reload()
    expect(row).to_contain_text(f"still holds {listed[1].product_id}")
    fits(page, PHONE["width"])
    row.get_by_role("button", name="Put away").tap()
    expect(row).to_have_count(0)
    with writing(service.engine) as session:
        session.get_one(SlotRow, listed[0].to_slot_id).product_id = None
    window.complaints.clear()  # the browser itself notes the 409


def test_a_part_is_said_and_the_place_is_kept(visit: Visits, service: Service, listed: list[MoveRow]) -> None:
    page = visit(Role.STAFF, DESK).page
    page.goto(f"/aisle/{WAREHOUSE}")
    card = page.locator("#card")
    card.get_by_role("button", name="Next").click()
    card.get_by_role("button", name="Next").click()
    card.get_by_role("button", name="A part").click()
    card.get_by_label("How much of it is there?").fill("2,5")
    card.get_by_role("button", name="Save the part").click()
    expect(card).to_contain_text("2.5")
    expect(card).to_contain_text("partly done")
    expect(page.locator("#waiting")).to_have_text("Everything is sent.")

    page.goto("/")
    page.goto(f"/aisle/{WAREHOUSE}")
    expect(card).to_contain_text(name_of(service, listed[2].product_id))
    with reading(service.engine) as session:
        assert session.get_one(MoveRow, "aisle-2").carried == Decimal("2.5")
    fits(page, DESK["width"])


def test_who_is_signed_out_meanwhile_keeps_the_ticks_and_is_told_to_sign_in(
    visit: Visits, service: Service, listed: list[MoveRow]
) -> None:
    window = visit(Role.STAFF, PHONE)
    page, context = window.page, window.page.context
    page.goto(f"/aisle/{WAREHOUSE}")
    opens_without_connection(page)
    context.set_offline(True)
    page.locator("#card").get_by_role("button", name="Done").tap()
    expect(page.locator("#waiting")).to_have_text("1 tick is still to be sent.")
    kept = signed_out(context)

    context.set_offline(False)

    expect(page.locator("#connection")).to_contain_text("You are signed out")
    expect(page.get_by_role("link", name="Sign in to send it")).to_be_visible()
    expect(page.locator("#waiting")).to_have_text("1 tick is still to be sent.")
    assert statuses(service)[0] == "suggested"
    fits(page, PHONE["width"])
    page.get_by_role("link", name="Sign in to send it").tap()
    expect(page.get_by_label("Key")).to_be_visible()
    context.add_cookies(json.loads(kept))
    page.goto(f"/aisle/{WAREHOUSE}")
    expect(page.locator("#waiting")).to_have_text("Everything is sent.")
    assert statuses(service)[0] == "done"
    window.complaints.clear()  # the browser itself notes what it could not load, and the 401


def signed_out(context: BrowserContext) -> str:
    """Takes the session's cookie away; returns it."""
    kept = [cookie for cookie in context.cookies() if cookie["name"] == "freshfront_session"]
    context.clear_cookies(name="freshfront_session")
    return json.dumps(kept)


FAKE_READER = """class Reader { async detect() { return window.code ? [{ rawValue: window.code }] : []; } }
window.BarcodeDetector = Reader;"""


def test_the_camera_reads_the_label_of_a_slot(chromium: Browser, service: Service, listed: list[MoveRow]) -> None:
    """This browser has no reader of codes: one that says what it is told stands in, with a camera that is made up."""
    args = [*QUIET, "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    browser = chromium.browser_type.launch(executable_path=CHROMIUM, args=args)
    page = browser.new_context(viewport=PHONE, has_touch=True, base_url=service.address).new_page()  # type: ignore[arg-type]
    page.add_init_script(FAKE_READER)
    sign_in(page, service)
    page.goto(f"/aisle/{WAREHOUSE}")
    opens_without_connection(page)

    page.get_by_role("button", name="Scan with the camera").tap()
    expect(page.locator("#camera")).to_be_visible()
    expect(page.get_by_role("button", name="Stop the camera")).to_be_visible()
    page.evaluate("code => { window.code = code; }", listed[3].from_slot_id)

    expect(page.locator(".place h3")).to_have_text(name_of(service, listed[3].product_id))
    expect(page.locator("#camera")).to_be_hidden()
    expect(page.get_by_role("button", name="Scan with the camera")).to_be_visible()
    browser.close()


def test_on_plain_http_the_page_says_what_it_cannot_and_keeps_ticks_all_the_same(
    chromium: Browser, service: Service, listed: list[MoveRow]
) -> None:
    """By this machine's name: to the browser it is any server without https."""
    name = socket.gethostname()
    args = [*QUIET, f"--host-resolver-rules=MAP {name} 127.0.0.1"]
    plain = service.address.replace("127.0.0.1", name)
    browser = chromium.browser_type.launch(executable_path=CHROMIUM, args=args)
    page = browser.new_context(viewport=PHONE, has_touch=True, base_url=plain).new_page()  # type: ignore[arg-type]
    sign_in(page, service)
    page.goto(f"/aisle/{WAREHOUSE}")
    expect(page.locator("#aisle[data-read]")).to_be_visible()
    expect(page.locator("#scan-said")).to_contain_text("The camera needs https")
    expect(page.locator("#http")).to_contain_text("does not open without a connection")
    fits(page, PHONE["width"])

    page.context.set_offline(True)
    page.locator("#card").get_by_role("button", name="Done").tap()
    expect(page.locator("#waiting")).to_have_text("1 tick is still to be sent.")
    context = page.context
    page.close()
    context.set_offline(False)
    back = context.new_page()
    back.goto(f"/aisle/{WAREHOUSE}")
    expect(back.locator("#waiting")).to_have_text("Everything is sent.")
    assert statuses(service)[0] == "done"
    browser.close()


def sign_in(page: Page, service: Service) -> None:
    page.goto(service.sign_in_address(Role.STAFF).removeprefix(service.address))
    page.get_by_role("button", name="Sign in").click()
