"""What each page shows, to whom, and what its forms do; without a browser."""

import html
import json
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from itertools import product as product_of
from pathlib import Path

import httpx
import numpy as np
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, delete, select, update

from api.pages import charts
from api.transactions import moment
from data.database import reading, writing
from data.tables import (
    RECOVERED_DAYS,
    AlarmRow,
    Band,
    BulkOrderRow,
    DailyAvailabilityRow,
    DailySalesRow,
    ForecastContributionRow,
    ForecastRow,
    MeasurementRow,
    MoveRow,
    MoveStatus,
    OccasionRow,
    OfferRow,
    PlanLineRow,
    PlanStatus,
    PlanWarehouseRow,
    PromotionEffectRow,
    PurchasePlanRow,
    ReadingRow,
    RecoveredDemandRow,
    Role,
    SensorPlaceRow,
    SensorRow,
    SensorStateRow,
    SilenceRow,
    SilentProductRow,
    SlotRow,
    ZoneRow,
)
from flows.purchasing.on_time.fallback_plans import see_that_plans_are_in_time
from warehouse.coldchain.alarms import AlarmKind

from .conftest import NOW, ORIGIN, TODAY, TOMORROW

PAGES = (
    "/",
    "/suppliers",
    "/promotions",
    "/plans",
    "/plans/plan-1",
    "/plans/plan-1?warehouse=W1&supplier=F1&search=script&shown=all",
    "/plans/plan-1/lines/1",
    "/warehouses/W1/products/spinach",
    "/warehouses/W2/products/spinach",
    "/trials",
    "/stock",
    "/stock/W1",
    "/stock/W2?search=spinach",
    "/stock/W1/lots/L1",
    "/slots",
    "/assortment",
    "/assortment?status=refused&warehouse=W1",
    "/warehouses/W1/range",
    "/warehouses/W1/slots",
    "/warehouses/W2/slots",
    "/warehouses/W1/slots/table?q=spinach&sort=life",
    "/warehouses/W2/slots/table",
    "/temperatures",
    "/temperatures/now",
    "/warehouses/W1/temperatures",
    "/warehouses/W1/temperatures/now?since=0",
)

SignIn = Callable[[Role], Awaitable[httpx.AsyncClient]]


async def test_every_page_shows_for_who_works_with_it(sign_in: SignIn) -> None:
    for role in (Role.BUYER, Role.STAFF, Role.OPERATOR):
        browser = await sign_in(role)
        for path in PAGES:
            answer = await browser.get(path)
            assert answer.status_code == 200, (path, answer.text)


async def test_no_page_shows_to_an_integration_that_may_not_read(sign_in: SignIn) -> None:
    browser = await sign_in(Role.INTEGRATION)
    for path in ("/", "/plans", "/plans/plan-1", "/plans/plan-1/lines/1", "/warehouses/W1/slots",
                 "/warehouses/W1/products/spinach"):  # fmt: skip
        answer = await browser.get(path)
        assert answer.status_code == 403
        assert "<h1>" in answer.text


async def test_a_visitor_is_told_how_to_sign_in(browser: httpx.AsyncClient) -> None:
    for path in PAGES:
        answer = await browser.get(path)
        assert answer.status_code == 401
        assert "freshfront sign-in" in answer.text
        assert 'action="/sign-in"' in answer.text


async def test_names_are_never_markup(sign_in: SignIn) -> None:
    browser = await sign_in(Role.OPERATOR)
    for path in PAGES:
        text = (await browser.get(path)).text
        assert "<script>alert" not in text, path
        assert "<b>F1" not in text, path
    assert "&lt;script&gt;alert" in (await browser.get("/plans/plan-1")).text


async def test_nothing_is_loaded_from_elsewhere_and_no_script_stands_in_the_page(sign_in: SignIn) -> None:
    browser = await sign_in(Role.OPERATOR)
    for path in PAGES:
        text = (await browser.get(path)).text
        loaded = re.findall(r"""(?:src|href|action)=["']([^"']+)""", text)
        assert all(address.startswith(("/", "#")) and not address.startswith("//") for address in loaded), path
        for address in set(re.findall(r'(?:src|href)="(/static/[^"]+)"', text)) - {"vega"}:
            if "vega.js" not in address:
                assert (await browser.get(address)).status_code == 200
        scripts = re.findall(r"<script([^>]*)>", text)
        assert all("src=" in script or "application/json" in script for script in scripts), path
        assert " style=" not in text, path


async def test_a_wrong_address_is_a_page_that_says_so(sign_in: SignIn) -> None:
    browser = await sign_in(Role.BUYER)
    for path, status in (
        ("/plans/nope", 404),
        ("/plans/plan-1/lines/99", 404),
        ("/warehouses/nope/slots", 404),
        ("/warehouses/nope/products/spinach", 404),
        ("/warehouses/W1/products/nope", 404),
        ("/warehouses/nope/temperatures", 404),
        ("/static/nope.css", 404),
        ("/plans/plan-1/lines/x", 422),
    ):
        answer = await browser.get(path)
        assert answer.status_code == status, path
        assert answer.headers["content-type"].startswith("text/html")


