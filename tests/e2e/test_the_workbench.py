"""The buyer's evening in a real browser: what it takes to change and approve a plan, counted by the browser itself."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import select

from data.database import reading, writing
from data.frames.plan_lines import LineSort, read_lines
from data.tables import (
    ForecastRow,
    LotRow,
    PlanLineRow,
    PlanStatus,
    PromotionReviewRow,
    PurchaseOrderRow,
    PurchasePlanRow,
    Role,
    SupplierRow,
)
from flows.ordering.cancelling import cancel_purchase_order
from flows.purchasing.deciding.editing import edit_plan_line
from flows.purchasing.deciding.preview import preview_of
from flows.purchasing.planning.purchase_plans import make_purchase_plan

from .conftest import DESK, PHONE, Service, Visits

pytestmark = pytest.mark.browser
expect.set_options(timeout=15_000)
VIOLATIONS_ALONE = {"resultTypes": ["violations"], "selectors": False}  # a selector of each element takes long to find
COUNTED = """
for (const kind of ["pointerdown", "keydown"])
  addEventListener(kind, (event) => {
    if (event.isTrusted) localStorage.setItem(kind, Number(localStorage.getItem(kind)) + 1);
  }, true);
localStorage.setItem("loads", Number(localStorage.getItem("loads")) + 1);
"""


@pytest.fixture
def plan_id(service: Service) -> str:
    """A draft of today for both warehouses, nothing of which is ordered yet."""
    now = datetime.now(UTC)
    with writing(service.engine) as session:
        untold = (PurchaseOrderRow.cancelled_at.is_(None), PurchaseOrderRow.plan_id.is_not(None))
        for number in session.scalars(select(PurchaseOrderRow.number).where(*untold)).all():
            cancel_purchase_order(session, number, now, "an operator")
    return make_purchase_plan(service.engine, ["W01", "W02"], now, "a buyer", replace_edited=True)


def counts(page: Page) -> dict[str, int]:
    """Clicks, keys and pages loaded since `COUNTED` was installed on the first of them."""
    clicks, keys, loads = page.evaluate("['pointerdown', 'keydown', 'loads'].map((kind) => localStorage.getItem(kind))")
    return {"clicks": int(clicks or 0), "keys": int(keys or 0), "loads": int(loads) - 1}


def riskiest(service: Service, plan_id: str) -> list[tuple[int, str]]:
    """The lines that can be ordered, the riskiest first: number, and another quantity that nothing is asked about: a
    pack more than it has, or a pack less where that is far above what is wanted."""
    found = []
    with reading(service.engine) as session:
        for line in read_lines(session, plan_id, sort=LineSort.AT_RISK, limit=8):
            if line["pack_size"] is None:
                continue
            quantity, pack = Decimal(str(line["quantity"])), Decimal(str(line["pack_size"]))
            more = preview_of(session, plan_id, line["line_no"], quantity + pack, None, datetime.now(UTC))
            found.append(
                (
                    line["line_no"],
                    f"{(max(quantity - pack, Decimal(0)) if more.questions else quantity + pack).normalize():f}",
                )
            )
    return found


def quantity_of(service: Service, plan_id: str, line_no: int) -> Decimal:
    with reading(service.engine) as session:
        return session.get_one(PlanLineRow, (plan_id, line_no)).quantity


def test_three_quantities_are_changed_and_approved_with_few_clicks_keys_and_pages(
    visit: Visits, service: Service, plan_id: str
) -> None:
    page = visit(Role.BUYER, DESK).page
    page.context.add_init_script(COUNTED)
    page.goto("/")
    page.get_by_role("link", name="to approve").click()
    expect(page.locator("input.quantity").first).to_be_focused()
    [*three] = riskiest(service, plan_id)[:3]
    for number, (line_no, quantity) in enumerate(three):
        field = page.locator(f"#q-{line_no}")
        expect(field).to_be_focused()
        page.keyboard.type(quantity)
        page.keyboard.press("Enter")
        if number == 0:  # why, once
            expect(page.locator("#reason_code")).to_be_focused()
            page.keyboard.press("w")
            page.keyboard.press("Enter")
        expect(field).to_have_attribute("data-kept", quantity)
    page.get_by_role("button", name="Approve…").click()
    page.get_by_role("dialog").get_by_role("button", name="Order (").click()
    expect(page.get_by_role("status").first).to_contain_text("Approved:")

    counted = counts(page)
    assert counted["clicks"] <= 8, counted
    assert counted["keys"] <= 20, counted
    assert counted["loads"] <= 3, counted
    with reading(service.engine) as session:
        ordered = session.scalars(select(PlanLineRow).where(PlanLineRow.plan_id == plan_id)).all()
        kept = {line.line_no: (f"{line.quantity.normalize():f}", line.edit_reason_code) for line in ordered}
        assert [kept[line_no] for line_no, _ in three] == [(quantity, "weather") for _, quantity in three]
        assert all(line.approved_at for line in ordered if line.quantity > 0)


def test_the_whole_evening_goes_by_keyboard_alone(visit: Visits, service: Service, plan_id: str) -> None:
    page = visit(Role.BUYER, DESK).page
    page.context.add_init_script(COUNTED)
    page.goto("/")
    tab_to(page, page.get_by_role("link", name="to approve"))
    page.keyboard.press("Enter")
    first, second, *_ = riskiest(service, plan_id)
    field = page.locator(f"#q-{first[0]}")
    expect(field).to_be_focused()
    before = field.input_value()

    page.keyboard.type(first[1])
    expect(page.locator("#seen")).to_contain_text("costs")
    page.keyboard.press("Escape")
    expect(field).to_have_value(before)
    page.keyboard.type(first[1])
    page.keyboard.press("Enter")
    expect(page.locator("#reason_code")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_contain_text("Saved:")
    expect(page.locator(f"#q-{second[0]}")).to_be_focused()
    page.keyboard.press("Control+z")
    expect(page.locator("#said")).to_contain_text("Taken back:")
    expect(field).to_have_value(before)
    expect(field).to_be_focused()

    absurd = f"{float(second[1]) * 400:g}"
    page.keyboard.press("ArrowDown")
    page.keyboard.type(absurd)
    page.keyboard.press("Enter")
    expect(page.locator(".question").first).to_contain_text("more than")
    assert quantity_of(service, plan_id, second[0]) != Decimal(absurd), "asked before it is kept"
    page.keyboard.press("Escape")
    page.keyboard.press("Space")
    expect(page.locator("#what")).to_have_value("chosen")

    page.keyboard.press("Space")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("dialog").get_by_role("button", name="Order (")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Approved:")
    assert counts(page)["clicks"] == 0
    with reading(service.engine) as session:
        assert session.get_one(PurchasePlanRow, plan_id).status == PlanStatus.APPROVED


def tab_to(page: Page, wanted) -> None:  # type: ignore[no-untyped-def]
    """Presses Tab until it has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError("not reached by Tab")


