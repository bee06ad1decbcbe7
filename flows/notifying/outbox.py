"""Writes down what is to be told, in the transaction in which it happens; who is told of it is not the step's concern.

An event is written once: its id names it for ever, and whoever writes it again changes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.orm import Session

from data.bulk import write_rows
from data.tables import OutboxEventRow
from flows.notifying.event_types import EVENT_TYPES

OUTBOX = cast(Table, OutboxEventRow.__table__)
COLUMNS = ["event_id", "type", "payload", "happened_at", "written_at"]


@dataclass(frozen=True)
class OutboxEvent:
    """Something that is to be told: `type` of the registry, as `alarm.raised`, `payload` what there is to say about it,
    as JSON in the form that the registry gives."""

    event_id: str
    type: str
    payload: dict[str, Any]
    happened_at: datetime


def id_of_alarm_event(alarm_id: str, what: str, times_worse: int = 0, sensor_id: str | None = None) -> str:
    """The id of what happened to an alarm: each happens once, of a sensor that joins once a sensor, until the alarm
    becomes worse or goes on after all."""
    again = f"_{times_worse}" if times_worse else ""
    whose = "" if sensor_id is None else f"_{sha256(sensor_id.encode()).hexdigest()[:12]}"
    return f"{alarm_id}_{what}{whose or again}"


def write_events(session: Session, events: Iterable[OutboxEvent], now: datetime) -> None:
    """Writes events that are to be told. Raises KeyError for a type that is not in the registry."""
    rows = ((event.event_id, EVENT_TYPES[event.type].name, event.payload, event.happened_at, now) for event in events)
    write_rows(session.connection(), OUTBOX, COLUMNS, rows, "ignore")


def as_told(moment: datetime) -> str:
    """A moment as events tell it."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
