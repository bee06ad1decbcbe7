"""What happened in a zone between two moments beside its temperature: which sensors hung there, when doors were open
and coolers defrosted, what fans and coolers were told to be, and which silences covered it.

Each is read by its index, and of what is told again and again only the changes leave the database.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from data.tables import (
    ActuatorKind,
    ActuatorRow,
    CommandRow,
    CommandStatus,
    MeasurementRow,
    SensorPlaceRow,
    SensorRow,
    SilenceRow,
    ZoneRow,
)


@dataclass(frozen=True)
class Hung:
    """A sensor that hung in a zone after `since` (None: from the beginning) and up to `until` (None: it still does)."""

    sensor: SensorRow
    since: datetime | None
    until: datetime | None


@dataclass(frozen=True)
class Span:
    """Something that was so from a moment to another; `told` is what was said of it, where something was."""

    begins: datetime
    ends: datetime
    told: str = ""


def sensors_hung(session: Session, zone_id: str, start: datetime, end: datetime) -> list[Hung]:
    """The sensors that hung in a zone between two moments, by name; those that were retired since too."""
    there_before = select(SensorPlaceRow.sensor_id).where(SensorPlaceRow.zone_id == zone_id)
    of_it = or_(SensorRow.zone_id == zone_id, SensorRow.sensor_id.in_(there_before))
    sensors = session.scalars(select(SensorRow).where(of_it).order_by(SensorRow.name, SensorRow.sensor_id)).all()
    before: defaultdict[str, list[tuple[datetime, str]]] = defaultdict(list)
    places = select(SensorPlaceRow).where(SensorPlaceRow.sensor_id.in_([one.sensor_id for one in sensors]))
    for row in session.scalars(places.order_by(SensorPlaceRow.until)):
        before[row.sensor_id].append((row.until, row.zone_id))
    hung: list[Hung] = []
    for sensor in sensors:
        since: datetime | None = None
        for until, zone in [*before[sensor.sensor_id], (sensor.retired_at, sensor.zone_id)]:
            if zone == zone_id and (until is None or until > start) and (since is None or since < end):
                hung.append(Hung(sensor, since, until))
            since = until
    return hung


def told_spans(
    session: Session, hung: Sequence[Hung], quantity: str, period_start: datetime, period_end: datetime
) -> list[Span]:
    """When sensors told, while they hung there, that something was so (a door open, a cooler defrosting) between two
    moments."""
    spans: list[Span] = []
    for one in hung:
        start, end = max(period_start, one.since or period_start), min(period_end, one.until or period_end)
        of_it = [MeasurementRow.sensor_id == one.sensor.sensor_id, MeasurementRow.quantity == quantity]
        of_it += [] if one.since is None else [MeasurementRow.taken_at >= one.since]
        before = select(MeasurementRow.value).where(*of_it, MeasurementRow.taken_at <= start)
        was = session.scalar(before.order_by(MeasurementRow.taken_at.desc()).limit(1))
        earlier = func.lag(MeasurementRow.value).over(order_by=MeasurementRow.taken_at)
        told = select(MeasurementRow.taken_at, MeasurementRow.value, earlier.label("earlier"))
        told = told.where(*of_it, MeasurementRow.taken_at > start, MeasurementRow.taken_at <= end)
        changes = told.subquery()
        changed = select(changes.c.taken_at, changes.c.value).where(
            or_(changes.c.earlier.is_(None), changes.c.earlier != changes.c.value)
        )
        rows = session.execute(changed.order_by(changes.c.taken_at)).tuples().all()
        spans += _spans([(start, bool(was), ""), *((at, value > 0, "") for at, value in rows)], end)
    return sorted(spans, key=lambda span: span.begins)


def switched_on(session: Session, zone: ZoneRow, start: datetime, end: datetime) -> dict[ActuatorKind, list[Span]]:
    """When the fans and coolers of a zone were told to be on, and why; what was not sent in time counts nowhere."""
    spans: defaultdict[ActuatorKind, list[Span]] = defaultdict(list)
    for actuator in session.scalars(select(ActuatorRow).where(ActuatorRow.zone_id == zone.zone_id)):
        sent = select(CommandRow.decided_at, CommandRow.desired, CommandRow.said).where(
            CommandRow.actuator_id == actuator.actuator_id,
            or_(CommandRow.status != CommandStatus.EXPIRED, CommandRow.sent_at.is_not(None)),
        )
        last = sent.where(CommandRow.decided_at <= start).order_by(CommandRow.command_no.desc()).limit(1)
        later = sent.where(CommandRow.decided_at > start, CommandRow.decided_at <= end).order_by(CommandRow.command_no)
        commands = [*session.execute(last).tuples(), *session.execute(later).tuples()]
        states = [(max(at, start), desired == "on", said) for at, desired, said in commands]
        spans[actuator.kind] += _spans(states, end)
    return {kind: found for kind, found in spans.items() if found}


def silences_over(session: Session, zone: ZoneRow, start: datetime, end: datetime) -> Sequence[SilenceRow]:
    """The silences that cover a zone, whole or in part, between two moments."""
    of_it = (SilenceRow.warehouse_id == zone.warehouse_id, SilenceRow.ends_at > start, SilenceRow.starts_at < end)
    sensors = select(SensorRow.sensor_id).where(SensorRow.zone_id == zone.zone_id)
    query = select(SilenceRow).where(
        *of_it,
        or_(SilenceRow.zone_id.is_(None), SilenceRow.zone_id == zone.zone_id),
        or_(SilenceRow.sensor_id.is_(None), SilenceRow.sensor_id.in_(sensors)),
    )
    return session.scalars(query.order_by(SilenceRow.starts_at)).all()


def _spans(states: Sequence[tuple[datetime, bool, str]], end: datetime) -> Iterator[Span]:
    """What was so from when to when, of states in the order of time: each holds up to the next, the last up to the
    end."""
    since: tuple[datetime, str] | None = None
    for at, is_so, told in states:
        if is_so and since is None:
            since = at, told
        elif not is_so and since is not None:
            if at > since[0]:
                yield Span(since[0], at, since[1])
            since = None
    if since is not None:
        yield Span(since[0], end, since[1])
