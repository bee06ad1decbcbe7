"""The workbench without a browser: which lines it shows and in which order, what it answers while one types, what an
approval orders, and how it is taken back."""

import html
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.frames.plan_lines import LineFilter, LineSort, lines_around, read_lines
from data.tables import (
    Band,
    OfferRow,
    OfferTierRow,
    PlanLineEditRow,
    PlanLineRow,
    PlanStatus,
    PlanWarehouseRow,
    ProductRow,
    PurchaseOrderRow,
    PurchasePlanRow,
    Role,
    SupplierRow,
    SupplierTermsRow,
    Unit,
)
from flows.ordering.placing import NewPurchaseOrderLine, place_purchase_orders
from flows.purchasing.deciding.editing import edit_plan_line
from flows.purchasing.shelves.stock_until_delivery import stock_until_delivery

from .conftest import NOW, ORIGIN, TODAY, TOMORROW

SignIn = Callable[[Role], Awaitable[httpx.AsyncClient]]
PLAN = "/plans/bench"
IN_TIME, MISSED = NOW + timedelta(hours=8), NOW - timedelta(minutes=10)
# product, category, supplier, quantity, at risk (short, wasted), warnings, order by, quantity the day before
LINES = (
    ("apples", "fruit", "F1", "20", "1", "2", "", IN_TIME, "17.5"),
    ("beans", "leaf", "F1", "30", "40", "0", " capped_by_capacity ", IN_TIME, "30"),
    ("cherries", "fruit", "F2", "10", "0", "9", "", MISSED, None),
    ("dates", "fruit", None, "0", "7", "0", " no_offer ", None, "5"),
)


@pytest.fixture
def bench(shop: Engine) -> Engine:
    """Beside the shop's plan one of four lines: one with a warning, one whose cut-off has passed, one of which nothing
    can be bought."""
    with writing(shop) as session:
        session.add(SupplierRow(supplier_id="F2", name="Farm two", kind="farm"))
        session.add_all(
            ProductRow(product_id=name, name=f"Ripe {name}", category=category, band=Band.LEAF, unit=Unit.KG,
                       shelf_life_days=3, list_price=Decimal(10), volume_l=Decimal(1))
            for name, category, *_ in LINES
        )  # fmt: skip
        session.flush()
        session.add_all(
            OfferRow(offer_id=f"O-{name}", supplier_id=supplier, product_id=name, pack_size=Decimal("2.5"),
                     min_quantity=Decimal(0), daily_capacity=Decimal(200), lead_time_days=1,
                     delivery_weekdays="1,2,3,4,5,6,7", valid_from=ORIGIN.date(), known_at=ORIGIN,
                     tiers=[OfferTierRow(min_quantity=Decimal(0), unit_price=Decimal(6)),
                            OfferTierRow(min_quantity=Decimal(50), unit_price=Decimal(5))])
            for name, _, supplier, *_ in LINES if supplier
        )  # fmt: skip
        plan = PurchasePlanRow(plan_id="bench", delivery_date=TOMORROW, origin=ORIGIN, status=PlanStatus.DRAFT,
                               created_at=NOW - timedelta(hours=1), created_by="Li Na")  # fmt: skip
        plan.lines = [_line(number, *line) for number, line in enumerate(LINES, start=1)]
        plan.warehouses = [PlanWarehouseRow(warehouse_id="W1", order_date=TODAY - timedelta(days=1), open=True)]
        session.add(plan)
    return shop


def _line(number, name, category, supplier, quantity, short, wasted, warnings, order_by, before):  # type: ignore[no-untyped-def]
    codes = warnings.split()
    return PlanLineRow(
        line_no=number, warehouse_id="W1", product_id=name, supplier_id=supplier,
        offer_id=supplier and f"O-{name}", delivery_date=TOMORROW, order_by=order_by, covers_from=TOMORROW,
        covers_until=TOMORROW, forecast_mean=20.0, forecast_q10=12.0, forecast_q50=20.0, forecast_q90=28.0,
        usable_stock=Decimal(2), on_order=Decimal(0), pack_size=supplier and Decimal("2.5"),
        planned_quantity=Decimal(quantity), quantity=Decimal(quantity), unit_price=supplier and Decimal(6),
        unit_cost=Decimal(6), selling_price=Decimal(10), expected_shortage=1.0, expected_waste=1.0,
        at_risk=Decimal(short) + Decimal(wasted), at_risk_short=Decimal(short), at_risk_waste=Decimal(wasted),
        previous_quantity=before and Decimal(before), warnings=warnings,
        reasons=[{"code": code, "needs": 9.0, "capacity": 30.0, "asked_by_all": 60.0, "share": 20.0} for code in codes],
        outcome={"units": [0.0, 20.0, 40.0], "short": [10.0, 2.0, 0.0], "wasted": [0.0, 0.0, 10.0],
                 "wasted_beyond": 1.0},
    )  # fmt: skip


