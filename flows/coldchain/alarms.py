"""Alarms as they are kept: raised, made worse, ended, acknowledged, and what of it is to be told.

An alarm's id follows from its sensor, kind and beginning, so the same readings always make the same alarm.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import AlarmRow, WarehouseRow, ZoneRow
from flows.coldchain.sensors import Place
from flows.errors import Invalid, Unknown
from flows.notifying.outbox import OutboxEvent, as_told, write_events
from warehouse.coldchain.alarms import AlarmEnded, AlarmRaised, Event, SensorState, alarm_key

LONGEST_NOTE = 1_000
KEYS_A_QUERY = 500
TOLD = (
    *("alarm_id", "kind", "warehouse_id", "zone_id", "sensor_id", "limit_c", "worst_c"),
    *("began_at", "raised_at", "ended_at", "acknowledged_at", "acknowledged_by", "acknowledgement_note"),
)


@dataclass(frozen=True)
class AlarmsChanged:
    """The ids of the alarms that readings raised and ended."""

    raised: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)


def keep_alarms(
    session: Session,
    events: Iterable[Event],
    before: Mapping[str, SensorState],
    after: Mapping[str, SensorState],
    places: Mapping[str, Place],
    now: datetime,
) -> AlarmsChanged:
    """Raises and ends the alarms of the events, and notes how bad those that go on have become. `before` and `after`
    are the states of the sensors around the events, `places` where they hang."""
    told = [event for event in events if isinstance(event, AlarmRaised | AlarmEnded)]
    worst = _worst_so_far(before, after)
    if not told and not worst:
        return AlarmsChanged()
    alarms = _kept_alarms(session, {alarm_id_of(event.alarm_key) for event in told} | worst.keys())
    changed, happened = AlarmsChanged(), list[_Happened]()
    for event in told:
        alarm_id = alarm_id_of(event.alarm_key)
        if isinstance(event, AlarmRaised):
            changed.raised.append(alarm_id)
            if alarm_id not in alarms:
                alarms[alarm_id] = _new_alarm(alarm_id, event, places[event.sensor_id])
                session.add(alarms[alarm_id])
                happened.append(_Happened.to(alarms[alarm_id], "raised", event.raised_at))
        else:
            changed.ended.append(alarm_id)
            if alarm := alarms.get(alarm_id):  # unless someone has deleted it
                alarm.ended_at, alarm.worst_c = event.ended_at, event.worst_c
                happened.append(_Happened.to(alarm, "ended", event.ended_at))
    for alarm_id, worst_c in worst.items():
        if alarm := alarms.get(alarm_id):
            alarm.worst_c = worst_c
    _tell(session, happened, now)
    return changed


def acknowledge_alarm(session: Session, alarm_id: str, note: str | None, now: datetime, by: str) -> None:
    """Marks an alarm as seen by someone. Safe to repeat: the first acknowledgement stays. Raises Unknown."""
    if note is not None and (len(note) > LONGEST_NOTE or not is_storable(note)):
        raise Invalid(f"A note has at most {LONGEST_NOTE} characters, all of them printable.", field="note")
    alarm = session.get(AlarmRow, alarm_id, with_for_update=True) if is_storable(alarm_id) else None
    if alarm is None:
        raise Unknown(f"Alarm {alarm_id!r} was not found.", field="alarm_id")
    if alarm.acknowledged_at is None:
        alarm.acknowledged_at, alarm.acknowledged_by, alarm.acknowledgement_note = now, by, note
        _tell(session, [_Happened.to(alarm, "acknowledged", now)], now)


def alarm_id_of(alarm_key: str) -> str:
    """The id under which an alarm is kept: the same for the same sensor, kind and beginning, so none is there twice."""
    return f"al_{sha256(alarm_key.encode()).hexdigest()[:20]}"


def is_storable(text: str) -> bool:
    """Whether a database can hold it: PostgreSQL refuses a NUL, UTF-8 half a surrogate pair."""
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False


def _worst_so_far(before: Mapping[str, SensorState], after: Mapping[str, SensorState]) -> dict[str, float]:
    """The worst temperature of the alarms that go on, by alarm id; of those only that may have become worse."""
    worst: dict[str, float] = {}
    for sensor_id, state in after.items():
        excursion = state.excursion
        if excursion is not None and excursion.raised_at is not None and excursion != before[sensor_id].excursion:
            worst[alarm_id_of(alarm_key(sensor_id, excursion.kind, excursion.began_at))] = excursion.worst_c
    return worst


def _kept_alarms(session: Session, alarm_ids: Iterable[str]) -> dict[str, AlarmRow]:
    wanted = sorted(alarm_ids)
    found: dict[str, AlarmRow] = {}
    for start in range(0, len(wanted), KEYS_A_QUERY):
        some = select(AlarmRow).where(AlarmRow.alarm_id.in_(wanted[start : start + KEYS_A_QUERY]))
        found |= {alarm.alarm_id: alarm for alarm in session.scalars(some)}
    return found


def _new_alarm(alarm_id: str, event: AlarmRaised, place: Place) -> AlarmRow:
    return AlarmRow(
        alarm_id=alarm_id,
        sensor_id=event.sensor_id,
        zone_id=place.zone_id,
        warehouse_id=place.warehouse_id,
        kind=event.kind.value,
        began_at=event.began_at,
        raised_at=event.raised_at,
        limit_c=event.limit_c,
        worst_c=event.worst_c,
    )


@dataclass(frozen=True)
class _Happened:
    """What happened to an alarm, and the alarm as it was then."""

    what: str
    at: datetime
    alarm_id: str
    zone_id: str
    fields: dict[str, Any]

    @classmethod
    def to(cls, alarm: AlarmRow, what: str, at: datetime) -> Self:
        fields = {name: getattr(alarm, name) for name in TOLD}
        as_json = {name: as_told(value) if isinstance(value, datetime) else value for name, value in fields.items()}
        return cls(what, at, alarm.alarm_id, alarm.zone_id, as_json)


def _tell(session: Session, happened: Sequence[_Happened], now: datetime) -> None:
    """Writes to the outbox what happened to alarms, with the names of their places. An event has the alarm's id and
    what happened as its own: each happens once in an alarm's life."""
    query = select(ZoneRow.zone_id, ZoneRow.name, WarehouseRow.name)
    query = query.join(WarehouseRow, WarehouseRow.warehouse_id == ZoneRow.warehouse_id)
    of_them = session.execute(query.where(ZoneRow.zone_id.in_({one.zone_id for one in happened})))
    names = {zone_id: {"zone": zone, "warehouse": warehouse} for zone_id, zone, warehouse in of_them}
    events = (
        OutboxEvent(f"{one.alarm_id}_{one.what}", f"alarm.{one.what}", one.fields | names[one.zone_id], one.at)
        for one in happened
    )
    write_events(session, events, now)
