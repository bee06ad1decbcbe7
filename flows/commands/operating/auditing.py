"""`freshfront audit`: who decided what."""

from typing import Annotated, Any

import typer

from data.database import reading, require_current_schema
from data.frames.audit_entries import audit_entries
from data.languages import say
from data.tables import AuditEntryRow
from flows.commands.shell.options import Json
from flows.commands.shell.output import answer
from flows.database import database


def audit(
    by: Annotated[str | None, typer.Option(help="who, by the name of the key")] = None,
    table: Annotated[str | None, typer.Option(help="of which rows were written, as limits or purchase_plans")] = None,
    last: Annotated[int, typer.Option(min=1, max=10_000, help="how many entries")] = 50,
    json: Json = False,
) -> None:
    """Print who decided what, the latest first. With --json what rows said before and after, too."""
    with database() as engine:
        require_current_schema(engine)
        latest = AuditEntryRow.at.desc(), AuditEntryRow.entry_id.desc()
        with reading(engine) as session:
            entries = session.scalars(audit_entries(by, table=table).order_by(*latest).limit(last)).all()
    answer([_told(entry) for entry in entries], "\n".join(map(_line, entries)) or say("Nothing was decided yet."), json)


def _told(entry: AuditEntryRow) -> dict[str, Any]:
    names = ("entry_id", "at", "by", "key_id", "operation", "about", "written", "changes")
    return {name: getattr(entry, name) for name in names}


def _line(entry: AuditEntryRow) -> str:
    written = ", ".join(f"{table} {count}" for table, count in entry.written.items())
    about = " ".join(entry.about.values())
    return f"{entry.at:%Y-%m-%d %H:%M:%S}Z  {entry.by}  {entry.operation}  {about}  ({written})"
