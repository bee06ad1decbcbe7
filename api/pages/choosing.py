"""What a page lets its reader choose by a link, as the period of a report: `links` of layout/_parts.html shows them."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from pydantic import BaseModel

from api.pages import texts
from flows.reports.weeks import Weeks


@dataclass(frozen=True)
class Choice:
    """Something to choose, and whether it is."""

    label: str
    href: str
    here: bool


def address(path: str, asked: BaseModel, **changed: object) -> str:
    """What is asked, at a path, with something changed; None takes it away. It does not show `every` row again."""
    values = asked.model_dump(exclude_none=True, exclude={"every"}) | changed
    return f"{path}?{urlencode({name: str(value) for name, value in values.items() if value is not None})}"


def other_weeks(path: str, asked: BaseModel, period: Weeks, last: date) -> dict[str, Any]:
    """The ways from a report of the weeks up to a `last` day to longer, shorter, earlier and later ones, as
    layout/of_weeks.html names them."""
    length = timedelta(weeks=period.number)
    return {
        "periods": [
            Choice(texts.say(f"suppliers.{one}"), address(path, asked, period=one), one is period) for one in Weeks
        ],
        "earlier": address(path, asked, until=last - length),
        "later": address(path, asked, until=last + length),
    }
