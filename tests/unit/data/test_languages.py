"""The catalogues: nothing that people read lacks its Chinese, and none is kept of what nobody says."""

import ast
import string
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.numbers import format_currency, format_decimal
from hypothesis import given
from hypothesis import strategies as st

from api.pages import texts
from api.pages.texts.formats import MONEY, weekdays
from api.problems import NotFound, Problem
from data.languages import LOCALES, Sentence, best_of, language_now, reading_in, say, usually_read_in
from data.languages.catalogues import catalogue, path_of
from data.languages.extracting import ROOT, SENTENCES, said_by_the_code
from data.languages.extracting_steps import constants_of
from data.tables import Language, Unit
from flows.errors import Invalid, Unknown
from flows.notifying.forms.told_event import ToldEvent
from flows.notifying.forms.words import message as message_of

REMEDY = (
    "Run `python -m data.languages.extracting`: it adds what is new, with an empty msgstr, and drops what nobody says. "
    f"Then write the Chinese of every empty msgstr in {path_of(Language.ZH).relative_to(ROOT)}, short and as a buyer "
    "in Shanghai writes (words: docs/glossary.md), with the same {names}, and commit the file."
)
Key = tuple[str, str]
# what refusals are made of beside literals, and where: each a `Sentence` by its type, or the English of a pure room
MADE_OF_SENTENCES = {
    ("flows/coldchain/rules/kept_rules.py", "wrong.problem"),
    ("flows/commands/shell/asking.py", "undone"),
    ("flows/day/scope.py", "NO_SALES"),
    ("flows/errors.py", "sentence"),
    ("flows/notifying/webhooks.py", "refused.sentence"),
    ("flows/purchasing/deciding/editing.py", "_changed_meanwhile(line)"),
}
SAID_OF_ELSEWHERE = {  # each extracted where it stands
    ("flows/commands/application.py", "STOPPED"),
    ("flows/notifying/forms/words.py", "EVENT_TYPES[event.type].what"),
}
PROBLEMS = {kind.__name__ for kind in Problem.__subclasses__()}


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


def places_of(text: str) -> set[tuple[str, str]]:
    """The named places of a sentence, with how a number or day is written there."""
    return {(name, written or "") for _, name, written, _ in string.Formatter().parse(text) if name is not None}


def test_a_translation_fills_in_the_names_of_its_sentence_as_it_does_and_no_others() -> None:
    for key, chinese in translations().items():
        english = said()[key]
        given = english if isinstance(english, str) else " ".join(english)
        assert places_of(chinese) == places_of(given), f"{key}: {chinese}"


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


@given(
    st.decimals(-10_000_000, 10_000_000, places=4),
    st.sampled_from(["CNY", "EUR", "JPY", "KWD"]),
    st.sampled_from(Language),
)
def test_money_is_written_as_babel_writes_it_in_either_language(
    value: Decimal, currency: str, language: Language
) -> None:
    with reading_in(language):
        written = texts.money(value, currency)
    cents = abs(round(value, 2)) if not round(value, 2) else round(value, 2)
    by_babel = format_currency(cents, currency, MONEY[language], locale=LOCALES[language], currency_digits=False)
    assert written.replace("\N{MINUS SIGN}", "-") == by_babel


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


@pytest.mark.parametrize("named", ["{0.__class__}", "{product_id}", "{{}}", "100%", "%(name)s"])
def test_what_stands_in_a_sentence_is_said_as_it_is(named: str) -> None:
    refusal = Unknown("Product {product_id!r} was not found.", product_id=named)
    within = Invalid("{why} Discard purchase plan {plan_id} and make a new one.", why=refusal, plan_id=named)
    for language in Language:
        with reading_in(language):
            assert str(refusal).count(named) == 1
            assert NotFound(str(refusal)).detail == str(refusal)
            assert str(within).count(named) == 2


def calls_of_sentences(path: Path, kinds: Collection[str] = SENTENCES) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in kinds:
            yield node