async def test_today_says_what_needs_doing(sign_in: SignIn) -> None:
    text = (await (await sign_in(Role.BUYER)).get("/")).text
    assert "1 temperature alarm" in text
    assert "too warm" in text
    assert "7.5\u00a0°C at Mon 2 Mar 10:00" in text
    assert "limit 4.0\u00a0°C" in text
    assert "to approve" in text
    assert "120.00" in text
    assert "1 warehouse has no plan of today yet: Front W2" in text
    assert "3.2\u00a0kg to sell today." in text
    assert "3.2\u00a0kg" in text
    assert "1 move" in text
    assert "No current forecast for 1 warehouse" in text


@pytest.mark.parametrize("alarm_open", [True, False])
async def test_today_with_all_sensors_silent_says_so_and_not_that_there_is_no_alarm(
    sign_in: SignIn, app: FastAPI, shop: Engine, alarm_open: bool
) -> None:
    """Also where nobody looks by the clock, and where the last that was heard was an alarm."""
    if not alarm_open:
        with writing(shop) as session:
            session.execute(update(AlarmRow).values(ended_at=NOW))
            session.execute(delete(SensorStateRow))
    browser = await sign_in(Role.STAFF)
    before = (await browser.get("/")).text
    assert ("No temperature alarms." in before) is not alarm_open
    assert "Every zone with a limit is heard." in before

    app.dependency_overrides[moment] = lambda: NOW + timedelta(hours=1)

    text = (await browser.get("/")).text
    assert "No temperature alarms." not in text
    assert "Every zone with a limit is heard." not in text
    assert "No readings from 1 zone" in text


async def test_today_tells_operators_that_no_backup_was_made_where_one_should_be(
    sign_in: SignIn, app: FastAPI, tmp_path: Path
) -> None:
    assert "last backup" not in (await (await sign_in(Role.OPERATOR)).get("/")).text
    app.state.settings = app.state.settings.model_copy(update={"backup_folder": str(tmp_path)})

    assert "There is none in the folder." in (await (await sign_in(Role.OPERATOR)).get("/")).text
    assert "last backup" not in (await (await sign_in(Role.BUYER)).get("/")).text


async def test_today_shows_first_what_is_theirs_and_remembers_whose_warehouse_it_is(sign_in: SignIn) -> None:
    heads = {"buyer": "h-plan", "staff": "h-alarms", "operator": "h-missing"}
    for role, first in heads.items():
        text = (await (await sign_in(Role(role))).get("/")).text
        assert re.findall(r'aria-labelledby="(h-[a-z-]+)"', text)[0] == first
    browser = await sign_in(Role.STAFF)
    assert (
        "Front W2" in (await browser.get("/", params={"warehouse": "W1"})).text
    )  # among the warehouses to choose from
    remembered = (await browser.get("/")).text
    assert '<option value="W1" selected>' in remembered
    assert "1 warehouse has no plan of today yet" not in remembered
    assert "1 temperature alarm" not in (await browser.get("/", params={"warehouse": "W2"})).text
    assert "1 temperature alarm" in (await browser.get("/", params={"warehouse": ""})).text


async def test_a_buyer_says_what_will_be_wanted_and_withdraws_it(sign_in: SignIn, shop: Engine) -> None:
    page, typed = "/warehouses/W1/products/spinach", {"judgement_id": "fair", "quantity": "60", "reason": "a <fair>",
                                                      "first_day": "2026-03-03", "last_day": "2026-03-06"}  # fmt: skip
    assert (await (await sign_in(Role.STAFF)).post(f"{page}/judgements", data=typed)).status_code == 403
    browser = await sign_in(Role.BUYER)
    assert (await browser.post(f"{page}/judgements", data=typed)).headers["location"] == page
    text = (await browser.get(page)).text
    assert "expects 60.0\u00a0kg a day from Tue 3 Mar to Fri 6 Mar: a &lt;fair&gt;" in text
    assert (await browser.post(f"{page}/judgements/fair/withdraw")).status_code == 303
    text = (await browser.get(page)).text
    assert "withdrawn" in text
    assert "/judgements/fair/withdraw" not in text


async def test_today_says_that_the_night_s_run_is_late_and_what_stands_in_for_it(
    app: FastAPI, sign_in: SignIn, shop: Engine
) -> None:
    noon = NOW + timedelta(hours=2)
    with writing(shop) as session:
        session.execute(delete(PlanWarehouseRow))
        session.execute(update(OfferRow).values(order_cut_off="13:00"))
    app.dependency_overrides[moment] = lambda: noon
    browser = await sign_in(Role.BUYER)
    text = html.unescape((await browser.get("/")).text)
    assert "has no plan, and the first order must be out by Mon 2 Mar 13:00: the night's run has not begun." in text
    assert "Fallback plan" not in text

    plan_id = see_that_plans_are_in_time(shop, noon, timedelta(hours=1))

    text = html.unescape((await browser.get("/")).text)
    assert f'<a href="/plans/{plan_id}">Fallback plan: the night\'s run has not begun.' in text
    assert "has no plan, and the first order" not in text