def products(page: str) -> list[str]:
    """The products of a page's rows, from above."""
    return re.findall(r'<th scope="row" id="p-\d+"><a [^>]*>Ripe (\w+)</a>', page)


async def test_the_riskiest_lines_come_first_those_that_buy_nothing_among_them(sign_in: SignIn, bench: Engine) -> None:
    browser = await sign_in(Role.BUYER)
    page = (await browser.get(PLAN)).text
    assert products(page) == ["beans", "cherries", "dates", "apples"]
    assert "no supplier offers it" in page


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("sort=product_name", "apples beans cherries dates"),
        ("sort=-at_risk_waste", "cherries apples beans dates"),
        ("sort=-change", "apples beans dates cherries"),  # +2.5, 0, -5, and one that is new
        ("warning=no_offer", "dates"),
        ("category=fruit", "cherries dates apples"),
        ("supplier=F1", "beans apples"),
        ("search=LEAF", "beans"),
        ("search=dates", "dates"),
        ("shown=to_buy&sort=line_no", "apples beans cherries"),
        ("delivery=2026-03-09", ""),
    ],
)
async def test_lines_are_sorted_filtered_and_searched(sign_in: SignIn, bench: Engine, asked: str, shown: str) -> None:
    browser = await sign_in(Role.BUYER)
    assert products((await browser.get(f"{PLAN}?{asked}")).text) == shown.split()


async def test_a_line_that_a_filter_hides_is_pointed_at(sign_in: SignIn, bench: Engine) -> None:
    browser = await sign_in(Role.BUYER)
    page = html.unescape((await browser.get(f"{PLAN}?search=dates&shown=to_buy")).text)
    assert "1 line of the whole plan matches “dates”." in page
    [address] = re.findall(r'<a href="(/plans/bench\?search=dates)">', page)
    assert products((await browser.get(address)).text) == ["dates"]


async def test_a_column_sorts_the_other_way_when_asked_again(sign_in: SignIn, bench: Engine) -> None:
    browser = await sign_in(Role.BUYER)
    page = html.unescape((await browser.get(f"{PLAN}?sort=-cost&category=fruit")).text)
    heads = re.findall(r'<th scope="col" id="h-(\w+)"[^>]*?(?: aria-sort="(\w+)")?><a href="([^"]+)"', page)
    assert [(column, direction) for column, direction, _ in heads if direction] == [("cost", "descending")]
    addresses = {column: address for column, _, address in heads}
    assert addresses["cost"] == f"{PLAN}?category=fruit&sort=cost"
    assert addresses["at_risk"] == f"{PLAN}?category=fruit"


async def test_what_changed_since_the_day_before_is_shown(sign_in: SignIn, bench: Engine) -> None:
    page = (await (await sign_in(Role.BUYER)).get(f"{PLAN}?sort=line_no")).text
    assert re.findall(r'data-label="Change">([^<]+)<', page) == ["+2.5", "=", "new", "\N{MINUS SIGN}5"]


def test_the_lines_around_one_are_those_of_its_list(bench: Engine) -> None:
    with reading(bench) as session:
        fruit = LineFilter(category="fruit")
        order = [line["line_no"] for line in read_lines(session, "bench", fruit, LineSort.AT_RISK)]
        assert order == [3, 4, 1]
        assert lines_around(session, "bench", fruit, LineSort.AT_RISK, 4) == (3, 1)
        assert lines_around(session, "bench", fruit, LineSort.AT_RISK, 3) == (None, 4)
        assert lines_around(session, "bench", fruit, LineSort.AT_RISK, 2) == (None, None), "not in the list"


async def test_a_quantity_is_looked_at_before_it_is_kept(sign_in: SignIn, bench: Engine) -> None:
    browser = await sign_in(Role.BUYER)
    seen = html.unescape((await browser.get(f"{PLAN}/lines/1/preview?quantity=30")).text).replace(
        "\N{NO-BREAK SPACE}", " "
    )
    for words in ("costs 180.00 CNY", "5.00 from 50.0 kg on", "1.0 kg short (4.00)", "5.0 kg wasted (30.00)",
                  "runs out 10 times in 100", "lasts 1.6 days", "supplier has 200.0 kg left"):  # fmt: skip
        assert words in seen, words
    assert 'data-questions=""' in seen
    asked = (await browser.get(f"{PLAN}/lines/1/preview?quantity=400")).text
    assert 'data-questions="far_above_demand beyond_capacity"' in asked
    wrong = await browser.get(f"{PLAN}/lines/1/preview?quantity=31", headers={"Accept": "application/json"})
    assert wrong.status_code == 422
    assert "packs of 2.5" in wrong.json()["detail"]
    with reading(bench) as session:
        assert session.get_one(PlanLineRow, ("bench", 1)).quantity == 20