def test_the_twenty_riskiest_lines_stand_on_the_first_screen(visit: Visits, service: Service, plan_id: str) -> None:
    page = visit(Role.BUYER, DESK).page
    page.goto(f"/plans/{plan_id}")
    seen = page.evaluate(
        "[...document.querySelectorAll('#lines tbody tr')].filter((row) => row.getBoundingClientRect().bottom"
        " <= document.getElementById('strip').getBoundingClientRect().top).map((row) => Number(row.dataset.line))"
    )
    assert len(seen) >= 20
    with reading(service.engine) as session:
        lines = session.scalars(select(PlanLineRow).where(PlanLineRow.plan_id == plan_id)).all()
    wanted = sorted(lines, key=lambda line: (-line.at_risk, line.line_no))[:20]
    assert seen[:20] == [line.line_no for line in wanted]


def test_of_two_who_change_a_line_the_second_is_shown_the_first(visit: Visits, service: Service, plan_id: str) -> None:
    window = visit(Role.BUYER, DESK)
    page = window.page
    page.goto(f"/plans/{plan_id}?sort=line_no")
    (line_no, mine), *_ = riskiest(service, plan_id)
    with writing(service.engine) as session:
        edit_plan_line(session, plan_id, line_no, Decimal(0), "none today", datetime.now(UTC), "Li Na")
    field = page.locator(f"#q-{line_no}")
    field.fill(mine)
    page.locator("#reason_code").select_option("weather")
    field.press("Enter")
    expect(page.locator(".conflict")).to_contain_text("Li Na has changed")
    window.complaints.clear()  # the browser itself notes the 412
    assert quantity_of(service, plan_id, line_no) == 0, "nothing is lost silently"
    page.get_by_role("button", name="Keep mine").click()
    expect(page.locator("#said")).to_contain_text("Saved:")
    assert quantity_of(service, plan_id, line_no) == Decimal(mine)


def test_what_was_typed_survives_a_session_that_has_ended(visit: Visits, service: Service, plan_id: str) -> None:
    window = visit(Role.BUYER, DESK)
    page = window.page
    address = f"/plans/{plan_id}?sort=-quantity&shown=open"
    page.goto(address)
    (line_no, quantity), *_ = riskiest(service, plan_id)
    page.locator("#reason_code").select_option("weather")
    page.locator(f"#q-{line_no}").fill(quantity)
    page.context.clear_cookies()
    page.keyboard.press("Enter")  # the preview of what was typed may have met the end of the session before
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in first")
    window.complaints.clear()  # the browser itself notes the 401
    page.goto(service.sign_in_address(Role.BUYER))
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{service.address}{address}")
    expect(page.locator(f"#q-{line_no}")).to_have_value(quantity)
    page.locator(f"#q-{line_no}").press("Enter")
    expect(page.locator("#said")).to_contain_text("Saved:")
    assert quantity_of(service, plan_id, line_no) == Decimal(quantity)