async def test_a_role_sees_only_the_buttons_it_may_press(sign_in: SignIn) -> None:
    browser = await sign_in(Role.STAFF)
    assert "/approve" not in (await browser.get("/plans/plan-1")).text
    assert "quantity_wanted" not in (await browser.get("/plans/plan-1/lines/1")).text
    assert 'value="done"' in (await browser.get("/warehouses/W1/slots")).text
    assert 'name="alarm_id"' in (await browser.get("/temperatures")).text
    browser = await sign_in(Role.BUYER)
    assert "/approve" in (await browser.get("/plans/plan-1")).text
    assert 'value="done"' not in (await browser.get("/warehouses/W1/slots")).text
    assert 'name="alarm_id"' not in (await browser.get("/temperatures")).text


async def test_the_wrong_role_changes_nothing(sign_in: SignIn) -> None:
    forms = {
        Role.STAFF: (
            ("/plans", {"delivery_date": "2026-03-03", "warehouse_id": "W1"}),
            ("/plans/plan-1/lines/1", {"quantity_wanted": "25", "reason": "more"}),
            ("/plans/plan-1/approve", {}),
            ("/warehouses/W1/products/spinach", {"price": "8", "first_day": "2026-03-03", "days": "2"}),
        ),
        Role.BUYER: (
            ("/warehouses/W1/moves", {"move_id": "M1", "answer": "done"}),
            ("/alarms", {"alarm_id": "any"}),
        ),
    }
    for role, posted in forms.items():
        browser = await sign_in(role)
        for path, form in posted:
            assert (await browser.post(path, data=form)).status_code == 403, path


async def test_a_line_is_edited_with_a_reason_and_the_plan_approved(sign_in: SignIn, shop: Engine) -> None:
    browser = await sign_in(Role.BUYER)
    line = "/plans/plan-1/lines/1"

    edited = await browser.post(line, data={"quantity_wanted": "27,5", "reason": "a <i>fair</i> on Tuesday"})
    assert edited.status_code == 303
    text = (await browser.get(edited.headers["location"])).text
    assert "Changed to 27.5\u00a0kg." in text
    assert "a &lt;i&gt;fair&lt;/i&gt; on Tuesday" in text
    assert "Changed to" not in (await browser.get(line)).text.split("<h1>")[0], "said once"

    approved = await browser.post("/plans/plan-1/approve")
    assert approved.status_code == 303
    text = (await browser.get(approved.headers["location"])).text
    assert "Approved: 1 purchase order made." in text
    with reading(shop) as session:
        assert session.get_one(PlanLineRow, ("plan-1", 1)).quantity == Decimal("27.5")
        assert session.get_one(PurchasePlanRow, "plan-1").status == PlanStatus.APPROVED

    late = await browser.post(line, data={"quantity_wanted": "30", "reason": "more"})
    assert late.status_code == 409
    assert "approved" in late.text


async def test_a_wrong_edit_is_explained_and_keeps_what_was_typed(sign_in: SignIn, shop: Engine) -> None:
    browser = await sign_in(Role.BUYER)
    for quantity, reason, says in (
        ("-5", "less", "0 or more"),
        ("lots", "more", "not a number"),
        ("26", "more", "packs of 2.5"),
        ("25", " ", "needs a reason"),
        ("NaN", "hm", "not a number"),
        ("1,000", "hm", "not a number"),
        ("", "", "not a number"),
    ):
        answer = await browser.post("/plans/plan-1/lines/1", data={"quantity_wanted": quantity, "reason": reason})
        assert answer.status_code == 422, quantity
        assert says in answer.text
        assert f'value="{quantity}"' in answer.text
    with reading(shop) as session:
        assert session.get_one(PlanLineRow, ("plan-1", 1)).quantity == 20


async def test_a_plan_is_made_for_the_chosen_warehouses(sign_in: SignIn) -> None:
    browser = await sign_in(Role.BUYER)
    made = await browser.post("/plans", data={"delivery_date": "2026-03-03", "warehouse_id": ["W1"]})
    assert made.status_code == 303, made.text
    text = (await browser.get(made.headers["location"])).text
    assert "The plan is ready." in text
    without_w2 = await browser.post("/plans", data={"delivery_date": "2026-03-03", "warehouse_id": ["W1", "W2"]})
    assert without_w2.status_code == 303
    assert "Warehouse Front W2 has no forecast" in (await browser.get(without_w2.headers["location"])).text
    refused = await browser.post("/plans", data={"delivery_date": "2026-03-03", "warehouse_id": ["W2"]})
    assert refused.status_code == 409
    assert "W2" in refused.text
    nothing = await browser.post("/plans", data={"delivery_date": "2026-03-03"})
    assert nothing.status_code == 422


async def test_a_move_is_done(sign_in: SignIn, shop: Engine) -> None:
    browser = await sign_in(Role.STAFF)
    answer = await browser.post("/warehouses/W1/moves", data={"move_id": "M1", "answer": "done"})
    assert answer.status_code == 303
    assert "Move recorded as done." in (await browser.get(answer.headers["location"])).text
    with reading(shop) as session:
        assert session.get_one(SlotRow, "W1-1").product_id == "spinach"
        assert session.get_one(SlotRow, "W1-4").product_id is None


