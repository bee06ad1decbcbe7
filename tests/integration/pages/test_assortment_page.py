"""The assortment as pages: proposals with the money first and their evidence, decided on with a click each; a range as
a table."""

import re
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.tables import AssortmentProposalRow, ProductClassRow, ProposalKind, ProposalStatus, Role

from .conftest import NOW, TODAY
from .test_pages import SignIn

HOLDS = {"share": 0.2, "orders": 40.0, "margin": 81.5, "margin_high": 120.0, "times_chance": 3.0, "comes_back": None,
         "holds": True}  # fmt: skip
EVIDENCE = [
    {"code": "sells", "a_day": 0.6, "sell_through": 0.31, "margin": 1.4, "abc": "C", "xyz": "Z"},
    {"code": "days_without_sale", "days": 31, "of": 84},
    {"code": "wastes", "a_day": 1.9, "usual": 0.3, "money": 248.3},
    {"code": "never_out", "share": 0.45},
]


@pytest.fixture
def proposed(shop: Engine) -> Engine:
    """Spinach, which baskets hang on, is to leave W1, and is classed there."""
    with writing(shop) as session:
        session.add(
            AssortmentProposalRow(
                proposal_id="p1", warehouse_id="W1", product_id="spinach", kind=ProposalKind.RETIRE, proposed_at=NOW,
                horizon_days=28, money=214.6, money_low=96.2, money_high=333.0, margin_lost=88.1, margin_kept=61.4,
                waste_saved=52.0, waste_saved_money=248.3, held_by_baskets=True, status=ProposalStatus.WAITING,
                version=1, details={"evidence": EVIDENCE, "siblings": [{"product_id": "spinach", "share": 0.41}],
                                    "baskets": HOLDS, "held_out": {"days": 28, "margin_predicted": 5.0, "margin": 6.0,
                                                                   "waste_predicted": 7.0, "waste": 8.0}},
            )
        )  # fmt: skip
        session.add(
            ProductClassRow(warehouse_id="W1", product_id="spinach", worked_out_at=NOW, abc="C", xyz="Z", rank=1,
                            figures={"sold_a_day": 0.6, "sell_through": 0.31, "margin": -4.2, "days_without_sale": 31.0,
                                     "of_days": 84.0, "worth": -90.0})
        )  # fmt: skip
    return shop


async def test_a_proposal_shows_its_money_its_evidence_and_what_hangs_on_it(sign_in: SignIn, proposed: Engine) -> None:
    browser = await sign_in(Role.BUYER)
    text = (await browser.get("/assortment")).text

    assert "CNY more over 28 days" in text
    assert "Nothing was sold on 31 of the last 84 days." in text
    assert "a day are thrown away" in text
    assert "of 40 orders with it 20% may not be placed" in text
    assert "I know that baskets hang on" in text
    assert "<script>alert" not in text
    assert "1 proposal waits" in (await browser.get("/")).text
    assert "1 proposal waits" not in (await (await sign_in(Role.STAFF)).get("/")).text


async def test_it_is_accepted_by_who_ticks_and_taken_back(sign_in: SignIn, proposed: Engine) -> None:
    browser = await sign_in(Role.BUYER)
    far = (TODAY + timedelta(days=4000)).isoformat()
    form = {"version": "1", "day": far}

    assert (await browser.post("/assortment/p1/accept", data=form)).status_code == 422
    done = await browser.post("/assortment/p1/accept", data=form | {"despite_baskets": "true"})
    assert done.status_code == 303, done.text
    assert "Take back" in (await browser.get("/assortment?status=accepted")).text
    await browser.post("/assortment/p1/take-back", data={"version": "2"})
    await browser.post("/assortment/p1/refuse", data={"version": "3", "reason": "customers ask for it"})
    with reading(proposed) as session:
        (row,) = session.scalars(select(AssortmentProposalRow)).all()
        assert (row.status, row.reason) == (ProposalStatus.REFUSED, "customers ask for it")


