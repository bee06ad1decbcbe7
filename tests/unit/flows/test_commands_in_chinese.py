"""The command line in Chinese: its help, what typer says by itself, and whose language it is."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from typer.core import TyperGroup

from data.importers.importing import KINDS
from data.languages import reading_in, say, usually_read_in
from data.languages.reading import Language
from data.pruning.policy import Kind
from data.tables import PlanStatus, ProposalKind, PurchaseOrderEventKind, QuarantineCause, TrialState, Unit
from flows.commands import application
from flows.commands.application import freshfront
from flows.commands.shell.code_words import CODES, HEADS
from flows.commands.shell.in_language import said_anew
from flows.commands.shell.language import LOCALE, SETTING, asked_language
from flows.commands.shell.typer_words import TOLD_WRONG
from flows.simulating.buyers import POLICIES
from warehouse.coldchain.alarms import AlarmKind
from warehouse.coldchain.zones import ZoneState
from warehouse.ordering.statuses import PurchaseOrderStatus
from warehouse.purchasing.plan import PLAN_QUESTIONS, PLAN_WARNINGS
from warehouse.worth.feeds.findings import Feed

# said in Chinese too: names, formats, what is typed, and what columns, files and tables are called
AS_IT_IS = set(
    re.findall(
        r"\S+",
        """
        freshfront Freshfront API CSV JSON MQTT SenML Open Meteo Parquet PDF XLSX UBL Prefect webhook Ctrl SHA URL HQ
        FreshRetailNet YYYY THH DDTHH parquet csv html json svg pdf xlsx xml bad env docs var backups limits lots stock
        leaf vegetables other marginal true clairvoyant earned waste wape train days figures curve report accuracy
        list make morning quarantine key models plan keep trial assortment shortest cold store freshretailnet orders
        data formats weather api band aisle number metres time all
        """,
    )
)
TYPES = re.compile(r"<[^>]+>|\[默认：[^\]]*\]|\[[a-z0-9_|\-]+\]|[a-z]+_[a-z_]+|--?[a-z][a-z-]*|[A-Z]+_[A-Z_.]+")


def commands(group: TyperGroup = freshfront, *before: str) -> Iterator[tuple[str, ...]]:
    yield before
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, *before, name)
        else:
            yield (*before, name)


@pytest.fixture(autouse=True)
def in_english_again() -> Iterator[None]:
    yield
    usually_read_in(Language.EN)


def told(capsys: pytest.CaptureFixture[str], *command: str) -> str:
    with pytest.raises(SystemExit):
        freshfront(list(command), prog_name="freshfront")
    return "".join(capsys.readouterr())


def english_in(text: str, *typed: str) -> set[str]:
    return set(re.findall(r"[A-Za-z]{3,}", TYPES.sub("", text))) - AS_IT_IS - set(typed)


@pytest.mark.parametrize("command", list(commands()), ids=" ".join)
def test_help_says_no_word_in_english_to_who_reads_chinese(
    command: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "1000")
    with reading_in(Language.ZH):
        chinese = told(capsys, *command, "--help")
    names = {name for path in commands() for part in path for name in part.split("-")}
    assert english_in(chinese, *names, *re.split("[ -]", " ".join([*KINDS, *POLICIES]))) == set()
    assert "Usage: " in told(capsys, *command, "--help"), "in English for who reads that, in the same process"


@pytest.mark.parametrize(
    "typed",
    [
        "", "plann", "plan show", "plan show a b", "plan show --nothing", "plan make --as-of", "orders list --status x",
        "sample --seed x", "sample --days 3", "simulate buying --floor x", "simulate buying --freshest-first 2",
        "orders place", "what-if --product a --discount 1 --from x --to y", "plan make --json=x",
        "key create a", "stock write-off W1",
    ],
)  # fmt: skip
def test_what_is_wrong_with_what_was_typed_is_said_in_chinese(
    typed: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "1000")
    with reading_in(Language.ZH):
        chinese = told(capsys, *typed.split())
    assert re.search("错误|用法", chinese)
    said = re.sub(r"'[^']*'|可选：.*│", "", chinese, flags=re.DOTALL)  # without what was typed, and what may be
    assert english_in(said if typed else "", *typed.replace("-", " ").split()) == set()


def heads_of_tables() -> Iterator[tuple[str, str]]:
    """The file and each head that stands in it, in the call of a table or in what it is called with."""
    for path in sorted(Path(application.__file__).parent.rglob("*.py")):
        nodes = list(ast.walk(ast.parse(path.read_text())))
        tables = [one for one in nodes if isinstance(one, ast.Call) and ast.unparse(one.func) == "as_table"]
        named = {ast.unparse(one.args[0]) for one in tables}
        heads = [one.args[0] for one in tables]
        for one in nodes:
            if isinstance(one, ast.Assign | ast.AnnAssign) and one.value is not None:
                targets = one.targets if isinstance(one, ast.Assign) else [one.target]
                heads += [one.value for target in targets if ast.unparse(target) in named]
        for head in heads:
            for one in head.elts if isinstance(head, ast.Tuple) else ():
                if isinstance(one, ast.Constant):
                    yield path.name, str(one.value)


def test_each_head_of_a_table_has_its_words() -> None:
    found = list(heads_of_tables())
    assert len(found) > 60
    assert [one for one in found if f"head.{one[1]}" not in HEADS] == []


@pytest.mark.parametrize(
    ("of", "codes"),
    [
        ("order", PurchaseOrderStatus), ("event", PurchaseOrderEventKind), ("plan", PlanStatus), ("unit", Unit),
        ("reason", PLAN_WARNINGS | PLAN_QUESTIONS), ("alarm", AlarmKind), ("sensor", ZoneState), ("trial", TrialState),
        ("quarantine", QuarantineCause), ("proposal", ProposalKind), ("kept", Kind), ("feed", Feed),
    ],
)  # fmt: skip
def test_each_code_that_is_shown_has_its_words(of: str, codes: Iterable[str]) -> None:
    assert [code for code in codes if f"code.{of}.{code}" not in CODES] == []


@pytest.mark.parametrize("sentence", TOLD_WRONG)
def test_each_sentence_of_typer_is_known_again_with_what_stands_in_it(sentence: str) -> None:
    places = dict.fromkeys(re.findall(r"{(\w+)}", sentence), "'a, b'")
    with reading_in(Language.ZH):
        assert said_anew(sentence.format(**places)) == say(sentence, **places)
    assert said_anew(sentence.format(**places)) == sentence.format(**places)


def test_a_sentence_that_typer_has_anew_is_said_as_it_is() -> None:
    with reading_in(Language.ZH):
        assert said_anew("Nobody knows.") == "Nobody knows."


@pytest.mark.parametrize(
    ("set_to", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LANGUAGE": "de:en:zh"}, "en"),
        ({"LANG": "zh_CN.UTF-8", SETTING: "en"}, "en"),
        ({"LANG": "de_DE.UTF-8", SETTING: "zh"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", SETTING: "tlh"}, "zh"),
    ],
)
def test_the_setting_says_the_language_else_the_locale(
    set_to: dict[str, str], language: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (*LOCALE, SETTING):
        monkeypatch.delenv(name, raising=False)
    for name, value in set_to.items():
        monkeypatch.setenv(name, value)
    assert asked_language() == language


def test_a_setting_in_the_file_of_settings_holds_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(SETTING, raising=False)
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    monkeypatch.setenv("LANGUAGE", "")
    (tmp_path / ".env").write_text("FRESHFRONT_LANGUAGE=zh\n")
    assert asked_language() == "zh"
