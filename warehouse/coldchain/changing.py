"""How fast a temperature changes: by how much it differs from any that its sensor has told within the last minutes.

Only what is believed counts, so a jump that the next reading does not confirm is the sensor's fault (`faults.py`) and
no change of the room. Of what was told only the turning points are remembered: readings that are lower, or higher, than
all that came after them. No other can ever be the one that differs most.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from warehouse.coldchain.alarms import AlarmKind, Event, Excursion, SensorState, Taken
from warehouse.coldchain.conditions import end, known_of, put, start
from warehouse.coldchain.rules import Rules

CALM_AGAIN = 0.5  # the part of the change that is an alarm below which one ends: no flicker about it
PLACES = 6  # 9.2 - 4.2 C are 5 C, and not 4.999999999999999


def judge_change(
    state: SensorState, taken_at: datetime, rules: Rules, zone_id: str | None
) -> tuple[SensorState, list[Event]]:
    """The state, whose last reading was just believed, with its turning points, and whether its change is an alarm.

    The alarm begins with the first reading that shows the change and ends with the first that has changed by less than
    half of it."""
    if state.last_c is None or (rules.least_change_c is None and not state.recent and not _is_known(state)):
        return state, []
    recent = remembered([*state.recent, (taken_at, state.last_c)], rules)
    state = replace(state, recent=recent)
    by_c = max((round(abs(recent[-1][1] - celsius), PLACES) for _, celsius in recent), default=0.0)
    known, allowed = known_of(state, AlarmKind.CHANGING_FAST), rules.changes_by_c
    if known is None:
        if allowed is None or by_c < allowed:
            return state, []
        return start(state, Excursion(AlarmKind.CHANGING_FAST, taken_at, by_c), taken_at, zone_id, allowed)
    if allowed is None or by_c < allowed * CALM_AGAIN:
        return end(state, known, taken_at)
    return (put(state, replace(known, worst_c=by_c)) if by_c > known.worst_c else state), []


def remembered(readings: Iterable[Taken], rules: Rules) -> tuple[Taken, ...]:
    """The turning points of readings that are in the order of their times, as far back as the rules look from the last
    of them; none where the rules ask for none."""
    in_order = list(readings)
    if rules.least_change_c is None or not in_order:
        return ()
    since = in_order[-1][0] - rules.changes_within
    kept: list[Taken] = []
    lowest, highest = float("inf"), float("-inf")
    for taken_at, celsius in reversed(in_order):
        if taken_at < since:
            break
        if celsius < lowest or celsius > highest:
            kept.append((taken_at, celsius))
            lowest, highest = min(lowest, celsius), max(highest, celsius)
    return tuple(reversed(kept))


def _is_known(state: SensorState) -> bool:
    return known_of(state, AlarmKind.CHANGING_FAST) is not None
