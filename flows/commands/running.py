"""`freshfront run` and the processes it keeps running, each a command of its own for those who supervise otherwise."""

from datetime import UTC, datetime

import typer
from rich.console import Console

from data.database import reading, require_current_schema, upgrade_schema
from data.frames.sales_days import warehouses_with_sales
from data.frames.serving_forecasts import latest_origins
from flows.commands.database import make_sample_region
from flows.commands.output import progress_bars
from flows.day import steps
from flows.processes import broker as built_in_broker
from flows.processes import running, sensor_simulator, watcher
from flows.settings import Settings


def add_to(app: typer.Typer) -> None:
    """Adds these commands."""
    for command in (run, serve, watch, broker, simulate):
        app.command(command.__name__)(command)
    flows = typer.Typer(help="The flows of the day.", no_args_is_help=True)
    flows.command("serve")(serve_flows)
    flows.callback()(lambda: None)  # keeps `serve` a command of its own although it is the only one
    app.add_typer(flows, name="flows")


def run() -> None:
    """Run all of it on this machine until Ctrl-C, with a sample region if the database is empty.

    That is the service, alarms and webhooks, the schedule and, where the settings name none, a Prefect server, an
    MQTT broker and simulated sensors."""
    out = Console(soft_wrap=True, highlight=False)
    prepare = None if _is_prepared() else _prepare
    raise typer.Exit(running.run(Settings(), prepare, lambda line: out.print(line, markup=False)))


def serve() -> None:
    """Run the service: API and pages."""
    with steps.database() as engine:
        require_current_schema(engine)
    running.serve(Settings())


def watch() -> None:
    """Take readings by MQTT, raise and end alarms, tell webhooks."""
    watcher.watch(Settings())


def broker() -> None:
    """Run the built-in MQTT broker, for one machine."""
    built_in_broker.broker(Settings())


def simulate() -> None:
    """Publish live readings of the sample region's sensors."""
    sensor_simulator.simulate(Settings())


def serve_flows() -> None:
    """Run the day's flow by its schedule, and whenever it is started on Prefect's page (needs PREFECT_API_URL)."""
    from flows.day import prefect_flows  # slow to import, and only wanted here

    prefect_flows.serve_schedule(Settings())


def _is_prepared() -> bool:
    """Whether there is a database with the current schema and forecasts in it; brings the schema up to date."""
    with steps.database() as engine:
        upgrade_schema(engine)
        with reading(engine) as session:
            return bool(latest_origins(session, None, datetime.now(UTC)))


def _prepare() -> None:
    """A region to run on, the sample region if there is none, and its first day of decisions, as a Prefect run."""
    with steps.database() as engine, progress_bars():
        with reading(engine) as session:
            has_sales = bool(warehouses_with_sales(session))
        if not has_sales:
            make_sample_region(engine)
    running.wait_for_prefect()
    from flows.day import prefect_flows  # slow to import, and only wanted here

    with progress_bars():
        prefect_flows.day()
