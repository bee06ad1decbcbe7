"""The cursor of a plan's lines, which may be sorted by any of their columns: the sort, its value and the line's
number. Names sort in the language in which they are read: there it goes on, and in no other."""

import json
from typing import Any

from api.pagination import from_base64, to_base64, wrong_cursor
from data.frames.plan_lines import LineAsJson, LineSort
from data.languages import language_now


def cursor_of_line(line: LineAsJson, sort: LineSort) -> str:
    """The cursor that asks for the lines after this one."""
    return to_base64(json.dumps([_order(sort), line.sorted_by, line.line_no]).encode())


def line_of_cursor(cursor: str, sort: LineSort) -> tuple[Any, int]:
    """What the last line seen was sorted by, and its number; raises Unprocessable for a cursor of another list,
    sort or language."""
    try:
        of_sort, value, line_no = json.loads(from_base64(cursor))
        if of_sort != _order(sort) or type(line_no) is not int or abs(line_no) >= 2**31:
            raise ValueError("of another list")
        if type(value) not in ((str,) if sort.of_texts else (int, float)) or "\0" in str(value):
            raise ValueError("not a value that lines are sorted by")
        return value, line_no
    except (ValueError, TypeError) as error:
        raise wrong_cursor() from error


def _order(sort: LineSort) -> str:
    return f"{sort} {language_now()}" if sort.of_names else str(sort)
