"""`freshfront sales`: sales booked from imported order lines."""

from datetime import UTC, datetime

import typer

from data.database import require_current_schema
from flows.commands.shell.options import Json
from flows.commands.shell.output import answer
from flows.database import database
from flows.demand.sales_booking import book_sales


def sales(json: Json = False) -> None:
    """Book sales from imported order lines, of days that are over and whose lines changed. Part of the daily flow."""
    with database() as engine:
        require_current_schema(engine)
        booked = book_sales(engine, datetime.now(UTC))
    answer(booked.as_dict(), str(booked), json)
    if booked.failed:
        raise typer.Exit(3)
