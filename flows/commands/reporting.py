"""`freshfront report accuracy`: how well past days would have been forecast, as a page, as data, and in a line."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from data.database import reading, require_current_schema
from data.frames.sales_days import warehouses_with_sales
from flows.commands.output import answer, progress_bars
from flows.day import steps
from flows.errors import Invalid
from flows.reports import backtesting
from flows.reports.accuracy import headline

DAY = ["%Y-%m-%d"]


def add_to(app: typer.Typer) -> None:
    """Adds the group `report`."""
    reports = typer.Typer(help="Reports to keep: a page that opens anywhere, and its figures as data.")
    reports.command("accuracy")(accuracy)
    reports.callback()(_group)
    app.add_typer(reports, name="report")


def _group() -> None:
    """Reports to keep: a page that opens anywhere, and its figures as data."""


def accuracy(
    start: Annotated[datetime, typer.Option(formats=DAY, help="first day forecast, YYYY-MM-DD")],
    end: Annotated[datetime, typer.Option(formats=DAY, help="last day forecast, YYYY-MM-DD; its sales must be known")],
    out: Annotated[Path, typer.Option(help="directory for report.html, accuracy.json and two Parquet files")],
    horizons: Annotated[str, typer.Option(help="days ahead, separated by commas")] = "1,7",
    cities: Annotated[str, typer.Option(help="cities, separated by commas; all if not given")] = "",
    json: Annotated[bool, typer.Option("--json", help="print the result as JSON")] = False,
) -> None:
    """Forecast past days as they would have been forecast then, beside plain methods, and report how well."""
    from flows.reports.accuracy_files import write_report  # charts are slow to import, and only wanted here

    first, last, ahead = start.date(), end.date(), _horizons(horizons)
    if last < first:
        raise Invalid(f"--end {last} lies before --start {first}.", field="end")
    if out.exists() and not out.is_dir():
        raise Invalid(f"--out {out} is a file; name a directory.", field="out")
    with steps.database() as engine, progress_bars():
        require_current_schema(engine)
        with reading(engine) as session:
            chosen = warehouses_with_sales(session, [name.strip() for name in cities.split(",")] if cities else None)
        if cities and not chosen:
            raise Invalid(f"No warehouse with sales is in --cities {cities!r}; write their names as imported.")
        report = backtesting.report_accuracy(engine, list(chosen), first, last, ahead)
    files = write_report(report, out)
    found = headline(report)
    text = (
        f"WAPE {found['wape']:.1%}, WPE {found['wpe']:+.1%}, best plain method {found['best_plain_wape']:.1%}, "
        f"{found['horizon']} day(s) ahead. Report: {files[0]}"
    )
    answer(found | {"files": [str(file) for file in files]}, text, json)


def _horizons(text: str) -> list[int]:
    try:
        return sorted({int(part) for part in text.split(",")})
    except ValueError:
        raise Invalid(f"--horizons {text!r} are not days; write them like 1,7.", field="horizons") from None
