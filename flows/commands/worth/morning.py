"""`freshfront report days`, `morning` and `target`: what days were worth, added up and told, and what it should be."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from data.database import reading, require_current_schema, writing
from data.frames.worth.sums import By, Chosen
from data.languages import say
from flows.commands.shell.moment import moment_of
from flows.commands.shell.options import AsOf, Json, Warehouses, day
from flows.commands.shell.output import answer
from flows.commands.shell.prefect_or_here import over_warehouses
from flows.commands.shell.tables import as_table
from flows.database import database
from flows.day.morning import add_up_days, review_promotions
from flows.day.steps import REGION
from flows.reports.morning.as_csv import as_csv
from flows.reports.morning.report import Asked, MorningReport, Period, Told, morning_report
from flows.reports.morning.targets import set_target, targets_known_at

BY = "command line"


def days(warehouse: Warehouses = None, as_of: AsOf = "", json: Json = False) -> None:
    """Add up what the days of every warehouse were worth, for the morning report, and review the promotions that are
    over. Part of the daily flow."""
    with database() as engine:
        chosen, now = moment_of(engine, warehouse, as_of)
    names = list(chosen)
    summary = over_warehouses("days", (names, now), partial(add_up_days, names, now))
    written = over_warehouses("promotion_reviews", (), review_promotions).done[REGION]
    summary.notes.append(say("{n} reviews of promotions written", n=written))
    answer(summary.as_dict(), str(summary), json)


def morning(
    period: Annotated[Period, typer.Option(help="how many days together")] = Period.DAY,
    until: Annotated[str, typer.Option(help="its last day, YYYY-MM-DD; the last that was added up if not given")] = "",
    by: Annotated[By, typer.Option(help="what figures are told apart by")] = By.WAREHOUSE,
    warehouse: Annotated[str | None, typer.Option("--warehouse", "-w", help="of this warehouse only")] = None,
    category: Annotated[str | None, typer.Option(help="of this category only")] = None,
    product: Annotated[str | None, typer.Option(help="of this product only")] = None,
    out: Annotated[Path | None, typer.Option(help="write it as CSV to this file")] = None,
    json: Json = False,
) -> None:
    """Print what a day, week or four weeks were worth beside the time before and the targets, or write it as CSV."""
    asked = Asked(period, day(until, "until") if until else None, Chosen(warehouse, category, product), by)
    with database() as engine:
        require_current_schema(engine)
        with reading(engine) as session:
            report = morning_report(session, asked, datetime.now(UTC))
    if out is not None:
        out.write_text(as_csv(report), encoding="utf-8", newline="")
        answer({"file": str(out)}, say("{n} groups in {file}", n=len(report.groups), file=out), json)
        return
    answer(_facts(report), _in_words(report), json)


def target(
    figure: Annotated[str, typer.Argument(metavar="FIGURE", help="a figure's name, as report morning prints it")],
    value: Annotated[
        float | None, typer.Argument(metavar="VALUE", help="what it should come to, a share as 0.97; none if not given")
    ] = None,
    json: Json = False,
) -> None:
    """Set what a figure of the morning report should come to."""
    now = datetime.now(UTC)
    with database() as engine:
        require_current_schema(engine)
        with writing(engine) as session:
            set_target(session, figure, value, now, BY)
            holds = targets_known_at(session, now).get(figure)
    text = (
        say("{figure}: no target.", figure=figure)
        if holds is None
        else say("{figure} should come to {target:g}.", figure=figure, target=holds)
    )
    answer({"figure": figure, "target": holds}, text, json)


def _facts(report: MorningReport) -> dict[str, Any]:
    return {
        "first_day": report.periods.first.isoformat(),
        "last_day": report.periods.last.isoformat(),
        "figures": [_told(told) for told in report.told],
        "groups": [
            {"key": group.key, "name": group.name, "figures": [_told(told) for told in group.told]}
            for group in report.groups
        ],
    }


def _told(told: Told) -> dict[str, Any]:
    return {
        "figure": told.figure.name,
        "currency": told.currency,
        "value": told.value,
        "before": told.before,
        "target": told.target,
    }


def _in_words(report: MorningReport) -> str:
    rows = [
        (
            f"{one.figure.name} {one.currency or ''}".strip(),
            _number(one.value),
            _number(one.before),
            _number(one.target),
        )
        for one in report.told
    ]
    days = say("{first} to {last}", first=report.periods.first, last=report.periods.last)
    return f"{days}\n{as_table(('figure', 'value', 'before', 'target'), rows)}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.4g}" if abs(value) < 1 else f"{value:,.2f}"
