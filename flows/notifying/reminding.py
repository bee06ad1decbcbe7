"""Tells again of alarms that go on and that nobody has acknowledged, as often as a webhook's route says."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from data.database import reading, writing
from data.tables import AlarmRow, DeliveryStatus, OutboxEventRow, WebhookDeliveryRow, WebhookRow
from flows.notifying.outbox import OutboxEvent, write_events
from flows.notifying.routes import Route


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
    for webhook in webhooks:
        minutes = Route.of(webhook.route).repeat_minutes
        if minutes is not None:
            yield from _due_to(session, webhook, timedelta(minutes=minutes), now)


def _due_to(session: Session, webhook: WebhookRow, every: timedelta, now: datetime) -> Iterator[OutboxEvent]:
    row = WebhookDeliveryRow
    told = (
        select(row.about_alarm, func.max(row.next_attempt_at, type_=row.next_attempt_at.type), func.count())
        .where(row.webhook_id == webhook.webhook_id, row.status == DeliveryStatus.DELIVERED)
        .join(AlarmRow, AlarmRow.alarm_id == row.about_alarm)
        .where(AlarmRow.ended_at.is_(None), AlarmRow.acknowledged_at.is_(None))
        .group_by(row.about_alarm)
    )
    on_its_way = set(
        session.scalars(
            select(row.about_alarm).where(
                row.webhook_id == webhook.webhook_id, row.status == DeliveryStatus.WAITING, row.about_alarm.is_not(None)
            )
        )
    )
    for alarm_id, last_told, times in session.execute(told).tuples():
        if alarm_id is not None and alarm_id not in on_its_way and last_told + every <= now:
            yield _reminder(session, webhook, alarm_id, times, now)


def _reminder(session: Session, webhook: WebhookRow, alarm_id: str, times: int, now: datetime) -> OutboxEvent:
    """With the data of the alarm's last event, and how bad it has become since."""
    of_alarm = select(OutboxEventRow).join(WebhookDeliveryRow, WebhookDeliveryRow.event_id == OutboxEventRow.event_id)
    its = of_alarm.where(WebhookDeliveryRow.about_alarm == alarm_id).order_by(OutboxEventRow.event_no.desc()).limit(1)
    last = session.scalars(its).one()
    worst_c = session.get_one(AlarmRow, alarm_id).worst_c
    told = dict(last.payload) | {"worst_c": worst_c, "webhook_id": webhook.webhook_id}
    return OutboxEvent(f"{alarm_id}_reminder_{webhook.webhook_id}_{times}", "alarm.reminder", told, now)