async def test_a_trial_is_told_by_what_it_takes_from_siblings_and_the_waste_that_it_adds(
    sign_in: SignIn, proposed: Engine
) -> None:
    # given: what is proposed to try keeps its own margin, loses that of its siblings, and saves less than no waste
    with writing(proposed) as session:
        row = session.get_one(AssortmentProposalRow, "p1")
        row.kind, row.held_by_baskets = ProposalKind.TRY, False
        row.waste_saved, row.waste_saved_money = -3.0, -18.0

    text = (await (await sign_in(Role.BUYER)).get("/assortment")).text

    assert re.search(r"Margin taken from siblings</dt><dd>88\.10\sCNY", text)
    assert re.search(r"Waste added</dt><dd>18\.00\sCNY", text)
    assert "Customers would take less of:" in text
    assert "Margin given up" not in text
    assert "Its customers take instead" not in text


async def test_a_reason_that_was_offered_is_said_to_each_in_their_language(sign_in: SignIn, proposed: Engine) -> None:
    browser = await sign_in(Role.BUYER)
    (offered, *_) = re.findall(r'name="reason" value="(\w+)"', (await browser.get("/assortment?warehouse=W1")).text)
    refused = await browser.post("/assortment/p1/refuse", data={"version": "1", "reason": offered, "warehouse": "W1"})

    assert refused.headers["location"] == "/assortment?warehouse=W1", "on to what was looked at"
    assert "customers ask for it" in (await browser.get("/assortment?status=refused")).text
    in_chinese = (await browser.get("/assortment?status=refused", headers={"Accept-Language": "zh"})).text
    assert "顾客需要" in in_chinese
    assert "Nothing was" not in in_chinese
    assert "No change to a range is proposed." in (await browser.get("/")).text


async def test_the_range_is_a_table_by_classes(sign_in: SignIn, proposed: Engine) -> None:
    browser = await sign_in(Role.BUYER)
    assert "31 of 84" in (await browser.get("/warehouses/W1/range?abc=C&xyz=Z")).text
    assert "31 of 84" not in (await browser.get("/warehouses/W1/range?abc=A")).text
    assert "was not judged yet" in (await browser.get("/warehouses/W2/range")).text
    assert "Class CZ" in (await browser.get("/warehouses/W1/products/spinach")).text
    assert (await browser.get("/warehouses/nope/range")).status_code == httpx.codes.NOT_FOUND


async def test_what_decisions_came_to_stands_beside_what_was_promised(sign_in: SignIn, proposed: Engine) -> None:
    part = {"warehouse_id": "W1", "first": "2026-02-01", "last": "2026-02-28", "margin": -20.0, "waste": -90.0,
            "siblings_margin": 8.0, "siblings_waste": 3.0, "own_error": 3.0, "siblings_error": 4.0,
            "shared_error": 0.0, "together": "leaf 2026-02-01"}  # fmt: skip
    browser = await sign_in(Role.STAFF)
    assert "What decisions came to" not in (await browser.get("/assortment")).text
    with writing(proposed) as session:
        row = session.get_one(AssortmentProposalRow, "p1")
        row.status, row.day = ProposalStatus.ACCEPTED, TODAY - timedelta(days=30)
        row.decided_at, row.decided_by = NOW - timedelta(days=40), "Ada"
        came = {"until": "2026-03-01", "parts": [part], "not_told": None}
        row.details = row.details | {"came": came, "baskets": None}

    text = (await browser.get("/assortment?status=accepted")).text
    assert re.search(r"1 decision: 214\.60\sCNY promised over its four weeks, 75\.00\sCNY came", text)
    assert re.search(r"Waste saved</th>|Of it waste saved: 248\.30\sCNY promised, 87\.00\sCNY came", text)
    assert re.search(r"Came to 75\.00\sCNY, between 65\.20\sCNY and 84\.80\sCNY", text)
    assert re.search(r'href="/v1/assortment/proposals\.csv\?status=accepted"', text)
    assert "What decisions came to" in (await browser.get("/assortment?warehouse=W1")).text
    assert "What decisions came to" not in (await browser.get("/assortment?warehouse=W2")).text
    in_chinese = (await browser.get("/assortment", headers={"Accept-Language": "zh"})).text
    assert "决策成效" in in_chinese
    assert "promised" not in in_chinese

    with writing(proposed) as session:
        row = session.get_one(AssortmentProposalRow, "p1")
        row.details = row.details | {"came": came | {"parts": [], "not_told": "changed"}}
    text = (await browser.get("/assortment?status=accepted")).text
    assert "the range was changed again within its weeks" in text
    assert "Of 1 nothing is told" in text
