"""When a zone has been outside its limit for too long, and when it is back: one believed reading at a time.

The clock starts at the first reading outside. The alarm is raised at the first reading that finds the zone still
outside when the limit's delay is over, or when this stay and the short ones before it add up to what the rules allow in
their window, in time or in degrees times minutes. It ends when the zone has been back inside by the recovery margin, or
inside at all, for as long as the rules ask. The clock runs on the times of the readings, so it needs none of its own.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from warehouse.coldchain.alarms import (
    AlarmEnded,
    AlarmKind,
    AlarmRaised,
    AlarmWorse,
    Event,
    Excursion,
    SensorState,
    Stay,
    alarm_key,
)
from warehouse.coldchain.defrosts import defrost_going_on
from warehouse.coldchain.limits import Limit
from warehouse.coldchain.readings import Reading
from warehouse.coldchain.rules import Rules

LONGEST_STEP = timedelta(hours=1)  # of two readings further apart nobody knows how long the zone was outside between
RHYTHM_SEEN_WITHIN, LAST_STAYS = timedelta(days=4), 12  # what a rhythm of defrosts is learned from


@dataclass(frozen=True)
class Judged:
    """The excursion after a reading, the stays that are over, and what happened."""

    excursion: Excursion | None
    stays: tuple[Stay, ...]
    events: tuple[Event, ...] = ()


def judge_temperature(state: SensorState, reading: Reading, rules: Rules, limit: Limit | None) -> Judged:
    """What a believed reading that is newer than the last makes of the sensor's excursion."""
    excursion, stays = state.excursion, still_remembered(state.stays, reading.taken_at, rules)
    kind = side_outside(reading.temperature_c, limit, rules)
    events: list[Event] = []
    if excursion is not None:
        excursion = _lasting(excursion, state, reading, limit, rules)
        excursion = _way_back(excursion, kind, reading, limit, rules)
        if _is_over(excursion, kind, reading.taken_at, limit, rules):
            stays = (*stays, _stay(excursion, reading.taken_at))
            events += [_ended(excursion, reading)] if excursion.raised_at is not None else []
            excursion = None
    if kind is not None:
        excursion = _gone_on(excursion, kind, reading)
        if excursion.raised_at is None:
            excursion = _raised_if_due(excursion, state, stays, reading, limit, rules)
            events += [_raised(excursion, reading, limit, rules)] if excursion.raised_at is not None else []
        elif (worse := _worse(excursion, reading, rules)) is not None:
            events.append(worse)
            excursion = replace(excursion, told_c=excursion.worst_c)
    return Judged(excursion, stays, tuple(events))


def side_outside(temperature_c: float, limit: Limit | None, rules: Rules) -> AlarmKind | None:
    """On which side of its limit, or beyond its ceiling or floor, a temperature is; None: inside."""
    high_c, low_c = _bound(AlarmKind.TOO_WARM, limit, rules), _bound(AlarmKind.TOO_COLD, limit, rules)
    if high_c is not None and temperature_c > high_c:
        return AlarmKind.TOO_WARM
    if low_c is not None and temperature_c < low_c:
        return AlarmKind.TOO_COLD
    return None


def remembered_for(rules: Rules) -> timedelta:
    """For how long what a sensor said may count in what is judged later."""
    rhythm = RHYTHM_SEEN_WITHIN if rules.learn_defrosts else timedelta(0)
    change = timedelta(0) if rules.least_change_c is None else rules.changes_within
    return max(rules.outside_within, rhythm, change)


def still_remembered(stays: tuple[Stay, ...], at: datetime, rules: Rules) -> tuple[Stay, ...]:
    """The stays that may still add up, or show a rhythm, at a moment."""
    if not stays:
        return stays
    recent = tuple(stay for stay in stays if stay.ended_at > at - RHYTHM_SEEN_WITHIN)
    adding_up = at - rules.outside_within
    first = max(len(recent) - LAST_STAYS, 0)
    return tuple(stay for number, stay in enumerate(recent) if number >= first or stay.ended_at > adding_up)


