"""Books what happens to the excursions of sensors into the alarms of their zones: one alarm a zone and kind at a time.

An excursion that begins joins the alarm of its kind that its zone has, or opens one; the last one that ends, ends it.
What happened is kept beside each alarm, and told, when all of it is booked.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from data.tables import AlarmChangeRow, AlarmRow, ExcursionRow, ZoneRow
from flows.coldchain.alarms.alarm_ids import alarm_id_of
from flows.coldchain.alarms.goods_at_risk import goods_at_risk
from flows.coldchain.alarms.late_readings import JUDGED_AGAIN, Found, JudgedAgain
from flows.coldchain.alarms.telling_alarms import Happened, tell_of_alarms
from flows.coldchain.sensors.sensor_places import SensorPlaces
from flows.coldchain.sensors.sensors import Place
from warehouse.coldchain.alarms import AlarmEnded, AlarmKind, AlarmRaised, AlarmWorse, alarm_key
from warehouse.coldchain.zone_alarms import EndedBecause, is_worse, severity_of, worst_of

SENSORS_A_QUERY = 500
Key = tuple[str, str, datetime]  # sensor, kind and beginning of an excursion


@dataclass(frozen=True)
class AlarmsChanged:
    """The ids of the alarms that were opened and ended."""

    raised: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class End:
    """The end of an excursion or alarm: when; why and by whom, where no reading ended it; what its sensor said last."""

    at: datetime
    because: EndedBecause | None = None
    by: str | None = None
    note: str | None = None
    last: tuple[float, datetime] | None = None


class AlarmLedger:
    """What is booked in one transaction; `finish` writes and tells it. Who books into one of the zones waits until the
    one before has committed: of two sensors that end at once, one has to be the last."""

    def __init__(self, session: Session, now: datetime, zone_ids: Iterable[str]) -> None:
        self._session, self._now = session, now
        in_order = select(ZoneRow.zone_id).where(ZoneRow.zone_id.in_(set(zone_ids))).order_by(ZoneRow.zone_id)
        session.execute(in_order.with_for_update(key_share=True)).all()
        self._excursions: dict[Key, ExcursionRow] = {}
        self._alarms: dict[str, AlarmRow] = {}
        self._going_on: dict[tuple[str, str], list[AlarmRow]] = {}  # by zone and kind
        self._new_excursions: list[ExcursionRow] = []
        self._dropped: list[ExcursionRow] = []
        self._opened: list[AlarmRow] = []
        self._happened: list[Happened] = []
        self._notes: list[tuple[str, dict[str, Any]]] = []
        self._changed = AlarmsChanged()

    def look_up(self, sensor_ids: Iterable[str], began_at: Iterable[datetime]) -> None:
        """Reads the excursions of the sensors that go on, and those that began since the first of the moments, with
        their alarms and those that go on in the zones."""
        wanted, earliest = sorted(sensor_ids), min(began_at, default=None)
        going_on = ExcursionRow.ended_at.is_(None)
        for start in range(0, len(wanted), SENSORS_A_QUERY):
            of_them = ExcursionRow.sensor_id.in_(wanted[start : start + SENSORS_A_QUERY])
            for row in self._session.scalars(select(ExcursionRow).where(of_them, going_on)):
                self._excursions[_key(row)] = row
            if earliest is not None:
                for row in self._session.scalars(
                    select(ExcursionRow).where(of_them, ExcursionRow.began_at >= earliest)
                ):
                    self._excursions[_key(row)] = row
        self._read_alarms({row.alarm_id for row in self._excursions.values()})

    def open(self, event: AlarmRaised, place: Place, ended_at: datetime | None) -> None:
        """An excursion has lasted for longer than its delay; `ended_at` is its end, where that is known already."""
        if (event.sensor_id, event.kind.value, event.began_at) in self._excursions:
            return
        worst_c = None if event.kind is AlarmKind.SILENT else event.worst_c
        alarm = self._alarm_to_join(place.zone_id, event.kind, ended_at)
        joins = alarm is not None and self._is_told_without(event.sensor_id, alarm)
        if alarm is None and (alarm := self._alarm_of(event.sensor_id, event.kind.value, event.began_at)) is not None:
            self._go_on(alarm)
        elif alarm is None:
            alarm = self._open_alarm(event, place, worst_c)
        self._add(event, place.zone_id, alarm, worst_c)
        if joins:
            self.note(alarm, "joined", event.raised_at, last=_last_said(event), joined=event.sensor_id)

    def _is_told_without(self, sensor_id: str, alarm: AlarmRow) -> bool:
        """Whether those who were told of an alarm do not know that the sensor is in it."""
        if alarm in self._opened:  # nobody was yet
            return False
        booked = (one for one in self._new_excursions if one.alarm_id == alarm.alarm_id)
        of_it = select(ExcursionRow.began_at).where(
            ExcursionRow.alarm_id == alarm.alarm_id, ExcursionRow.sensor_id == sensor_id
        )
        with self._session.no_autoflush:
            kept = self._session.scalars(of_it.limit(1)).first()
        return kept is None and all(one.sensor_id != sensor_id for one in booked)

    def _add(self, event: AlarmRaised, zone_id: str, alarm: AlarmRow, worst_c: float | None) -> ExcursionRow:
        excursion = ExcursionRow(
            sensor_id=event.sensor_id,
            kind=event.kind.value,
            began_at=event.began_at,
            zone_id=zone_id,
            alarm_id=alarm.alarm_id,
            raised_at=event.raised_at,
            limit_c=event.limit_c,
            worst_c=worst_c,
        )
        self._excursions[_key(excursion)] = excursion
        self._new_excursions.append(excursion)
        alarm.worst_c = worst_of(event.kind, (alarm.worst_c, worst_c))
        return excursion

    def end(self, event: AlarmEnded, last_c: float | None) -> None:
        """An excursion is over, as its sensor says with its last temperature."""
        excursion = self._excursions.get((event.sensor_id, event.kind.value, event.began_at))
        if excursion is None or excursion.ended_at is not None:  # someone has deleted it, or it was ended otherwise
            return
        if event.kind is not AlarmKind.SILENT:
            self._note_worst(excursion, event.worst_c)
        last = None if last_c is None else (last_c, event.ended_at)
        self.end_excursion(excursion, End(event.ended_at, last=last))

    def worse(self, event: AlarmWorse) -> None:
        """An excursion has become worse by far: told again, and whoever acknowledged it has to look again."""
        excursion = self._excursions.get((event.sensor_id, event.kind.value, event.began_at))
        if excursion is None or excursion.ended_at is not None:
            return
        self._note_worst(excursion, event.worst_c)
        alarm = self._alarms[excursion.alarm_id]
        if alarm.ended_at is not None or not is_worse(event.kind, event.worst_c, alarm.told_c):
            return
        alarm.told_c, alarm.times_worse = event.worst_c, alarm.times_worse + 1
        alarm.acknowledged_at = alarm.acknowledged_by = alarm.acknowledgement_note = None
        self.note(alarm, "worse", event.at, last=(event.worst_c, event.at))

    def note_worst(self, sensor_id: str, kind: AlarmKind, began_at: datetime, worst_c: float) -> None:
        """How bad an excursion that goes on has become."""
        excursion = self._excursions.get((sensor_id, kind.value, began_at))
        if excursion is not None and kind is not AlarmKind.SILENT:
            self._note_worst(excursion, worst_c)

    def revise(self, judged: JudgedAgain, places: SensorPlaces) -> None:
        """What a sensor's readings show in a stretch of time, with those that came late: excursions that nobody knew of
        are told, those that are none any more are no part of their alarm."""
        found_keys = {(one.raised.sensor_id, one.raised.kind.value, one.raised.began_at) for one in judged.found}
        kept = {
            _key(row): row
            for row in self._kept_in(judged)
            if row.ended_at is None or row.ended_at >= judged.since or _key(row) in found_keys
        }
        self._excursions |= kept
        self._read_alarms({row.alarm_id for row in kept.values()})
        for one in judged.found:
            event = one.raised
            row = kept.pop((event.sensor_id, event.kind.value, event.began_at), None)
            if row is not None:
                self._correct(row, one)
                continue
            was = [
                row
                for key, row in kept.items()
                if key not in found_keys and one.overlaps(row.kind, row.began_at, row.ended_at)
            ]
            place = places.at(event.began_at).place
            if was:
                alarm = self._alarms[was[0].alarm_id]
                new = self._add(event, was[0].zone_id, alarm, event.worst_c)
                new.ended_at, new.ended_because = was[0].ended_at, was[0].ended_because
                self._drop(kept.pop(_key(was[0])))
                began_at = min(member.began_at for member in self._members(alarm))
                if self._alarm_of(alarm.sensor_id, alarm.kind, began_at) is None:
                    alarm.began_at = began_at
                self._correct(new, one)
            elif place is not None:
                self.open(event, place, None if one.ended is None else one.ended.ended_at)
                if one.ended is not None:
                    self.end(one.ended, one.ended.temperature_c)
        for row in kept.values():
            self._drop(row)
        for worse in judged.worse:
            self.worse(worse)

    def _kept_in(self, judged: JudgedAgain) -> list[ExcursionRow]:
        of_it = [
            ExcursionRow.sensor_id == judged.state.sensor_id,
            ExcursionRow.kind.in_([kind.value for kind in JUDGED_AGAIN]),
        ]
        if judged.after is not None:
            of_it.append(ExcursionRow.began_at > judged.after)
        if judged.until is not None:
            of_it.append(ExcursionRow.began_at <= judged.until)
        return list(self._session.scalars(select(ExcursionRow).where(*of_it)))

    def _correct(self, row: ExcursionRow, found: Found) -> None:
        """An excursion that is known, as it is now seen."""
        alarm = self._alarms[row.alarm_id]
        row.raised_at, row.worst_c = found.raised.raised_at, found.worst_c
        alarm.worst_c = worst_of(found.raised.kind, (member.worst_c for member in self._members(alarm)))
        if row.ended_because is not None:
            return
        if row.ended_at is None and found.ended is not None:
            self.end(found.ended, found.ended.temperature_c)
        elif row.ended_at is not None:
            row.ended_at = None if found.ended is None else found.ended.ended_at
            ends = [member.ended_at for member in self._members(alarm)]
            if alarm.ended_at is not None and alarm.ended_because is None:
                alarm.ended_at = None if None in ends else max(end for end in ends if end is not None)
                if alarm.ended_at is None:
                    self._go_on(alarm)

    def _go_on(self, alarm: AlarmRow) -> None:
        """An alarm that had ended, or was taken for none, goes on after all."""
        alarm.ended_at = alarm.ended_because = alarm.ended_by = alarm.end_note = None
        alarm.times_worse += 1
        self.note(alarm, "worse", self._now)

    def _alarm_of(self, sensor_id: str, kind: str, began_at: datetime) -> AlarmRow | None:
        """The alarm that is named by an excursion, whatever became of it."""
        same = (AlarmRow.sensor_id == sensor_id, AlarmRow.kind == kind, AlarmRow.began_at == began_at)
        named = alarm_id_of(alarm_key(sensor_id, AlarmKind(kind), began_at))
        with self._session.no_autoflush:
            found = self._session.scalars(select(AlarmRow).where(or_(AlarmRow.alarm_id == named, and_(*same)))).first()
        opened = (one for one in self._opened if (one.sensor_id, one.kind, one.began_at) == (sensor_id, kind, began_at))
        alarm = found or next(opened, None)
        if alarm is not None:
            self._alarms[alarm.alarm_id] = alarm
        return alarm

    def _drop(self, row: ExcursionRow) -> None:
        """An excursion that was none, and its alarm where it was the only one."""
        del self._excursions[_key(row)]
        self._session.delete(row)
        self._dropped.append(row)
        alarm = self._alarms[row.alarm_id]
        members = self._members(alarm)
        if alarm.ended_at is None and all(member.ended_at is not None for member in members):
            at = max((member.ended_at for member in members if member.ended_at is not None), default=self._now)
            self.end_alarm(alarm, End(max(at, alarm.raised_at), EndedBecause.REVISED))
        elif not members:
            alarm.ended_because = EndedBecause.REVISED
        else:
            alarm.worst_c = worst_of(AlarmKind(alarm.kind), (member.worst_c for member in members))

    def end_excursion(self, excursion: ExcursionRow, end: End) -> None:
        """An excursion is over, and with the last one its alarm."""
        excursion.ended_at, excursion.ended_because = end.at, end.because
        alarm = self._read_alarms([excursion.alarm_id])[excursion.alarm_id]
        if alarm.ended_at is None and not any(one.ended_at is None for one in self._members(alarm)):
            at = max(end.at, *(one.ended_at or end.at for one in self._members(alarm)))
            self.end_alarm(alarm, replace(end, at=at))

    def end_alarm(self, alarm: AlarmRow, end: End) -> None:
        """An alarm is over: by its readings, or for another reason."""
        self._alarms[alarm.alarm_id] = alarm
        alarm.ended_at, alarm.ended_because, alarm.ended_by, alarm.end_note = end.at, end.because, end.by, end.note
        alarm.past = alarm in self._opened
        self._changed.ended.append(alarm.alarm_id)
        self.note(alarm, "ended", end.at, by=end.by, note=end.note, last=end.last)

    def note(
        self,
        alarm: AlarmRow,
        what: str,
        at: datetime,
        by: str | None = None,
        note: str | None = None,
        last: tuple[float, datetime] | None = None,
        joined: str | None = None,
    ) -> None:
        """Something happened to an alarm, by a reading or by somebody; `joined` is the sensor that did."""
        self._happened.append(Happened.to(alarm, what, at, last, joined))
        said = {"what": what, "at": at, "by": by, "note": joined or note, "worst_c": alarm.worst_c}
        self._notes.append((alarm.alarm_id, said))

    def finish(self) -> AlarmsChanged:
        """Writes what was booked, and tells it."""
        going_on = [alarm for alarm in self._opened if alarm.ended_at is None]
        goods = goods_at_risk(self._session, {alarm.zone_id for alarm in going_on}, self._now) if going_on else {}
        for alarm in going_on:
            at_risk = goods.get(alarm.zone_id)
            alarm.at_risk = None if at_risk is None else at_risk.as_dict()
            alarm.severity = severity_of(AlarmKind(alarm.kind), at_risk)
        self._session.flush()  # alarms before what names them
        self._session.add_all([*self._new_excursions, *self._changes()])
        self._session.flush()
        tell_of_alarms(self._session, self._happened, self._now)
        return self._changed

    def _changes(self) -> list[AlarmChangeRow]:
        ids = {alarm_id for alarm_id, _ in self._notes}
        last = select(AlarmChangeRow.alarm_id, func.max(AlarmChangeRow.change_no))
        last = last.where(AlarmChangeRow.alarm_id.in_(ids)).group_by(AlarmChangeRow.alarm_id)
        numbers = defaultdict[str, int](int, self._session.execute(last).tuples().all()) if ids else defaultdict(int)
        rows = []
        for alarm_id, said in self._notes:
            numbers[alarm_id] += 1
            rows.append(AlarmChangeRow(alarm_id=alarm_id, change_no=numbers[alarm_id], **said))
        return rows

    def _note_worst(self, excursion: ExcursionRow, worst_c: float) -> None:
        kind = AlarmKind(excursion.kind)
        excursion.worst_c = worst_of(kind, (excursion.worst_c, worst_c))
        alarm = self._read_alarms([excursion.alarm_id])[excursion.alarm_id]
        alarm.worst_c = worst_of(kind, (alarm.worst_c, worst_c))

    def _read_alarms(self, alarm_ids: Collection[str]) -> dict[str, AlarmRow]:
        missing = sorted(set(alarm_ids) - self._alarms.keys())
        for start in range(0, len(missing), SENSORS_A_QUERY):
            some = select(AlarmRow).where(AlarmRow.alarm_id.in_(missing[start : start + SENSORS_A_QUERY]))
            self._alarms |= {alarm.alarm_id: alarm for alarm in self._session.scalars(some)}
        return self._alarms

    def _alarm_to_join(self, zone_id: str, kind: AlarmKind, ended_at: datetime | None) -> AlarmRow | None:
        """The alarm of its kind that a zone has now, for an excursion that is not over before that began."""
        key = (zone_id, kind.value)
        if key not in self._going_on:
            of_it = (AlarmRow.zone_id == zone_id, AlarmRow.kind == kind.value, AlarmRow.ended_at.is_(None))
            with self._session.no_autoflush:
                kept = self._session.scalars(select(AlarmRow).where(*of_it)).all()
            self._going_on[key] = list(kept)
            self._alarms |= {alarm.alarm_id: alarm for alarm in kept}
        going_on = [alarm for alarm in self._going_on[key] if alarm.ended_at is None]
        self._going_on[key] = going_on
        return next((alarm for alarm in going_on if ended_at is None or ended_at >= alarm.began_at), None)

    def _open_alarm(self, event: AlarmRaised, place: Place, worst_c: float | None) -> AlarmRow:
        alarm = AlarmRow(
            alarm_id=alarm_id_of(event.alarm_key),
            sensor_id=event.sensor_id,
            zone_id=place.zone_id,
            warehouse_id=place.warehouse_id,
            kind=event.kind.value,
            began_at=event.began_at,
            raised_at=event.raised_at,
            limit_c=event.limit_c,
            worst_c=worst_c,
            told_c=worst_c,
            past=False,
            times_worse=0,
            raised_because=event.raised_because,
        )
        self._session.add(alarm)
        self._alarms[alarm.alarm_id] = alarm
        self._opened.append(alarm)
        self._going_on.setdefault((alarm.zone_id, alarm.kind), []).append(alarm)
        self._changed.raised.append(alarm.alarm_id)
        self.note(alarm, "raised", event.raised_at, last=_last_said(event))
        return alarm

    def _members(self, alarm: AlarmRow) -> list[ExcursionRow]:
        """All excursions of an alarm, those that are booked and not written yet among them."""
        booked = [one for one in self._new_excursions if one.alarm_id == alarm.alarm_id]
        if alarm in self._opened:
            return booked
        with self._session.no_autoflush:
            kept = self._session.scalars(select(ExcursionRow).where(ExcursionRow.alarm_id == alarm.alarm_id)).all()
        return [*(one for one in kept if one not in self._dropped), *booked]


def _last_said(event: AlarmRaised) -> tuple[float, datetime] | None:
    """What a sensor said last when its excursion was raised, and when."""
    taken_at = event.began_at if event.kind is AlarmKind.SILENT else event.raised_at
    return None if event.temperature_c is None else (event.temperature_c, taken_at)


def _key(row: ExcursionRow) -> Key:
    return row.sensor_id, row.kind, row.began_at
