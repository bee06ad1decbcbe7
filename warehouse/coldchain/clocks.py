"""Whose clock is wrong when readings come from the future: the server's or a sensor's, and what is believed of them.

A reading that has come was taken before now. So a sensor's lead, the time of its reading less ours, is above zero only
where clocks differ; how far it lies below zero says no more than how long the reading was under way. Where most of the
sensors heard lately are ahead by the same amount, the server's clock is behind; otherwise theirs are wrong that are
ahead. Of fewer than three sensors nobody can tell.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from warehouse.coldchain.alarms import SensorState

TOLERATED = timedelta(minutes=2)  # clocks that are set by a network differ by less, with the way that a reading takes
BELIEVED_AHEAD = timedelta(hours=1)  # further ahead than this a sensor's time is worth nothing, the server's aside
HEARD_LATELY = timedelta(hours=1)
ENOUGH_TO_TELL = 3  # sensors
FURTHEST_BEHIND = timedelta(days=36_525)  # a clock that was never set starts in 1970: who is further ahead is wrong


class Whose(StrEnum):
    """Whose clock is wrong."""

    SERVER = "server"
    SENSOR = "sensor"
    UNKNOWN = "unknown"  # the sensor's or the server's


@dataclass(frozen=True)
class ClockDifference:
    """Clocks that differ: `sensor_id` (None: most sensors) is ahead of the server by `ahead`, or of the other sensors
    where the server's clock is behind too."""

    whose: Whose
    sensor_id: str | None
    ahead: timedelta


def lead_of(state: SensorState, now: datetime) -> timedelta | None:
    """By how much a sensor's clock is ahead of `now` by the server's, zero where it is not; None: not heard lately."""
    ahead = state.ahead
    if ahead is not None:
        return ahead.by if abs(now - ahead.heard_at) <= HEARD_LATELY else None
    last = state.last_taken_at
    if last is None or last < now - HEARD_LATELY:
        return None
    return last - now if last > now + TOLERATED else timedelta(0)  # above zero: the server's clock has gone back since


def leads_heard_lately(states: Iterable[SensorState], now: datetime) -> dict[str, timedelta]:
    """The leads of the sensors that were heard lately, by sensor."""
    return {state.sensor_id: lead for state in states if (lead := lead_of(state, now)) is not None}


def server_behind(leads: Collection[timedelta]) -> timedelta:
    """By how much the server's clock is behind, from the leads of all sensors heard lately; zero where it is not, or
    nobody can tell."""
    if len(leads) < ENOUGH_TO_TELL:
        return timedelta(0)
    middle = sorted(leads)[len(leads) // 2]
    agreeing = sum(abs(lead - middle) <= TOLERATED for lead in leads)
    most_agree = 2 * agreeing > len(leads)
    return middle if most_agree and TOLERATED < middle < FURTHEST_BEHIND else timedelta(0)


def clock_differences(leads: Mapping[str, timedelta]) -> list[ClockDifference]:
    """Which clocks differ, the server's first, from the leads of the sensors heard lately."""
    behind = server_behind(leads.values())
    whose = Whose.SENSOR if len(leads) >= ENOUGH_TO_TELL else Whose.UNKNOWN
    of_sensors = [
        ClockDifference(whose, sensor_id, lead - behind)
        for sensor_id, lead in sorted(leads.items())
        if lead - behind > TOLERATED
    ]
    return [ClockDifference(Whose.SERVER, None, behind), *of_sensors] if behind else of_sensors


def set_right(state: SensorState, taken_at: datetime, now: datetime) -> SensorState:
    """The state before a reading of a sensor whose clock was ahead and is right again; the state as it is otherwise.

    `now` is the moment by the clock that is right. Without this every reading would count as late until the false times
    are over. A running delay goes on for as long as it had still to run; an alarm stays as it is."""
    last = state.last_taken_at
    if last is None or last <= now + TOLERATED or abs(taken_at - now) > TOLERATED:
        return state
    excursion = state.excursion
    if excursion is not None and excursion.raised_at is None:
        excursion = replace(excursion, began_at=excursion.began_at - (last - taken_at))
    return replace(state, last_taken_at=None, excursion=excursion, ahead=None, recent=())
