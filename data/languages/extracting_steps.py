"""What steps and the command line say: sentences, the help of commands, options and arguments, and what they print.

Help is read where typer finds it: the table of commands, `help` and `metavar` of options, and the docstrings of the
functions that the table names, paragraph by paragraph."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from inspect import cleandoc
from pathlib import Path
from typing import Any, BinaryIO, Final

from data.languages.extracting import SENTENCES, Found, text_of

TABLE: Final = Path(__file__).parents[2] / "flows/commands/application.py"
NAMED: Final = re.compile(r"\.(\w+):(\w+)")  # a command's module and function, as the table names them
OF_OPTIONS: Final = ("Option", "Argument")
SAID: Final = {"group": 0, "Command": 1, "say": 0} | dict.fromkeys(SENTENCES, -1)  # which argument is the sentence


def said_by_steps(file: BinaryIO, keywords: Any, comment_tags: Any, options: Any) -> Iterator[Found]:
    """Line, kind of message, message, no comments."""
    module = ast.parse(file.read())
    constants = {name: text for node in module.body for name, text in constants_of(node)}
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            yield from ((node.lineno, kind, said, []) for kind, said in _of_call(node, constants))
    here = Path(file.name)
    for node in module.body if here.parent.parent == TABLE.parent else ():  # a room of commands
        if isinstance(node, ast.FunctionDef) and (here.stem, node.name) in _commands():
            for part in cleandoc(ast.get_docstring(node) or "").split("\n\n"):
                yield node.lineno, "gettext", " ".join(part.split()), []


def constants_of(node: ast.stmt) -> Iterator[tuple[str, str]]:
    """The name and text of a constant of the module."""
    if isinstance(node, ast.AnnAssign | ast.Assign) and node.value is not None:
        [named, *_] = [node.target] if isinstance(node, ast.AnnAssign) else node.targets
        if isinstance(named, ast.Name) and (text := text_of(node.value)):
            yield named.id, text


def _of_call(call: ast.Call, constants: Mapping[str, str]) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    name = getattr(call.func, "id", "")
    if isinstance(call.func, ast.Attribute) and call.func.attr in OF_OPTIONS:
        given = [one.value for one in call.keywords if one.arg in ("help", "metavar")]
        yield from (("gettext", said) for one in given if (said := text_of(one)))
    elif name == "counted" and len(call.args) > 1:
        yield "ngettext", tuple(text_of(one) or "" for one in call.args[:2])
    elif name in SAID and len(call.args) > max(SAID[name], 0):
        said_with = call.args[SAID[name]]
        for one in [said_with.body, said_with.orelse] if isinstance(said_with, ast.IfExp) else [said_with]:
            if said := text_of(one) or constants.get(getattr(one, "id", "")):
                yield "gettext", said


@cache
def _commands() -> Sequence[tuple[str, str]]:
    """The module and function of every command."""
    table = ast.walk(ast.parse(TABLE.read_text()))
    texts = (one.value for one in table if isinstance(one, ast.Constant) and isinstance(one.value, str))
    return [(found[1], found[2]) for text in texts if (found := NAMED.fullmatch(text))]