async def test_a_saved_quantity_comes_back_as_its_row_and_the_plan_s_totals(sign_in: SignIn, bench: Engine) -> None:
    browser = await sign_in(Role.BUYER)
    form = {"quantity": "30", "version": "1", "reason_code": "weather"}
    saved = (await browser.post(f"{PLAN}/lines/1/quantity", data=form)).json()
    assert saved["said"] == "Saved: Ripe apples, 30.0\N{NO-BREAK SPACE}kg."
    assert 'data-kept="30"' in saved["row"]
    assert "420.00\N{NO-BREAK SPACE}CNY" in saved["totals"], "(30 + 30 + 10) x 6"

    again = await browser.post(f"{PLAN}/lines/1/quantity", data=form | {"quantity": "25"})
    assert again.status_code == 412, "the version is not the one that was seen"
    assert 'data-kept="30"' in again.json()["row"]

    undone = (await browser.post(f"{PLAN}/lines/1/undo")).json()
    assert 'data-kept="20"' in undone["row"]
    with reading(bench) as session:
        edits = session.scalars(select(PlanLineEditRow).order_by(PlanLineEditRow.to_quantity.desc())).all()
        assert [(edit.to_quantity, edit.reason_code) for edit in edits] == [(30, "weather"), (20, "weather")]


async def test_an_outlier_is_asked_about_before_it_is_kept_on_the_line_s_page_too(
    sign_in: SignIn, bench: Engine
) -> None:
    browser = await sign_in(Role.BUYER)
    form = {"quantity_wanted": "150", "reason_code": "event"}
    asked = await browser.post(f"{PLAN}/lines/1", data=form)
    assert asked.status_code == 422
    assert "more than three times what is usually wanted" in asked.text
    assert 'name="asked" value="150"' in asked.text
    assert (await browser.post(f"{PLAN}/lines/1", data=form | {"asked": "150"})).status_code == 303
    with reading(bench) as session:
        line = session.get_one(PlanLineRow, ("bench", 1))
        assert (line.quantity, line.unit_price) == (150, 5), "at the price of its tier"


async def test_a_line_s_page_tells_the_figures_of_the_quantity_that_was_chosen(sign_in: SignIn, bench: Engine) -> None:
    with writing(bench) as session:
        edit_plan_line(session, "bench", 1, Decimal(30), "a fair", NOW, "Li Na")
    page = html.unescape((await (await sign_in(Role.BUYER)).get(f"{PLAN}/lines/1")).text)
    page = page.replace("\N{NO-BREAK SPACE}", " ")
    assert "30.0 kg: costs 180.00 CNY" in page
    assert "runs out 10 times in 100" in page
    assert "A kg costs 6.00 and sells for 10.00: 4.00 are earned, or 6.00 lost if it expires." in page
    assert "Li Na: from 20.0 kg to 30.0 kg, a fair" in page
    balance = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page[page.index('"balance"') :].partition("</p>")[0]))
    assert "= 2.0 kg expected in stock + 30.0 kg this order = 32.0 kg with this order" in balance


async def test_many_lines_are_changed_at_once_those_of_a_category_that_are_not_ordered(
    sign_in: SignIn, bench: Engine
) -> None:
    browser = await sign_in(Role.BUYER)
    form = {"percent": "+25", "many_category": "fruit", "reason_code": "event"}
    changed = await browser.post(f"{PLAN}/change-by-percent?sort=line_no", data=form)
    assert changed.headers["location"] == f"{PLAN}?sort=line_no"
    with reading(bench) as session:
        kept = [session.get_one(PlanLineRow, ("bench", number)).quantity for number in (1, 2, 3, 4)]
    assert kept == [25, 30, Decimal("12.5"), 0]


