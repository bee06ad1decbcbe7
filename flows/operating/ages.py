"""How things stand by the database: how old what is known of each warehouse is, what waits to be told, what is late.

Everything here is a look at the end of an index or at rows that are few however much there ever was, so that asking
four times a minute costs nothing that anybody notices."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from data.frames.lots_as_of import last_counts
from data.local_days import end_of_day
from data.tables import (
    AlarmRow,
    DailySalesRow,
    DayRunRow,
    DeliveryStatus,
    ForecastRow,
    OutboxEventRow,
    QuarantinedMessageRow,
    ReadingRow,
    SensorRow,
    WarehouseRow,
    WebhookDeliveryRow,
    WebhookRow,
    ZoneRow,
)
from flows.notifying.notifier_state import notifier_state
from flows.purchasing.on_time.in_time import late_plans

KINDS = ("sales", "forecasts", "stock", "readings")


@dataclass(frozen=True)
class State:
    """How things stand at a moment. `known_until` is by kind and warehouse: the end of the last day with sales, the
    origin of the latest forecast, the last count, the last reading; what was never known is absent. Moments are aware;
    `None`: there is none."""

    known_until: Mapping[str, Mapping[str, datetime]]
    alarms_active: int
    alarms_unacknowledged: int
    events_waiting: int
    oldest_event_waiting: datetime | None
    deliveries_waiting: int
    deliveries_failing: int
    webhooks_failing: int
    quarantined: int
    notifier_sends: bool = True
    notifier_looked: datetime | None = None
    plans_late: Mapping[str, int] = field(default_factory=dict)  # warehouses without their day's plan, by time zone
    day_run_began: datetime | None = None
    day_run_finished: datetime | None = None
    day_run_failures: int = 0


def state_of_database(session: Session, now: datetime, plan_ready_before: timedelta) -> State:
    """How things stand; a plan is late that is not there `plan_ready_before` its first cut-off."""
    latest = DayRunRow.started_at.desc()
    began = session.scalar(select(DayRunRow.started_at).order_by(latest).limit(1))
    finished = session.scalars(
        select(DayRunRow).where(DayRunRow.finished_at.is_not(None)).order_by(latest).limit(1)
    ).first()
    active = AlarmRow.ended_at.is_(None)
    not_passed_on = OutboxEventRow.passed_on_at.is_(None)
    waiting = WebhookDeliveryRow.status == DeliveryStatus.WAITING, WebhookRow.disabled_at.is_(None)
    failing = WebhookDeliveryRow.attempts > 0, WebhookDeliveryRow.last_error.is_not(None)
    notifier = notifier_state(session, now)
    deliveries = select(WebhookDeliveryRow).join(WebhookRow, WebhookRow.webhook_id == WebhookDeliveryRow.webhook_id)
    return State(
        known_until=dict(_known_until(session, now)),
        alarms_active=_count(session, AlarmRow, active),
        alarms_unacknowledged=_count(session, AlarmRow, active, AlarmRow.acknowledged_at.is_(None)),
        events_waiting=_count(session, OutboxEventRow, not_passed_on),
        oldest_event_waiting=session.scalar(
            select(OutboxEventRow.happened_at).where(not_passed_on).order_by(OutboxEventRow.happened_at).limit(1)
        ),
        deliveries_waiting=_counted(session, deliveries.where(*waiting)),
        deliveries_failing=_counted(session, deliveries.where(*waiting, *failing)),
        webhooks_failing=_counted(
            session, deliveries.with_only_columns(WebhookDeliveryRow.webhook_id).where(*waiting, *failing).distinct()
        ),
        quarantined=_count(session, QuarantinedMessageRow),
        notifier_sends=notifier.sends,
        notifier_looked=notifier.looked_at,
        plans_late={late.timezone: len(late.warehouse_ids) for late in late_plans(session, now, plan_ready_before)},
        day_run_began=began,
        day_run_finished=None if finished is None else finished.finished_at,
        day_run_failures=len(finished.failed) if finished else 0,
    )


def _count(session: Session, row: type[Any], *where: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(row).where(*where)) or 0


def _counted(session: Session, query: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def _known_until(session: Session, now: datetime) -> Iterator[tuple[str, dict[str, datetime]]]:
    """By kind what is known of each warehouse that is not closed."""
    open_ = WarehouseRow.closed_on.is_(None) | (WarehouseRow.closed_on >= now.date())
    zones = dict(session.execute(select(WarehouseRow.warehouse_id, WarehouseRow.timezone).where(open_)).tuples().all())
    sold = session.execute(_at_the_end_of(DailySalesRow, DailySalesRow.date)).tuples()
    ends = {name: day and end_of_day(day, zones[name]) for name, day in sold if name in zones}
    yield "sales", _there(ends)
    yield (
        "forecasts",
        _there(dict(session.execute(_at_the_end_of(ForecastRow, ForecastRow.origin)).tuples().all()), zones),
    )
    yield "stock", last_counts(session, list(zones), now)
    heard: dict[str, datetime] = {}
    last = (
        select(func.max(ReadingRow.taken_at, type_=ReadingRow.taken_at.type))
        .where(ReadingRow.sensor_id == SensorRow.sensor_id)
        .scalar_subquery()
    )
    for name, at in session.execute(
        select(ZoneRow.warehouse_id, last).join(SensorRow, SensorRow.zone_id == ZoneRow.zone_id)
    ).tuples():
        if at is not None and name in zones:
            heard[name] = max(at, heard.get(name, at))
    yield "readings", heard


def _at_the_end_of(row: Any, column: Any) -> Select[Any]:
    """The latest of each warehouse, by one look at the end of an index that begins with these two columns."""
    of_it = select(func.max(column, type_=column.type)).where(row.warehouse_id == WarehouseRow.warehouse_id)
    return select(WarehouseRow.warehouse_id, of_it.scalar_subquery())


def _there(found: Mapping[str, datetime | None], names: Mapping[str, Any] | None = None) -> dict[str, datetime]:
    return {name: at for name, at in found.items() if at is not None and (names is None or name in names)}