def test_a_category_is_raised_by_ten_percent_in_three_clicks(visit: Visits, service: Service, plan_id: str) -> None:
    page = visit(Role.BUYER, DESK).page
    page.goto(f"/plans/{plan_id}")
    with reading(service.engine) as session:
        buys = read_lines(session, plan_id, sort=LineSort.QUANTITY_MOST)
        most = max(buys, key=lambda line: line["quantity"] / (line["pack_size"] or 10**9))
    page.get_by_text("Change many").click()
    page.locator("#many_category").select_option(most["category"])
    page.get_by_role("button", name="Change them").click()
    expect(page.get_by_role("status").first).to_contain_text("Changed by +10%")
    with reading(service.engine) as session:
        lines = read_lines(session, plan_id)
    changed = [line for line in lines if line["edited_at"]]
    assert {line["category"] for line in changed} == {most["category"]}
    for line in changed:
        packs = line["planned_quantity"] * 1.1 / line["pack_size"]
        assert abs(line["quantity"] / line["pack_size"] - packs) <= 0.5001


@pytest.fixture
def addresses(service: Service, plan_id: str) -> list[str]:
    """Every page that a role sees."""
    with reading(service.engine) as session:
        product_id = session.scalars(select(ForecastRow.product_id).where(ForecastRow.warehouse_id == "W01")).first()
        lot_id = session.scalars(select(LotRow.lot_id).where(LotRow.warehouse_id == "W01")).first()
        order = session.scalars(select(PurchaseOrderRow.number)).first()
        farm = session.scalars(select(SupplierRow.supplier_id)).first()
        promotion = session.scalars(select(PromotionReviewRow)).first()
    assert promotion is not None, "one of the sample region's promotions ended a week ago or more"
    (line_no, _), *_ = riskiest(service, plan_id)
    return [
        "/",
        "/plans",
        f"/plans/{plan_id}",
        f"/plans/{plan_id}?search=nothing+matches+this",
        f"/plans/{plan_id}/add?search=spinach",
        f"/plans/{plan_id}/approve",
        f"/plans/{plan_id}/what-if",
        f"/plans/{plan_id}/lines/{line_no}",
        f"/warehouses/W01/products/{product_id}",
        "/trials",
        "/orders",
        f"/orders/{order}",
        "/stock",
        "/stock/W01",
        "/stock/W01/receive",
        "/stock/W01/count",
        f"/stock/W01/lots/{lot_id}",
        "/assortment",
        "/warehouses/W01/range",
        "/slots",
        "/warehouses/W01/slots",
        "/warehouses/W01/slots/table",
        "/warehouses/W01/refill",
        "/temperatures",
        "/warehouses/W01/temperatures",
        "/zones/W01-LEAF/rules",
        "/aisle/W01",
        "/plans/service-level",
        "/couriers",
        "/warehouses/W01/couriers",
        "/warehouses/W01/couriers/what-if",
        "/morning",
        "/promotions?period=13weeks",
        f"/promotions/{promotion.product_id}/{promotion.starts_on}",
        "/suppliers?period=13weeks",
        f"/suppliers/{farm}/scorecard?period=13weeks",
        "/morning?period=week&by=category&warehouse_id=W01",
        f"/morning?period=4weeks&by=day&warehouse_id=W01&product_id={product_id}",
    ]


@pytest.mark.parametrize(("language", "scheme", "size"), [("en", "light", DESK), ("zh", "dark", PHONE)])
def test_nothing_keeps_a_page_from_who_sees_or_moves_little(
    visit: Visits, addresses: list[str], language: str, scheme: str, size: dict[str, int]
) -> None:
    page = visit(Role.OPERATOR, size).page
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_extra_http_headers({"Accept-Language": language})
    found = {}
    for address in addresses:
        page.goto(address)
        spoken = "en" if "/scorecard" in address else language  # a farm's sheet is in the farm's language
        expect(page.locator("html")).to_have_attribute("lang", "zh-CN" if spoken == "zh" else "en")
        expect(page.locator("[data-chart]:not([data-drawn])")).to_have_count(0, timeout=20_000)
        violations = Axe().run(page, options=VIOLATIONS_ALONE).response["violations"]
        if violations:
            found[address] = [
                (one["id"], one["nodes"][0]["html"][:200], one["nodes"][0]["failureSummary"]) for one in violations
            ]
    assert found == {}


def test_on_paper_nothing_is_cut_off_and_only_a_count_is_filled_in(visit: Visits, addresses: list[str]) -> None:
    page = visit(Role.OPERATOR, DESK).page
    page.emulate_media(media="print")
    for address in addresses:
        page.set_viewport_size(DESK)
        page.goto(address)
        expect(page.locator("[data-chart]:not([data-drawn])")).to_have_count(0, timeout=20_000)
        broad = page.evaluate("getComputedStyle(document.querySelector('main')).page") == "wide"
        width = 1046 if broad else 718  # of A4 less margins of a centimetre, at 96 px an inch
        page.set_viewport_size({"width": width, "height": 1000})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        assert page.locator("form:visible").count() == address.endswith("/count"), address
