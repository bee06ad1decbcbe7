"""The catalogues: nothing that people read lacks its Chinese, and none is kept of what nobody says."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from api.pages import texts
from api.pages.texts.formats import weekdays
from data.languages import LOCALES, Sentence, best_of, language_now, reading_in, say, usually_read_in
from data.languages.catalogues import catalogue, path_of
from data.languages.extracting import ROOT, SENTENCES, said_by_the_code
from data.tables import Language, Unit
from flows.errors import Invalid
from flows.notifying.forms.told_event import ToldEvent
from flows.notifying.forms.words import message as message_of

REMEDY = (
    "Run `python -m data.languages.extracting`: it adds what is new, with an empty msgstr, and drops what nobody says. "
    f"Then write the Chinese of every empty msgstr in {path_of(Language.ZH).relative_to(ROOT)}, short and as a buyer "
    "in Shanghai writes (words: docs/glossary.md), with the same {names}, and commit the file."
)
Key = tuple[str, str]
# what refusals are raised with beside literals: each a `Sentence` by its type
MADE_OF_SENTENCES = {
    "undone", "NO_SALES", "sentence", "_changed_meanwhile(line)", "refused.sentence", "first.sentence", "one.sentence",
}  # fmt: skip


def key_of(message: Message) -> Key:
    sentence = message.id if isinstance(message.id, str) else message.id[0]
    return message.context or "", sentence


def translations() -> dict[Key, str]:
    """What is translated, by context and English; of texts with two forms the one Chinese form."""
    kept = {}
    for message in catalogue(Language.ZH):
        string = message.string if isinstance(message.string, str) else message.string[0]
        if message.id and string and not message.fuzzy:
            kept[key_of(message)] = string
    return kept


@cache
def said() -> dict[Key, str | tuple[str, ...]]:
    return {key_of(message): message.id for message in said_by_the_code() if message.id}


def test_everything_that_people_read_has_its_chinese() -> None:
    lacking = set(said()) - set(translations())
    assert not lacking, f"{len(lacking)} texts have no Chinese, among them {sorted(lacking)[:10]}. {REMEDY}"


def test_no_translation_is_of_what_nobody_says() -> None:
    left = set(translations()) - set(said())
    assert not left, f"{len(left)} texts are said no more, among them {sorted(left)[:10]}. {REMEDY}"


def test_a_translation_fills_in_the_names_of_its_sentence_and_no_others() -> None:
    def named(text: str) -> set[str]:
        return set(re.findall(r"\{(\w+)", text))

    for key, chinese in translations().items():
        english = said()[key]
        assert named(chinese) == named(english if isinstance(english, str) else " ".join(english)), f"{key}: {chinese}"


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("zh-CN,zh;q=0.9,en;q=0.8", "zh"), ("en-GB, zh;q=0.5", "en"), ("de, zh;q=0.3, en;q=0.7", "en"), ("ZH-tw", "zh"),
     ("zh;q=0, en;q=0.1", "en"), ("de", None), ("", None), ("en;q=nonsense, zh", "zh"), ("*", None)],
)  # fmt: skip
def test_a_browser_gets_what_it_likes_best_of_what_there_is(accepted: str, language: str | None) -> None:
    assert best_of(accepted) == language


def test_a_language_is_read_while_somebody_is_answered_and_the_usual_one_otherwise() -> None:
    try:
        usually_read_in(Language.ZH)
        assert say("Not found") == "未找到"
        with reading_in(Language.EN):
            assert say("Not found") == "Not found"
        assert language_now() == Language.ZH
    finally:
        usually_read_in(Language.EN)
    assert say("Not found") == "Not found"


def test_what_a_user_typed_is_not_filled_in() -> None:
    assert say("{nobody} wrote this") == "{nobody} wrote this"


@given(st.decimals(-10_000_000, 10_000_000, places=4), st.integers(0, 3), st.sampled_from(Language))
def test_a_number_is_written_as_babel_writes_it_in_either_language(
    value: Decimal, places: int, language: Language
) -> None:
    pattern = "#,##0" + ("." + "0" * places if places else "")
    with reading_in(language):
        written = texts.number(value, places)
    plain = format_decimal(round(value, places), pattern, locale=LOCALES[language])
    assert written.replace("\N{MINUS SIGN}", "-") == (plain if float(round(value, places)) else plain.lstrip("-"))


def test_days_money_and_units_are_written_as_in_shanghai() -> None:
    with reading_in(Language.ZH):
        assert texts.day(date(2026, 11, 23)) == "11月23日 周一"
        assert texts.short_day("2026-11-23") == "23日 周一"
        assert weekdays("wide")[0] == "星期一"
        assert texts.money(Decimal("1234.5"), "CNY") == "¥1,234.50"
        assert texts.money(Decimal("-3"), "EUR") == "−€3.00"
        assert texts.quantity(Decimal("12.5"), Unit.KG) == "12.5\N{NO-BREAK SPACE}公斤"
        assert texts.times_in_100(0.97) == "97%"


def test_an_alarm_is_told_in_the_language_of_the_installation() -> None:
    data = {
        **{
            "kind": "too_warm",
            "warehouse": "上海徐汇",
            "zone": "叶菜区",
            "sensor_id": "S1",
            "worst_c": 9.0,
            "limit_c": 4.0,
        },
        **{"began_at": "2026-03-01T08:00:00Z", "raised_because": "offline"},
    }
    raised = ToldEvent("e1", "alarm.raised", datetime(2026, 3, 1, 8, 30, tzinfo=UTC), data)
    with reading_in(Language.ZH):
        told = message_of([raised, raised], "")
        alone = message_of([raised], "")
    place = "冷链告警：温度过高，上海徐汇 / 叶菜区 / S1"
    said = f"{place}；传感器或网关离线；最差 9.0 °C，限值 4.0 °C；始于 2026-03-01T08:00:00Z"
    assert told == {"title": "2 条冷链告警：上海徐汇", "body": f"{said}\n{said}"}
    assert alone["title"] == place


def test_what_a_step_refuses_is_said_in_the_language_read_now() -> None:
    with reading_in(Language.ZH):
        assert str(Invalid("An edit needs a reason.", field="reason")) == "修改须写原因。"
    assert str(Invalid("An edit needs a reason.", field="reason")) == "An edit needs a reason."


def test_a_refusal_is_said_in_the_language_of_who_reads_it_with_the_words_and_lists_in_it() -> None:
    left = Sentence("{quantity:f} {unit}", quantity=Decimal(12), unit=Sentence("box"))
    refusal = Invalid("A severity is one of {severities}.", severities=("warning", "critical"))
    with reading_in(Language.ZH):
        assert (str(left), str(refusal)) == ("12 盒", "级别须为 warning、critical 之一。")
    assert (str(left), str(refusal)) == ("12 box", "A severity is one of warning, critical.")


def calls_of_sentences(path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SENTENCES:
            yield node


def in_words_of_its_own(node: ast.expr) -> bool:
    """Whether what stands in a sentence is English that is in no catalogue."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SENTENCES | {"say"}:
        return False
    if isinstance(node, ast.IfExp):
        return in_words_of_its_own(node.body) or in_words_of_its_own(node.orelse)
    if isinstance(node, ast.JoinedStr):
        return any(in_words_of_its_own(part) for part in node.values)
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip()


