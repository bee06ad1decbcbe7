"""What `freshfront run` prepares before the service starts, in a process that ends with its work: the memory that
training takes is given back.

The service waits for what a buyer begins with: forecasts, a plan and moves. What is left of the first day is done
beside it, and pages say what is not there yet."""

import os
import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from enum import Enum, auto
from functools import cache

from rich.console import Console
from sqlalchemy import Engine, exists, select

from data.database import reading, writing
from data.languages import say
from data.tables import Base, DailySalesRow, ForecastRow, ProductRow, SupplierRow, WarehouseRow
from flows.commands.shell.language import speak_as_asked
from flows.commands.shell.output import progress_bars
from flows.database import database
from flows.day.lost_runs import left_by_the_dead
from flows.errors import Refusal
from flows.for_each_warehouse import SomeWarehousesFailed
from flows.processes.supervisor import nobody_need_wait
from flows.settings import Settings

GIVES_WAY = 10  # how nice it is beside a service that is used
LEFT = "Adding up past days and planning couriers goes on meanwhile; their pages say how far it is."


class ToPrepare(Enum):
    """What there is to be prepared."""

    SAMPLE_REGION_AND_FIRST_DAY = auto()
    FIRST_DAY = auto()


def to_prepare(engine: Engine) -> ToPrepare | None:
    """A sample region and its first day in an empty database, a first day where there are sales and no forecasts;
    nothing where a shop's own data are still coming in.

    Empty means no warehouse, product or supplier: what anyone imported is never mixed with made-up data."""
    with reading(engine) as session:

        def some(row: type[Base]) -> bool:
            return bool(session.scalar(select(exists().select_from(row))))

        if not any(map(some, (WarehouseRow, ProductRow, SupplierRow))):
            return ToPrepare.SAMPLE_REGION_AND_FIRST_DAY
        return ToPrepare.FIRST_DAY if some(DailySalesRow) and not some(ForecastRow) else None


def prepare() -> None:
    """Prepares what is left to prepare; a process that was killed at it is followed by another."""
    with database() as engine, progress_bars():
        found = to_prepare(engine)
        if found is ToPrepare.SAMPLE_REGION_AND_FIRST_DAY:
            from flows.commands.operating.sample import make_sample_region  # only wanted here

            make_sample_region(engine)
    if found is not None:
        _first_day()


def _first_day() -> None:
    """The first day of decisions, as a Prefect run; one that was killed goes on. Where it cannot be made whole, the
    pages say what is missing."""
    from flows.day import schedule, whole_day  # slow to import, and only wanted here
    from flows.processes.running import wait_for_prefect

    wait_for_prefect(Settings())
    with database() as engine, writing(engine) as session:
        run_id = left_by_the_dead(session, datetime.now(UTC))  # the schedule waits for this process
    told = Console(stderr=True, soft_wrap=True, highlight=False)
    with ExitStack() as shown:
        shown.enter_context(progress_bars())

        @cache  # an attempt that Prefect repeats here is beside the service already
        def go_on_beside_the_service() -> None:
            shown.close()  # what is said next is not torn apart
            told.print(say(LEFT))
            os.nice(GIVES_WAY)
            nobody_need_wait()

        whole_day.decided.set(go_on_beside_the_service)
        try:
            schedule.day(run_id=run_id)
        except (Refusal, SomeWarehousesFailed) as error:
            told.print(say("The first day: {error}", error=error), markup=False)


if __name__ == "__main__":
    from flows.commands.application import exit_code_of  # what it refuses is told as a command's refusals are

    speak_as_asked()
    sys.exit(exit_code_of(prepare))
