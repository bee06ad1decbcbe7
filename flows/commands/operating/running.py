"""`freshfront run`: everything on this machine."""

import sys
from typing import Annotated

import typer
from rich.console import Console

from data.languages import Sentence, say
from flows.commands.operating.database import upgrade_with_backup
from flows.commands.operating.preparing import to_prepare
from flows.database import database
from flows.errors import NotNow
from flows.keeping.schema_changes import Holds, SchemaChange, upgrade_needed
from flows.processes import running
from flows.processes.folder_lock import one_installation
from flows.settings import Settings

Upgrade = Annotated[
    bool, typer.Option("--upgrade", help="upgrade a database of an older version without asking, backed up first")
]


def run(upgrade: Upgrade = False) -> None:
    """Run all of it on this machine until Ctrl-C, with a sample region if the database is empty.

    That is the service, alarms and webhooks, the schedule and, where the settings name none, a Prefect server, an
    MQTT broker and simulated sensors."""
    out = Console(soft_wrap=True, highlight=False)
    settings = Settings()
    with one_installation(with_broker=settings.mqtt_url is None):
        with database() as engine:
            _refuse_unless_upgraded_knowingly(upgrade_needed(engine), upgrade)
            upgrade_with_backup(engine)
            prepares = to_prepare(engine) is not None
        raise typer.Exit(running.run(settings, prepares, lambda line: out.print(line, markup=False)))


def _refuse_unless_upgraded_knowingly(change: SchemaChange, asked_for: bool) -> None:
    """Raises NotNow where somebody's data would be upgraded and nobody says that they shall be."""
    if not change.is_any or change.holds is not Holds.DATA or asked_for:
        return
    what = Sentence("The database has schema {found}, this version needs {to}.", found=change.found, to=change.to)
    if not sys.stdin.isatty():
        raise NotNow(
            "{what} Run: freshfront run --upgrade (what is there is backed up first), or freshfront db upgrade",
            what=what,
        )
    if not typer.confirm(say("{what} Upgrade it, backed up first?", what=what), err=True):
        raise NotNow("Nothing was changed, and nothing runs.")