async def test_what_would_be_ordered_is_said_before_it_is(sign_in: SignIn, bench: Engine) -> None:
    browser = await sign_in(Role.BUYER)
    page = html.unescape((await browser.get(f"{PLAN}/approve")).text).replace("\N{NO-BREAK SPACE}", " ")
    assert "360.00 CNY" in page, "(20 + 30 + 10) x 6"
    assert "1 line with a warning is among them:" in page
    assert "Farm two: too late, its orders had to be out by" in page
    assert "Order (2 purchase orders)" in page

    clear = html.unescape((await browser.get(f"{PLAN}/approve?what=clear")).text).replace("\N{NO-BREAK SPACE}", " ")
    assert "180.00 CNY" in clear
    assert "Nothing speaks against any of them." in clear
    assert "1 line that buys something stays open. 1 of them has a warning." in clear
    ticked = html.unescape((await browser.get(f"{PLAN}/approve?what=chosen&line=2")).text)
    assert "180.00\N{NO-BREAK SPACE}CNY" in ticked
    with reading(bench) as session:
        assert session.scalars(select(PurchaseOrderRow)).first() is None


async def test_an_order_below_its_suppliers_minimum_is_told_before_it_is_placed(sign_in: SignIn, bench: Engine) -> None:
    with writing(bench) as session:
        session.add(
            SupplierTermsRow(supplier_id="F1", valid_from=ORIGIN.date(), delivery_cost=Decimal(0),
                             min_order_value=Decimal(0), min_order_packs=20, known_at=ORIGIN)
        )  # fmt: skip
    browser = await sign_in(Role.BUYER)
    minimum = "F1</b>'s minimum of 20 packs exceeds its order of"

    whole = html.unescape((await browser.get(f"{PLAN}/approve")).text)
    part = html.unescape((await browser.get(f"{PLAN}/approve?what=chosen&line=2")).text)
    await browser.post(f"{PLAN}/approve", data={"what": "chosen", "lines": "2", "version": "1"})
    rest = html.unescape((await browser.get(f"{PLAN}/approve")).text)

    assert minimum not in whole, "8 packs and 12"
    assert f"{minimum} 12 for" in part
    assert "Nothing speaks against any of them." not in part
    assert minimum not in rest, "with what is ordered already"
    with writing(bench) as session:
        session.get_one(PlanLineRow, ("bench", 1)).quantity = Decimal(10)
    assert f"{minimum} 16 for" in html.unescape((await browser.get(f"{PLAN}/approve")).text), "edited"


async def test_a_part_is_approved_and_taken_back_before_any_supplier_is_told(sign_in: SignIn, bench: Engine) -> None:
    browser = await sign_in(Role.BUYER)
    approved = await browser.post(f"{PLAN}/approve?supplier=F1", data={"what": "shown_lines", "version": "1"})
    assert approved.headers["location"] == f"{PLAN}?supplier=F1"
    with reading(bench) as session:
        lines = session.scalars(select(PlanLineRow).where(PlanLineRow.plan_id == "bench")).all()
        assert [line.line_no for line in lines if line.approved_at] == [1, 2]
        assert session.get_one(PurchasePlanRow, "bench").status == PlanStatus.DRAFT
    assert "1 order not sent yet" in (await browser.get(PLAN)).text
    rest = html.unescape((await browser.get(f"{PLAN}/approve")).text)
    assert "60.00\N{NO-BREAK SPACE}CNY" in rest, "what is ordered is not counted again"
    assert "Order (1 purchase order)" in rest

    taken_back = await browser.post(f"{PLAN}/cancel-not-sent")
    assert "1 purchase order cancelled." in (await browser.get(taken_back.headers["location"])).text
    with reading(bench) as session:
        assert session.scalars(select(PurchaseOrderRow)).one().cancelled_at is not None


async def test_a_plan_that_changed_since_the_summary_is_not_ordered(sign_in: SignIn, bench: Engine) -> None:
    browser = await sign_in(Role.BUYER)
    with writing(bench) as session:
        edit_plan_line(session, "bench", 1, Decimal(30), "a fair", NOW, "Li Na")
    refused = await browser.post(f"{PLAN}/approve", data={"what": "all", "version": "1"})
    assert refused.status_code == 412
    assert "has been changed since you looked at it" in refused.text
    with reading(bench) as session:
        assert session.scalars(select(PurchaseOrderRow)).first() is None


async def test_a_limit_is_refused_in_words_beside_the_summary(app: FastAPI, sign_in: SignIn, bench: Engine) -> None:
    app.state.settings = app.state.settings.model_copy(update={"approval_limits": {Role.BUYER: Decimal(300)}})
    browser = await sign_in(Role.BUYER)
    refused = await browser.post(f"{PLAN}/approve", data={"what": "all"})
    assert refused.status_code == 403
    assert "your role may approve 300.00 a plan" in refused.text
    assert "Approve the plan for" in refused.text


