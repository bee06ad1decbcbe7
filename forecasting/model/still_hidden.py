"""How much of demand is hidden now, beside what was when the factor of all days was learned.

That factor (`all_days`) makes up for a level that is learned on days seen whole, which are the quiet ones where a
product sells out on busy days. Where shelves have become fuller since, busy days are seen whole too, and the level
rises by itself. So what the factor adds shrinks with the hours that are still hidden of the days that levels are seen
on, to nothing where none is. Where shelves have become emptier the factor's own features say so.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forecasting.features.features import WINDOW
from forecasting.features.panel import Floats, Panel


def still_hidden(panel: Panel, origin: int, trained_to: int, learned_on: int) -> Floats:
    """By series, the share of its warehouse's hours that was hidden on the `WINDOW` days up to the origin, over that of
    the days that the factor comes from, up to the one that was trained to (day indices): the `learned_on` days that it
    was learned on, or `WINDOW` days by which their level was seen, whichever hid less. 1 at most, and up to that day.
    """
    if origin <= trained_to:
        return np.ones(len(panel.series), dtype=np.float32)
    warehouse, _ = pd.factorize(panel.series["warehouse_id"])
    now = _hidden(panel, origin, warehouse, origin, WINDOW)
    then = np.minimum(*(_hidden(panel, origin, warehouse, trained_to, days) for days in (learned_on, WINDOW)))
    share = np.divide(now, then, out=np.ones_like(then), where=then > 0)
    return np.minimum(share, 1).astype(np.float32)[warehouse]


def _hidden(panel: Panel, origin: int, warehouse: NDArray[np.intp], last: int, days: int) -> NDArray[np.float64]:
    """By warehouse, the mean share that was hidden of so many days up to the last, of those known at the origin; all
    of them where none was."""
    looked_at = slice(max(last - days + 1, 0), last + 1)
    known = panel.known_day[:, looked_at] <= origin
    hidden = np.where(known, 1 - panel.visible(origin, looked_at)[1], 0).sum(axis=1)
    total, count = np.bincount(warehouse, hidden), np.bincount(warehouse, known.sum(axis=1))
    return np.divide(total, count, out=np.ones_like(total), where=count > 0)
