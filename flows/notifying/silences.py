"""Silences: for how long alarms of a place are kept and shown but told to nobody, as during maintenance. Each has an
end; what still goes on then is told."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from data.tables import DeliveryStatus, Held, SensorRow, SilenceRow, WarehouseRow, WebhookDeliveryRow, ZoneRow
from flows.errors import Invalid, Unknown

LONGEST = timedelta(days=30)
LONGEST_REASON = 1_000


def add_silence(
    session: Session,
    warehouse_id: str,
    ends_at: datetime,
    reason: str,
    by: str,
    now: datetime,
    *,
    starts_at: datetime | None = None,
    zone_id: str | None = None,
    sensor_id: str | None = None,
    kinds: Sequence[str] | None = None,
) -> SilenceRow:
    """Silences alarms of a warehouse, or of one of its zones or sensors, or of some kinds only, until a moment. Raises
    Invalid for an end that has passed, lies before the beginning or more than 30 days after it, for a reason that is
    none, and for a place that there is not."""
    starts_at = max(starts_at or now, now)
    if not starts_at < ends_at <= starts_at + LONGEST:
        raise Invalid("A silence ends after it has begun, and at most 30 days later.", field="ends_at")
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise Invalid("Say why, in at most {longest_reason} characters.", longest_reason=LONGEST_REASON, field="reason")
    _require_place(session, warehouse_id, zone_id, sensor_id)
    row = SilenceRow(
        silence_id=f"si_{secrets.token_hex(8)}",
        warehouse_id=warehouse_id,
        zone_id=zone_id,
        sensor_id=sensor_id,
        kinds=None if kinds is None else sorted(set(kinds)),
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason.strip(),
        created_at=now,
        created_by=by,
    )
    session.add(row)
    return row


def end_silence(session: Session, silence_id: str, now: datetime) -> SilenceRow:
    """Ends a silence now; what was held back and goes on is told. Safe to repeat. Raises Unknown."""
    row = session.get(SilenceRow, silence_id, with_for_update=True)
    if row is None:
        raise Unknown("Silence {silence_id!r} was not found.", silence_id=silence_id, field="silence_id")
    if row.ends_at > now:
        row.ends_at = now
        row.starts_at = min(row.starts_at, now)
        session.flush()
        session.execute(
            update(WebhookDeliveryRow)
            .where(
                WebhookDeliveryRow.status == DeliveryStatus.WAITING,
                WebhookDeliveryRow.held == Held.SILENCE,
                WebhookDeliveryRow.attempts == 0,
            )
            .values(next_attempt_at=now)  # what another silence holds is held again when it is about to be told
        )
    return row


def silences_now(session: Session, now: datetime) -> Sequence[SilenceRow]:
    """The silences that it is time for, the first to end first."""
    query = select(SilenceRow).where(SilenceRow.starts_at <= now, SilenceRow.ends_at > now)
    return session.scalars(query.order_by(SilenceRow.ends_at, SilenceRow.silence_id)).all()


def silences_not_over(session: Session, now: datetime, warehouse_id: str | None = None) -> Sequence[SilenceRow]:
    """The silences of a warehouse, or of all, that have not ended, those to come too; the first to end first."""
    query = select(SilenceRow).where(SilenceRow.ends_at > now)
    if warehouse_id is not None:
        query = query.where(SilenceRow.warehouse_id == warehouse_id)
    return session.scalars(query.order_by(SilenceRow.ends_at, SilenceRow.silence_id)).all()


def silenced_until(silences: Iterable[SilenceRow], data: Mapping[str, Any]) -> datetime | None:
    """When the last of the silences ends that an alarm with this data falls under; None: it falls under none."""
    return max((one.ends_at for one in silences if _falls_under(one, data)), default=None)


def _falls_under(silence: SilenceRow, data: Mapping[str, Any]) -> bool:
    sensors = set(data.get("sensor_ids") or [data.get("sensor_id")])  # an alarm of several goes on for the others
    return (
        data.get("warehouse_id") == silence.warehouse_id
        and silence.zone_id in (None, data.get("zone_id"))
        and (silence.sensor_id is None or sensors == {silence.sensor_id})
        and (silence.kinds is None or data.get("kind") in silence.kinds)
    )


def _require_place(session: Session, warehouse_id: str, zone_id: str | None, sensor_id: str | None) -> None:
    if session.get(WarehouseRow, warehouse_id) is None:
        raise Invalid("Warehouse {warehouse_id} was not found.", warehouse_id=warehouse_id, field="warehouse_id")
    if zone_id is not None:
        zone = session.get(ZoneRow, zone_id)
        if zone is None or zone.warehouse_id != warehouse_id:
            raise Invalid("Zone {zone_id} is none of the warehouse.", zone_id=zone_id, field="zone_id")
    if sensor_id is not None:
        sensor = session.get(SensorRow, sensor_id)
        if sensor is None or session.get_one(ZoneRow, sensor.zone_id).warehouse_id != warehouse_id:
            raise Invalid("Sensor {sensor_id} is none of the warehouse.", sensor_id=sensor_id, field="sensor_id")