def test_no_step_refuses_with_words_outside_the_catalogue() -> None:
    """What a step refuses is a sentence of the catalogue, or one that was made of such elsewhere."""
    outside = []
    for room in ("flows", "api"):
        for path in sorted((ROOT / room).rglob("*.py")):
            for call in calls_of_sentences(path):
                given = [ast.unparse(one) for one in call.args[:1] if not isinstance(one, ast.Constant)]
                made = [one for one in given if one not in MADE_OF_SENTENCES and not one.startswith("say(")]
                if made or any(map(in_words_of_its_own, [one.value for one in call.keywords if one.arg != "field"])):
                    outside.append(f"{path.relative_to(ROOT)}:{call.lineno}")
    assert not outside, f"write a literal with named places: Invalid('No lot {{lot_id}}.', lot_id=...): {outside}"


def test_every_kind_of_refusal_is_looked_for() -> None:
    kinds = {
        node.name
        for room in ("flows", "api")
        for path in (ROOT / room).rglob("*.py")
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.ClassDef) and node.bases and ast.unparse(node.bases[0]) in SENTENCES
        if not any(isinstance(part, ast.FunctionDef) and part.name == "__init__" for part in node.body)
    }
    assert kinds
    assert kinds <= SENTENCES, "name it in SENTENCES of data/languages/extracting.py"
