"""`freshfront run`: everything on this machine."""

import typer
from rich.console import Console

from data.database import upgrade_schema
from flows.commands.preparing import to_prepare
from flows.database import database
from flows.processes import running
from flows.processes.folder_lock import one_installation
from flows.settings import Settings


def run() -> None:
    """Run all of it on this machine until Ctrl-C, with a sample region if the database is empty.

    That is the service, alarms and webhooks, the schedule and, where the settings name none, a Prefect server, an
    MQTT broker and simulated sensors."""
    out = Console(soft_wrap=True, highlight=False)
    settings = Settings()
    with one_installation(with_broker=settings.mqtt_url is None):
        with database() as engine:
            upgrade_schema(engine)
            prepares = to_prepare(engine) is not None
        raise typer.Exit(running.run(settings, prepares, lambda line: out.print(line, markup=False)))
