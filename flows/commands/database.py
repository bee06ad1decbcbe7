"""`freshfront db` and `freshfront sample`: make the database, fill it with the sample region."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from data.database import require_current_schema, upgrade_schema
from data.sample.region import generate_sample_region
from flows.commands.output import answer, progress_bars
from flows.steps import database

SAMPLE_ZONE = ZoneInfo("Asia/Shanghai")


def add_to(app: typer.Typer) -> None:
    """Adds these commands."""
    db = typer.Typer(help="The database and its schema.", no_args_is_help=True)
    db.command("upgrade")(upgrade)
    app.add_typer(db, name="db")
    app.command("sample")(sample)


def upgrade() -> None:
    """Create the database's tables, or bring them to this version. Safe to repeat."""
    with database() as engine:
        upgrade_schema(engine)
        answer(None, f"{engine.url.render_as_string()} has the current schema.", as_json=False)


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
    last = (
        date.fromisoformat(until) if until else (datetime.now(UTC).astimezone(SAMPLE_ZONE) - timedelta(days=1)).date()
    )
    with database() as engine, progress_bars() as progress:
        require_current_schema(engine)
        summary = generate_sample_region(
            engine, until=last, seed=seed, warehouses=warehouses, products=products, days=days, progress=progress
        )
    answer(None, str(summary), as_json=False)