def _lasting(
    excursion: Excursion, state: SensorState, reading: Reading, limit: Limit | None, rules: Rules
) -> Excursion:
    """The excursion with the time since the last reading, where that one was outside."""
    if excursion.back_since is not None or state.last_taken_at is None or state.last_c is None:
        return excursion
    step = min(reading.taken_at - state.last_taken_at, LONGEST_STEP)
    bound = _bound(excursion.kind, limit, rules)
    beyond_c = 0.0 if bound is None else abs(state.last_c - bound)
    return replace(
        excursion,
        outside_for=excursion.outside_for + step,
        degree_minutes=excursion.degree_minutes + beyond_c * step.total_seconds() / 60,
    )


def _way_back(
    excursion: Excursion, kind: AlarmKind | None, reading: Reading, limit: Limit | None, rules: Rules
) -> Excursion:
    """The excursion with since when it is inside the limit, and inside by the margin; None while it is outside."""
    if kind is not None:
        is_back = excursion.back_since is not None
        return replace(excursion, back_since=None, recovered_since=None) if is_back else excursion
    recovered = is_recovered(excursion.kind, reading.temperature_c, limit, rules)
    return replace(
        excursion,
        back_since=excursion.back_since or reading.taken_at,
        recovered_since=(excursion.recovered_since or reading.taken_at) if recovered else None,
    )


def is_recovered(kind: AlarmKind, temperature_c: float, limit: Limit | None, rules: Rules) -> bool:
    """Whether a temperature is back by the recovery margin."""
    bound = _bound(kind, limit, rules)
    if bound is None:
        return True
    usual = 0.0 if limit is None else limit.recovery_margin_c
    margin = usual if rules.recovery_margin_c is None else rules.recovery_margin_c
    return temperature_c <= bound - margin if kind is AlarmKind.TOO_WARM else temperature_c >= bound + margin


def _is_over(excursion: Excursion, kind: AlarmKind | None, at: datetime, limit: Limit | None, rules: Rules) -> bool:
    """Whether an excursion is over: at once where it is no alarm yet, gone to the other side or its limit was lifted;
    otherwise when the zone has been back for as long as the rules ask."""
    if kind is excursion.kind:
        return False
    if kind is not None or excursion.raised_at is None or _bound(excursion.kind, limit, rules) is None:
        return True
    # what was raised for being often outside is over when it has been inside for as long as it may be outside
    hold = max(rules.recovered_for, delay_of(excursion.kind, limit, rules) if excursion.added_up else timedelta(0))
    if excursion.recovered_since is not None and at - excursion.recovered_since >= hold:
        return True
    longest = rules.back_inside_for
    return longest is not None and excursion.back_since is not None and at - excursion.back_since >= longest


def _stay(excursion: Excursion, ended_at: datetime) -> Stay:
    return Stay(
        excursion.kind,
        excursion.began_at,
        ended_at,
        excursion.worst_c,
        excursion.outside_for,
        excursion.degree_minutes,
        told=excursion.raised_at is not None,
        excused=excursion.excused,
    )


def _gone_on(excursion: Excursion | None, kind: AlarmKind, reading: Reading) -> Excursion:
    if excursion is None:
        return Excursion(kind, reading.taken_at, reading.temperature_c)
    worse = max if kind is AlarmKind.TOO_WARM else min
    worst_c = worse(excursion.worst_c, reading.temperature_c)
    return excursion if worst_c == excursion.worst_c else replace(excursion, worst_c=worst_c)


