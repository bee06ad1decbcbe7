"""The rules of a zone on a page: tried on the past two weeks before they are kept."""

import html
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import Engine, select

from api.pages.texts.words import WORDS
from api.pages.zone_rules.typed_rules import GROUPS, MAY_BE_EMPTY, TypedRules, days_words
from data.database import reading, writing
from data.tables import Role, ZoneRulesRow
from flows.coldchain.rules.kept_rules import keep_rules
from warehouse.coldchain.rules import Rules

from .conftest import NOW

SignIn = Callable[[Role], Awaitable[httpx.AsyncClient]]
PAGE = "/zones/Z1/rules"
SCHEDULE = [
    {"from": "22:00", "until": "24:00", "weekdays": [1, 3], "rules": {"door_open_for": None, "high_delay": 90.5}},
    {"from": "04:00", "until": "07:00", "weekdays": [1, 2, 3, 4, 5, 6, 7], "rules": {"door_delay": 45}},
]
RICH = Rules.from_dict(
    {"defrost_every": 360, "defrost_up_to_c": -11.5, "humid_percent": 97, "stuck_after": None, "schedule": SCHEDULE},
    "Asia/Shanghai",
)
Fields = list[tuple[str, str]]


def test_the_form_has_every_rule_with_its_words() -> None:
    shown = [name for names in GROUPS.values() for name in names]
    assert sorted([*shown, "learn_defrosts", "schedule"]) == sorted(Rules().as_dict())
    assert {f"rule.{name}" for name in shown} | {f"rules.{group}" for group in GROUPS} <= set(WORDS)


def test_what_may_be_empty_is_what_may_be_null() -> None:
    def may_be_null(name: str) -> bool:
        try:
            return Rules.from_dict({name: None}) is not None
        except ValueError as wrong:
            return "a number is needed" not in str(wrong)

    names = {name for names in GROUPS.values() for name in names}
    assert {name for name in names if may_be_null(name)} == MAY_BE_EMPTY & names


def test_what_the_form_shows_of_rules_are_the_same_rules_when_it_is_sent_back() -> None:
    assert Rules.from_dict(TypedRules.showing(RICH).said(), "Asia/Shanghai") == RICH
    assert Rules.from_dict(TypedRules.showing(Rules()).said()) == Rules()


def test_weekdays_are_told_as_people_do() -> None:
    words = [days_words(days) for days in ("1,2,3,4,5,6,7", "1,2,3,4,5", "1,3", "7")]
    assert words == ["every day", "Mon–Fri", "Mon, Wed", "Sun"]


def form_of(page: str) -> Fields:
    """The fields of the page's form as a browser sends them."""
    form = page[page.index(f'action="{PAGE}/try"') : page.rindex("</form>")]
    fields: Fields = []
    for tag in re.finditer(r"<input[^>]*>|<select.*?</select>", form, re.DOTALL):
        name = re.search(r'name="(\w+)"', tag[0])
        assert name is not None, tag[0]
        chosen = re.search(r'value="([^"]*)" selected', tag[0]) if tag[0].startswith("<select") else None
        value = chosen or re.search(r'value="([^"]*)"', tag[0])
        if 'type="checkbox"' not in tag[0] or " checked" in tag[0]:
            fields.append((name[1], html.unescape(value[1]) if value else ""))
    return fields


def typed(fields: Fields, **changed: str) -> dict[str, list[str]]:
    """The fields with other values of some rules."""
    sent: dict[str, list[str]] = {}
    rule = ""
    for name, value in fields:
        rule = value if name == "rule" else rule
        sent.setdefault(name, []).append(changed.pop(rule, value) if name == "value" else value)
    assert not changed
    return sent


def figures(page: str, words: str) -> list[str]:
    row = re.search(rf"<th>{re.escape(words)}</th>(.*?)</tr>", page)
    assert row is not None
    return re.findall(r'<td class="figure">(.*?)</td>', row[1])


def kept(engine: Engine) -> list[dict[str, object]]:
    with reading(engine) as session:
        return list(session.scalars(select(ZoneRulesRow.rules).order_by(ZoneRulesRow.valid_from)))


