"""The command tree: help that loads nothing it does not need, and every command that texts and docs quote."""

import ast
import inspect
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import pytest
from typer import Exit
from typer.core import TyperGroup

from flows.commands.application import freshfront
from flows.commands.shell.on_demand import CommandOnDemand

HOUSE = Path(__file__).parents[3]
HEAVY = {"pandas", "numpy", "sqlalchemy", "lightgbm", "prefect", "fastapi", "scipy", "statsmodels", "httpx"}
NEEDS_NOT = {  # what a command runs without
    "key list": {"pandas", "numpy", "lightgbm", "prefect", "fastapi", "statsmodels"},
    "sign-in": {"pandas", "numpy", "lightgbm", "prefect", "fastapi", "statsmodels"},
    "db upgrade": {"pandas", "numpy", "lightgbm", "prefect", "fastapi", "statsmodels"},
    "import": {"lightgbm", "prefect", "fastapi", "statsmodels", "scipy"},
    "slots suggest": {"lightgbm", "prefect", "fastapi", "statsmodels"},
    "plan make": {"lightgbm", "prefect", "fastapi", "statsmodels"},
}
CODE = re.compile(r"```.*?\n(.*?)```|`([^`]+)`", re.DOTALL)
OF_A_COMMAND = re.compile(r"(?:\.venv/bin/)?\bfreshfront ([^\n#;]*)")
PLACEHOLDERS = {"SEED": "1", "ROLE": "buyer", "DAY": "2026-03-01"}


def commands(group: TyperGroup = freshfront, before: str = "") -> Iterator[tuple[str, CommandOnDemand]]:
    for name, command in group.commands.items():
        path = f"{before} {name}".strip()
        if isinstance(command, TyperGroup):
            yield from commands(command, path)
        else:
            assert isinstance(command, CommandOnDemand)
            yield path, command


def loaded_by(*command: str) -> set[str]:
    """The top-level modules that are loaded when a command has explained itself."""
    call = (
        "import sys; from flows.commands.application import main; sys.argv = ['freshfront', *sys.argv[1:]]\n"
        "try: main()\nexcept SystemExit: print('\\n' + ' '.join(sys.modules))"
    )
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", call, *command], capture_output=True, text=True, check=True, cwd=HOUSE
    )
    return {name.partition(".")[0] for name in done.stdout.splitlines()[-1].split()}


@pytest.mark.parametrize("group", [(), ("key",), ("plan",)])
def test_help_loads_no_library_that_commands_work_with(group: tuple[str, ...]) -> None:
    assert loaded_by(*group, "--help") & HEAVY == set()


@pytest.mark.parametrize("command", sorted(NEEDS_NOT))
def test_a_command_loads_only_what_it_needs(command: str) -> None:
    assert loaded_by(*command.split(), "--help") & NEEDS_NOT[command] == set()


def test_the_list_says_of_each_command_what_its_own_help_begins_with() -> None:
    for path, command in commands():
        module, function = command.where.split(":")
        says = " ".join((inspect.getdoc(getattr(import_module(module), function)) or "").split())
        assert command.help
        assert says.startswith(command.help), path
        assert command.imported().name == path.split()[-1]


def texts_of(path: Path) -> Iterator[tuple[str, bool]]:
    """What a file says, and whether it is code to be typed as it stands."""
    if path.suffix == ".py":
        pieces = set[ast.expr]()  # of f-strings: they come after the f-string, which says what follows them
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr):
                parts = [str(part.value) if isinstance(part, ast.Constant) else "X" for part in node.values]
                yield from code_and_prose("".join(parts))
                pieces.update(node.values)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in pieces:
                yield from code_and_prose(re.sub(r"\{\w+[^}]*\}", "X", node.value))  # a sentence's places
    else:
        yield from code_and_prose(path.read_text())


def code_and_prose(text: str) -> Iterator[tuple[str, bool]]:
    for block, span in CODE.findall(text):
        if span:
            yield " ".join(span.split()), True
        # in a line for the shell that begins with another program it is the name of a user, a folder, a database
        yield from (
            (line.partition("#")[0], True)
            for line in block.replace("\\\n", " ").splitlines()
            if OF_A_COMMAND.match(line)
        )
    yield " ".join(CODE.sub(" ", text).split()), False


def quoted() -> Iterator[tuple[str, str, bool]]:
    """Every `freshfront ...` in the words and docs of the house: where, what follows the name, whether it is code."""
    files = [HOUSE / "README.md", *(HOUSE / "docs").rglob("*.md")]
    for room in ("api", "flows", "data", "forecasting", "warehouse"):
        files += [path for ending in ("py", "html") for path in (HOUSE / room).rglob(f"*.{ending}")]
    for path in files:
        for text, is_code in texts_of(path):
            for found in OF_A_COMMAND.findall(text):
                yield str(path.relative_to(HOUSE)), found.strip(), is_code


def parse(words: list[str], is_code: bool) -> None:
    """Walks the tree and lets the command read its arguments; in prose only what looks like arguments is read."""
    here: TyperGroup | CommandOnDemand = freshfront
    while isinstance(here, TyperGroup) and words and words[0].rstrip(".,)") in here.commands:
        word = words.pop(0)
        here = here.commands[word.rstrip(".,)")]  # type: ignore[assignment]
        if word != word.rstrip(".,)"):
            words = []
    if isinstance(here, TyperGroup):
        assert here is not freshfront, f"there is no such command: {words[:2]}"
        assert not words, f"{here.name} has no command {words[0]}"
        return
    if not is_code:
        ends = (n for n, word in enumerate(words) if not (word.startswith("-") or word.isupper()))
        words = [word.rstrip(".,)") for word in words[: next(ends, len(words))]]
    if not words:  # named, not quoted with what it takes
        return
    with suppress(Exit):  # --help
        here.make_context(here.name, [PLACEHOLDERS.get(word, word) for word in words])


def test_every_command_that_texts_and_docs_quote_is_one() -> None:
    wrong, seen = [], 0
    for where, rest, is_code in quoted():
        plain = re.sub(r"\[--[a-z-]+\]|\[-[a-z] \w+\]|\.\.\.|[\[\]]", " ", rest)
        first, *alternatives = re.split(r"\|", plain) if is_code else [plain]
        head = first.split()
        lines = [first, *(" ".join([*head[:-1], other]) for other in alternatives)]
        for line in lines:
            seen += 1
            try:
                parse(shlex.split(line) if is_code else line.split(), is_code)
            except Exception as error:
                wrong.append(f"{where}: freshfront {rest}: {error}")
    assert wrong == []
    assert seen > 60
