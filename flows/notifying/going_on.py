"""Tells a webhook that is new, or enabled again, of the alarms that go on: it is not to believe that all is well."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import AlarmRow, OutboxEventRow, WebhookDeliveryRow, WebhookRow
from flows.notifying.when_told import KEYS_A_QUERY, Planning, wants


def tell_of_alarms_going_on(session: Session, webhook: WebhookRow, now: datetime) -> None:
    """Plans to tell a webhook of every alarm that has not ended and that it has not heard of."""
    alarm_ids = session.scalars(
        select(AlarmRow.alarm_id).where(AlarmRow.ended_at.is_(None)).order_by(AlarmRow.raised_at, AlarmRow.alarm_id)
    ).all()
    heard = WebhookDeliveryRow
    planning = Planning(session, alarm_ids, now)
    for start in range(0, len(alarm_ids), KEYS_A_QUERY):
        some = alarm_ids[start : start + KEYS_A_QUERY]
        known = set(
            session.scalars(
                select(heard.about_alarm).where(heard.webhook_id == webhook.webhook_id, heard.about_alarm.in_(some))
            )
        )
        raised = [f"{alarm_id}_raised" for alarm_id in some if alarm_id not in known]
        events = session.scalars(
            select(OutboxEventRow).where(OutboxEventRow.event_id.in_(raised)).order_by(OutboxEventRow.event_no)
        )
        for event in events.all():
            if wants(webhook, event.type, event.payload):
                planning.plan(webhook, event.event_id, event.type, event.payload)
