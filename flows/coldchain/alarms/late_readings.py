"""Judges readings that came late, by where the sensor hung and which limits and rules held when they were taken.

Only the stretch around them is judged anew, from the readings that are kept: from the last reading before them at which
all was in order, up to the first after them at which it is so again and nothing of before still counts. It begins so
early that all which counts is seen again; what was over before the late readings stays as it is known. What lies in an
alarm and does not end it is judged by the few readings around it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import ExcursionRow, ReadingRow
from flows.coldchain.alarms.late_in_an_alarm import READINGS_AROUND, Taken, alarm_around, followed, taken_up_before
from flows.coldchain.sensors.sensor_places import SensorPlaces, Stay
from warehouse.coldchain.alarms import (
    AlarmEnded,
    AlarmKind,
    AlarmRaised,
    AlarmWorse,
    Event,
    Excursion,
    SensorState,
    alarm_key,
)
from warehouse.coldchain.excursions import side_outside
from warehouse.coldchain.limits import limit_in_force
from warehouse.coldchain.many_readings import Series

JUDGED_AGAIN = (AlarmKind.TOO_WARM, AlarmKind.TOO_COLD)
READINGS_A_QUERY = 1_000


@dataclass(frozen=True)
class Found:
    """An excursion that readings show: when it was raised, when it ended (None: it goes on), and its worst."""

    raised: AlarmRaised
    ended: AlarmEnded | None
    worst_c: float

    def overlaps(self, kind: str, began_at: datetime, ended_at: datetime | None) -> bool:
        """Whether it is, in part, the same as another."""
        begins_before_its_end = ended_at is None or self.raised.began_at < ended_at
        ends_after_it_began = self.ended is None or began_at < self.ended.ended_at
        return self.raised.kind.value == kind and begins_before_its_end and ends_after_it_began


@dataclass(frozen=True)
class JudgedAgain:
    """What a sensor's readings show that was not over before `since`, and the state after all of them. They were judged
    from after a moment (None: ever) and up to one (None: now). `worse` is what went on and became worse by far."""

    state: SensorState
    found: Sequence[Found]
    since: datetime
    after: datetime | None
    until: datetime | None
    worse: Sequence[AlarmWorse] = ()


def judge_again(
    session: Session, state: SensorState, places: SensorPlaces, since: datetime, until: datetime
) -> JudgedAgain:
    """What the kept readings of a sensor show, of which some from `since` to `until` came late. `state` is the one that
    is kept, after the newest that was judged."""
    last = state.last_taken_at
    assert last is not None  # noqa: S101 - nothing is late for a sensor that was never heard
    if (within := _within_an_alarm(session, state, places, since, until)) is not None:
        return within
    start = _all_was_in_order(session, state.sensor_id, places, since)
    fresh = SensorState(state.sensor_id) if start is None else SensorState(state.sensor_id, *start)
    after = None if start is None else start[0]
    judged, events, position = fresh, list[Event](), after
    left: list[Excursion] = []
    while True:
        readings = _readings(session, state.sensor_id, position, last)
        if not readings:
            found = _found(events, [*left, judged.excursion], since)
            worse = [one for one in events if isinstance(one, AlarmWorse)]
            return JudgedAgain(_with_the_rest(judged, state), found, since, after, None, worse)
        judged, happened = places.watch_many(judged, Series.of(readings), left)
        events += happened
        position = readings[-1][0]
        nothing_counts = position > until + places.memory and judged.excursion is None
        if nothing_counts and position < last and _excursion_at(session, state.sensor_id, position) is None:
            return JudgedAgain(state, _found(events, left, since), since, after, position)


def _within_an_alarm(
    session: Session, state: SensorState, places: SensorPlaces, since: datetime, until: datetime
) -> JudgedAgain | None:
    """What late readings change of the alarm in which they lie, where they surely do not end it; None: they may, or lie
    in none."""
    last = state.last_taken_at or until
    alarm = alarm_around(session, state.sensor_id, since, until)
    start = None if alarm is None else taken_up_before(session, alarm, places, since)
    if alarm is None or start is None:
        return None
    events: list[Event] = []

    def go_on(judged: SensorState, position: datetime) -> tuple[SensorState, datetime] | None:
        if not (taken := _readings(session, state.sensor_id, position, last, READINGS_AROUND)):
            return None
        judged, happened = places.watch_many(judged, Series.of(taken))
        events.extend(happened)
        return judged, taken[-1][0]

    judged = followed(alarm, start, places, until, go_on)
    if judged is None or judged.excursion is None:
        return None
    worse = [one for one in events if isinstance(one, AlarmWorse)]
    excursion, known = judged.excursion, state.excursion
    if known is not None and (known.kind, known.began_at) == (excursion.kind, excursion.began_at):
        known = replace(known, worst_c=excursion.worst_c, told_c=worse[-1].worst_c if worse else known.told_c)
        if judged.last_taken_at == last:
            known = replace(known, back_since=excursion.back_since, recovered_since=excursion.recovered_since)
    found = Found(_as_raised(alarm), _as_ended(alarm), excursion.worst_c)
    just_before = alarm.began_at - timedelta(microseconds=1)
    return JudgedAgain(replace(state, excursion=known), [found], since, just_before, alarm.began_at, worse)


def _as_raised(alarm: ExcursionRow) -> AlarmRaised:
    kind, worst_c = AlarmKind(alarm.kind), alarm.worst_c or 0.0
    key = alarm_key(alarm.sensor_id, kind, alarm.began_at)
    return AlarmRaised(
        key, alarm.sensor_id, alarm.zone_id, kind, alarm.began_at, alarm.raised_at, None, worst_c, alarm.limit_c
    )


def _as_ended(alarm: ExcursionRow) -> AlarmEnded | None:
    if alarm.ended_at is None:
        return None
    kind = AlarmKind(alarm.kind)
    key = alarm_key(alarm.sensor_id, kind, alarm.began_at)
    return AlarmEnded(key, alarm.sensor_id, kind, alarm.began_at, alarm.ended_at, None, alarm.worst_c or 0.0)


def _with_the_rest(judged: SensorState, state: SensorState) -> SensorState:
    """The state with what is not judged again."""
    return replace(judged, ahead=state.ahead, also=state.also, door_closed_at=state.door_closed_at)


def _all_was_in_order(session: Session, sensor_id: str, places: SensorPlaces, since: datetime) -> Taken | None:
    """The last reading before which nothing counts of what is judged from `since` on; None: there is none."""
    before = (_excursion_at(session, sensor_id, since) or since) - places.memory
    while True:
        taken = select(ReadingRow.taken_at, ReadingRow.temperature_c)
        of_it = (ReadingRow.sensor_id == sensor_id, ReadingRow.taken_at < before)
        rows = session.execute(taken.where(*of_it).order_by(ReadingRow.taken_at.desc()).limit(READINGS_A_QUERY))
        readings = rows.tuples().all()
        inside = next((one for one in readings if _is_inside(places.at(one[0]), *one)), None)
        if inside is None:
            if len(readings) < READINGS_A_QUERY:
                return None
            before = readings[-1][0]
            continue
        began_at = _excursion_at(session, sensor_id, inside[0])
        if began_at is None:
            return inside
        before = began_at


def _is_inside(stay: Stay, taken_at: datetime, temperature_c: float) -> bool:
    return side_outside(temperature_c, limit_in_force(stay.limits, taken_at), stay.rules) is None


def _excursion_at(session: Session, sensor_id: str, moment: datetime) -> datetime | None:
    """When the known excursion of the sensor began in which a moment lies; None: it lies in none."""
    latest = (
        select(ExcursionRow.began_at, ExcursionRow.ended_at)
        .where(
            ExcursionRow.sensor_id == sensor_id,
            ExcursionRow.kind.in_([kind.value for kind in JUDGED_AGAIN]),
            ExcursionRow.began_at <= moment,
        )
        .order_by(ExcursionRow.began_at.desc())
        .limit(1)
    )
    found = session.execute(latest).tuples().first()
    if found is None:
        return None
    began_at, ended_at = found
    return began_at if ended_at is None or ended_at > moment else None


def _readings(
    session: Session, sensor_id: str, after: datetime | None, last: datetime, at_most: int = READINGS_A_QUERY
) -> Sequence[Taken]:
    """The next readings up to the newest that was judged."""
    query = select(ReadingRow.taken_at, ReadingRow.temperature_c)
    query = query.where(ReadingRow.sensor_id == sensor_id, ReadingRow.taken_at <= last)
    if after is not None:
        query = query.where(ReadingRow.taken_at > after)
    return session.execute(query.order_by(ReadingRow.taken_at).limit(at_most)).tuples().all()


def _found(events: Iterable[Event], going_on: Iterable[Excursion | None], since: datetime) -> list[Found]:
    """The excursions of which events tell, but for those that were over before `since`."""
    raised: dict[str, AlarmRaised] = {}
    ended: dict[str, AlarmEnded] = {}
    for event in events:
        if isinstance(event, AlarmRaised) and event.kind in JUDGED_AGAIN:
            raised[event.alarm_key] = event
        elif isinstance(event, AlarmEnded):
            ended[event.alarm_key] = event
    worst = {(one.kind, one.began_at): one.worst_c for one in going_on if one is not None}
    found = []
    for key, event in raised.items():
        end = ended.get(key)
        if end is not None and end.ended_at < since:
            continue
        worst_c = worst.get((event.kind, event.began_at), event.worst_c) if end is None else end.worst_c
        found.append(Found(event, end, worst_c))
    return found
