"""`freshfront`: the command line. Exit codes: 0 done, 1 failed, 2 the input or the request was refused,
3 done except for the warehouses named."""

import sys

import typer
from rich.console import Console

from data.database import SchemaIsNotCurrent
from data.importers.problems import BadFile
from flows.commands import access, database, deciding, importing, models, promoting, reporting, running
from flows.errors import Refusal
from flows.for_each_warehouse import SomeWarehousesFailed

app = typer.Typer(
    help="Demand forecasts, purchase plans, slots and cold-chain alarms for the front warehouses of a fresh-food shop.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
database.add_to(app)
importing.add_to(app)
deciding.add_to(app)
models.add_to(app)
promoting.add_to(app)
reporting.add_to(app)
running.add_to(app)
access.add_to(app)


def main() -> None:
    """Runs a command; a refusal is one line on standard error, not a traceback."""
    console = Console(stderr=True, soft_wrap=True, highlight=False)
    try:
        app()
    except SomeWarehousesFailed as error:
        console.print(str(error), markup=False)
        sys.exit(3)
    except (Refusal, BadFile, SchemaIsNotCurrent) as error:
        console.print(str(error), markup=False)
        sys.exit(2)
