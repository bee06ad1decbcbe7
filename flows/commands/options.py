"""Options that several commands have: how they are written, and what they mean everywhere."""

from datetime import UTC, date, datetime
from typing import Annotated

import typer
from sqlalchemy import Engine

from data.database import require_current_schema
from flows.day.scope import chosen_warehouses, default_origin, end_of_day_in_region
from flows.errors import Invalid

Json = Annotated[bool, typer.Option("--json", help="print the result as JSON")]
Warehouses = Annotated[
    list[str] | None, typer.Option("--warehouse", "-w", help="a warehouse id; repeat for several; all if not given")
]
AsOf = Annotated[
    str,
    typer.Option(
        "--as-of",
        help="decide with what was known at the end of this day, YYYY-MM-DD; the last day with sales if not given",
    ),
]


def moment_of(engine: Engine, warehouse: list[str] | None, as_of: str) -> tuple[dict[str, str], datetime, datetime]:
    """The warehouses with their zones, the origin, and the moment of decision: now, or the end of the day named."""
    require_current_schema(engine)
    now = datetime.now(UTC)
    if as_of:
        now = min(now, end_of_day_in_region(engine, day(as_of, "--as-of")))
    chosen = chosen_warehouses(engine, warehouse, now)
    return chosen, default_origin(engine, chosen, now), now


def day(text: str, option: str) -> date:
    """A day as an option holds it; raises Invalid."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(f"{option} {text!r} is not a day; write YYYY-MM-DD.", field=option) from None
