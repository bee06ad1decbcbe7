"""Messages that were acknowledged and could not be kept, for what is wrong with themselves: put there in a transaction
that ends before they are acknowledged, read, kept after all (`replaying.py`) or discarded.

A message is named by what it says, so one that comes again is there once.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Self, cast

from sqlalchemy import CursorResult, Select, Table, delete, func, select, update
from sqlalchemy.orm import Session

from data.bulk import write_rows
from data.tables import QuarantineCause, QuarantinedMessageRow
from flows.errors import Unknown

LARGEST_MESSAGE = 256 * 1024  # bytes; of a larger one so many are kept, enough to see what it was
LONGEST_TOPIC, LONGEST_REASON = 1_000, 1_000
QUARANTINED = cast(Table, QuarantinedMessageRow.__table__)


@dataclass(frozen=True)
class SensorMessage:
    """What was published on a topic. `arrived_at` is when it came; None: now."""

    topic: str
    payload: bytes
    arrived_at: datetime | None = None

    @classmethod
    def of(cls, topic: str, said: Any) -> Self:
        """A message that says something in JSON."""
        return cls(topic, json.dumps(said).encode())


@dataclass(frozen=True)
class Unkept:
    """A message that cannot be kept, and why."""

    message: SensorMessage
    cause: QuarantineCause
    reason: str


def put_in_quarantine(session: Session, unkept: Sequence[Unkept], now: datetime) -> None:
    """Keeps the messages in the quarantine; of one that is there already, that it came again and why it is not kept."""
    if not unkept:
        return
    times = Counter(message_id(one.message) for one in unkept)
    by_id = {message_id(one.message): one for one in unkept}
    there = set(
        session.scalars(
            select(QuarantinedMessageRow.message_id)
            .where(QuarantinedMessageRow.message_id.in_(by_id))
            .with_for_update()
        )
    )
    for key in there:
        note_attempt(session, key, by_id[key].cause, by_id[key].reason, now, times[key])
    columns = [column.name for column in QUARANTINED.columns]
    rows = [_row(key, one, times[key], now) for key, one in by_id.items() if key not in there]
    write_rows(session.connection(), QUARANTINED, columns, rows, "ignore")


def message_id(message: SensorMessage) -> str:
    """The id of a message in the quarantine: the same for the same topic and payload."""
    return f"qm_{sha256(message.topic.encode(errors='surrogatepass') + bytes(1) + message.payload).hexdigest()[:20]}"


def in_quarantine(
    topic: str | None = None, cause: QuarantineCause | None = None
) -> Select[tuple[QuarantinedMessageRow]]:
    """The messages in the quarantine, of a topic, for a cause."""
    query = select(QuarantinedMessageRow)
    if topic is not None:
        query = query.where(QuarantinedMessageRow.topic == topic)
    return query if cause is None else query.where(QuarantinedMessageRow.cause == cause)


def count_quarantined(session: Session) -> int:
    """How many messages are in the quarantine."""
    return session.scalar(select(func.count()).select_from(QuarantinedMessageRow)) or 0


def quarantined_message(session: Session, key: str, to_change: bool = False) -> QuarantinedMessageRow:
    """A message in the quarantine, locked if it is `to_change`. Raises Unknown."""
    row = session.get(QuarantinedMessageRow, key, with_for_update=True if to_change else None)
    if row is None:
        raise Unknown(
            "Message {key!r} is not in the quarantine; it may have been replayed or discarded.",
            key=key,
            field="message_id",
        )
    return row


def discard(session: Session, key: str) -> None:
    """Removes a message from the quarantine: its readings are lost. Raises Unknown."""
    session.delete(quarantined_message(session, key, to_change=True))


def discard_all(session: Session, messages: Select[tuple[QuarantinedMessageRow]]) -> int:
    """Removes these messages from the quarantine; how many there were."""
    chosen = messages.with_only_columns(QuarantinedMessageRow.message_id)
    removed = session.execute(delete(QuarantinedMessageRow).where(QuarantinedMessageRow.message_id.in_(chosen)))
    return cast(CursorResult[Any], removed).rowcount


def note_attempt(
    session: Session, key: str, cause: QuarantineCause, reason: str, now: datetime, times: int = 1
) -> None:
    """Notes of a message in the quarantine why it could not be kept this time either."""
    said = {"cause": cause, "reason": _storable(reason, LONGEST_REASON), "last_tried_at": now}
    of_it = QuarantinedMessageRow.message_id == key
    session.execute(
        update(QuarantinedMessageRow).where(of_it).values(attempts=QuarantinedMessageRow.attempts + times, **said)
    )


def _row(key: str, one: Unkept, attempts: int, now: datetime) -> tuple[object, ...]:
    payload, topic = one.message.payload, _storable(one.message.topic, LONGEST_TOPIC)
    reason, came_at = _storable(one.reason, LONGEST_REASON), one.message.arrived_at or now
    return key, topic, payload[:LARGEST_MESSAGE], len(payload), one.cause, reason, came_at, attempts, now


def _storable(text: str, at_most: int) -> str:
    """A text as every database holds it."""
    return text.encode(errors="backslashreplace").decode().replace("\0", "\\0")[:at_most]
