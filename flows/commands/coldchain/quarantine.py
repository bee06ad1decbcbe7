"""`freshfront quarantine`: messages of sensors that could not be kept, read, kept after all or discarded."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from sqlalchemy import Select

from data.database import reading, require_current_schema, writing
from data.languages import reworded, say
from data.tables import QuarantineCause, QuarantinedMessageRow
from flows.coldchain.messages.quarantine import count_quarantined, discard_all, in_quarantine, quarantined_message
from flows.coldchain.messages.replaying import replay_all
from flows.commands.shell.code_words import spoken
from flows.commands.shell.options import Json
from flows.commands.shell.output import answer
from flows.database import database
from flows.errors import Invalid

Topic = Annotated[str | None, typer.Option(help="of this topic")]
Cause = Annotated[QuarantineCause | None, typer.Option(help="for this cause")]
Everything = Annotated[bool, typer.Option("--all", help="every message, of the topic and for the cause if given")]
Messages = Annotated[list[str] | None, typer.Argument(metavar="MESSAGE_ID", help="ids that `quarantine list` shows")]
FACTS = ("message_id", "topic", "cause", "reason", "payload_bytes", "received_at", "attempts", "last_tried_at")


def listing(
    topic: Topic = None,
    cause: Cause = None,
    limit: Annotated[int, typer.Option(min=1, help="at most so many, the first to come first")] = 100,
    json: Json = False,
) -> None:
    """List the messages in the quarantine: when each came, on which topic, and why it could not be kept."""
    in_order = (QuarantinedMessageRow.received_at, QuarantinedMessageRow.message_id)
    with database() as engine:
        require_current_schema(engine)
        with reading(engine) as session:
            there = count_quarantined(session)
            query = in_quarantine(topic, cause).order_by(*in_order).limit(limit)
            found = [_facts(row) for row in session.scalars(query)]
    more = [say("Messages in the quarantine: {n}.", n=there)] if there > len(found) else []
    answer(found, "\n".join([*map(_line, found), *more]) or say("The quarantine is empty."), json)


def show(message_id: Annotated[str, typer.Argument(metavar="MESSAGE_ID")], json: Json = False) -> None:
    """Print a message of the quarantine with what it says."""
    with database() as engine:
        require_current_schema(engine)
        with reading(engine) as session:
            row = quarantined_message(session, message_id)
            found = _facts(row) | {"payload": row.payload.decode(errors="replace")}
    answer(found, f"{_line(found)}\n{found['payload']}", json)


def replay(
    message_ids: Messages = None,
    everything: Everything = False,
    topic: Topic = None,
    cause: Cause = None,
    json: Json = False,
) -> None:
    """Keep messages of the quarantine after all, once what was wrong is mended: their sensor is registered, say.

    Their readings are judged as those that come; what still cannot be kept stays. Safe to repeat."""
    chosen = _chosen(message_ids, everything, topic, cause)
    with database() as engine:
        require_current_schema(engine)
        replayed = replay_all(engine, chosen, datetime.now(UTC))
    lines = [
        say(
            "Messages kept: {messages} (readings: {readings}, known before: {known}).",
            messages=replayed.messages,
            readings=replayed.accepted,
            known=replayed.duplicates,
        ),
        *(
            say("{message_id} stays: {why}", message_id=name, why=reworded(why))
            for name, why in replayed.still_unkept.items()
        ),
    ]
    answer(vars(replayed), "\n".join(lines), json)
    if replayed.still_unkept:
        raise typer.Exit(1)


def discard(
    message_ids: Messages = None, everything: Everything = False, topic: Topic = None, cause: Cause = None
) -> None:
    """Remove messages from the quarantine: what they say is lost."""
    chosen = _chosen(message_ids, everything, topic, cause)
    with database() as engine:
        require_current_schema(engine)
        with writing(engine) as session:
            removed = discard_all(session, chosen)
    answer(None, say("Messages discarded: {n}.", n=removed), as_json=False)


def _chosen(
    message_ids: list[str] | None, everything: bool, topic: str | None, cause: QuarantineCause | None
) -> Select[tuple[QuarantinedMessageRow]]:
    if bool(message_ids) == everything:
        raise Invalid("Name messages by their ids, or say --all.", field="message_id")
    query = in_quarantine(topic, cause)
    return query.where(QuarantinedMessageRow.message_id.in_(message_ids)) if message_ids else query


def _facts(row: QuarantinedMessageRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in FACTS}


def _line(facts: dict[str, Any]) -> str:
    return (
        f"{facts['message_id']}  {facts['received_at']:%Y-%m-%d %H:%M:%S} UTC  {facts['topic']}  "
        f"{spoken('quarantine', facts['cause'])}: {reworded(facts['reason'])}"
    )
