"""`freshfront report promotions`: what promotions did beside what was planned, and whether they earned money."""

from pathlib import Path
from typing import Annotated, Any

import typer

from data.database import reading, require_current_schema
from data.frames.worth.promotion_sums import ReviewsAsked
from data.languages import say
from flows.commands.shell.code_words import spoken
from flows.commands.shell.options import Json, day
from flows.commands.shell.output import answer
from flows.commands.shell.tables import as_table
from flows.database import database
from flows.reports.promotions.as_csv import as_csv
from flows.reports.promotions.reviews import AskedOfPromotions, Review, Reviews, promotion_reviews
from flows.reports.weeks import Weeks
from warehouse.worth.promotions.promotion_figures import Lies

SHOWN = ("planned_uplift", "uplift", "siblings", "ahead", "wasted")


def promotions(
    period: Annotated[Weeks, typer.Option(help="how many weeks together")] = Weeks.FOUR,
    until: Annotated[
        str, typer.Option(help="promotions that ended by this day, YYYY-MM-DD; by the last told if not given")
    ] = "",
    warehouse: Annotated[str | None, typer.Option("--warehouse", "-w", help="in this warehouse only")] = None,
    category: Annotated[str | None, typer.Option(help="of this category only")] = None,
    product: Annotated[str | None, typer.Option(help="of this product only")] = None,
    out: Annotated[Path | None, typer.Option(help="write it as CSV to this file")] = None,
    json: Json = False,
) -> None:
    """Print what promotions did beside what was planned and whether they earned money, or write it as CSV."""
    chosen = ReviewsAsked(warehouse, category, product)
    asked = AskedOfPromotions(period, day(until, "until") if until else None, chosen)
    with database() as engine:
        require_current_schema(engine)
        with reading(engine) as session:
            found = promotion_reviews(session, asked)
    if out is not None:
        out.write_text(as_csv(found.reviews), encoding="utf-8", newline="")
        answer({"file": str(out)}, say("{n} promotions in {file}", n=len(found.reviews), file=out), json)
        return
    answer(_facts(found), _in_words(found), json)


def _facts(found: Reviews) -> dict[str, Any]:
    return {
        "first_day": found.first.isoformat(),
        "last_day": found.last.isoformat(),
        "promotions": [
            {
                "product_id": one.of.product_id,
                "starts_on": one.of.starts_on.isoformat(),
                "ends_on": one.of.ends_on.isoformat(),
                "discount": one.of.discount,
                "warehouses": one.of.warehouses,
                "currency": one.of.currency,
                "earned": one.earned,
                "beside_plan": one.beside_plan,
                "figures": {told.figure.name: _lies(told.lies) for told in one.told},
            }
            for one in found.reviews
        ],
    }


def _lies(lies: Lies | None) -> list[float | None] | None:
    return None if lies is None else [lies.value, lies.low, lies.high]


def _in_words(found: Reviews) -> str:
    columns = ("product", "began", "days", "price", "warehouses", *SHOWN, "unit", "earned", "95%")
    rows = [_row(one) for one in found.reviews]
    ended = say("ended {first} to {last}", first=found.first, last=found.last)
    return f"{ended}\n{as_table(columns, rows, numbers={2, *range(4, 10), 11, 12})}"


def _row(one: Review) -> tuple[str, ...]:
    of, earned = one.of, one.lies("earned")
    money = (
        ("", "")
        if earned is None
        else (
            f"{earned.value:,.2f} {of.currency}",
            say("{first} to {last}", first=f"{earned.low:,.0f}", last=f"{earned.high:,.0f}"),
        )
    )
    planned, real, *units = (one.lies(name) for name in SHOWN)
    shares = ("" if lies is None else f"{lies.value:+.0%}" for lies in (planned, real))
    counted = ("" if lies is None else f"{lies.value:,.1f}" for lies in units)
    days = (of.ends_on - of.starts_on).days + 1
    return (
        f"{of.product_id} {of.product}",
        of.starts_on.isoformat(),
        str(days),
        say("full price") if of.discount >= 1 else say("{percent} off", percent=f"{1 - of.discount:.0%}"),
        str(of.warehouses),
        *shares,
        *counted,
        spoken("unit", of.unit),
        *money,
    )
