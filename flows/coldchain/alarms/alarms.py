"""Alarms of zones as they are kept: opened, made worse, ended, acknowledged, closed by hand, and what of it is told.

The engine tells of excursions, each of a sensor; a zone has one alarm of a kind at a time, of all its excursions. Its
id follows from the first of them (sensor, kind and beginning), so the same readings always make the same alarm.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import AlarmRow, ExcursionRow, SensorStateRow, ZoneRow
from flows.coldchain.alarms.alarm_ids import alarm_id_of, is_storable
from flows.coldchain.alarms.alarm_ledger import AlarmLedger, AlarmsChanged, End
from flows.coldchain.sensors.sensor_places import SensorPlaces, zones_of
from flows.errors import Invalid, Unknown
from warehouse.coldchain.alarms import AlarmEnded, AlarmKind, AlarmRaised, AlarmWorse, Event, Excursion, SensorState
from warehouse.coldchain.zone_alarms import EndedBecause

__all__ = ["AlarmsChanged", "acknowledge_alarm", "alarm_id_of", "close_alarm", "is_storable", "keep_alarms"]
LONGEST_NOTE = 1_000


def keep_alarms(
    session: Session,
    events: Iterable[Event],
    before: Mapping[str, SensorState],
    after: Mapping[str, SensorState],
    places: Mapping[str, SensorPlaces],
    now: datetime,
    ledger: AlarmLedger | None = None,
) -> AlarmsChanged:
    """Opens and ends the alarms of the events, which are in the order of their times, and notes how bad those that go
    on have become. `before` and `after` are the states of the sensors around the events. A `ledger` that others have
    written in already is finished here."""
    told = [event for event in events if isinstance(event, AlarmRaised | AlarmEnded | AlarmWorse)]
    going_on = _gone_on(before, after)
    if not told and not going_on and ledger is None:
        return AlarmsChanged()
    ledger = ledger or AlarmLedger(session, now, zones_of(places.values()))
    ledger.look_up({event.sensor_id for event in told} | going_on.keys(), (event.began_at for event in told))
    ends = {event.alarm_key: event.ended_at for event in told if isinstance(event, AlarmEnded)}
    for event in told:
        if isinstance(event, AlarmRaised):
            place = places[event.sensor_id].at(event.began_at).place
            if place is not None:
                ledger.open(event, place, ends.get(event.alarm_key))
        elif isinstance(event, AlarmEnded):
            silence = event.kind is AlarmKind.SILENT  # what was said last then is what ended it
            ledger.end(event, after[event.sensor_id].last_c if silence else event.temperature_c)
        else:
            ledger.worse(event)
    for sensor_id, excursions in going_on.items():
        for excursion in excursions:
            ledger.note_worst(sensor_id, excursion.kind, excursion.began_at, excursion.worst_c)
    return ledger.finish()


def acknowledge_alarm(session: Session, alarm_id: str, note: str | None, now: datetime, by: str) -> None:
    """Marks an alarm as seen by someone. Safe to repeat: the first acknowledgement stays, until the alarm becomes worse
    by far and is to be seen again. Raises Unknown."""
    alarm = _alarm(session, alarm_id, note)
    if alarm.acknowledged_at is None:
        alarm.acknowledged_at, alarm.acknowledged_by, alarm.acknowledgement_note = now, by, note
        alarm.told_c = alarm.worst_c
        ledger = AlarmLedger(session, now, [alarm.zone_id])
        ledger.note(alarm, "acknowledged", now, by=by, note=note)
        ledger.finish()


def close_alarm(session: Session, alarm_id: str, reason: str, now: datetime, by: str) -> None:
    """Ends an alarm by hand, for a reason: its sensor was carried away, the zone is empty. What its sensors say goes on
    being judged; a zone that is still outside opens no other alarm for the same excursion. Safe to repeat: an alarm
    that has ended stays so. Raises Unknown, and Invalid without a reason."""
    if not reason.strip():
        raise Invalid("Say why the alarm is closed.", field="reason")
    alarm = _alarm(session, alarm_id, reason)
    if alarm.ended_at is not None:
        return
    ledger = AlarmLedger(session, now, [alarm.zone_id])
    ledger.end_alarm(alarm, End(max(now, alarm.raised_at), EndedBecause.CLOSED, by, reason.strip()))
    ledger.finish()


def end_excursions_of(session: Session, sensor_id: str, note: str, now: datetime, by: str) -> AlarmsChanged:
    """Ends what a sensor that tells nothing any more was in, with a note, and forgets what was not an alarm yet."""
    row = session.get(SensorStateRow, sensor_id, with_for_update=True)
    if row is not None:
        state = SensorState.from_dict(row.state)
        row.state = SensorState(sensor_id, state.last_taken_at, state.last_c).as_dict()
    going_on = select(ExcursionRow).where(ExcursionRow.sensor_id == sensor_id, ExcursionRow.ended_at.is_(None))
    excursions = session.scalars(going_on).all()
    ledger = AlarmLedger(session, now, {excursion.zone_id for excursion in excursions})
    for excursion in excursions:
        ledger.end_excursion(excursion, End(max(now, excursion.raised_at), EndedBecause.RETIRED, by, note))
    return ledger.finish()


def moment_of(event: Event) -> datetime:
    """When an event of the engine happened."""
    if isinstance(event, AlarmRaised):
        return event.raised_at
    if isinstance(event, AlarmEnded):
        return event.ended_at
    return event.at if isinstance(event, AlarmWorse) else event.taken_at


def _alarm(session: Session, alarm_id: str, note: str | None) -> AlarmRow:
    if note is not None and (len(note) > LONGEST_NOTE or not is_storable(note)):
        raise Invalid(
            "A note has at most {longest_note} characters, all of them printable.",
            longest_note=LONGEST_NOTE,
            field="note",
        )
    alarm = session.get(AlarmRow, alarm_id) if is_storable(alarm_id) else None
    if alarm is not None:  # as who books into its zone does: the zone first
        session.execute(select(ZoneRow.zone_id).where(ZoneRow.zone_id == alarm.zone_id).with_for_update(key_share=True))
        session.refresh(alarm, with_for_update=True)
    if alarm is None:
        raise Unknown("Alarm {alarm_id!r} was not found.", alarm_id=alarm_id, field="alarm_id")
    return alarm


def _gone_on(before: Mapping[str, SensorState], after: Mapping[str, SensorState]) -> dict[str, list[Excursion]]:
    """The alarms that go on, by sensor; of those only that may have become worse."""
    gone_on: dict[str, list[Excursion]] = {}
    for sensor_id, state in after.items():
        was = before[sensor_id]
        if state.excursion is was.excursion and state.also is was.also:
            continue
        known = [was.excursion, *was.also]
        if changed := [
            one for one in (state.excursion, *state.also) if one and one.raised_at is not None and one not in known
        ]:
            gone_on[sensor_id] = changed
    return gone_on