async def test_a_move_is_refused_only_with_a_reason(sign_in: SignIn, shop: Engine) -> None:
    browser = await sign_in(Role.STAFF)
    answer = await browser.post("/warehouses/W1/moves", data={"move_id": "M1", "answer": "refused", "reason": " "})
    assert answer.status_code == 422
    assert "reason" in answer.text
    await browser.post("/warehouses/W1/moves", data={"move_id": "M1", "answer": "refused", "reason": "rack broken"})
    with reading(shop) as session:
        move = session.get_one(MoveRow, "M1")
        assert (move.status, move.decision_reason) == (MoveStatus.REFUSED, "rack broken")
    assert "rack broken" in (await browser.get("/warehouses/W1/slots")).text


async def test_an_alarm_is_acknowledged_where_it_is_seen(sign_in: SignIn, shop: Engine) -> None:
    browser = await sign_in(Role.STAFF)
    alarm_id = re.findall(r'name="alarm_id" value="([^"]+)"', (await browser.get("/temperatures")).text)[0]
    answer = await browser.post("/alarms", data={"alarm_id": alarm_id, "note": "door closed", "warehouse_id": "W1"})
    assert answer.headers["location"] == "/warehouses/W1/temperatures"
    text = (await browser.get(answer.headers["location"])).text
    assert "acknowledged by a staff" in text
    assert "door closed" in text
    with reading(shop) as session:
        assert session.get_one(AlarmRow, alarm_id).acknowledged_by == "a staff"


async def test_the_air_of_a_zone_that_is_too_humid_is_told_in_percent(sign_in: SignIn, shop: Engine) -> None:
    browser = await sign_in(Role.STAFF)
    with writing(shop) as session:
        alarm = session.scalars(select(AlarmRow).where(AlarmRow.ended_at.is_(None))).one()
        alarm.kind, alarm.worst_c, alarm.limit_c = AlarmKind.TOO_HUMID, 97.0, 90.0
    for page in ("/", "/temperatures"):
        text = (await browser.get(page)).text
        assert "worst 97%" in text
        assert "limit 90%" in text
        assert "97.0" not in text


