"""What the calendar that was learned from years and events adds to a forecast: weekday, holidays, events, season.

Its factor stands on top of what the model says (`model.calendar_effects`); what each part of it adds is found as for
the shares of the model, by the logarithmic mean (Ang 2004, Energy Policy 32, 1131-1139).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecasting.features.calendar_columns import (
    BEFORE_FESTIVAL,
    CLOSED,
    EVENT,
    EVENT_KIND,
    FESTIVAL,
    NAMED_FESTIVAL,
    SEASON,
    WEEKDAY,
)
from forecasting.features.panel import Panel
from forecasting.model.calendar_effects import CalendarEffects

SHARE_OF: Final[Mapping[str, str]] = {
    WEEKDAY: "weekday", SEASON: "season", FESTIVAL: "holiday", NAMED_FESTIVAL: "holiday", BEFORE_FESTIVAL: "holiday",
    CLOSED: "event", EVENT_KIND: "event", EVENT: "event",
}  # fmt: skip

Doubles = NDArray[np.float64]


def calendar_logs(panel: Panel, effects: CalendarEffects | None, horizon: int, shares: Sequence[str]) -> Doubles:
    """The logarithm of the factor of a day by share: (series, shares); zeros where none was learned."""
    found = np.zeros((len(panel.series), len(shares)))
    if effects is not None:
        for group, values in effects.parts_of_day(panel, panel.last, panel.last + horizon).items():
            found[:, shares.index(SHARE_OF[group])] += values
    return found


def with_calendar(parts: Doubles, usual: Doubles, mean: Doubles, logs: Doubles) -> Doubles:
    """Shares (n, shares) of `mean` from those of `usual`, the mean without the factor whose logarithms are given; all
    zero where the mean is."""
    open_ = mean > 0
    ratio = np.log(np.where(open_, mean, 1)) - np.log(np.where(open_, usual, 1))
    near = np.abs(ratio) < 1e-9
    each = usual * np.where(near, 1.0, np.expm1(ratio) / np.where(near, 1.0, ratio))
    return np.where(open_[:, None], parts + each[:, None] * logs, 0.0)
