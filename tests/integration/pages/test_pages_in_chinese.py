"""Every page in Chinese: no word on it is English but what the shop itself wrote, and people choose their language."""

import json
import re
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.importers.kinds.name_kinds import ROWS
from data.tables import Base, Language, NameKind, NameRow, ProductRow, Role, SupplierRow
from flows.ordering.placing import NewPurchaseOrderLine, place_purchase_orders
from flows.reports.morning.keeping_days import keep_days
from tests.integration.api.test_couriers import planned
from tests.integration.api.test_promotion_reviews import reviewed
from tests.integration.flows.raw_days_added_up import MARKUP

from .conftest import NOW, TOMORROW

__all__ = ["planned"]

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SignIn = Callable[[Role], Awaitable[httpx.AsyncClient]]
IN_CHINESE = {"Accept-Language": "zh-CN,zh;q=0.9"}
# what stands in the addresses of pages; a new name in an address needs a value of the shop of conftest.py
IN_ADDRESSES = {
    "warehouse_id": "W1", "plan_id": "plan-1", "line_no": "1", "product_id": "spinach", "lot_id": "L1", "zone_id": "Z1",
    "receipt_id": "R1", "supplier_id": "F1",
}  # fmt: skip
NOT_PAGES = ("/static/", "/supplier/", "/aisle/worker.js", "/v1/", "/sign-in", "/livez", "/readyz", "/metrics")
SHOWN_ATTRIBUTES = {"title", "aria-label", "placeholder", "alt", "data-label"}
CHART_WORDS = {"description", "title", "text", "tip", "what", "words", "label", "kind"}
# said in Chinese too: names, formats and what is typed at a keyboard
AS_IT_IS = {
    "Freshfront", "CSV", "Excel", "PDF", "UBL", "API", "ERP", "Ctrl", "Esc", "English", "JavaScript", "webhook",
    "https", "http", "UTC", "Asia", "Shanghai", "pick", "face", "false", "backup", "send",
    "WAPE", "WPE",
}  # fmt: skip
SPACE_AFTER_A_MARK = re.compile(r"[。，：；？！]\s+[^\s·]")
CALLED = {
    NameKind.PRODUCTS: "菠菜", NameKind.SUPPLIERS: "崇明农场", NameKind.WAREHOUSES: "徐汇", NameKind.ZONES: "叶菜区",
    NameKind.SENSORS: "门口探头", NameKind.ACTUATORS: "备用冷风机", NameKind.CATEGORIES: "叶菜",
    NameKind.CITIES: "昆山",
}  # fmt: skip
COMMANDS = re.compile(r"freshfront [a-z -]+(FILE)?|FRESHFRONT_[A-Z_]+|GET /v1/\S+")


