"""When a webhook is told of an event: at once, later, or not at all since what it is about is over.

What calls somebody (an alarm raised or worse) may have to wait: for the end of a silence or of quiet hours, for an
acknowledgement that does not come, for others of a burst. What follows (acknowledged, ended) is told to who was told of
the beginning, and to nobody else: an alarm that ends while it waits is told no more."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.tables import DeliveryStatus, Held, ReceiverKind, SilenceRow, WebhookDeliveryRow, WebhookRow
from flows.notifying.bursts import INTERVAL, Burst
from flows.notifying.event_types import warehouses_of
from flows.notifying.routes import OPENING, SEVERITIES, Route, severity_of
from flows.notifying.silences import silenced_until, silences_now

KEYS_A_QUERY = 500
FORMS_OF_ALARMS = frozenset({ReceiverKind.ALERTMANAGER, ReceiverKind.PAGERDUTY})  # have no words for anything else
ALONE = frozenset({ReceiverKind.PAGERDUTY})  # takes one event a message


def wants(webhook: WebhookRow, event_type: str, data: Mapping[str, Any]) -> bool:
    """Whether a webhook is told of an event. One for some warehouses is not told of what is about none; what names a
    webhook, as a test of it, is for that one only."""
    if "webhook_id" in data and event_type in ("webhook.test", "alarm.reminder"):
        return bool(data["webhook_id"] == webhook.webhook_id)
    if webhook.types is not None and event_type not in webhook.types:
        return False
    is_alarm = event_type.startswith("alarm.")
    if webhook.kind in FORMS_OF_ALARMS and not is_alarm:
        return False
    if webhook.warehouse_ids is not None and set(webhook.warehouse_ids).isdisjoint(warehouses_of(data)):
        return False
    return not is_alarm or Route.of(webhook.route).wants(data)


def still_held(
    webhook: WebhookRow, event_type: str, data: Mapping[str, Any], silences: Sequence[SilenceRow], now: datetime
) -> tuple[datetime, Held] | None:
    """Until when what calls somebody has to wait, and why; None: it may be told. The longest wait counts."""
    if event_type not in OPENING:
        return None
    waits = list(Route.of(webhook.route).held_until(data, now))
    if (until := silenced_until(silences, data)) is not None:
        waits.append((until, Held.SILENCE))
    return max(waits, key=lambda wait: wait[0], default=None)


class Planning:
    """Plans the deliveries of events that are passed on in one transaction, in their order."""

    def __init__(self, session: Session, alarm_ids: Iterable[str], now: datetime) -> None:
        self._session, self._now = session, now
        self._silences = silences_now(session, now)
        self._of_alarm = _deliveries_of(session, alarm_ids)
        self._bursts = _bursts(session, now)

    def plan(self, webhook: WebhookRow, event_id: str, event_type: str, data: Mapping[str, Any]) -> WebhookDeliveryRow:
        """The delivery of an event to a webhook that wants it, added to the session."""
        row = WebhookDeliveryRow(
            delivery_id=f"{webhook.webhook_id}_{event_id}",
            webhook_id=webhook.webhook_id,
            event_id=event_id,
            status=DeliveryStatus.WAITING,
            attempts=0,
            created_at=self._now,
            planned_at=self._now,
            next_attempt_at=self._now,
        )
        alarm_id = data.get("alarm_id")
        if alarm_id is not None and event_type.startswith("alarm."):
            row.about_alarm = alarm_id
            before = self._of_alarm[webhook.webhook_id, alarm_id]
            self._plan_alarm(webhook, row, event_type, data, before)
            before.append(row)
        self._session.add(row)
        return row

    def _plan_alarm(
        self, webhook: WebhookRow, row: WebhookDeliveryRow, event_type: str, data: Mapping[str, Any],
        before: Sequence[WebhookDeliveryRow],
    ) -> None:  # fmt: skip
        if event_type not in OPENING:
            _end_waits(before, is_over=data.get("ended_at") is not None)
            if before and all(one.status == DeliveryStatus.NOT_NEEDED for one in before):
                row.status = DeliveryStatus.NOT_NEEDED
                return
        route = Route.of(webhook.route)
        grouped = route.grouped and webhook.kind not in ALONE
        row.group_key = f"{SEVERITIES[severity_of(data)]}@{data.get('warehouse_id')}" if grouped else None
        held = self._held(webhook, route, event_type, data, before)
        if held is None and grouped:
            held = self._in_a_burst(webhook, str(row.group_key))
        if held is not None:
            row.planned_at = row.next_attempt_at = held[0]
            row.held = held[1]
        else:
            for one in before:  # what waits for company goes too, before it
                if one.held == Held.GROUP and one.attempts == 0 and one.status == DeliveryStatus.WAITING:
                    one.next_attempt_at = self._now

    def _held(
        self, webhook: WebhookRow, route: Route, event_type: str, data: Mapping[str, Any],
        before: Sequence[WebhookDeliveryRow],
    ) -> tuple[datetime, Held] | None:  # fmt: skip
        waits = [still_held(webhook, event_type, data, self._silences, self._now)]
        if event_type == "alarm.raised" and route.after_minutes and not before:
            waits.append((self._now + timedelta(minutes=route.after_minutes), Held.ESCALATION))
        return max((wait for wait in waits if wait is not None), key=lambda wait: wait[0], default=None)

    def _in_a_burst(self, webhook: WebhookRow, group_key: str) -> tuple[datetime, Held] | None:
        key = webhook.webhook_id, group_key
        self._bursts[key], group_at = self._bursts[key].with_next(self._now)
        return None if group_at is None else (group_at, Held.GROUP)


def _end_waits(before: Sequence[WebhookDeliveryRow], is_over: bool) -> None:
    """Takes back what need not be told any more: of an alarm that is over whatever was held back, of one that somebody
    has acknowledged what was to call the next."""
    ends = {Held.SILENCE, Held.QUIET_HOURS, Held.ESCALATION} if is_over else {Held.ESCALATION}
    for one in before:
        if one.held in ends and one.attempts == 0 and one.status == DeliveryStatus.WAITING:
            one.status = DeliveryStatus.NOT_NEEDED


def _deliveries_of(
    session: Session, alarm_ids: Iterable[str]
) -> defaultdict[tuple[str, str], list[WebhookDeliveryRow]]:
    """What webhooks were told or are to be told of alarms so far, by webhook and alarm."""
    found: defaultdict[tuple[str, str], list[WebhookDeliveryRow]] = defaultdict(list)
    wanted = sorted(set(alarm_ids))
    for start in range(0, len(wanted), KEYS_A_QUERY):
        of_some = WebhookDeliveryRow.about_alarm.in_(wanted[start : start + KEYS_A_QUERY])
        for row in session.scalars(select(WebhookDeliveryRow).where(of_some)):
            found[row.webhook_id, row.about_alarm or ""].append(row)
    return found


def _bursts(session: Session, now: datetime) -> defaultdict[tuple[str, str], Burst]:
    row = WebhookDeliveryRow
    found: defaultdict[tuple[str, str], Burst] = defaultdict(Burst)
    recent = select(
        row.webhook_id,
        row.group_key,
        func.count().filter(row.held.is_(None), row.created_at > now - INTERVAL),
        func.max(row.planned_at, type_=row.planned_at.type).filter(row.held == Held.GROUP),
    ).where(row.created_at > now - 2 * INTERVAL, row.group_key.is_not(None))
    for webhook_id, group_key, at_once, group_at in session.execute(recent.group_by(row.webhook_id, row.group_key)):
        found[webhook_id, group_key] = Burst(at_once, group_at)
    return found
