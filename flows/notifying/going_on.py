"""Tells a webhook that is new, or enabled again, how alarms stand: it is not to believe that all is well, nor that one
goes on that has ended."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from data.tables import AlarmRow, OutboxEventRow, WebhookRow
from flows.notifying.outbox import id_of_alarm_event
from flows.notifying.when_told import KEYS_A_QUERY, Planning


def tell_of_alarms_going_on(session: Session, webhook: WebhookRow, now: datetime) -> None:
    """Plans to tell a webhook of every alarm that has not ended and that it has not heard of: that it was raised, which
    sensors joined it, and where it is so that somebody has acknowledged it."""
    going_on = select(AlarmRow).where(AlarmRow.ended_at.is_(None)).options(selectinload(AlarmRow.excursions))
    alarms = session.scalars(going_on).all()
    planning = Planning(session, (alarm.alarm_id for alarm in alarms), now)
    unheard = [alarm for alarm in alarms if not planning.events_of(webhook, alarm.alarm_id)]
    for start in range(0, len(unheard), KEYS_A_QUERY):
        ids = [event_id for alarm in unheard[start : start + KEYS_A_QUERY] for event_id in _how_it_stands(alarm)]
        events = select(OutboxEventRow).where(OutboxEventRow.event_id.in_(ids)).order_by(OutboxEventRow.event_no)
        for event in session.scalars(events).all():
            planning.plan(webhook, event.event_id, event.type, event.payload)


def tell_what_was_missed(session: Session, webhook: WebhookRow, since: datetime, now: datetime) -> None:
    """Plans to tell a webhook what has happened, since it was told no more, to alarms that it has heard of."""
    row = OutboxEventRow
    before = select(row.event_no).where(row.passed_on_at < since).order_by(row.event_no.desc()).limit(1)
    missed = session.scalars(
        select(row)
        .where(row.event_no > (session.scalar(before) or 0), row.type.startswith("alarm."))
        .order_by(row.event_no)
    ).all()
    about = [(event, event.payload["alarm_id"]) for event in missed if "alarm_id" in event.payload]
    planning = Planning(session, (alarm_id for _, alarm_id in about), now)
    for event, alarm_id in about:
        told = planning.events_of(webhook, alarm_id)
        if told and event.event_id not in told:
            planning.plan(webhook, event.event_id, event.type, event.payload)


def _how_it_stands(alarm: AlarmRow) -> list[str]:
    """The ids of the events that tell it."""
    events = [id_of_alarm_event(alarm.alarm_id, "raised")]
    events += [id_of_alarm_event(alarm.alarm_id, "joined", sensor_id=sensor_id) for sensor_id in alarm.sensor_ids]
    if alarm.acknowledged_at is not None:
        events.append(id_of_alarm_event(alarm.alarm_id, "acknowledged", alarm.times_worse))
    return events
