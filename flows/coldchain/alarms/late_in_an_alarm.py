"""Judges readings that came late into an alarm that was raised before them: most only say that it was warm then too.

So the alarm is taken up shortly before them, as it is known, and followed until shortly after them. Where it has not
ended on the way, what came changes no more than its worst, however long it has been open. Else nobody knows, and all of
it has to be judged again.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import ExcursionRow, ReadingRow
from flows.coldchain.sensors.sensor_places import SensorPlaces
from warehouse.coldchain.alarms import AlarmKind, Excursion, SensorState
from warehouse.coldchain.excursions import is_recovered, side_outside
from warehouse.coldchain.faults import is_code
from warehouse.coldchain.limits import limit_in_force
from warehouse.coldchain.rules import Rules

READINGS_AROUND = 200
Taken = tuple[datetime, float]
Next = Callable[[SensorState, datetime], tuple[SensorState, datetime] | None]


def alarm_around(session: Session, sensor_id: str, since: datetime, until: datetime) -> ExcursionRow | None:
    """The excursion of a sensor in which all of a stretch of time lies, raised before it; None: there is none."""
    query = select(ExcursionRow).where(
        ExcursionRow.sensor_id == sensor_id,
        ExcursionRow.kind.in_([AlarmKind.TOO_WARM.value, AlarmKind.TOO_COLD.value]),
        ExcursionRow.raised_at < since,
        ExcursionRow.ended_at.is_(None) | (ExcursionRow.ended_at > until),
        ExcursionRow.ended_because.is_(None),
    )
    return session.scalars(query.order_by(ExcursionRow.began_at.desc()).limit(1)).first()


def taken_up_before(session: Session, alarm: ExcursionRow, places: SensorPlaces, since: datetime) -> SensorState | None:
    """The state at a reading not long before a moment, at which the excursion was surely on no way back; None: there is
    no such reading."""
    query = select(ReadingRow.taken_at, ReadingRow.temperature_c).where(
        ReadingRow.sensor_id == alarm.sensor_id, ReadingRow.taken_at < since, ReadingRow.taken_at > alarm.raised_at
    )
    before: Sequence[Taken] = (
        session.execute(query.order_by(ReadingRow.taken_at.desc()).limit(READINGS_AROUND)).tuples().all()
    )
    start = next((taken for taken in reversed(before) if _is_no_way_back(alarm, places, *taken)), None)
    return None if start is None else SensorState(alarm.sensor_id, *start, _as_known(alarm))


def followed(
    alarm: ExcursionRow, state: SensorState, places: SensorPlaces, until: datetime, go_on: Next
) -> SensorState | None:
    """The state at the first moment after `until` at which the excursion surely goes on as it is known to, or after all
    readings; None: it may have ended on the way. `go_on` gives the state after some more readings up to the newest
    that was judged, and the time of the last of them; None: there are no more."""
    known, position = _as_known(alarm), until
    while went_on := go_on(state, state.last_taken_at or position):
        state, position = went_on
        excursion = state.excursion
        if excursion is None or (excursion.kind, excursion.began_at) != (known.kind, known.began_at):
            return None
        if alarm.ended_at is not None and position >= alarm.ended_at:
            return None
        lasts = not _ends_inside(places.at(position).rules) and excursion.recovered_since is None
        if position > until and not state.also and (lasts or excursion.back_since is None):
            return state
    return state if alarm.ended_at is None else None


def _as_known(alarm: ExcursionRow) -> Excursion:
    worst_c = 0.0 if alarm.worst_c is None else alarm.worst_c
    return Excursion(AlarmKind(alarm.kind), alarm.began_at, worst_c, alarm.raised_at, told_c=worst_c)


def _is_no_way_back(alarm: ExcursionRow, places: SensorPlaces, taken_at: datetime, temperature_c: float) -> bool:
    """Whether a reading finds the zone of the excursion outside, or, where being inside alone ends nothing, not back by
    the recovery margin."""
    stay, kind = places.at(taken_at), AlarmKind(alarm.kind)
    if stay.place is None or stay.place.zone_id != alarm.zone_id or is_code(temperature_c):
        return False
    limit = limit_in_force(stay.limits, taken_at)
    if side_outside(temperature_c, limit, stay.rules) is kind:
        return True
    return not _ends_inside(stay.rules) and not is_recovered(kind, temperature_c, limit, stay.rules.at(taken_at))


def _ends_inside(rules: Rules) -> bool:
    """Whether being inside alone ends an alarm at any hour."""
    return any(one is not None for one in (rules.back_inside_for, *rules.schedule.values_of("back_inside_for")))
