"""How a warehouse's forecasts erred day by day, from the sums that the morning report keeps of its days."""

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd
from sqlalchemy.orm import Session

from data.frames.worth.by_day import last_days_kept, sums_by_day
from warehouse.worth.drift.drifting import LOOK_BACK_DAYS


@dataclass(frozen=True, eq=False)
class Errors:
    """The sums of days (date and those of `warehouse.worth.measures`) up to the `last` one."""

    days: pd.DataFrame
    last: date


def errors_by_day(session: Session, warehouse_id: str) -> Errors | None:
    """Of the last LOOK_BACK_DAYS that were added up; None where none were."""
    last = last_days_kept(session, [warehouse_id]).get(warehouse_id)
    if last is None:
        return None
    sums = sums_by_day(session, [warehouse_id], last - timedelta(days=LOOK_BACK_DAYS - 1), last)
    return Errors(pd.DataFrame([{"date": pd.Timestamp(day), **of_day} for (_, day), of_day in sums.items()]), last)
