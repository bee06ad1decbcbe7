"""Events passed on before a moment, with what became of telling webhooks of them; the first ones first, up to the first
that a webhook is still to be told of, so that what is left begins with one number (data/kept/event_numbers.py)."""

from datetime import datetime
from typing import cast

from sqlalchemy import Connection, Engine, Row, Select, Table, delete, func, select

from data.kept.event_numbers import keep_pruned_up_to
from data.pruning.batches import KEYS_A_STATEMENT, in_batches
from data.tables import DeliveryAttemptRow, DeliveryStatus, OutboxEventRow, OutboxEventWarehouseRow, WebhookDeliveryRow

EVENTS, ABOUT, DELIVERIES, ATTEMPTS = (
    cast(Table, row.__table__)
    for row in (OutboxEventRow, OutboxEventWarehouseRow, WebhookDeliveryRow, DeliveryAttemptRow)
)


def prune_events(engine: Engine, before: datetime, dry_run: bool) -> int:
    """Removes, or counts, events."""
    if dry_run:
        with engine.connect() as connection:
            return _how_many(connection, before)

    def work(connection: Connection, size: int) -> int:
        events = _old_events(connection, before, size)
        ids = [event.event_id for event in events]
        for first in range(0, len(ids), KEYS_A_STATEMENT):
            some = ids[first : first + KEYS_A_STATEMENT]
            of_them = select(DELIVERIES.c.delivery_id).where(DELIVERIES.c.event_id.in_(some))
            connection.execute(delete(ATTEMPTS).where(ATTEMPTS.c.delivery_id.in_(of_them)))
            connection.execute(delete(DELIVERIES).where(DELIVERIES.c.event_id.in_(some)))
            connection.execute(delete(EVENTS).where(EVENTS.c.event_id.in_(some)))
        if events:
            up_to = events[-1].event_no
            connection.execute(delete(ABOUT).where(ABOUT.c.event_no <= up_to))
            keep_pruned_up_to(connection, up_to)
        return len(events)

    return in_batches(engine, work)


def _how_many(connection: Connection, before: datetime) -> int:
    old = (EVENTS.c.event_no > 0) & (EVENTS.c.passed_on_at < before)
    waits = connection.scalar(_first_waiting())
    if waits is not None:
        old &= EVENTS.c.event_no < waits
    return connection.scalar(select(func.count()).select_from(EVENTS).where(old)) or 0


def _old_events(connection: Connection, before: datetime, size: int) -> list[Row[tuple[str, int, datetime]]]:
    waits = connection.scalar(_first_waiting())
    query = select(EVENTS.c.event_id, EVENTS.c.event_no, EVENTS.c.passed_on_at).where(EVENTS.c.event_no > 0)
    if waits is not None:
        query = query.where(EVENTS.c.event_no < waits)
    found = []
    for event in connection.execute(query.order_by(EVENTS.c.event_no).limit(size)):
        if event.passed_on_at is None or event.passed_on_at >= before:
            break
        found.append(event)
    return found


def _first_waiting() -> Select[tuple[int]]:
    return (
        select(func.min(EVENTS.c.event_no))
        .join(DELIVERIES, DELIVERIES.c.event_id == EVENTS.c.event_id)
        .where(DELIVERIES.c.status == DeliveryStatus.WAITING)
    )
