"""Which sensors of a zone drift, from daily means: beside its neighbours, the last of three weeks with the first.

A sensor that drifts goes on being compared with the week that came before, so one that stays away stays told, however
long; it is over when it has come back half way. Nor does it count as a neighbour meanwhile: of two neighbours one that
has moved by 4 C pulls the median by 2 C, and the other would seem to drift. So the one that has moved furthest is told
first, and the others are compared without it.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

import pandas as pd

from warehouse.coldchain.alarms import AlarmKind, Event, Excursion, SensorState
from warehouse.coldchain.conditions import end, known_of, start
from warehouse.coldchain.neighbours import drifts, has_come_back, moved_from_neighbours
from warehouse.coldchain.rules import Rules

DAY = timedelta(days=1)
WEEK = 7 * DAY
DRIFT_DAYS = 21
Week = tuple[datetime, datetime]


def weeks_needed(zone: Mapping[str, SensorState], at: datetime) -> list[Week]:
    """The weeks, from midnight to midnight (UTC), of which `drift_told` needs the means: however long a sensor has been
    drifting, one more for each that does."""
    return [_first_week(at), _last_week(at), *(_first_week(began_at) for _, began_at in _known(zone))]


def drift_told(
    zone: Mapping[str, SensorState], at: datetime, rules: Rules, daily_means: pd.DataFrame
) -> dict[str, float | None]:
    """The sensors of a zone, by their states, of which something is to be told at a moment: by how much one has moved
    away that drifts from now on, None for one that does so no more.

    daily_means  C: a column a sensor, a row a day, by its beginning (UTC); NaN where nothing was heard. At least those
                 of the `weeks_needed` that are known
    """
    told: dict[str, float | None] = {}
    known = dict(_known(zone))
    judged = [name for name in daily_means.columns if name in zone and name not in known]
    last = _of(daily_means, _last_week(at))
    for name, began_at in known.items():
        among = [*judged, *([name] if name in daily_means.columns else [])]
        by_c = moved_from_neighbours(_of(daily_means[among], _first_week(began_at)), last[among]).get(name)
        if rules.drift_c is None or (by_c is not None and has_come_back(by_c, rules)):
            told[name] = None
    first = _of(daily_means, _first_week(at))
    while moved := moved_from_neighbours(first[judged], last[judged]):
        furthest = max(sorted(moved), key=lambda name: abs(moved[name]))
        if not drifts(moved[furthest], rules):
            break
        told[furthest] = moved[furthest]
        judged.remove(furthest)
    return told


def with_drift(
    state: SensorState, by_c: float | None, at: datetime, zone_id: str | None
) -> tuple[SensorState, list[Event]]:
    """The state of a sensor that drifts by so much, or (None) no more, and what happened: nothing where that was known
    already."""
    known = known_of(state, AlarmKind.DRIFTING)
    if by_c is None:
        return (state, []) if known is None else end(state, known, at)
    return (state, []) if known is not None else start(state, Excursion(AlarmKind.DRIFTING, at, by_c), at, zone_id)


def _known(zone: Mapping[str, SensorState]) -> Iterator[tuple[str, datetime]]:
    for name, state in zone.items():
        if (known := known_of(state, AlarmKind.DRIFTING)) is not None:
            yield name, known.began_at


def _first_week(at: datetime) -> Week:
    midnight = _midnight(at)
    return midnight - DRIFT_DAYS * DAY, midnight - DRIFT_DAYS * DAY + WEEK


def _last_week(at: datetime) -> Week:
    midnight = _midnight(at)
    return midnight - WEEK, midnight


def _midnight(at: datetime) -> datetime:
    """The one before."""
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _of(daily_means: pd.DataFrame, week: Week) -> pd.DataFrame:
    return daily_means.reindex(pd.date_range(*week, freq="D", inclusive="left"))
