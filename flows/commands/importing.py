"""`freshfront import`: files of one documented kind each, and two public data sets as they are published."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine

from data.database import require_current_schema
from data.datasets.cold_store import import_cold_store
from data.datasets.freshretailnet import import_freshretailnet
from data.importers.importing import KINDS, import_file
from data.importers.result import ImportResult
from data.importers.stock_kinds import READINGS
from flows.commands.output import answer, progress_bars
from flows.day.steps import database
from flows.errors import Invalid

FRESHRETAILNET, COLD_STORE = "freshretailnet", "cold-store"


def add_to(app: typer.Typer) -> None:
    """Adds these commands."""
    app.command("import")(import_)


def import_(
    kind: Annotated[
        str,
        typer.Argument(
            help=f"what the file holds: {', '.join(KINDS)}; or a data set as published: {FRESHRETAILNET} (a Parquet "
            f"file), {COLD_STORE} (a folder). docs/data-formats.md has the columns of each."
        ),
    ],
    file: Annotated[Path, typer.Argument(help="a CSV or Parquet file")],
    skip_bad_rows: Annotated[
        bool, typer.Option("--skip-bad-rows", help="keep the good rows, and write the bad ones to FILE.bad.csv")
    ] = False,
    cities: Annotated[str, typer.Option(help=f"{FRESHRETAILNET} only: city numbers, separated by commas")] = "",
    weather_forecasts: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="SEED",
            help=f"{FRESHRETAILNET} only, which has observed weather: make forecasts of it, with an error drawn from "
            "this seed. docs/weather.md",
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="print the result as JSON")] = False,
) -> None:
    """Import a file. A bad row is told with its line, column, reason and remedy, and nothing of the file is kept.

    Importing the same file again changes nothing."""
    if kind not in (*KINDS, FRESHRETAILNET, COLD_STORE):
        raise Invalid(f"There is no kind {kind!r}. Kinds: {', '.join(KINDS)}, {FRESHRETAILNET}, {COLD_STORE}.")
    if cities and kind != FRESHRETAILNET:
        raise Invalid(f"--cities goes with {FRESHRETAILNET} only.", field="cities")
    if weather_forecasts is not None and kind != FRESHRETAILNET:
        raise Invalid(f"--weather-forecasts goes with {FRESHRETAILNET} only.", field="weather_forecasts")
    if not file.exists():
        raise Invalid(f"There is no file {file}.", field="file")
    with database() as engine:
        require_current_schema(engine)
        result = _import(engine, kind, file, skip_bad_rows, _city_numbers(cities), weather_forecasts)
    text = f"{result.rows:,} rows of {file.name} are kept."
    if result.bad_rows:
        text += f" {result.bad_rows:,} bad rows are in {result.bad_rows_file}, each with its reason."
    text = " ".join([text, *result.notes])
    answer(
        {
            "rows": result.rows,
            "bad_rows": result.bad_rows,
            "bad_rows_file": result.bad_rows_file,
            "notes": result.notes,
        },
        text,
        json,
    )


def _import(
    engine: Engine,
    kind: str,
    file: Path,
    skip_bad_rows: bool,
    cities: list[int] | None,
    weather_forecasts: int | None,
) -> ImportResult:
    with progress_bars() as show:
        read = 0

        def progress(rows: int) -> None:
            nonlocal read
            read += rows
            show(f"import {kind} (rows)", 0, read)

        if kind == FRESHRETAILNET:
            return import_freshretailnet(engine, file, cities, progress, weather_forecasts)
        if kind == COLD_STORE:
            imported = import_cold_store(engine, file)  # its readings are replayed, so that they raise alarms
            return ImportResult(rows=imported.sensors + imported.limits)
        if kind == READINGS.name:
            from flows.coldchain.imported_readings import import_readings  # slow to import, and only wanted here

            return import_readings(engine, file, skip_bad_rows=skip_bad_rows, now=datetime.now(UTC), progress=progress)
        return import_file(engine, kind, file, skip_bad_rows=skip_bad_rows, now=datetime.now(UTC), progress=progress)


def _city_numbers(text: str) -> list[int] | None:
    try:
        return [int(city) for city in text.split(",")] if text else None
    except ValueError:
        raise Invalid(f"--cities {text!r} are not numbers separated by commas.", field="cities") from None
