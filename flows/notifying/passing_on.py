"""Passes events of the outbox on: each gets the next number and becomes a delivery to every webhook that wants it, in
one transaction with the mark that it was passed on. Whoever is killed half-way has passed nothing on, and the next one
does.

The numbers are what readers of the events go by. An event is written in the transaction in which it happened, and of
two that overlap the later one may end first; but they are passed on one transaction after the other, so an event never
gets a number before one that somebody could have read.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Row, Table, select, update
from sqlalchemy.orm import Session

from data.bulk import write_rows
from data.kept.event_numbers import next_event_number
from data.kept.one_at_a_time import wait_for_others
from data.tables import OutboxEventRow, OutboxEventWarehouseRow, WebhookRow
from flows.notifying.event_types import warehouses_of
from flows.notifying.when_told import Planning

WAREHOUSES = cast(Table, OutboxEventWarehouseRow.__table__)
NOT_PASSED_ON = (
    select(OutboxEventRow.event_id, OutboxEventRow.type, OutboxEventRow.payload)
    .where(OutboxEventRow.passed_on_at.is_(None))
    .order_by(OutboxEventRow.happened_at, OutboxEventRow.event_id)
)
Event = Row[tuple[str, str, dict[str, Any]]]


def pass_on_events(session: Session, now: datetime) -> int:
    """Passes on every event that was not yet; returns how many. Of two processes that try, one does it."""
    wait_for_others(session.connection(), "passing on events")
    events = session.execute(NOT_PASSED_ON).all()
    if not events:
        return 0
    first = next_event_number(session)
    numbered = [
        {"event_id": event.event_id, "passed_on_at": now, "event_no": number}
        for number, event in enumerate(events, start=first)
    ]
    session.execute(update(OutboxEventRow), numbered)
    about = ((id, number) for number, event in enumerate(events, start=first) for id in warehouses_of(event.payload))
    write_rows(session.connection(), WAREHOUSES, ["warehouse_id", "event_no"], about, "ignore")
    _deliver(session, events, now)
    return len(events)


def _deliver(session: Session, events: Sequence[Event], now: datetime) -> None:
    webhooks = session.scalars(select(WebhookRow).where(WebhookRow.disabled_at.is_(None))).all()
    if not webhooks:
        return
    alarms = (event.payload["alarm_id"] for event in events if "alarm_id" in event.payload)
    planning = Planning(session, alarms, now)
    for event in events:
        for webhook in webhooks:
            planning.plan(webhook, event.event_id, event.type, event.payload)


def are_events_waiting(session: Session) -> bool:
    """Whether there is an event that was not passed on; costs the same however many were."""
    return session.scalar(NOT_PASSED_ON.limit(1)) is not None
