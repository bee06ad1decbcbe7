"""Reasons that are worded where no language is known: what pure rules, importers and backups say is wrong, in English.

Each is taken from where it stands - a text, or a text with values in it, which become {0}, {1} - so that `reworded`
knows it again and says it anew. Nothing is written twice."""

import ast
import re
from collections.abc import Iterator
from itertools import count
from typing import Any, BinaryIO, Final

from data.languages.extracting import Found
from data.languages.rewording import CONTEXT

WORDED: Final = {  # what is raised or kept with a reason in words
    "_Asked", "BackupProblem", "BadFile", "BadMapping", "BadValue", "DatabaseIsNotUtf8", "Implausible",
    "ImpossibleTerms", "NotAReading", "RegionNotEmpty", "SchemaIsNotCurrent", "refuse",
}  # fmt: skip
PLACES: Final = re.compile(r"{\d+}")
WORDS: Final = re.compile("[a-z]{2}")  # else it holds nothing but values; a name of a column has no space
NAMED: Final = ("reason", "remedy", "said", "LOST_GOING_BACK")  # what reasons are called before they are raised

RETURNED: Final = ("place", "_name", "_measured")  # what returns a part of them: where a row stands, what was measured


def reasons(file: BinaryIO, keywords: Any, comment_tags: Any, options: Any) -> Iterator[Found]:
    """Line, kind of message, message, no comments."""
    for node in ast.walk(ast.parse(file.read())):
        for one in _worded(node):
            if (text := _with_places(one)) is not None and " " in text.strip() and WORDS.search(PLACES.sub("", text)):
                yield node.lineno, "pgettext", (CONTEXT, text), []  # type: ignore[attr-defined]  # calls, assignments


def _worded(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in WORDED:
            yield from (part for one in node.args for part in _either(one))
    elif isinstance(node, ast.FunctionDef) and node.name in RETURNED and isinstance(node.body[-1], ast.Return):
        yield from _either(node.body[-1].value) if node.body[-1].value else ()
    elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id in NAMED:
        yield from _either(node.value)


def _either(given: ast.expr) -> Iterator[ast.expr]:
    yield from (given.body, given.orelse) if isinstance(given, ast.IfExp) else (given,)


def _with_places(text: ast.expr) -> str | None:
    parts = text.values if isinstance(text, ast.JoinedStr) else [text]
    number = count()
    if isinstance(text, ast.JoinedStr) or (isinstance(text, ast.Constant) and isinstance(text.value, str)):
        return "".join(
            str(part.value).replace("{", "{{").replace("}", "}}")
            if isinstance(part, ast.Constant)
            else f"{{{next(number)}}}"
            for part in parts
        )
    return None
