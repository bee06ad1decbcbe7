"""When a webhook is told of an event: at once, later, or not at all since what it is about is over.

What calls somebody (an alarm raised or worse) may have to wait: for the end of a silence or of quiet hours, for an
acknowledgement that does not come, for others of a burst. What follows (joined by a sensor, acknowledged, ended) is
told to who was told of the beginning, and to nobody else: an alarm that ends while it waits is told no more. A sensor
that no silence is about and that joins an alarm ends the wait that a silence of the others began."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.tables import (
    LONGEST_ID,
    DeliveryStatus,
    Held,
    OutboxEventRow,
    ReceiverKind,
    SilenceRow,
    WebhookDeliveryRow,
    WebhookRow,
)
from flows.notifying.bursts import INTERVAL, Burst
from flows.notifying.event_types import warehouses_of
from flows.notifying.routes import OPENING, SETTLING, SEVERITIES, Route, severity_of
from flows.notifying.silences import silenced_until, silences_now

KEYS_A_QUERY = 500
FORMS_OF_ALARMS = frozenset({ReceiverKind.ALERTMANAGER, ReceiverKind.PAGERDUTY})  # have no words for anything else
ALONE = frozenset({ReceiverKind.PAGERDUTY})  # takes one event a message
HELD_BACK = frozenset({Held.SILENCE, Held.QUIET_HOURS, Held.ESCALATION})  # longer than for company
Told = tuple[str, WebhookDeliveryRow]  # the type of an event, and its delivery


def delivery_id_of(webhook_id: str, event_id: str) -> str:
    """The id of the delivery of an event to a webhook: of both, as far as there is room for the event's."""
    whole = f"{webhook_id}_{event_id}"
    return whole if len(whole) <= LONGEST_ID else f"{webhook_id}_{sha256(event_id.encode()).hexdigest()[:40]}"


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

    def events_of(self, webhook: WebhookRow, alarm_id: str) -> set[str]:
        """The events of an alarm that a webhook was told of, or is to be."""
        return {delivery.event_id for _, delivery in self._of_alarm[webhook.webhook_id, alarm_id]}

    def plan(self, webhook: WebhookRow, event_id: str, event_type: str, data: Mapping[str, Any]) -> None:
        """Adds the delivery of an event to the session if the webhook wants it. Whether or not: what was held back of
        an alarm that it ends is told no more."""
        alarm_id = data.get("alarm_id") if event_type.startswith("alarm.") else None
        before = [] if alarm_id is None else self._of_alarm[webhook.webhook_id, alarm_id]
        if event_type in SETTLING:
            _end_waits(before, Route.of(webhook.route), is_over=data.get("ended_at") is not None)
        if event_type == "alarm.joined":
            self._end_silence(webhook, data, before)
        if not wants(webhook, event_type, data):
            return
        row = WebhookDeliveryRow(
            delivery_id=delivery_id_of(webhook.webhook_id, event_id),
            webhook_id=webhook.webhook_id,
            event_id=event_id,
            status=DeliveryStatus.WAITING,
            attempts=0,
            created_at=self._now,
            planned_at=self._now,
            next_attempt_at=self._now,
            about_alarm=alarm_id,
        )
        if alarm_id is not None:
            self._plan_alarm(webhook, row, event_type, data, before)
            before.append((event_type, row))
        self._session.add(row)

    def _plan_alarm(
        self, webhook: WebhookRow, row: WebhookDeliveryRow, event_type: str, data: Mapping[str, Any],
        before: Sequence[Told],
    ) -> None:  # fmt: skip
        if event_type not in OPENING and _is_kept_from(before):
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
            for _, one in before:  # what waits for company goes too, before it
                if one.held == Held.GROUP and _is_untried(one):
                    one.next_attempt_at = self._now

    def _held(
        self, webhook: WebhookRow, route: Route, event_type: str, data: Mapping[str, Any],
        before: Sequence[Told],
    ) -> tuple[datetime, Held] | None:  # fmt: skip
        waits = [still_held(webhook, event_type, data, self._silences, self._now)]
        if event_type in OPENING and route.after_minutes:
            calls = [one for one in _calls(before) if one.status != DeliveryStatus.NOT_NEEDED]
            if all(_is_held_back(one) for one in calls):
                after = self._now + timedelta(minutes=route.after_minutes)
                waits.append((min((one.next_attempt_at for one in calls), default=after), Held.ESCALATION))
        return _longest(waits)

    def _end_silence(self, webhook: WebhookRow, data: Mapping[str, Any], before: Sequence[Told]) -> None:
        """What was held back by a silence waits no longer than it would with the sensors that are in the alarm now."""
        after = timedelta(minutes=Route.of(webhook.route).after_minutes)
        for event_type, one in before:
            if one.held == Held.SILENCE and _is_untried(one):
                waits = [still_held(webhook, event_type, data, self._silences, self._now)]
                if after:
                    waits.append((one.created_at + after, Held.ESCALATION))
                one.next_attempt_at, one.held = _longest(waits) or (self._now, None)

    def _in_a_burst(self, webhook: WebhookRow, group_key: str) -> tuple[datetime, Held] | None:
        key = webhook.webhook_id, group_key
        self._bursts[key], group_at = self._bursts[key].with_next(self._now)
        return None if group_at is None else (group_at, Held.GROUP)


