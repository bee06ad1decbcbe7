"""`json.loads` for long bodies, on a thread beside the event loop.

The C decoder holds the interpreter until it has read all of a text, so a thread alone would not help: ten megabytes
stop every other thread for up to a second. Here it is given the pieces of what is really long one after the other, and
what contains more than that is walked in Python, which lets others in between. It takes three times as long and decodes
the same, but for halves of characters, which nothing can keep.
"""

import json
import re
from json.decoder import WHITESPACE, JSONDecoder, scanstring  # type: ignore[attr-defined]
from typing import Any

PIECE = 4_096  # characters that the C decoder is given at once: some 20 microseconds
NUMBER_GOES_ON = 2  # characters: 1e+ is not 1 where the piece ends before the 5 of 1e+5
AT_ONCE = 262_144  # bytes, some 2,000 readings: the decoder holds everybody up for a few milliseconds
DEEPEST = 50  # levels that are longer than a piece
HALF = re.compile(r"\\u[dD][89a-fA-F]")  # of a character beyond U+FFFF, which is written as two
ESCAPE = re.compile(r"\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|(u[dD][89a-fA-F])|.)", re.DOTALL)
_DECODE = JSONDecoder().raw_decode


def loads(body: bytes) -> Any:
    """The value of a JSON text. Raises ValueError where it is none or nests too deeply."""
    text = body.decode(json.detect_encoding(body))
    if HALF.search(text) and any(escape[1] for escape in ESCAPE.finditer(text)):
        raise ValueError("Half a character")
    try:
        if len(body) <= AT_ONCE:
            return json.loads(text)
        value, at = _value(text, _after_blanks(text, 0), 0)
    except RecursionError:
        raise ValueError("Nested too deeply") from None
    if _after_blanks(text, at) != len(text):
        raise json.JSONDecodeError("Extra data", text, at)
    return value


def _value(text: str, at: int, depth: int) -> tuple[Any, int]:
    """The value that begins at a place, and where it ends."""
    piece = text[at : at + PIECE]
    try:
        value, length = _DECODE(piece)
        if length + NUMBER_GOES_ON < len(piece) or at + len(piece) == len(text):
            return value, at + length
    except json.JSONDecodeError:
        if at + len(piece) == len(text):
            raise
    if depth == DEEPEST and piece[0] in "{[":
        raise json.JSONDecodeError("Nested too deeply", text, at)
    if piece[0] == "{":
        return _members(text, at, depth + 1)
    if piece[0] == "[":
        return _elements(text, at, depth + 1)
    value, end = _DECODE(text, at)
    return value, end


def _elements(text: str, at: int, depth: int) -> tuple[list[Any], int]:
    elements: list[Any] = []
    at = _after_blanks(text, at + 1)
    if text[at : at + 1] == "]":
        return elements, at + 1
    while True:
        value, at = _value(text, at, depth)
        elements.append(value)
        more, at = _more(text, at, "]")
        if not more:
            return elements, at


def _members(text: str, at: int, depth: int) -> tuple[dict[str, Any], int]:
    members: dict[str, Any] = {}
    at = _after_blanks(text, at + 1)
    if text[at : at + 1] == "}":
        return members, at + 1
    while True:
        if text[at : at + 1] != '"':
            raise json.JSONDecodeError("Expecting property name enclosed in double quotes", text, at)
        name, at = scanstring(text, at + 1, True)
        at = _after_blanks(text, at)
        if text[at : at + 1] != ":":
            raise json.JSONDecodeError("Expecting ':' delimiter", text, at)
        members[name], at = _value(text, _after_blanks(text, at + 1), depth)
        more, at = _more(text, at, "}")
        if not more:
            return members, at


def _more(text: str, at: int, end: str) -> tuple[bool, int]:
    """Whether another one follows, and where; or where the end is behind."""
    at = _after_blanks(text, at)
    mark = text[at : at + 1]
    if mark == end:
        return False, at + 1
    if mark != ",":
        raise json.JSONDecodeError("Expecting ',' delimiter", text, at)
    return True, _after_blanks(text, at + 1)


def _after_blanks(text: str, at: int) -> int:
    return WHITESPACE.match(text, at).end() if text[at : at + 1].isspace() else at  # most often there is none
