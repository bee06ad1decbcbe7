"""Whether anybody sends: the notifier notes every quarter of a minute that it looks for what is to be told, and what is
overdue shows one that looks and does not send."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Table, func, select
from sqlalchemy.orm import Session, aliased

from data.bulk import write_rows
from data.tables import (
    DeliveryAttemptRow,
    DeliveryStatus,
    NotifierRow,
    OutboxEventRow,
    WebhookDeliveryRow,
    WebhookRow,
)

NOTIFIER = cast(Table, NotifierRow.__table__)
NOTES_EVERY = timedelta(seconds=15)
SILENT_AFTER = timedelta(seconds=60)
OVERDUE_AFTER = timedelta(minutes=2)


@dataclass(frozen=True)
class NotifierState:
    """`looked_at`: when the notifier last looked, None: never. `nobody_looks` although somebody is to be told;
    `not_served` are webhooks with messages overdue that nobody has tried to send since."""

    looked_at: datetime | None
    nobody_looks: bool
    not_served: Sequence[str]

    @property
    def sends(self) -> bool:
        """Whether what is to be told is told, as far as it is up to us."""
        return not self.nobody_looks and not self.not_served


def note_look(session: Session, now: datetime) -> None:
    """Notes that the notifier is there; of two that do so at once both may."""
    write_rows(session.connection(), NOTIFIER, ["only_row", "looked_at"], [(1, now)])


def last_look(session: Session) -> datetime | None:
    """When the notifier last noted that it is there."""
    return session.scalar(select(NotifierRow.looked_at))


def notifier_state(session: Session, now: datetime) -> NotifierState:
    """Whether anybody sends. Where there is no webhook and no event that waits, nobody need."""
    looked_at = last_look(session)
    is_away = looked_at is None or now - looked_at > SILENT_AFTER
    to_tell = session.scalar(select(WebhookRow.webhook_id).where(WebhookRow.disabled_at.is_(None)).limit(1))
    return NotifierState(looked_at, is_away and to_tell is not None and _waits(session, now), _not_served(session, now))


def _waits(session: Session, now: datetime) -> bool:
    """Whether webhooks have been there for long enough to be served."""
    first = session.scalar(select(func.min(WebhookRow.created_at, type_=WebhookRow.created_at.type)))
    oldest = session.scalar(
        select(func.min(OutboxEventRow.written_at, type_=OutboxEventRow.written_at.type)).where(
            OutboxEventRow.passed_on_at.is_(None)
        )
    )
    return any(since is not None and now - since > SILENT_AFTER for since in (first, oldest))


def _not_served(session: Session, now: datetime) -> Sequence[str]:
    row, attempt = WebhookDeliveryRow, DeliveryAttemptRow
    tried = (
        select(attempt.delivery_id)
        .join(row, row.delivery_id == attempt.delivery_id)
        .where(row.webhook_id == WebhookRow.webhook_id, attempt.began_at > now - OVERDUE_AFTER)
        # an attempt moves its message's next one: none of before needs to be looked at
        .where(row.status.in_(DeliveryStatus), row.next_attempt_at > now - OVERDUE_AFTER)
    )
    before = aliased(WebhookDeliveryRow)
    waits_for_another = (
        select(before.delivery_id)
        .where(before.webhook_id == row.webhook_id, before.about_alarm == row.about_alarm)
        .where(before.status == DeliveryStatus.WAITING, before.next_attempt_at >= now - OVERDUE_AFTER)
    )
    overdue = select(row.webhook_id).where(
        row.status == DeliveryStatus.WAITING,
        row.next_attempt_at < now - OVERDUE_AFTER,
        row.told_with.is_(None),
        ~waits_for_another.exists(),  # what goes before it is tried again later
    )
    query = select(WebhookRow.webhook_id).where(
        WebhookRow.disabled_at.is_(None), WebhookRow.webhook_id.in_(overdue), ~tried.exists()
    )
    return session.scalars(query.order_by(WebhookRow.webhook_id)).all()
