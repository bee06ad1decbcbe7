"""`freshfront coldchain seal` and `verify`: the record of the cold chain, sealed and checked."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from data.database import require_current_schema
from data.languages import say
from flows.coldchain.records import Verified, accept_records, seal_records, verify_records, where_the_chain_ends
from flows.commands.shell.options import Json
from flows.commands.shell.output import answer, progress_bars
from flows.database import database
from flows.settings import Settings

ALTERED = 1  # exit code


def seal(
    accept: Annotated[
        str | None,
        typer.Option(help="why the chain goes on from where it ends now, whatever was kept apart: a restored backup"),
    ] = None,
    json: Json = False,
) -> None:
    """Seal the readings, alarms and actions written since, as the watcher does every minute.

    The hour that goes on is included. Prints where the chain ends: kept elsewhere, it shows that nothing before it was
    changed or removed."""
    folder, now = Path(Settings().records_folder), datetime.now(UTC)
    with database() as engine, progress_bars():
        require_current_schema(engine)
        added = seal_records(engine, now, folder, to_the_last=True)
        accepted = accept_records(engine, now, folder, accept) if accept else None
        head = where_the_chain_ends(engine)
    text = say("There is nothing to seal yet.")
    if head:
        text = say("{added:,} seals added. The chain ends at {head}.", added=added, head=head)
    if accepted:
        text += "\n" + say("Accepted as it is, whatever was kept apart: {why}", why=accept)
    answer({"added": added, "head": head, "accepted": accept if accepted else None}, text, json)


def verify(
    head: Annotated[
        str | None, typer.Option(help="NUMBER:HASH that was kept elsewhere; without it the records folder's")
    ] = None,
    check_only: Annotated[bool, typer.Option("--check-only", help="do not seal what is new")] = False,
    json: Json = False,
) -> None:
    """Check every reading, alarm, acknowledgement and action against its seal, name what was changed, removed or put
    in, and seal what is new. Exit code 1: something is not as it was sealed."""
    folder = Path(Settings().records_folder)
    with database() as engine, progress_bars():
        require_current_schema(engine)
        verified = verify_records(engine, folder, head)
        added = 0
        if not verified.found and not check_only:
            added = seal_records(engine, datetime.now(UTC), folder, to_the_last=True)
    answer(asdict(verified) | {"added": added}, _told(verified, added), json)
    if verified.found:
        raise typer.Exit(ALTERED)


def _told(verified: Verified, added: int) -> str:
    if not verified.found:
        said = []
        if verified.seals:
            said.append(say("{seals:,} seals checked: every record is as it was sealed.", seals=verified.seals))
        if added:
            said.append(say("{added:,} seals added over what is new.", added=added))
        if verified.seals and verified.signed is None:
            said.append(say("The key that signs heads is not here: the signature was not checked."))
        return "\n".join(said) or say("There is nothing to seal yet.")
    lines = [f"{one.kind} {one.record} {one.what}" for one in verified.problems]
    if (more := verified.found - len(verified.problems)) > 0:
        lines.append(say("... and {more:,} more", more=more))
    return "\n".join([say("{found:,} of the record NOT as sealed:", found=verified.found), *lines])