async def test_rules_are_tried_before_they_are_kept(sign_in: SignIn, shop: Engine) -> None:
    browser = await sign_in(Role.OPERATOR)
    zone_page = await browser.get("/warehouses/W1/temperatures")
    assert f'href="{PAGE}"' in zone_page.text
    first = await browser.get(PAGE)
    assert WORDS["rules.keep"] not in first.text, "nothing was tried yet"

    tried = await browser.post(f"{PAGE}/try", data=typed(form_of(first.text), high_delay="120"))

    assert tried.status_code == 200
    assert figures(tried.text, WORDS["rules.of_temperature"]) == ["1", "0"]
    assert figures(tried.text, WORDS["rules.missed_count"]) == ["0", "1"]
    assert "too warm, Door 1" in html.unescape(tried.text)
    assert kept(shop) == []

    sent = await browser.post(PAGE, data=typed(form_of(tried.text)))
    assert (sent.status_code, sent.headers["location"]) == (303, PAGE)
    assert [rules["high_delay"] for rules in kept(shop)] == [120]
    again = await browser.get(PAGE)
    assert "Version 1, since Mon 2 Mar 10:00, kept by" in again.text


async def test_rules_that_were_changed_after_they_were_tried_are_tried_again(sign_in: SignIn, shop: Engine) -> None:
    browser = await sign_in(Role.OPERATOR)
    tried = await browser.post(f"{PAGE}/try", data=typed(form_of((await browser.get(PAGE)).text), high_delay="120"))
    changed = await browser.post(PAGE, data=typed(form_of(tried.text), high_delay="60"))
    assert changed.status_code == 200
    assert WORDS["rules.changed_since"] in changed.text
    assert kept(shop) == []
    assert (await browser.post(PAGE, data=typed(form_of(changed.text)))).status_code == 303
    assert [rules["high_delay"] for rules in kept(shop)] == [60]


async def test_what_others_have_kept_meanwhile_is_not_written_over(sign_in: SignIn, shop: Engine) -> None:
    browser = await sign_in(Role.OPERATOR)
    tried = await browser.post(f"{PAGE}/try", data=typed(form_of((await browser.get(PAGE)).text), high_delay="120"))
    with writing(shop) as session:
        keep_rules(session, "Z1", Rules(door_delay=timedelta(0)), NOW - timedelta(days=1), "Wang")
    late = await browser.post(PAGE, data=typed(form_of(tried.text)))
    assert late.status_code == 412
    assert len(kept(shop)) == 1


@pytest.mark.parametrize(
    ("rule", "value", "words"),
    [("high_delay", "long", "Delay when too warm"), ("door_delay", "-5", "below zero"),
     ("defrost_every", "9", "together")],
)  # fmt: skip
async def test_what_cannot_be_is_said_above_the_form_which_keeps_what_was_typed(
    sign_in: SignIn, shop: Engine, rule: str, value: str, words: str
) -> None:
    browser = await sign_in(Role.OPERATOR)
    refused = await browser.post(f"{PAGE}/try", data=typed(form_of((await browser.get(PAGE)).text), **{rule: value}))
    assert refused.status_code == 422
    assert words in html.unescape(refused.text)
    assert (rule, value) in list(zip(*(typed(form_of(refused.text))[name] for name in ("rule", "value")), strict=True))


async def test_a_rule_set_to_begin_with_fills_the_form_and_is_not_kept(sign_in: SignIn, shop: Engine) -> None:
    browser = await sign_in(Role.OPERATOR)
    with writing(shop) as session:
        keep_rules(session, "Z1", RICH, NOW - timedelta(days=1), "Wang")
    now = typed(form_of((await browser.get(PAGE)).text))
    assert now["hours_value"] == ["", "90.5", "45", "", ""]
    leaf = typed(form_of((await browser.get(f"{PAGE}?template=leaf")).text))
    assert dict(zip(leaf["rule"], leaf["value"], strict=True))["dry_percent"] == "90"
    assert len(kept(shop)) == 1


async def test_who_may_not_change_rules_sees_them(sign_in: SignIn, shop: Engine) -> None:
    browser = await sign_in(Role.STAFF)
    shown = await browser.get(PAGE)
    assert shown.status_code == 200
    assert WORDS["rules.begin_with"] not in shown.text
    assert "<button class=" not in shown.text[shown.text.index("<main") :]
    assert (await browser.post(f"{PAGE}/try", data=typed(form_of(shown.text)))).status_code == 403