class Shown(HTMLParser):
    """The texts that a person sees or hears of a page, those of its charts too."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.texts += [value for name, value in attrs if value and (name in SHOWN_ATTRIBUTES or self._is_word(name))]
        if tag in ("script", "style", "code"):
            self._inside.append("json" if given.get("type") == "application/json" else tag)

    @staticmethod
    def _is_word(name: str) -> bool:
        return name in ("data-none", "data-words", "data-said", "data-empty", "data-nothing")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style", "code") and self._inside:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.texts.append(data)
        elif self._inside[-1] == "json":
            self.texts += words_of_chart(json.loads(data))


def words_of_chart(spec: Any, name: str = "") -> Iterator[str]:
    if isinstance(spec, dict):
        for key, value in spec.items():
            yield from words_of_chart(value, key)
    elif isinstance(spec, list):
        for value in spec:
            yield from words_of_chart(value, name)
    elif isinstance(spec, str) and name in CHART_WORDS:
        yield spec


def english_in(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-z]{3,}", COMMANDS.sub("", text))) - AS_IT_IS


def written_by_the_shop(engine: Engine) -> set[str]:
    """Every word in the database."""
    found: set[str] = set()
    with reading(engine) as session:
        for table in Base.metadata.sorted_tables:
            for row in session.execute(select(table)):
                for value in row:
                    if isinstance(value, str | dict | list):
                        found |= set(re.findall(r"[A-Za-z]{3,}", str(value)))
    return found


def call_everything_in_chinese(engine: Engine) -> dict[str, str]:
    """Names for all that the shop has; the plain names, each with what it is called now."""
    with writing(engine) as session:
        told: dict[tuple[NameKind, str], tuple[str, str]] = {}
        session.get_one(ProductRow, "spinach").name = "Baby spinach"  # who made the plan is called as it was
        for kind, row in ROWS.items():
            for number, one in enumerate(session.scalars(select(row))):
                told[kind, getattr(one, row.ID)] = one.plain_name, f"{CALLED[kind]}<{number}>"
        texts = {NameKind.CATEGORIES: ProductRow.category, NameKind.CITIES: SupplierRow.city}
        for kind, column in texts.items():
            for number, text in enumerate(session.scalars(select(column).where(column.is_not(None)).distinct()).all()):
                told[kind, text] = text, f"{CALLED[kind]}<{number}>"
        session.add_all(
            NameRow(kind=kind, id=id, language=Language.ZH, name=name) for (kind, id), (_, name) in told.items()
        )
    return dict(told.values())


def pages_of(app: FastAPI, here: dict[str, str]) -> Iterator[str]:
    for one in iter_route_contexts(app.routes):
        path = one.path or ""
        if isinstance(one.original_route, APIRoute) and "GET" in one.methods and not path.startswith(NOT_PAGES):
            yield path.format_map(here)


@on_sqlite
async def test_no_page_says_a_word_in_english_to_who_reads_chinese(
    app: FastAPI, planned: Engine, sign_in: SignIn
) -> None:
    browser = await sign_in(Role.OPERATOR)
    keep_days(planned, "W1", NOW, MARKUP)
    with writing(planned) as session:
        line = NewPurchaseOrderLine("F1", "W1", TOMORROW, "spinach", Decimal(40), Decimal("5.5"))
        [order] = place_purchase_orders(session, [line], NOW, "Li Na")
        session.add(reviewed("W1", "spinach", began := TOMORROW - timedelta(days=25), days_after=7.0))
        here = IN_ADDRESSES | {"order": order.number, "starts_on": began.isoformat()}
    theirs = written_by_the_shop(planned)
    called = call_everything_in_chinese(planned)
    plain = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in called))
    seen, english, spaced, told_plainly = 0, {}, {}, {}
    told: set[str] = set()
    for path in pages_of(app, here):
        await browser.get(path)  # in English first: nothing of it is kept for who reads Chinese
        answer = await browser.get(path, headers=IN_CHINESE, follow_redirects=True)
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue
        shown = Shown()
        shown.feed(answer.text)
        english |= {text.strip(): path for text in shown.texts if english_in(text) - theirs}
        told_plainly |= {text.strip(): path for text in shown.texts if plain.search(text)}
        told |= {name for name in called.values() if any(name in text for text in shown.texts)}
        spaced |= {text.strip(): path for text in shown.texts if SPACE_AFTER_A_MARK.search(text)}
        seen += answer.status_code == 200
        assert '<html lang="zh-CN">' in answer.text or "<html" not in answer.text
        assert answer.headers["content-language"] == "zh"
        assert {"Accept-Language", "Cookie"} <= set(answer.headers["vary"].replace(" ", "").split(","))
    assert not english, f"words outside the catalogues, or not translated: {english}"
    assert not told_plainly, f"names that have a Chinese one, and are not shown by it: {told_plainly}"
    assert told == set(called.values()), "every name is shown on some page"
    assert not spaced, f"a space follows a mark that has one in it: {spaced}"
    assert seen > 20


@on_sqlite
async def test_who_chose_a_language_reads_it_whatever_the_browser_likes_until_another_is_chosen(
    browser: httpx.AsyncClient, sign_in: SignIn
) -> None:
    assert "请先登录" in (await browser.get("/", headers=IN_CHINESE)).text, "before signing in: as the browser likes"
    await sign_in(Role.BUYER)
    assert "今日" not in (await browser.get("/")).text
    back = {"Referer": "http://freshfront.test/plans/plan-1?shown=all"}
    answer = await browser.post("/language", data={"language": "zh"}, headers=back)
    assert (answer.status_code, answer.headers["location"]) == (303, "/plans/plan-1?shown=all")
    page = await browser.get("/", headers={"Accept-Language": "en"})
    assert ("今日" in page.text, page.headers["content-language"]) == (True, "zh")
    await browser.post("/sign-out")
    await sign_in(Role.BUYER)
    assert "今日" in (await browser.get("/")).text, "it is kept for the name, not for the session"
    await browser.post("/language", data={"language": "en"})
    assert "今日" not in (await browser.get("/", headers=IN_CHINESE)).text
    assert (await browser.post("/language", data={"language": "tlh"})).status_code == 422


@on_sqlite
async def test_what_a_browser_keeps_of_a_page_is_not_shown_in_the_other_language(sign_in: SignIn) -> None:
    browser = await sign_in(Role.BUYER)
    kept = (await browser.get("/plans")).headers["etag"]
    again = await browser.get("/plans", headers={**IN_CHINESE, "If-None-Match": kept})
    assert (again.status_code, "采购计划" in again.text) == (200, True)
    assert (await browser.get("/plans", headers={"If-None-Match": kept})).status_code == 304


@on_sqlite
async def test_a_problem_is_said_in_the_language_that_is_accepted_and_its_type_is_the_same(
    browser: httpx.AsyncClient, sign_in: SignIn
) -> None:
    await sign_in(Role.BUYER)
    asked = {"Accept": "application/json"}
    english, chinese = [
        (await browser.get("/v1/warehouses/nowhere", headers=asked | more)).json() for more in ({}, IN_CHINESE)
    ]
    assert (english["title"], chinese["title"]) == ("Not found", "未找到")
    assert chinese["detail"] == "找不到前置仓 nowhere。"
    assert english["type"] == chinese["type"]


@on_sqlite
async def test_a_value_that_cannot_be_is_told_in_chinese_too(browser: httpx.AsyncClient, sign_in: SignIn) -> None:
    await sign_in(Role.BUYER)
    asked = "/v1/warehouses?limit=0"
    english, chinese = [(await browser.get(asked, headers=more)).json() for more in ({}, IN_CHINESE)]
    assert english["errors"][0]["detail"] == "Input should be greater than or equal to 1"
    assert chinese["errors"][0]["detail"] == "须不小于 1"