async def test_a_form_of_another_site_changes_nothing(sign_in: SignIn) -> None:
    browser = await sign_in(Role.OPERATOR)
    answer = await browser.post("/plans/plan-1/approve", headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403


def chart(text: str, name: str) -> dict[str, list[dict[str, object]]]:
    """The data sets of a chart in a page."""
    found = re.search(rf'id="{name}".*?<script type="application/json">(.*?)</script>', text, re.DOTALL)
    assert found
    datasets: dict[str, list[dict[str, object]]] = json.loads(found.group(1))["datasets"]
    return datasets


def cells(text: str, part: str) -> list[list[str]]:
    """The rows of a table's body in a part of the page, without markup."""
    body = re.findall(r"<tbody>(.*?)</tbody>", text[text.index(part) :], re.DOTALL)[0]
    rows = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    return [[re.sub(r"<[^>]*>", "", cell).strip() for cell in re.findall(r"<t[hd].*?</t[hd]>", row)] for row in rows]


async def test_the_line_chart_has_corrected_sales_and_marks_days_that_sold_out(sign_in: SignIn) -> None:
    drawn = chart((await (await sign_in(Role.BUYER)).get("/plans/plan-1/lines/1")).text, "sales")
    sales = drawn["sales"]
    assert len(sales) == 28
    assert sales[-1]["sold"] == 77.0, "the correction that came later counts"
    assert {row["what"] for row in sales} == {"sold", "out of stock at times"}
    assert "out of stock in 4 hours" in str(sales)
    assert len(drawn["forecast"]) == 7
    assert "10.0\u00a0kg expected" in drawn["forecast"][0]["tip"]  # type: ignore[operator]


async def test_a_product_page_says_why_that_much_is_expected(sign_in: SignIn) -> None:
    text = (await (await sign_in(Role.BUYER)).get("/warehouses/W1/products/spinach")).text
    assert "Expected Tue 3 Mar" in text
    assert (
        "Tue 3 Mar: 10.0\u00a0kg, usually 8.5; Tuesday −0.8; rain −0.4; price −20% +3.6; latest trend −1.0." in text
    ), "the price and the weather as they were known at the forecast's origin"
    parts = chart(text, "why")["parts"]
    assert [row["what"] for row in parts] == ["Usual day", "Tuesday", "Rain", "Price −20%", "Latest trend", "Expected"]
    assert [row["label"] for row in parts] == ["8.5", "−0.8", "−0.4", "+3.6", "−1.0", "10.0"]
    assert [row["kind"] for row in parts] == ["usual day", "takes away", "takes away", "adds", "takes away", "expected"]
    ends = [(row["from"], row["until"]) for row in parts]
    assert ends[0] == (0, 8.5)
    assert ends[1] == (7.75, 8.5)
    assert ends[-1] == (0, 10.0)
    assert "7.2\u00a0°C, 12.0 mm of rain" in text
    assert "Holidays" in text, "in the table, though it rounds to nothing"
    assert "9 of 28 days" in text
    assert len(chart(text, "sales")["forecast"]) == 7


async def test_a_product_page_says_when_more_is_ordered_than_was_ever_seen(sign_in: SignIn, shop: Engine) -> None:
    browser = await sign_in(Role.BUYER)
    page = "/warehouses/W1/products/spinach"
    assert "Above what suffices 70 times in 100, this forecast is extrapolated" in html.unescape(
        (await browser.get(page)).text
    )
    with writing(shop) as session:
        line = session.get_one(PlanLineRow, ("plan-1", 1))
        line.reasons = [*line.reasons, {"code": "beyond_what_was_seen", "quantile": 0.934, "seen": 0.7}]
    words = "enough 93 times in 100, but demand above what suffices 70 times in 100 has not been seen here"
    text = html.unescape((await browser.get(page)).text)
    assert "The order for Tue 3 Mar goes beyond what was seen" in text
    assert words in text
    assert words in html.unescape((await browser.get("/plans/plan-1/lines/1")).text)
    assert "more than was ever seen" in (await browser.get("/plans/plan-1")).text
    with writing(shop) as session:
        line = session.get_one(PlanLineRow, ("plan-1", 1))
        line.reasons = [*line.reasons[:-1], {"code": "beyond_what_was_seen", "quantile": 0.934, "seen": 0.0}]
    assert "not in stock all day on any day of the last eight weeks" in (await browser.get(page)).text
    # then an order that a buyer has set is the buyer's own
    with writing(shop) as session:
        session.get_one(PlanLineRow, ("plan-1", 1)).edited_at = NOW
    assert "The order for" not in html.unescape((await browser.get(page)).text)
    with writing(shop) as session:
        session.execute(delete(RecoveredDemandRow))
    assert "extrapolated" not in html.unescape((await browser.get(page)).text)


async def test_a_history_that_shows_all_that_forecasts_tell_needs_no_word(sign_in: SignIn, shop: Engine) -> None:
    browser = await sign_in(Role.BUYER)
    page = "/warehouses/W1/products/spinach"
    for seen, told in ((0.94, True), (0.95, False)):
        with writing(shop) as session:
            session.execute(update(RecoveredDemandRow).values(highest_seen_quantile=seen))
        assert ("extrapolated" in (await browser.get(page)).text) == told, seen


async def test_a_product_says_that_it_may_be_sold_no_more(sign_in: SignIn, shop: Engine) -> None:
    browser = await sign_in(Role.BUYER)
    page = "/warehouses/W1/products/spinach"
    assert "days of business" not in (await browser.get(page)).text

    silent = {"last_sold_on": TODAY - timedelta(days=10), "silent_days": 9.2, "probability": 0.25, "ended": False}
    with writing(shop) as session:
        session.add(SilentProductRow(warehouse_id="W1", product_id="spinach", origin=ORIGIN, **silent))
    text = html.unescape((await browser.get(page)).text)
    assert "Not sold on 9 days of business since" in text
    assert "probability of 25%" in text

    with writing(shop) as session:
        session.execute(update(SilentProductRow).values(ended=True, probability=0.001))
    assert "Ended: not sold on 9 days of business since" in html.unescape((await browser.get(page)).text)


async def test_a_line_shows_the_forecast_that_its_plan_could_know(sign_in: SignIn, shop: Engine) -> None:
    # given forecasts made after the plan, which was made an hour ago
    later = {f"q{n:02}": 50.0 for n in (5, 10, 25, 50, 75, 90, 95)}
    with writing(shop) as session:
        session.add(ForecastRow(warehouse_id="W1", product_id="spinach", date=TOMORROW, origin=NOW, model="test",
                                mean=50.0, **later))  # fmt: skip
    text = (await (await sign_in(Role.BUYER)).get("/plans/plan-1/lines/1")).text
    assert {row["q50"] for row in chart(text, "sales")["forecast"]} == {10.0}


async def test_rounding_is_no_missed_sale_and_a_guess_ends_when_it_is_known(sign_in: SignIn, shop: Engine) -> None:
    browser = await sign_in(Role.BUYER)
    page = "/warehouses/W1/products/spinach"
    # given a demand worked out that is the sales but for rounding
    with writing(shop) as session:
        kept = session.get_one(RecoveredDemandRow, ("W1", "spinach"))
        demand = np.frombuffer(kept.demand, dtype="<f4").copy()
        demand[-2] = np.float32(12.0) + np.float32(1e-5)
        kept.demand = demand.tobytes()
    assert chart((await browser.get(page)).text, "sales")["sales"][-2]["missed"] == ""
    # given days guessed at, of which it has become known since how long they were in stock
    with writing(shop) as session:
        session.execute(update(RecoveredDemandRow).values(how="g" * RECOVERED_DAYS))
    assert {row["missed"] for row in chart((await browser.get(page)).text, "sales")["sales"]} == {""}


async def test_what_a_stock_out_hid_stands_on_top_of_what_sold(sign_in: SignIn) -> None:
    browser = await sign_in(Role.BUYER)
    for page in ("/warehouses/W1/products/spinach", "/plans/plan-1/lines/1"):
        sales = chart((await browser.get(page)).text, "sales")["sales"]
        ran_out, in_stock = sales[-3], sales[-2]
        assert (ran_out["sold"], ran_out["top"], ran_out["missed"]) == (13.0, 16.25, "missed sales")
        assert "out of stock in 4 hours: about 16.2\u00a0kg would have sold" in ran_out["tip"]  # type: ignore[operator]
        assert (in_stock["sold"], in_stock["top"], in_stock["missed"]) == (12.0, 12.0, "")
        assert sales[-1]["top"] == 77.0, "more sold than was known when it was worked out"


async def test_stock_outs_that_nobody_knows_of_are_said_to_be_guessed(sign_in: SignIn, shop: Engine) -> None:
    # given four days of which nobody wrote down whether it ran out, one of them suspiciously quiet
    with writing(shop) as session:
        session.execute(delete(DailyAvailabilityRow).where(DailyAvailabilityRow.date >= TODAY - timedelta(days=4)))
        session.execute(update(RecoveredDemandRow).values(how="s" * 24 + "gggg"))
    browser = await sign_in(Role.BUYER)
    text = (await browser.get("/warehouses/W1/products/spinach")).text
    # then it is said of how many days, and what is known of the others stays apart
    assert "Availability is not known on 4 of these 28 days" in text
    assert "their stock-outs are estimated: probably on 1 day." in text
    assert "8 of 24 days" in text
    quiet, usual = (row for row in chart(text, "sales")["sales"][-3:-1])
    assert (quiet["what"], quiet["missed"], quiet["top"]) == ("sold", "missed sales, estimated", 16.25)
    assert "availability not known; it probably ran out" in quiet["tip"]  # type: ignore[operator]
    assert usual["missed"] == ""
    assert "probably did not" in usual["tip"]  # type: ignore[operator]

    # then where nothing was worked out nothing is guessed
    with writing(shop) as session:
        session.execute(delete(RecoveredDemandRow))
        session.execute(delete(DailyAvailabilityRow))
    text = (await browser.get("/warehouses/W1/products/spinach")).text
    assert "Availability is not known" not in text
    assert "not known" in text
    assert {row["missed"] for row in chart(text, "sales")["sales"]} == {""}


async def test_a_product_that_is_not_forecast_or_not_explained_says_so(sign_in: SignIn, shop: Engine) -> None:
    browser = await sign_in(Role.STAFF)
    assert "There is no forecast of this product yet." in (await browser.get("/warehouses/W2/products/spinach")).text
    with writing(shop) as session:
        session.execute(update(ForecastRow).values(mean=0.004))
    assert "Next to nothing is expected on Tue 3 Mar." in (await browser.get("/warehouses/W1/products/spinach")).text
    with writing(shop) as session:
        session.execute(delete(ForecastContributionRow))
    assert "No breakdown was kept" in (await browser.get("/warehouses/W1/products/spinach")).text


async def test_a_closed_day_is_named_as_closed_on_the_product_s_page(sign_in: SignIn, shop: Engine) -> None:
    browser = await sign_in(Role.STAFF)
    shut = {"kind": "count", "away": 0, "seen": 0, "warehouse_id": "W1", "origin": ORIGIN}
    with writing(shop) as session:
        session.execute(update(ForecastRow).where(ForecastRow.date == TOMORROW).values(mean=0.0))
        session.add(OccasionRow(date=TOMORROW, name="Stocktaking", closed=True, **shut))
        session.add(OccasionRow(date=TOMORROW + timedelta(days=3), name="Strike", closed=True, **shut))
        session.add(OccasionRow(date=TOMORROW + timedelta(days=1), name="Fair", closed=False, **shut))
    text = (await browser.get("/warehouses/W1/products/spinach")).text
    assert "Tue 3 Mar: closed (Stocktaking)." in text
    assert "Next to nothing" not in text
    assert "Fri 6 Mar: closed (Strike); nothing is forecast for that day." in text
    assert "closed (Fair)" not in text


async def test_a_bulk_order_is_named_and_cut_off_and_hides_no_missed_sales(sign_in: SignIn, shop: Engine) -> None:
    sold_on = TODAY - timedelta(days=3)  # on which it ran out in the evening, and more would have sold
    with writing(shop) as session:
        key = {"warehouse_id": "W1", "product_id": "spinach", "date": sold_on}
        session.execute(update(DailySalesRow).filter_by(**key).values(sales=900.0))
        session.add(BulkOrderRow(**key, origin=ORIGIN, sales=900.0))
        kept = session.get_one(RecoveredDemandRow, ("W1", "spinach"))
        demand = np.frombuffer(kept.demand, dtype="<f4").copy()
        demand[-3] = 1800
        kept.demand = demand.tobytes()
    browser = await sign_in(Role.STAFF)
    text = (await browser.get("/warehouses/W1/products/spinach")).text
    assert "900.0\u00a0kg were sold on Fri 27 Feb, out of all proportion" in text
    sales = chart(text, "sales")["sales"]
    bulk = sales[-3]
    assert (bulk["what"], bulk["missed"], bulk["top"]) == ("bulk order, cut off", "", bulk["sold"])
    others = [row["top"] for row in sales if row is not bulk]
    assert bulk["sold"] == pytest.approx(1.25 * max(others)), "so that the others can be read"  # type: ignore[type-var, operator]
    assert "900.0\u00a0kg sold, a bulk order" in bulk["tip"]  # type: ignore[operator]


def test_a_chart_has_no_layer_without_rows() -> None:
    row = {"day": 0, "until": 1, "what": "sold", "missed": ""}
    specs = [charts.have_and_want("kg", have, [row]) for have in ([], [row])]
    specs += [
        charts.sales_and_forecast("kg", *([row] * there for there in of))
        for of in product_of((True, False), repeat=3)
        if of[0] or of[1]
    ]
    for spec in specs:
        layers = json.dumps({name: part for name, part in spec.items() if name != "datasets"})
        assert set(re.findall(r'"data": {"name": "(\w+)"}', layers)) == set(spec["datasets"])
        assert all(spec["datasets"].values())


async def test_a_what_if_that_cannot_be_asked_is_explained_and_keeps_what_was_typed(sign_in: SignIn) -> None:
    browser = await sign_in(Role.BUYER)
    right = {"price": "8", "first_day": "2026-03-03", "days": "2"}
    for field, typed, says in (
        ("price", "", "above 0 and at most the list price, 10.00"),
        ("price", "-8", "above 0 and"),
        ("price", "0", "above 0 and"),
        ("price", "10.01", "at most the list price"),
        ("price", "Infinity", "above 0 and"),
        ("price", "<b>8</b>", "above 0 and"),
        ("first_day", "soon", "not a valid date"),
        ("first_day", "9999-12-31", "not a valid date"),
        ("days", "0", "must last 1 to 14 days"),
        ("days", "99999", "must last 1 to 14 days"),
        ("days", "²", "must last 1 to 14 days"),
    ):
        answer = await browser.post("/warehouses/W1/products/spinach", data=right | {field: typed})
        assert answer.status_code == 422, (field, typed)
        assert says in answer.text, (field, typed)
        assert f'value="{html.escape(typed)}"' in answer.text
        assert 'aria-describedby="wrong"' in answer.text
    untrained = await browser.post("/warehouses/W1/products/spinach", data=right)
    assert untrained.status_code == 409
    assert "freshfront train" in untrained.text
    assert 'value="8"' in untrained.text
    for path in ("/warehouses/W1/products/nope", "/warehouses/nope/products/spinach"):
        assert (await browser.post(path, data=right)).status_code == 404, path


async def test_what_promotions_did_is_told_of_the_category_or_of_all(sign_in: SignIn, shop: Engine) -> None:
    browser = await sign_in(Role.STAFF)
    page = "/warehouses/W1/products/spinach"
    text = (await browser.get(page)).text
    assert "What promotions did" not in text
    assert 'id="what-if"' not in text, "staff plan no promotions"
    assert 'href="/promotions?period=13weeks&amp;product_id=spinach"' in text, "reviews need nothing that was learned"
    with writing(shop) as session:
        session.add_all(
            PromotionEffectRow(row_no=number, origin=ORIGIN, category=category, effect=effect, depth_from=depth,
                            depth_to=depth and depth + 0.1, day=day, ratio=ratio, low=ratio - 0.1, high=ratio + 0.1,
                            products=3, days=40)
            for number, (category, effect, depth, day, ratio) in enumerate(
                [(None, "uplift", 0.1, 1, 1.3), ("leaf", "uplift", 0.2, 1, 1.75), ("leaf", "uplift", 0.2, 4, 1.5),
                 ("leaf", "after", 0.2, 1, 0.85), ("leaf", "taken", None, 0, 0.2)]
            )
        )  # fmt: skip
    text = (await browser.get(page)).text
    assert cells(text, "What promotions did") == [["20–30%", "×1.75 1.65–1.85", "×1.50 1.40–1.60", "×0.85 0.75–0.95"]]
    assert "Other products of the subcategory lost 20% (10% to 30%)" in text
    with writing(shop) as session:
        session.execute(delete(PromotionEffectRow).where(PromotionEffectRow.category == "leaf"))
    text = (await browser.get(page)).text
    assert "all products" in text
    assert cells(text, "What promotions did") == [["10–20%", "×1.30 1.20–1.40", "–", "–"]]


async def test_products_are_linked_from_where_they_are_listed(sign_in: SignIn) -> None:
    browser = await sign_in(Role.BUYER)
    for path in ("/", "/plans/plan-1/lines/1", "/warehouses/W1/slots/table"):
        assert 'href="/warehouses/W1/products/spinach"' in (await browser.get(path)).text, path


async def test_the_temperature_chart_shows_a_day_of_readings_limits_and_the_alarm(sign_in: SignIn) -> None:
    browser = await sign_in(Role.STAFF)
    drawn = chart((await browser.get("/warehouses/W1/temperatures")).text, "zone-Z1")
    assert [row["words"] for row in drawn["limits"]] == ["highest 4.0\u00a0°C", "lowest 1.0\u00a0°C"]
    assert len([row for row in drawn["readings"] if row["sensor"] == "Door 1"]) == 12
    assert 280 <= len([row for row in drawn["readings"] if row["sensor"] == "Door 2"]) <= 290
    assert "too warm from Mon 2 Mar 09:05" in str(drawn["spans"])
    assert [(row["track"], row["outside"]) for row in drawn["spans"]] == [("too_warm", True)]
    hours = (drawn["readings"][-1]["t"] - drawn["readings"][0]["t"]) / 3_600_000  # type: ignore[operator]
    assert 23 < hours <= 24


async def test_a_pause_of_a_sensor_is_a_gap_in_the_chart(sign_in: SignIn, engine: Engine) -> None:
    broken = {238: -127.0, 237: 85.0, 236: 327.67}  # what a probe says that is not there is no temperature
    earlier = {NOW - timedelta(minutes=minutes): c for minutes, c in ({240: 3.0, 235: 3.0} | broken).items()}
    with writing(engine) as session:
        session.add_all(
            ReadingRow(sensor_id="S1", taken_at=at, temperature_c=c, known_at=at) for at, c in earlier.items()
        )
    browser = await sign_in(Role.STAFF)

    drawn = chart((await browser.get("/warehouses/W1/temperatures?days=7")).text, "zone-Z1")

    of_it = [row["c"] for row in drawn["readings"] if row["sensor"] == "Door 1"]
    assert of_it[:4] == [3.0, 3.0, None, 7.5]


async def test_doors_defrosts_and_silences_stand_above_the_temperatures(sign_in: SignIn, engine: Engine) -> None:
    told = {"door": {180: 1.0, 170: 1.0, 160: 0.0}, "defrost": {60: 1.0}}
    with writing(engine) as session:
        session.add_all(
            MeasurementRow(sensor_id="S2", quantity=quantity, taken_at=at, value=value, known_at=at)
            for quantity, values in told.items()
            for at, value in ((NOW - timedelta(minutes=minutes), value) for minutes, value in values.items())
        )
        times = {"starts_at": NOW - timedelta(hours=2), "ends_at": NOW + timedelta(hours=1), "created_at": NOW}
        of_all = {"zone_id": None, "sensor_id": None, "kinds": None, "reason": "inventory", "created_by": "Lin"}
        session.add(SilenceRow(silence_id="q1", warehouse_id="W1", **of_all, **times))
        session.add(SilenceRow(silence_id="q2", warehouse_id="W2", **of_all, **times))
    browser = await sign_in(Role.STAFF)

    spans = chart((await browser.get("/warehouses/W1/temperatures")).text, "zone-Z1")["spans"]

    tips = [str(row["tip"]) for row in spans if row["track"] != "too_warm"]
    assert tips == [
        "not told: silenced from Mon 2 Mar 08:00 for 2\u00a0h: inventory",
        "door open from Mon 2 Mar 07:00 for 20\u00a0min",
        "defrost from Mon 2 Mar 09:00 for 1\u00a0h",
    ]


async def test_doors_of_a_sensor_that_was_moved_stand_where_it_hung_then(sign_in: SignIn, engine: Engine) -> None:
    moved, opened, closed = (NOW - timedelta(hours=hours) for hours in (2, 3, 1))
    with writing(engine) as session:
        session.add(
            ZoneRow(zone_id="Z2", warehouse_id="W1", name="Root", band=Band.LEAF, x_m=5, y_m=0, width_m=5, depth_m=5)
        )
        session.flush()
        session.get_one(SensorRow, "S2").zone_id = "Z2"
        session.add(SensorPlaceRow(sensor_id="S2", until=moved, zone_id="Z1"))
        session.add_all(
            MeasurementRow(sensor_id="S2", quantity="door", taken_at=at, value=value, known_at=at)
            for at, value in ((opened, 1.0), (closed, 0.0), (closed + timedelta(minutes=30), 1.0))
        )
    browser = await sign_in(Role.STAFF)

    page = (await browser.get("/warehouses/W1/temperatures")).text

    doors = {
        zone: [row["tip"] for row in chart(page, f"zone-{zone}")["spans"] if row["track"] == "door"]
        for zone in ("Z1", "Z2")
    }
    assert doors == {
        "Z1": ["door open from Mon 2 Mar 07:00 for 1\u00a0h"],
        "Z2": ["door open from Mon 2 Mar 09:30 for 30\u00a0min"],
    }


async def test_a_month_is_drawn_by_the_lowest_and_highest_of_each_hour(sign_in: SignIn) -> None:
    browser = await sign_in(Role.STAFF)

    drawn = chart((await browser.get("/warehouses/W1/temperatures?days=30")).text, "zone-Z1")

    assert "readings" not in drawn
    assert [(row["low"], row["high"]) for row in drawn["hours"] if row["sensor"] == "Door 1"] == [(7.5, 7.5)] * 2
    assert len(drawn["hours"]) < 40


async def test_staff_close_an_alarm_by_hand_and_say_why(sign_in: SignIn) -> None:
    browser = await sign_in(Role.STAFF)
    alarm_id = re.findall(r'name="alarm_id" value="([^"]+)"', (await browser.get("/temperatures")).text)[0]

    refused = await browser.post("/alarms/close", data={"alarm_id": alarm_id, "reason": " "})
    assert refused.status_code == 422
    await browser.post("/alarms/close", data={"alarm_id": alarm_id, "reason": "the room is empty"})

    assert f'data-alarm="{alarm_id}"' not in (await browser.get("/temperatures")).text


async def test_the_page_asks_only_for_what_is_new(sign_in: SignIn) -> None:
    browser = await sign_in(Role.STAFF)
    first = (await browser.get("/warehouses/W1/temperatures/now?since=0")).json()
    again = (await browser.get(f"/warehouses/W1/temperatures/now?since={first['since']}")).json()
    assert len(first["readings"]["zone-Z1"]) == 412
    assert again["readings"] == {"zone-Z1": []}
    assert "7.5\u00a0°C" in again["html"]
    assert "<html" not in again["html"]
