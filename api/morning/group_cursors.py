"""The cursor of a morning report's groups: what they are told apart by, and the place of the last one seen."""

import json
from math import isfinite

from api.pagination import from_base64, to_base64, wrong_cursor
from data.frames.worth.sums import By
from flows.reports.morning.report import Place


def cursor_of_place(place: Place, by: By) -> str:
    """The cursor that asks for the groups after this place."""
    return to_base64(json.dumps([by, *place]).encode())


def place_of_cursor(cursor: str, by: By) -> Place:
    """The place of the last group seen; raises Unprocessable for a cursor of another list or grouping."""
    try:
        of_by, lost, key = json.loads(from_base64(cursor))
        if of_by != by or type(lost) is not float or not isfinite(lost) or not isinstance(key, str):
            raise ValueError("of another list")
        return lost, key
    except (ValueError, TypeError, RecursionError) as error:
        raise wrong_cursor() from error