def files_of(*rooms: str) -> Iterator[Path]:
    for room in rooms:
        yield from sorted((ROOT / room).rglob("*.py"))


def in_words_of_its_own(node: ast.expr) -> bool:
    """Whether what stands in a sentence is English that is in no catalogue."""
    if isinstance(node, ast.Call):  # as " and ".join(...)
        between = node.func.value if isinstance(node.func, ast.Attribute) else None
        return isinstance(between, ast.Constant) and any(map(str.isalpha, str(between.value)))
    if isinstance(node, ast.IfExp):
        return in_words_of_its_own(node.body) or in_words_of_its_own(node.orelse)
    if isinstance(node, ast.JoinedStr):
        return any(in_words_of_its_own(part) for part in node.values)
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip()


def test_no_step_refuses_with_words_outside_the_catalogue() -> None:
    """What a step refuses is a sentence of the catalogue, or one that was made of such elsewhere."""
    outside, made = [], set()
    for path in files_of("flows", "api"):
        here = str(path.relative_to(ROOT))
        for call in calls_of_sentences(path):
            constants = {name for node in ast.parse(path.read_text()).body for name, _ in constants_of(node)}
            given = [ast.unparse(one) for one in call.args[:1] if not isinstance(one, ast.Constant)]
            given = [one for one in given if one not in constants]
            made |= {(here, one) for one in given if not one.startswith("say(")}
            if any(map(in_words_of_its_own, [one.value for one in call.keywords if one.arg != "field"])):
                outside.append(f"{here}:{call.lineno}")
    assert not outside, f"write a literal with named places: Invalid('No lot {{lot_id}}.', lot_id=...): {outside}"
    assert made == MADE_OF_SENTENCES


def test_no_problem_is_told_with_words_outside_the_catalogue() -> None:
    outside = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in files_of("api")
        for call in calls_of_sentences(path, PROBLEMS)
        if any(isinstance(one, ast.Constant | ast.JoinedStr | ast.BinOp) for one in call.args)
        and ast.unparse(call.func) != "TooManyRequests"
    ]
    assert not outside, f"raise a Refusal with a literal, or say one of api/texts.py: {outside}"


def test_each_place_of_a_sentence_has_its_value_and_no_value_lacks_a_place() -> None:
    """A place without a value is found when the refusal is told, which is too late."""
    differ = []
    for path in files_of("flows", "api", "warehouse"):
        completed = {"value"} if "slotting/files" in str(path) else set()  # with_values, once the row is known
        for call in calls_of_sentences(path):
            if call.args and isinstance(call.args[-1], ast.Constant):
                places = {name for name, _ in places_of(str(call.args[-1].value))}
                if (places ^ {one.arg for one in call.keywords}) - {"field", "others"} - completed:
                    differ.append(f"{path.relative_to(ROOT)}:{call.lineno}")
    assert not differ


def test_what_steps_and_commands_say_is_in_the_catalogue() -> None:
    """A sentence that is put together, or comes from elsewhere, would be said in English to everyone."""
    known, unknown = {sentence for context, sentence in said() if not context}, set()
    for path in files_of("flows"):
        if path.name.startswith("accuracy_") or path.name == "in_language.py":
            continue  # the report says its words by their keys; the other is of typer_words.py
        module = ast.parse(path.read_text())
        constants = {name: text for node in module.body for name, text in constants_of(node)}
        for call in ast.walk(module):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "say" and call.args:
                for one in (
                    [call.args[0].body, call.args[0].orelse] if isinstance(call.args[0], ast.IfExp) else call.args
                ):
                    sentence = one.value if isinstance(one, ast.Constant) else constants.get(ast.unparse(one))
                    if sentence not in known:
                        unknown.add((str(path.relative_to(ROOT)), ast.unparse(one)))
    assert unknown == SAID_OF_ELSEWHERE


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
