"""`freshfront import`: files of one documented kind each, and two public data sets as they are published."""

from pathlib import Path
from typing import Annotated

import typer

from data.database import require_current_schema
from data.importers.freshretailnet import import_freshretailnet
from flows.commands.output import answer, progress_bars
from flows.errors import Invalid
from flows.steps import database


def add_to(app: typer.Typer) -> None:
    """Adds these commands."""
    app.command("import")(import_)


def import_(
    kind: Annotated[str, typer.Argument(help="what the file holds")],
    file: Annotated[Path, typer.Argument(help="the file")],
    cities: Annotated[str, typer.Option(help="freshretailnet only: city numbers, separated by commas")] = "",
) -> None:
    """Import a file."""
    try:
        chosen = [int(city) for city in cities.split(",")] if cities else None
    except ValueError:
        raise Invalid(f"--cities {cities!r} are not numbers separated by commas.", field="cities") from None
    with database() as engine, progress_bars() as show:
        require_current_schema(engine)
        result = import_freshretailnet(engine, file, chosen, lambda rows: show(f"import {kind}", 0, rows))
    answer(None, f"{result.rows:,} rows of {file.name} are kept.", as_json=False)
