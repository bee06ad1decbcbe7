"""The pages as people use them: a real server, a real browser, on a desk and on a phone."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from data.database import reading
from data.tables import (
    AlarmRow,
    ForecastRow,
    MoveRow,
    MoveStatus,
    PlanLineRow,
    PlanStatus,
    PurchaseOrderRow,
    PurchasePlanRow,
    Role,
)
from flows.purchasing.planning.purchase_plans import make_purchase_plan

from .conftest import DESK, PHONE, Service, Visits

pytestmark = pytest.mark.browser
COUNT_TONES = """window.tones = 0;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function () { window.tones += 1; start.call(this); };"""
# a page's seconds pass five times as fast, so that nobody waits for what it does after ten of them
SOONER = """const within = AbortSignal.timeout.bind(AbortSignal), later = window.setTimeout.bind(window);
AbortSignal.timeout = (ms) => within(ms / 5);
window.setTimeout = (what, ms) => later(what, ms / 5);"""
expect.set_options(timeout=15_000)  # the machine may be busy


def test_every_page_fits_and_every_chart_is_drawn(visit: Visits, service: Service) -> None:
    with reading(service.engine) as session:
        # of several plans the one with lines: what an order covers leaves a plan without any
        line = session.scalars(select(PlanLineRow).order_by(PlanLineRow.plan_id, PlanLineRow.line_no)).first()
        assert line
        product_id = session.scalars(select(ForecastRow.product_id).where(ForecastRow.warehouse_id == "W01")).first()
    addresses = (
        "/",
        "/plans",
        f"/plans/{line.plan_id}",
        f"/plans/{line.plan_id}/lines/{line.line_no}",
        f"/warehouses/W01/products/{product_id}",
        "/slots",
        "/warehouses/W01/slots",
        "/warehouses/W01/slots/table",
        "/temperatures",
        "/warehouses/W01/temperatures",
        "/zones/W01-LEAF/rules",
    )
    for size in (DESK, PHONE):
        window = visit(Role.OPERATOR, size)
        for address in addresses:
            where = f"{address} at {size['width']} px"
            answer = window.page.goto(address)
            assert answer
            assert answer.ok, where
            window.is_drawn()
            wide = window.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= size["width"], f"{where} is {wide} px wide"
            nameless = "input:not([type=hidden]), select"
            named = (
                "fields => fields.map(field => field.labels.length || field.matches('[aria-label], [aria-labelledby]'))"
            )
            labels = window.page.locator(nameless).evaluate_all(named)
            assert all(labels), f"a field without a label on {where}"
            assert window.page.locator("h1").count() == 1, where
    window.page.keyboard.press("Tab")
    expect(window.page.locator(".skip")).to_be_focused()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_rules_of_a_zone_are_tried_on_the_past_and_kept_with_three_clicks(
    visit: Visits, service: Service, size: dict[str, int]
) -> None:
    window = visit(Role.OPERATOR, size)
    page = window.page
    page.goto("/warehouses/W01/temperatures")
    page.locator('a[href="/zones/W01-LEAF/rules"]').click()
    minutes = "31" if size == DESK else "32"  # it has been too warm for an hour, whatever the weeks before were like
    page.get_by_label("Delay when too warm", exact=True).fill(minutes)
    page.get_by_role("button", name="Try on the past 14 days").click()
    alarms = page.locator("#tried tr", has_text="of temperature").locator("td")
    expect(alarms).to_have_text([re.compile(r"^[1-9]\d*$")] * 2)
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    page.get_by_role("button", name="Let these rules hold").click()
    expect(page.get_by_role("status")).to_have_text("The rules hold from now on.")
    expect(page.get_by_label("Delay when too warm", exact=True)).to_have_value(minutes)


def test_a_buyer_looks_at_a_line_changes_it_and_approves_the_plan(visit: Visits, service: Service) -> None:
    # given a draft of just now: one from before midnight is rightly worked out anew when it is approved
    plan_id = make_purchase_plan(service.engine, ["W01", "W02"], datetime.now(UTC), "a buyer", replace_edited=True)
    window = visit(Role.BUYER, DESK)
    page = window.page
    page.locator(f'a[href="/plans/{plan_id}"]', has_text="to approve").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Purchase plan for")
    with reading(service.engine) as session:
        line = session.scalars(
            select(PlanLineRow)
            .where(PlanLineRow.plan_id == plan_id, PlanLineRow.quantity > PlanLineRow.pack_size)
            .order_by(PlanLineRow.line_no)
        ).first()
        assert line is not None
        assert line.pack_size
    page.locator(f"#p-{line.line_no} a").click()
    window.is_drawn()
    assert page.locator("#sales svg path").count() > 20, "bars, bands and marks"
    expect(page.locator("#sales svg")).to_contain_text("this delivery")
    expect(page.locator(".reasons li").first).to_contain_text("Must last for")

    fewer = line.quantity - line.pack_size  # since suppliers may have no more
    page.get_by_label("Quantity").fill(f"{fewer.normalize():f}")
    expect(page.locator("#seen")).to_contain_text("costs")
    page.get_by_label("In your own words").fill("a fair in the park")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text("Changed to")
    expect(page.locator("main")).to_contain_text("a fair in the park")
    window.is_drawn()

    page.locator(".crumbs a").last.click()
    page.get_by_role("button", name="Approve…").click()
    page.get_by_role("dialog").get_by_role("button", name="Order (").click()
    expect(page.get_by_role("status").first).to_contain_text("Approved:")
    assert page.get_by_role("button", name="Approve…").count() == 0
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    assert "a fair in the park" in download.value.path().read_text(encoding="utf-8-sig")
    with reading(service.engine) as session:
        assert session.get_one(PurchasePlanRow, plan_id).status == PlanStatus.APPROVED
        edited = session.scalars(select(PlanLineRow).where(PlanLineRow.edited_at.is_not(None))).one()
        assert (edited.quantity, edited.edited_by) == (fewer, "a buyer")
        assert session.scalars(select(PurchaseOrderRow)).first() is not None


def test_staff_carry_out_a_move_on_the_phone(visit: Visits, service: Service) -> None:
    page = visit(Role.STAFF, PHONE).page
    page.get_by_role("navigation").get_by_role("link", name="Slots").tap()
    page.locator("tbody a").first.tap()
    expect(page.locator("svg.floor")).to_be_visible()  # the next page, whose script answers a finger once it has loaded
    page.wait_for_load_state()
    page.locator("svg.floor .slot", has_text="lines a day").first.tap()
    expect(page.locator("[data-hint]")).to_contain_text("lines a day")
    steps = page.locator(".steps > li")
    count = steps.count()
    steps.first.get_by_role("button", name="Done").tap()
    expect(page.locator(".said")).to_have_text("Move recorded as done.")
    expect(steps).to_have_count(count - 1)
    refused = steps.nth(1)
    refused.locator("summary", has_text="Refuse").tap()
    refused.get_by_label("Why not?").fill("the rack is broken")
    refused.get_by_role("button", name="Refuse the move").tap()
    expect(page.locator(".said")).to_contain_text("refused")
    with reading(service.engine) as session:
        decided = session.scalars(
            select(MoveRow).where(MoveRow.decided_by == "a staff").order_by(MoveRow.decided_at)
        ).all()
        assert {MoveStatus.DONE, MoveStatus.REFUSED} == {move.status for move in decided}


def test_an_alarm_is_acknowledged_and_the_page_moves_by_itself(visit: Visits, service: Service) -> None:
    page = visit(Role.STAFF, PHONE).page
    page.get_by_role("link", name=re.compile("1 temperature alarm")).tap()
    page.get_by_role("link", name=re.compile("Leaf vegetables")).first.tap()
    page.get_by_label("Note").fill("door closed")
    page.get_by_role("button", name="Acknowledge").tap()
    expect(page.locator("main")).to_contain_text("acknowledged by a staff")
    expect(page.locator("main")).to_contain_text("“door closed”")

    page.evaluate("window.notReloaded = true")
    service.read_temperatures(2.4, range(1))
    expect(page.get_by_text("No active alarms")).to_be_visible(timeout=15_000)
    expect(page.locator(".zone-card").filter(has_text="Leaf vegetables")).to_contain_text("2.4")
    assert page.evaluate("notReloaded"), "the page was reloaded"
    with reading(service.engine) as session:
        assert session.scalars(select(AlarmRow)).one().acknowledgement_note == "door closed"


def test_a_new_alarm_is_told_where_nobody_looks_and_a_service_that_hangs_is_no_answer(
    visit: Visits, service: Service
) -> None:
    page = visit(Role.STAFF, PHONE).page
    page.add_init_script(COUNT_TONES)
    page.add_init_script(SOONER)
    page.goto("/warehouses/W01/temperatures")
    title = page.title()
    page.get_by_label("Sound").check()
    told = page.locator("[data-new-alarm]")
    expect(told).to_have_text("")

    service.read_battery(5.0)
    expect(page).to_have_title(f"(1) {title}", timeout=15_000)
    expect(told).to_contain_text(re.compile("battery low", re.IGNORECASE))
    assert told.get_attribute("role") == "alert"
    assert page.evaluate("tones") == 1

    expect(page.get_by_text("No answer from the service")).to_be_hidden()
    page.route("**/temperatures/now?*", lambda _: None)  # taken, and never answered
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    note = page.get_by_text("No answer from the service")
    expect(note).to_be_in_viewport(timeout=40_000)
    page.evaluate("scrollTo(0, 0)")
    expect(note).to_be_in_viewport()

    page.unroute_all()
    expect(note).to_be_hidden(timeout=40_000)
    assert page.evaluate("tones") == 1, "what was told is told again"
    service.read_battery(90.0)


def test_without_scripts_everything_but_the_charts_works(visit: Visits, service: Service) -> None:
    browser = visit(Role.OPERATOR, DESK).page.context.browser
    assert browser
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(service.sign_in_address(Role.OPERATOR))
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("navigation").get_by_role("link", name="Purchase plans").click()
    page.locator("tbody th a").first.click()
    page.locator("table.lines tbody th a").nth(1).click()
    expect(page.locator(".reasons li").first).to_be_visible()
    expect(page.locator("#sales")).to_contain_text("drawn with JavaScript")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in first")
    context.close()
