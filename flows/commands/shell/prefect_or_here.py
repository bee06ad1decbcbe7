"""Where the steps of a command run: as a Prefect flow where a Prefect server is known (PREFECT_API_URL, or the one of
a running `freshfront run`), else in this process: starting a server takes longer than most of the commands."""

import os
from collections.abc import Callable
from typing import Any

from flows.commands.shell.output import progress_bars
from flows.day.prefect_access import client_environment, prefect_address, prefect_is_named
from flows.for_each_warehouse import Each, RunSummary, side_by_side
from flows.processes.supervisor import answers
from flows.settings import Settings


def over_warehouses(flow: str, given: tuple[Any, ...], here: Callable[[Each], RunSummary]) -> RunSummary:
    """Runs the flow of this name with what it is given, or `here` in this process, on all its cores."""
    with progress_bars():
        if not prefect_server():
            return here(side_by_side)
        from flows.day import prefect_flows  # slow to import, and only wanted here

        summary: RunSummary = prefect_flows.on_workers(getattr(prefect_flows, flow), *given)
        return summary


def prefect_server() -> bool:
    """Whether a Prefect server is known; the one that `freshfront run` started is then named for Prefect."""
    if prefect_is_named():
        return True
    settings = Settings()
    found = answers(f"{prefect_address(settings)}/health")
    if found:
        os.environ.update(client_environment(settings))
    return found
