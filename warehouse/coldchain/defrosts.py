"""Which stays outside the limit are a freezer's defrosts: told as a rhythm, or learned from the stays themselves.

A defrost heats the cooler, so the air gets warm by about as much, for about as long, at even intervals. Where the stays
before have kept such a rhythm, the next one that keeps it is excused: its alarm waits until it lasts longer or gets
warmer than they did. Nothing is excused above the absolute ceiling, nor at another time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from warehouse.coldchain.alarms import AlarmKind, Excursion, Stay
from warehouse.coldchain.rules import Rules

SHORTEST_RHYTHM, LONGEST_RHYTHM = timedelta(hours=2), timedelta(hours=13)
LONGEST_DEFROST = timedelta(minutes=90)
KNOWN_AFTER = 4  # stays in a row that keep the rhythm
OTHERS_A_DEFROST = 0.25  # a zone that is outside at other times too has no rhythm
MOST_HIDDEN = 3  # defrosts between two that were seen
LONGER_BY, WARMER_BY_C = timedelta(minutes=20), 2.5  # by less than this two defrosts differ
LONGER_TIMES = 1.25  # than the longest before: then it is told after all


@dataclass(frozen=True)
class Defrost:
    """Until when a stay outside is a defrost, and up to what temperature."""

    until: datetime
    up_to_c: float


def defrost_going_on(excursion: Excursion, stays: Sequence[Stay], rules: Rules) -> Defrost | None:
    """The defrost that an excursion is, by what was told or by the rhythm of the stays before; None: it is none."""
    if excursion.kind is not AlarmKind.TOO_WARM:
        return None
    warm = [stay for stay in stays if stay.kind is AlarmKind.TOO_WARM]
    if rules.defrost_every is not None and rules.defrost_up_to_c is not None:
        last = max((stay.began_at for stay in warm if stay.excused), default=None)
        if last is None or excursion.began_at - last >= rules.defrost_every - _give(rules.defrost_every):
            return Defrost(excursion.began_at + rules.defrost_for, rules.defrost_up_to_c)
    return _by_rhythm(excursion, warm) if rules.learn_defrosts else None


def _by_rhythm(excursion: Excursion, warm: Sequence[Stay]) -> Defrost | None:
    """The defrost that an excursion is by the rhythm of the stays before it: alike, evenly apart, and few others."""
    for later, earlier in pairwise(reversed(warm)):
        every = later.began_at - earlier.began_at
        if not SHORTEST_RHYTHM <= every <= LONGEST_RHYTHM or later.outside_for > LONGEST_DEFROST:
            continue
        in_step = _in_step([stay for stay in warm if _alike(stay, later)], every)
        if len(in_step) < KNOWN_AFTER or not _is_in_step(excursion.began_at - in_step[0].began_at, every):
            continue
        others = sum(stay.began_at > in_step[-1].began_at for stay in warm) - (len(in_step) - 1)
        if others <= len(in_step) * OTHERS_A_DEFROST:
            longest = max(stay.outside_for for stay in in_step)
            warmest = max(stay.worst_c for stay in in_step)
            return Defrost(excursion.began_at + longest * LONGER_TIMES, warmest + WARMER_BY_C)
    return None


def _in_step(alike: Sequence[Stay], every: timedelta) -> list[Stay]:
    """The stays that began so long apart, or a few times that, the last one first."""
    in_step = [alike[-1]]
    for stay in reversed(alike[:-1]):
        if _is_in_step(in_step[-1].began_at - stay.began_at, every):
            in_step.append(stay)
    return in_step


def _is_in_step(gap: timedelta, every: timedelta) -> bool:
    """Whether a gap is the rhythm's, or a few times that: a fault may hide a defrost or two."""
    times = round(gap / every)
    return 1 <= times <= MOST_HIDDEN + 1 and abs(gap - times * every) <= _give(every)


def _alike(one: Stay, other: Stay) -> bool:
    """Whether two stays lasted about as long and got about as warm."""
    return abs(one.outside_for - other.outside_for) <= LONGER_BY and abs(one.worst_c - other.worst_c) <= WARMER_BY_C


def _give(every: timedelta) -> timedelta:
    """How far from its time a defrost may begin: a reading's interval, and a timer that is not exact."""
    return max(timedelta(minutes=20), every / 20)
