"""The service level on a page: a row a category, what was typed kept for the next plan, nothing written over."""

import html
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import Engine, select

from api.pages.texts.words import WORDS
from api.transactions import moment
from data.database import reading, writing
from data.tables import Band, CategoryTermsRow, ProductRow, Role, Unit
from flows.purchasing.planning.kept_service_level import NewTerms, set_service_level

from .conftest import NOW

SignIn = Callable[[Role], Awaitable[httpx.AsyncClient]]
PAGE = "/plans/service-level"
FRUIT = "fruit, <b>dried</b> & fresh"
Typed = dict[str, list[str]]


@pytest.fixture
def two_categories(shop: Engine) -> Engine:
    with writing(shop) as session:
        session.add(ProductRow(product_id="fig", name="Fig", category=FRUIT, band=Band.AMBIENT, unit=Unit.KG))
    return shop


def form_of(page: str, **changed: tuple[str, str]) -> Typed:
    """The form as a browser sends it; `changed` are the values of a field, by field: (category, value)."""
    sent: Typed = {}
    category = ""
    for tag in re.finditer(r"<input[^>]*>", page[page.index("<form", page.index("<h1>")) :]):
        found = re.search(r'name="(\w+)"', tag[0])
        assert found is not None
        assert "disabled" not in tag[0]
        name, value = found[1], html.unescape((re.search(r' value="([^"]*)"', tag[0]) or ["", ""])[1])
        category = value if name == "category" else category
        if name in changed and changed[name][0] == category:
            value = changed.pop(name)[1]
        sent.setdefault(name, []).append(value)
    assert not changed
    return sent


def kept(engine: Engine) -> list[NewTerms]:
    row = CategoryTermsRow
    with reading(engine) as session:
        found = session.scalars(select(row).order_by(row.known_at, row.category))
        return [NewTerms(**{name: getattr(one, name) for name in vars(NewTerms(""))}) for one in found]


async def test_what_is_typed_into_rows_is_kept_and_other_rows_are_left(sign_in: SignIn, two_categories: Engine) -> None:
    browser = await sign_in(Role.BUYER)
    assert f'href="{PAGE}"' in (await browser.get("/plans")).text
    page = await browser.get(PAGE)
    typed = form_of(
        page.text, goodwill=("leaf", "2,5"), floor=("leaf", " 97.5 "), disposal=("", "0.2"), display=("leaf", "1.5"),
        freshest=("", "30"),
    )  # fmt: skip
    assert typed["category"] == ["", FRUIT, "leaf"]

    sent = await browser.post(PAGE, data=typed)

    assert (sent.status_code, sent.headers["location"]) == (303, PAGE)
    assert kept(two_categories) == [
        NewTerms("", disposal=Decimal("0.2"), freshest_first=0.3),
        NewTerms("leaf", Decimal("2.5"), fill_rate_floor=0.975, display_minimum=Decimal("1.5")),
    ]
    again = await browser.get(PAGE)
    assert WORDS["said.service_level_set"] in again.text
    assert 'value="97.5"' in again.text
    assert 'name="freshest" class="short"' in again.text
    assert again.text.count('placeholder="30"') == 2
    assert again.text.count('placeholder="0.2"') == 2, "what a category does not say is as for all"
    assert "Mon 2 Mar 10:00" in again.text
    assert "<b>dried" not in again.text
    await browser.post(PAGE, data=form_of(again.text))
    assert len(kept(two_categories)) == 2, "what was not changed is not written again"


async def test_what_is_cleared_is_said_no_more(sign_in: SignIn, app: FastAPI, two_categories: Engine) -> None:
    with writing(two_categories) as session:
        set_service_level(session, [NewTerms("leaf", Decimal(2), Decimal(1), 0.97)], NOW, "Li Na")
    app.dependency_overrides[moment] = lambda: NOW + timedelta(minutes=5)
    browser = await sign_in(Role.BUYER)

    await browser.post(PAGE, data=form_of((await browser.get(PAGE)).text, floor=("leaf", ""), goodwill=("leaf", "")))

    assert kept(two_categories)[-1] == NewTerms("leaf", disposal=Decimal(1))


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("floor", "99.95", "The fill rate floor of leaf is 99.95% (as a share 0.9995); it lies between 0 and 99.9%"),
        ("goodwill", "-1", "The goodwill of leaf is -1"),
        ("display", "-2", "The display minimum of leaf is -2"),
        (
            "freshest",
            "130",
            "What is taken freshest first of leaf is 130% (as a share 1.3); it lies between",
        ),
        ("disposal", "1,000", "Disposal, per unit wasted, leaf: '1,000' is not a number as 12 or 2.5"),
    ],
)
async def test_what_is_out_of_range_is_said_beside_what_was_typed(
    sign_in: SignIn, two_categories: Engine, field: str, typed: str, says: str
) -> None:
    browser = await sign_in(Role.BUYER)
    sent = form_of((await browser.get(PAGE)).text, **{field: ("leaf", typed)})

    answer = await browser.post(PAGE, data=sent)

    assert answer.status_code == 422
    assert says in html.unescape(answer.text)
    assert form_of(answer.text) == sent
    assert kept(two_categories) == []


async def test_what_others_have_set_meanwhile_is_not_written_over(sign_in: SignIn, two_categories: Engine) -> None:
    browser = await sign_in(Role.BUYER)
    typed = form_of((await browser.get(PAGE)).text, goodwill=("leaf", "3"))
    with writing(two_categories) as session:
        set_service_level(session, [NewTerms("leaf", Decimal(2))], NOW, "Li Na")

    answer = await browser.post(PAGE, data=typed)

    assert answer.status_code == 412
    assert "Somebody has set other terms meanwhile" in answer.text
    assert kept(two_categories) == [NewTerms("leaf", Decimal(2))]


async def test_who_may_not_set_it_sees_it(sign_in: SignIn, two_categories: Engine) -> None:
    browser = await sign_in(Role.STAFF)

    page = await browser.get(PAGE)

    assert page.status_code == 200
    assert page.text.count(" disabled") == 15
    assert WORDS["service.save"] not in page.text
    assert (await browser.post(PAGE, data={})).status_code == 403
