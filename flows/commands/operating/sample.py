"""`freshfront sample` and `furnish`: a region made up to try Freshfront, or terms for sales that are real."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from sqlalchemy import Engine

from data.database import require_current_schema
from data.languages import Reworded, say
from data.sample import furnishing
from data.sample.region import RegionNotEmpty, SampleSummary, generate_sample_region
from flows.commands.shell.output import answer, progress_bars
from flows.database import database
from flows.errors import Invalid, NotNow
from flows.for_each_warehouse import watched_by

SAMPLE_ZONE = ZoneInfo("Asia/Shanghai")


def sample(
    until: Annotated[
        str, typer.Option(help="last day of the region's history, YYYY-MM-DD; yesterday if not given")
    ] = "",
    seed: Annotated[int, typer.Option(help="another number is another region")] = 1,
    warehouses: Annotated[int, typer.Option(min=1, max=10, help="front warehouses, each in a city of its own")] = 10,
    products: Annotated[int, typer.Option(min=1, max=300, help="products in each warehouse")] = 300,
    days: Annotated[int, typer.Option(min=28, max=730, help="days of history")] = 180,
) -> None:
    """Fill an empty database with the sample region: the same options give the same region to the byte."""
    try:
        last = date.fromisoformat(until) if until else None
    except ValueError:
        raise Invalid("--until {until!r} is not a day; write YYYY-MM-DD.", until=until, field="until") from None
    with database() as engine, progress_bars():
        require_current_schema(engine)
        summary = make_sample_region(engine, last, seed, warehouses, products, days)
    rows = ", ".join(f"{count:,} {table}" for table, count in summary.rows.items())
    text = say(
        "The sample region from {first} to {last}: {rows}.", first=summary.first_day, last=summary.until, rows=rows
    )
    answer(None, text, as_json=False)


def furnish(seed: Annotated[int, typer.Option(help="another number makes up other terms")] = 1) -> None:
    """Make up suppliers, offers, prices and floors for warehouses of which only sales are known, to try Freshfront.

    What is there already stays as it is."""
    with database() as engine:
        require_current_schema(engine)
        made_up = furnishing.furnish(engine, seed)
    text = say(
        "Made up: terms of {products} products, {offers} offers, {slots} slots.",
        products=made_up.products,
        offers=made_up.offers,
        slots=made_up.slots,
    )
    answer(None, text, as_json=False)


def make_sample_region(
    engine: Engine,
    until: date | None = None,
    seed: int = 1,
    warehouses: int = 10,
    products: int = 300,
    days: int = 180,
) -> SampleSummary:
    """Fills an empty database with the region up to `until` (yesterday if not given). Raises NotNow if not empty."""
    yesterday = (datetime.now(UTC).astimezone(SAMPLE_ZONE) - timedelta(days=1)).date()
    watched = watched_by.get()
    try:
        return generate_sample_region(
            engine,
            until=until or yesterday,
            seed=seed,
            warehouses=warehouses,
            products=products,
            days=days,
            progress=lambda _table, done, of: watched(say("sample region"), of, done),
        )
    except RegionNotEmpty as error:
        raise NotNow("{why}. Name another one in FRESHFRONT_DATABASE_URL.", why=Reworded(error)) from error