def _longest(waits: Iterable[tuple[datetime, Held] | None]) -> tuple[datetime, Held] | None:
    """The wait that ends last, None where there is none."""
    return max((wait for wait in waits if wait is not None), key=lambda wait: wait[0], default=None)


def _calls(before: Sequence[Told]) -> list[WebhookDeliveryRow]:
    """What was to call somebody about an alarm."""
    return [one for event_type, one in before if event_type in OPENING]


def _is_kept_from(before: Sequence[Told]) -> bool:
    """Whether a webhook that was to be called about an alarm never will be, nor told what follows."""
    calls = _calls(before)
    return bool(calls) and all(one.status == DeliveryStatus.NOT_NEEDED for one in calls)


def _is_untried(one: WebhookDeliveryRow) -> bool:
    return one.attempts == 0 and one.status == DeliveryStatus.WAITING


def _is_held_back(one: WebhookDeliveryRow) -> bool:
    return one.held in HELD_BACK and _is_untried(one)


def _end_waits(before: Sequence[Told], route: Route, is_over: bool) -> None:
    """Takes back what need not be told any more: of an alarm that is over whatever was held back, of one that somebody
    has acknowledged what was to call the next. Who is not called is not told what followed either."""
    if is_over or route.after_minutes:
        for one in filter(_is_held_back, _calls(before)):
            one.status = DeliveryStatus.NOT_NEEDED
    if _is_kept_from(before):
        for _, one in before:
            if _is_untried(one):
                one.status = DeliveryStatus.NOT_NEEDED


def _deliveries_of(session: Session, alarm_ids: Iterable[str]) -> defaultdict[tuple[str, str], list[Told]]:
    """What webhooks were told or are to be told of alarms so far, by webhook and alarm."""
    found: defaultdict[tuple[str, str], list[Told]] = defaultdict(list)
    wanted = sorted(set(alarm_ids))
    for start in range(0, len(wanted), KEYS_A_QUERY):
        of_some = WebhookDeliveryRow.about_alarm.in_(wanted[start : start + KEYS_A_QUERY])
        its_event = OutboxEventRow.event_id == WebhookDeliveryRow.event_id
        query = select(OutboxEventRow.type, WebhookDeliveryRow).join(OutboxEventRow, its_event).where(of_some)
        for event_type, row in session.execute(query):
            found[row.webhook_id, row.about_alarm or ""].append((event_type, row))
    return found


def _bursts(session: Session, now: datetime) -> defaultdict[tuple[str, str], Burst]:
    row = WebhookDeliveryRow
    found: defaultdict[tuple[str, str], Burst] = defaultdict(Burst)
    recent = select(
        row.webhook_id,
        row.group_key,
        func.count().filter(row.held.is_(None), row.created_at > now - INTERVAL),
        func.max(row.planned_at, type_=row.planned_at.type).filter(row.held == Held.GROUP),
    ).where(
        row.webhook_id.in_(select(WebhookRow.webhook_id)),  # of each the latest only: the index begins with it
        row.created_at > now - 2 * INTERVAL,
        row.group_key.is_not(None),
    )
    for webhook_id, group_key, at_once, group_at in session.execute(recent.group_by(row.webhook_id, row.group_key)):
        found[webhook_id, group_key] = Burst(at_once, group_at)
    return found
