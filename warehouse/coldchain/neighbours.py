"""Which sensors of a zone cannot be right because of what their neighbours say: stuck on one value, or drifting away.

Neighbours breathe the same air. A value that stays exactly the same, reading after reading, while theirs move is a
sensor that may be stuck; a mean that moves away from theirs over days is one that drifts.
"""

from collections.abc import Mapping

import pandas as pd

from warehouse.coldchain.alarms import SensorState
from warehouse.coldchain.rules import Rules

MOVED_LATELY = 10  # a neighbour moves when it has changed within this part of the readings that make one stuck
ENOUGH_TO_TELL = 3  # sensors, to say which of them drifts
HEARD_ON = 0.5  # of the days


def stuck_sensors(zone: Mapping[str, SensorState], rules: Rules) -> set[str]:
    """The sensors of a zone, by their states, that may be stuck: the same value so many times, and longer than a
    neighbour that moves."""
    if rules.stuck_after is None:
        return set()
    moving = [
        state.unchanged_since
        for state in zone.values()
        if state.unchanged_since is not None and state.unchanged < max(2, rules.stuck_after // MOVED_LATELY)
    ]
    return {
        sensor_id
        for sensor_id, state in zone.items()
        if state.unchanged >= rules.stuck_after
        and state.unchanged_since is not None
        and any(moved > state.unchanged_since for moved in moving)
    }


def moved_from_neighbours(before: pd.DataFrame, lately: pd.DataFrame) -> dict[str, float]:
    """By how much each sensor of a zone has moved away from its neighbours between two stretches of days, in C: how far
    it lies from their median lately, less how far it lay before.

    before, lately  daily means: a column a sensor, a row a day, C; NaN where nothing was heard. Who was not heard on
                    half the days of both is no neighbour: one that comes or goes moves nobody else's median. Of fewer
                    than three sensors nobody can tell, and the answer is empty
    """
    heard = (before.notna().mean() >= HEARD_ON) & (lately.notna().mean() >= HEARD_ON)
    names = list(heard[heard].index)
    if len(names) < ENOUGH_TO_TELL:
        return {}
    moved = _away(lately[names]).median() - _away(before[names]).median()
    return {str(name): float(by) for name, by in moved.items() if pd.notna(by)}


def drifts(by_c: float, rules: Rules) -> bool:
    """Whether a sensor that has moved away by so much drifts."""
    return rules.drift_c is not None and abs(by_c) >= rules.drift_c


def has_come_back(by_c: float, rules: Rules) -> bool:
    """Whether a sensor that drifted does so no more: it has come back half way."""
    return rules.drift_c is None or abs(by_c) <= rules.drift_c / 2


def _away(means: pd.DataFrame) -> pd.DataFrame:
    """How far each sensor lies from the median of the others."""
    return pd.DataFrame({name: means[name] - means.drop(columns=name).median(axis=1) for name in means.columns})
