"""Which messages to a webhook are due, in which order, and which of them are told together.

Messages about one alarm go in the order in which things happened: while one waits, what follows it waits too. What was
held back for company, or by a silence, goes with what else of its group is due."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from data.tables import DeliveryStatus, Held, OutboxEventRow, WebhookDeliveryRow, WebhookRow
from flows.notifying.bursts import LARGEST_GROUP


@dataclass
class DueMessage:
    """The deliveries that make up a message, the first of them its own, and the alarms that they are about."""

    delivery_ids: list[str] = field(default_factory=list)
    alarms: set[str] = field(default_factory=set)


def webhooks_with_due(session: Session, now: datetime) -> Sequence[str]:
    """The webhooks that something is due for."""
    row = WebhookDeliveryRow
    query = select(row.webhook_id).where(row.status == DeliveryStatus.WAITING, row.next_attempt_at <= now).distinct()
    enabled = WebhookRow.webhook_id.in_(query) & WebhookRow.disabled_at.is_(None)
    return session.scalars(select(WebhookRow.webhook_id).where(enabled)).all()


def due_messages(session: Session, webhook_id: str, now: datetime) -> list[DueMessage]:
    """The messages to send now, in their order."""
    row = WebhookDeliveryRow
    waiting = session.execute(
        select(
            row.delivery_id, row.next_attempt_at, row.attempts, row.about_alarm, row.group_key, row.held, row.told_with
        )
        .join(OutboxEventRow, OutboxEventRow.event_id == row.event_id)
        .where(row.webhook_id == webhook_id, row.status == DeliveryStatus.WAITING)
        .order_by(OutboxEventRow.event_no, row.delivery_id)
    ).all()
    return _Messages(now).of(waiting)


Waiting = Row[tuple[str, datetime, int, str | None, str | None, Held | None, str | None]]


class _Messages:
    def __init__(self, now: datetime) -> None:
        self._now = now
        self._waits: set[str] = set()  # alarms that something earlier waits of
        self._of_lead: dict[str, DueMessage] = {}
        self._of_group: dict[str, DueMessage] = {}
        self._group_of_alarm: dict[str, DueMessage] = {}
        self._last: dict[int, int] = {}  # where the last delivery of a message stands

    def of(self, waiting: Sequence[Waiting]) -> list[DueMessage]:
        messages: dict[int, DueMessage] = {}
        for position, row in enumerate(waiting):
            message = self._message_of(row)
            if message is None:
                if row.about_alarm is not None:
                    self._waits.add(row.about_alarm)
                continue
            if row.told_with is None:
                message.delivery_ids.append(row.delivery_id)
                self._last[id(message)] = position
            if row.about_alarm is not None:
                message.alarms.add(row.about_alarm)
            messages[id(message)] = message
        return sorted(messages.values(), key=lambda message: self._last[id(message)])

    def _message_of(self, row: Waiting) -> DueMessage | None:
        """The message that a delivery is part of; None: it has to wait."""
        if row.told_with is not None:
            return self._of_lead.get(row.told_with)
        if row.next_attempt_at > self._now or row.about_alarm in self._waits:
            return None
        if row.attempts > 0:
            return self._of_lead.setdefault(row.delivery_id, DueMessage())
        if row.about_alarm in self._group_of_alarm:
            message = self._group_of_alarm[row.about_alarm]
        elif row.held is not None and row.group_key is not None:
            message = self._of_group.setdefault(row.group_key, DueMessage())
            if len(message.delivery_ids) >= LARGEST_GROUP:
                message = self._of_group[row.group_key] = DueMessage()
            if row.about_alarm is not None:
                self._group_of_alarm[row.about_alarm] = message
        else:
            message = DueMessage()
        return message
