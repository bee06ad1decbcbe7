"""`freshfront coldchain log`: the log of a zone that an inspector asks for, written to a file."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from data.database import reading, require_current_schema
from data.languages import say
from data.tables import ZoneRow
from flows.coldchain.zone_log.composing import zone_log
from flows.coldchain.zone_log.formats import WRITERS
from flows.coldchain.zone_log.words import state_of_record
from flows.commands.shell.code_words import spoken
from flows.commands.shell.options import Json, day
from flows.commands.shell.output import answer
from flows.database import database
from flows.errors import Invalid, Unknown
from flows.settings import Settings

BY = "command line"


def log(
    warehouse: Annotated[str, typer.Option("--warehouse", "-w", help="the warehouse's id")],
    zone: Annotated[str, typer.Option(help="the zone's id")],
    out: Annotated[Path, typer.Option(help="the file to write; its name ends in .pdf or .csv")],
    first: Annotated[str | None, typer.Option("--from", help="the first day, YYYY-MM-DD; a week if not given")] = None,
    until: Annotated[str | None, typer.Option(help="the last day, YYYY-MM-DD; today if not given")] = None,
    json: Json = False,
) -> None:
    """Write the log of a zone to a file, PDF or CSV: readings, gaps, excursions, alarms and what was done about them.

    The days are the warehouse's own; at most 92 of them."""
    writer = WRITERS.get(out.suffix.lower().removeprefix("."))
    if writer is None:
        raise Invalid("--out {out} must end in .pdf or .csv.", out=out, field="out")
    begin, end = first and day(first, "--from"), until and day(until, "--until")
    with database() as engine:
        require_current_schema(engine)
        with reading(engine) as session:
            kept = session.get(ZoneRow, zone)
            if kept is None or kept.warehouse_id != warehouse:
                raise Unknown(
                    "Warehouse {warehouse!r} has no zone {zone!r}.", warehouse=warehouse, zone=zone, field="zone"
                )
            made = zone_log(session, zone, begin or None, end or None, Settings(), datetime.now(UTC), BY)
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("wb") as file:
        writer.write(made, file)
    state = state_of_record(made.record)
    told = {
        "file": str(out),
        "from": made.period.days[0],
        "until": made.period.days[-1],
        "gaps": len(made.gaps),
        "alarms": len(made.alarms),
        "record": state,
    }
    text = say(
        "The log of {zone} from {first} to {last} is in {file}. The record is {state}.",
        zone=made.zone_name,
        first=told["from"],
        last=told["until"],
        file=out,
        state=spoken("sealed", state),
    )
    answer(told, text, json)
