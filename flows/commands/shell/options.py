"""Options that several commands have: how they are written, and what they mean everywhere."""

from datetime import date
from typing import Annotated

import typer

from flows.errors import Invalid

Json = Annotated[bool, typer.Option("--json", help="print the result as JSON")]
Warehouses = Annotated[
    list[str] | None, typer.Option("--warehouse", "-w", help="a warehouse id; repeat for several; all if not given")
]
AsOf = Annotated[
    str,
    typer.Option(
        "--as-of",
        help="decide with what was known at the end of this day, YYYY-MM-DD, or at this moment, YYYY-MM-DDTHH:MM in "
        "the region's time; now if not given",
    ),
]


def day(text: str, option: str) -> date:
    """A day as an option holds it; raises Invalid."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(
            "{option} {text!r} is not a day; write YYYY-MM-DD.", option=option, text=text, field=option
        ) from None
