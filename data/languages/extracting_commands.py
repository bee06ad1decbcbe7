"""What the command line says: the help of its commands, options and arguments, and what they print.

Help is read where typer finds it: the table of commands, `help` and `metavar` of options, and the docstrings of the
functions that the table names, paragraph by paragraph."""

import ast
import re
from collections.abc import Iterator, Sequence
from functools import cache
from inspect import cleandoc
from pathlib import Path
from typing import Any, BinaryIO, Final

from data.languages.extracting import SENTENCES, Found, text_of

TABLE: Final = Path(__file__).parents[2] / "flows/commands/application.py"
NAMED: Final = re.compile(r"\.(\w+):(\w+)")  # a command's module and function, as the table names them
OF_OPTIONS: Final = ("Option", "Argument")
SAID: Final = {"group": 0, "Command": 1, "say": 0} | dict.fromkeys(SENTENCES, -1)  # which argument is the sentence


def said_by_commands(file: BinaryIO, keywords: Any, comment_tags: Any, options: Any) -> Iterator[Found]:
    """Line, kind of message, message, no comments."""
    module = ast.parse(file.read())
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            yield from ((node.lineno, kind, said, []) for kind, said in _of_call(node))
    here = Path(file.name).stem
    for node in module.body:
        if isinstance(node, ast.FunctionDef) and (here, node.name) in _commands():
            for part in cleandoc(ast.get_docstring(node) or "").split("\n\n"):
                yield node.lineno, "gettext", " ".join(part.split()), []


def _of_call(call: ast.Call) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in OF_OPTIONS:
        given = [one.value for one in call.keywords if one.arg in ("help", "metavar")]
        yield from (("gettext", said) for one in given if (said := text_of(one)))
    elif name == "counted" and len(call.args) > 1:
        yield "ngettext", tuple(text_of(one) or "" for one in call.args[:2])
    elif name in SAID and len(call.args) > max(SAID[name], 0) and (said := text_of(call.args[SAID[name]])):
        yield "gettext", said


@cache
def _commands() -> Sequence[tuple[str, str]]:
    """The module and function of every command."""
    table = ast.walk(ast.parse(TABLE.read_text()))
    texts = (one.value for one in table if isinstance(one, ast.Constant) and isinstance(one.value, str))
    return [(found[1], found[2]) for text in texts if (found := NAMED.fullmatch(text))]
