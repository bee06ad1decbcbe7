"""Days of warehouses as a trial compares them, from the sums that the morning report is made of."""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
from sqlalchemy.orm import Session

from data.frames.worth.by_day import sums_by_day
from warehouse.worth.measures import Measures
from warehouse.worth.trials.contrasts import Days
from warehouse.worth.trials.figures import TrialFigure


def days_of(
    session: Session, warehouses: Sequence[str], first: date, last: date, figure: TrialFigure, category: str | None
) -> Days:
    """The days from `first` to `last`; NaN where nothing was added up."""
    length = (last - first).days + 1
    part, whole = (np.full((len(warehouses), length), np.nan) for _ in range(2))
    found = sums_by_day(session, warehouses, first, last, category)
    for row, name in enumerate(warehouses):
        for n in range(length):
            if (sums := found.get((name, first + timedelta(days=n)))) is not None:
                measures = Measures.of(sums)
                part[row, n], whole[row, n] = figure.part(measures), figure.whole(measures)
    return Days(list(warehouses), first, part, whole)
