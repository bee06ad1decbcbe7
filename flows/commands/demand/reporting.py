"""`freshfront backtest` and `freshfront report accuracy`: past days forecast as they would have been, as rows to score,
and as a page that says how well."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import Engine

from data.database import reading, require_current_schema
from data.frames.sales_days import warehouses_with_sales
from data.languages import say
from flows.commands.shell.cities import Cities, city_names, warehouses_in
from flows.commands.shell.options import Json
from flows.commands.shell.output import answer, progress_bars
from flows.database import database
from flows.errors import Invalid, NotNow
from flows.reports import backtesting
from flows.reports.accuracy import headline

DAY = ["%Y-%m-%d"]


def accuracy(
    start: Annotated[datetime, typer.Option(formats=DAY, help="first day forecast, YYYY-MM-DD")],
    end: Annotated[datetime, typer.Option(formats=DAY, help="last day forecast, YYYY-MM-DD; its sales must be known")],
    out: Annotated[Path, typer.Option(help="directory for report.html, accuracy.json and two Parquet files")],
    horizons: Annotated[str, typer.Option(help="days ahead, separated by commas")] = "1,7",
    cities: Cities = "",
    json: Json = False,
) -> None:
    """Forecast past days as they would have been forecast then, beside baselines, and report how well."""
    from flows.reports.accuracy_files import write_report  # charts are slow to import, and only wanted here

    first, last, ahead = start.date(), end.date(), _horizons(horizons)
    if last < first:
        raise Invalid("--end {last} lies before --start {first}.", last=last, first=first, field="end")
    if out.exists() and not out.is_dir():
        raise Invalid("--out {out} is a file; name a directory.", out=out, field="out")
    with database() as engine, progress_bars():
        report = backtesting.report_accuracy(engine, _with_sales(engine, cities), first, last, ahead)
    files = write_report(report, out)
    found = headline(report)
    text = say(
        "WAPE {wape:.1%}, WPE {wpe:+.1%} (of the mean {wpe_mean:+.1%}), best baseline {best:.1%}, {horizon} day(s) "
        "ahead. Report: {file}",
        wape=found["wape"],
        wpe=found["wpe"],
        wpe_mean=found["wpe_mean"],
        best=found["best_plain_wape"],
        horizon=found["horizon"],
        file=files[0],
    )
    answer(found | {"files": [str(file) for file in files]}, text, json)


def backtest(
    start: Annotated[datetime, typer.Option(formats=DAY, help="first day forecast; models know only earlier days")],
    end: Annotated[datetime, typer.Option(formats=DAY, help="last day forecast, YYYY-MM-DD")],
    out: Annotated[Path, typer.Option(help="Parquet file to write, one row per warehouse, product and day")],
    horizon: Annotated[int, typer.Option(min=1, max=14, help="days ahead")] = 1,
    cities: Cities = "",
    json: Json = False,
) -> None:
    """Forecast past days as they would have been forecast then, and write the forecasts to a file.

    They are of days that stay in stock, the only ones that can be scored. Orders are made from those of all days: the
    mean times the column all_days_factor, and the quantiles all_days_q05 to all_days_q95."""
    first, last = start.date(), end.date()
    if last < first:
        raise Invalid("--end {last} lies before --start {first}.", last=last, first=first, field="end")
    with database() as engine, progress_bars():
        frame = backtesting.backtest(engine, _with_sales(engine, cities), first, last, horizon)
    out.parent.mkdir(parents=True, exist_ok=True)
    frame.to_parquet(out, index=False)
    rows = {"rows": len(frame), "warehouses": frame["warehouse_id"].nunique(), "file": str(out)}
    text = say(
        "{n} forecasts for {warehouses} warehouses in {file}", n=len(frame), warehouses=rows["warehouses"], file=out
    )
    answer(rows, text, json)


def _with_sales(engine: Engine, cities: str) -> list[str]:
    """The warehouses of these cities, or of all, that have sales."""
    names = city_names(cities)
    require_current_schema(engine)
    with reading(engine) as session:
        found = list(warehouses_with_sales(session))
        if names is None:
            return found
        chosen = [warehouse_id for warehouse_id in warehouses_in(session, names) if warehouse_id in found]
    if not chosen:
        raise NotNow("No warehouse in --cities {cities!r} has sales.", cities=cities, field="cities")
    return chosen


def _horizons(text: str) -> list[int]:
    try:
        return sorted({int(part) for part in text.split(",")})
    except ValueError:
        raise Invalid("--horizons {text!r} are not days; write them like 1,7.", text=text, field="horizons") from None