def _raised_if_due(
    excursion: Excursion,
    state: SensorState,
    stays: tuple[Stay, ...],
    reading: Reading,
    limit: Limit | None,
    rules: Rules,
) -> Excursion:
    """The excursion, raised where it is beyond everything, lasts for its delay, or adds up to too much with those
    before it; a defrost waits."""
    raised = replace(excursion, raised_at=reading.taken_at, told_c=excursion.worst_c, excused=False)
    if rules.is_beyond(reading.temperature_c):
        return raised
    defrost = defrost_going_on(excursion, stays, rules)
    if defrost is not None and reading.taken_at <= defrost.until and reading.temperature_c <= defrost.up_to_c:
        return replace(excursion, excused=True)
    excursion = replace(excursion, excused=False)
    delay = delay_of(excursion.kind, limit, rules) + _longer_for_a_door(excursion, state, rules)
    if reading.taken_at - excursion.began_at >= delay:
        return raised
    within = reading.taken_at - rules.outside_within
    before = [stay for stay in stays if stay.counts and stay.kind is excursion.kind and stay.ended_at > within]
    outside_for = sum((stay.outside_for for stay in before), excursion.outside_for)
    degree_minutes = sum((stay.degree_minutes for stay in before), excursion.degree_minutes)
    too_long = rules.outside_at_most is not None and outside_for >= max(rules.outside_at_most, delay)
    too_much = rules.degree_minutes is not None and degree_minutes >= rules.degree_minutes
    if (too_long and before) or too_much:
        return replace(raised, added_up=True)
    return excursion


def _longer_for_a_door(excursion: Excursion, state: SensorState, rules: Rules) -> timedelta:
    """By how much longer it may be warm because a door is open, or was closed not long before the excursion began."""
    if excursion.kind is not AlarmKind.TOO_WARM:
        return timedelta(0)
    is_open = any(one.kind is AlarmKind.DOOR_OPEN for one in state.also)
    closed_at = state.door_closed_at
    was_open = closed_at is not None and closed_at >= excursion.began_at - rules.door_delay
    return rules.door_delay if is_open or was_open else timedelta(0)


def _worse(alarm: Excursion, reading: Reading, rules: Rules) -> AlarmWorse | None:
    """What is told of an alarm that has become worse by far; None: it has not."""
    told_c = alarm.worst_c if alarm.told_c is None else alarm.told_c
    if rules.worse_by_c is None or abs(alarm.worst_c - told_c) < rules.worse_by_c:
        return None
    key = alarm_key(reading.sensor_id, alarm.kind, alarm.began_at)
    return AlarmWorse(key, reading.sensor_id, alarm.kind, alarm.began_at, reading.taken_at, alarm.worst_c, told_c)


def delay_of(kind: AlarmKind, limit: Limit | None, rules: Rules) -> timedelta:
    """For how long a zone may be outside on a side: by its rules, else by its limit."""
    by_rules = rules.high_delay if kind is AlarmKind.TOO_WARM else rules.low_delay
    if by_rules is not None or limit is None:
        return by_rules or timedelta(0)
    return limit.high_delay if kind is AlarmKind.TOO_WARM else limit.low_delay


def _bound(kind: AlarmKind, limit: Limit | None, rules: Rules) -> float | None:
    """The limit on a side, or the absolute one where that is stricter or the only one."""
    if kind is AlarmKind.TOO_WARM:
        bounds = [None if limit is None else limit.high_c, rules.ceiling_c]
        return min((bound for bound in bounds if bound is not None), default=None)
    bounds = [None if limit is None else limit.low_c, rules.floor_c]
    return max((bound for bound in bounds if bound is not None), default=None)


def _raised(excursion: Excursion, reading: Reading, limit: Limit | None, rules: Rules) -> AlarmRaised:
    return AlarmRaised(
        alarm_key=alarm_key(reading.sensor_id, excursion.kind, excursion.began_at),
        sensor_id=reading.sensor_id,
        zone_id=None if limit is None else limit.zone_id,
        kind=excursion.kind,
        began_at=excursion.began_at,
        raised_at=reading.taken_at,
        temperature_c=reading.temperature_c,
        worst_c=excursion.worst_c,
        limit_c=_bound(excursion.kind, limit, rules),
    )


def _ended(excursion: Excursion, reading: Reading) -> AlarmEnded:
    raised_at = excursion.raised_at or reading.taken_at
    return AlarmEnded(
        alarm_key=alarm_key(reading.sensor_id, excursion.kind, excursion.began_at),
        sensor_id=reading.sensor_id,
        kind=excursion.kind,
        began_at=excursion.began_at,
        ended_at=max(raised_at, reading.taken_at),  # a clock that was ahead then may have been set back since
        temperature_c=reading.temperature_c,
        worst_c=excursion.worst_c,
    )
