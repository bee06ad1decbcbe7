"""Tells again of alarms that go on and that nobody has acknowledged, as often as a webhook's route says."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from data.database import reading, writing
from data.tables import AlarmRow, DeliveryStatus, OutboxEventRow, WebhookDeliveryRow, WebhookRow
from flows.notifying.outbox import OutboxEvent, write_events
from flows.notifying.routes import Route
from flows.notifying.when_told import KEYS_A_QUERY


def remind(engine: Engine, now: datetime) -> int:
    """Writes down the reminders that are due; returns how many."""
    with reading(engine) as session:
        if not any(_due(session, now)):
            return 0
    with writing(engine) as session:
        due = list(_due(session, now))
        write_events(session, due, now)
        return len(due)


def _due(session: Session, now: datetime) -> Iterator[OutboxEvent]:
    webhooks = session.scalars(select(WebhookRow).where(WebhookRow.disabled_at.is_(None))).all()
    often = {
        webhook: minutes for webhook in webhooks if (minutes := Route.of(webhook.route).repeat_minutes) is not None
    }
    if not often:
        return
    goes_on = AlarmRow.ended_at.is_(None) & AlarmRow.acknowledged_at.is_(None)
    alarm_ids = session.scalars(select(AlarmRow.alarm_id).where(goes_on)).all()
    for webhook, minutes in often.items():
        for start in range(0, len(alarm_ids), KEYS_A_QUERY):
            some = alarm_ids[start : start + KEYS_A_QUERY]
            yield from _due_to(session, webhook, some, timedelta(minutes=minutes), now)


def _due_to(
    session: Session, webhook: WebhookRow, alarm_ids: Sequence[str], every: timedelta, now: datetime
) -> Iterator[OutboxEvent]:
    row = WebhookDeliveryRow
    is_told, waits = (
        func.count().filter(row.status == one) for one in (DeliveryStatus.DELIVERED, DeliveryStatus.WAITING)
    )
    told = (
        select(row.about_alarm, func.max(row.next_attempt_at, type_=row.next_attempt_at.type))
        .where(row.webhook_id == webhook.webhook_id, row.about_alarm.in_(alarm_ids))
        .group_by(row.about_alarm)
        .having(is_told > 0, waits == 0)  # what is on its way calls too
    )
    for alarm_id, last_told in session.execute(told).tuples():
        if alarm_id is not None and last_told + every <= now:
            yield _reminder(session, webhook, alarm_id, last_told, now)


def _reminder(session: Session, webhook: WebhookRow, alarm_id: str, last_told: datetime, now: datetime) -> OutboxEvent:
    """With the data of the alarm's last event, and how bad it has become since. Its id follows from when it was told
    last: two that remind at once write one."""
    of_alarm = select(OutboxEventRow).join(WebhookDeliveryRow, WebhookDeliveryRow.event_id == OutboxEventRow.event_id)
    its = of_alarm.where(WebhookDeliveryRow.about_alarm == alarm_id).order_by(OutboxEventRow.event_no.desc()).limit(1)
    last = session.scalars(its).one()
    worst_c = session.get_one(AlarmRow, alarm_id).worst_c
    told = dict(last.payload) | {"worst_c": worst_c, "webhook_id": webhook.webhook_id}
    event_id = f"{alarm_id}_reminder_{webhook.webhook_id}_{int(last_told.timestamp())}"
    return OutboxEvent(event_id, "alarm.reminder", told, now)
