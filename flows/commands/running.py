"""`freshfront run`: everything on this machine, and what is prepared before it starts."""

from collections.abc import Callable

import typer
from rich.console import Console
from sqlalchemy import Engine, exists, select

from data.database import reading, upgrade_schema
from data.tables import Base, DailySalesRow, ForecastRow, ProductRow, SupplierRow, WarehouseRow
from flows.commands.shell.output import progress_bars
from flows.database import database
from flows.errors import Refusal
from flows.for_each_warehouse import SomeWarehousesFailed
from flows.processes import running
from flows.settings import Settings


def run() -> None:
    """Run all of it on this machine until Ctrl-C, with a sample region if the database is empty.

    That is the service, alarms and webhooks, the schedule and, where the settings name none, a Prefect server, an
    MQTT broker and simulated sensors."""
    out = Console(soft_wrap=True, highlight=False)
    with database() as engine:
        upgrade_schema(engine)
        prepare = preparation(engine)
    raise typer.Exit(running.run(Settings(), prepare, lambda line: out.print(line, markup=False)))


def preparation(engine: Engine) -> Callable[[], None] | None:
    """What is to be done before the service starts: a sample region and its first day in an empty database, a first
    day where there are sales and no forecasts; nothing where a shop's own data are still coming in.

    Empty means no warehouse, product or supplier: what anyone imported is never mixed with made-up data."""
    with reading(engine) as session:

        def some(row: type[Base]) -> bool:
            return bool(session.scalar(select(exists().select_from(row))))

        if not any(map(some, (WarehouseRow, ProductRow, SupplierRow))):
            return _sample_region_and_first_day
        return _first_day if some(DailySalesRow) and not some(ForecastRow) else None


def _sample_region_and_first_day() -> None:
    from flows.commands.sample import make_sample_region  # only wanted here

    with database() as engine, progress_bars():
        make_sample_region(engine)
    _first_day()


def _first_day() -> None:
    """The first day of decisions, as a Prefect run. Where it cannot be made whole, the pages say what is missing."""
    running.wait_for_prefect()
    from flows.day import prefect_flows  # slow to import, and only wanted here

    try:
        with progress_bars():
            prefect_flows.day()
    except (Refusal, SomeWarehousesFailed) as error:
        Console(stderr=True, soft_wrap=True, highlight=False).print(f"The first day: {error}", markup=False)