async def test_who_signs_in_goes_on_where_they_were_and_never_to_another_site(
    sign_in: SignIn, browser: httpx.AsyncClient, bench: Engine
) -> None:
    address = f"{PLAN}?search=%E8%8F%9C&sort=-cost"
    assert (await browser.get(address)).status_code == 401
    assert browser.cookies["freshfront_back"]
    landed: list[str] = []
    browser.event_hooks["response"].append(_note_landing(landed))
    await sign_in(Role.BUYER)
    assert landed == [address]
    for foreign in ("//evil.example/x", "https://evil.example", "/\\evil.example"):
        browser.cookies.set("freshfront_back", foreign)
        await sign_in(Role.BUYER)
    assert landed[1:] == ["/", "/", "/"]


def _note_landing(landed: list[str]):  # type: ignore[no-untyped-def]
    async def note(response: httpx.Response) -> None:
        if response.url.path == "/sign-in":
            landed.append(response.headers["location"])

    return note


async def test_the_stock_that_a_line_expects_is_counted_and_arriving_less_what_sells_until_then(
    sign_in: SignIn, shop: Engine
) -> None:
    # given 3.25 kg counted and, before the plan was made, 5 kg ordered for today and 40 kg for after the delivery
    with writing(shop) as session:
        for quantity, day in ((5, TODAY), (40, TOMORROW + timedelta(days=1))):
            ordered = NewPurchaseOrderLine("F1", "W1", day, "spinach", Decimal(quantity), Decimal(6), "O1")
            place_purchase_orders(session, [ordered], NOW - timedelta(hours=2), "Li Na")
    with reading(shop) as session:
        line = session.get_one(PlanLineRow, ("plan-1", 1))
        stock = stock_until_delivery(session, line, NOW - timedelta(hours=1))
    assert (stock.counted, stock.arriving, stock.expected) == (Decimal("3.25"), 5, Decimal("2.125"))
    assert stock.gone == Decimal("6.125")
    page = html.unescape((await (await sign_in(Role.BUYER)).get("/plans/plan-1/lines/1")).text)
    balance = page[page.index('"balance"') :].partition("</p>")[0].replace("\N{NO-BREAK SPACE}", " ")
    told = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", balance))
    assert "+ 5.0 kg arriving by then" in told
    assert "− 6.1 kg sold or expired by then = 2.1 kg expected in stock" in told.replace("\N{MINUS SIGN}", "−")


async def test_what_the_plan_does_not_look_at_is_looked_for_and_added(sign_in: SignIn, bench: Engine) -> None:
    with writing(bench) as session:
        session.add(
            ProductRow(product_id="yuzu", name="Yuzu", category="fruit", band=Band.LEAF, unit=Unit.KG,
                       shelf_life_days=9, list_price=Decimal(30), volume_l=Decimal(1))
        )  # fmt: skip
        session.flush()
        session.add(
            OfferRow(offer_id="Y1", supplier_id="F2", product_id="yuzu", pack_size=Decimal(4), min_quantity=Decimal(0),
                     lead_time_days=1, delivery_weekdays="1,2,3,4,5,6,7", valid_from=TODAY, known_at=ORIGIN,
                     tiers=[OfferTierRow(min_quantity=Decimal(0), unit_price=Decimal(14))])
        )  # fmt: skip
    buyer = await sign_in(Role.BUYER)
    assert f'href="{PLAN}/add?search=yuzu"' in (await buyer.get(f"{PLAN}?search=yuzu")).text
    found = html.unescape((await buyer.get(f"{PLAN}/add?search=yuz")).text)
    assert "Yuzu" in found
    assert "Farm two" in found
    typed = {"warehouse_id": "W1", "search": "yuz", "offer": "Y1", "quantity": "13", "reason_code": "event"}
    refused = await buyer.post(f"{PLAN}/add", data=typed)
    assert refused.status_code == 422
    assert "packs of 4" in refused.text
    assert 'value="13"' in refused.text, "what was typed stays"
    added = await buyer.post(f"{PLAN}/add", data=typed | {"quantity": "12"})
    assert (added.status_code, added.headers["location"]) == (303, f"{PLAN}?search=yuzu")
    assert "Added by" in html.unescape((await buyer.get(f"{PLAN}/lines/5")).text)
    again = await buyer.post(f"{PLAN}/add", data=typed | {"quantity": "12"})
    assert again.status_code == 409
    assert "is line 5 of the plan already" in again.text
