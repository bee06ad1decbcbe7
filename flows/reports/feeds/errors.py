"""How a warehouse's forecasts erred day by day, from the sums that the morning report keeps of its days."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd
from sqlalchemy.orm import Session

from data.frames.worth.by_day import forecasts_by_category, last_days_kept, sums_by_day
from warehouse.worth.drift.drifting import LOOK_BACK_DAYS


@dataclass(frozen=True, eq=False)
class Errors:
    """The sums of days (date and those of `warehouse.worth.measures`) up to the `last` one, and those of each category;
    none of these where there is one alone."""

    days: pd.DataFrame
    last: date
    by_category: Mapping[str, pd.DataFrame]


def errors_by_day(session: Session, warehouse_id: str) -> Errors | None:
    """Of the last LOOK_BACK_DAYS that were added up; None where none were."""
    last = last_days_kept(session, [warehouse_id]).get(warehouse_id)
    if last is None:
        return None
    first = last - timedelta(days=LOOK_BACK_DAYS - 1)
    sums = sums_by_day(session, [warehouse_id], first, last)
    days = pd.DataFrame([{"date": pd.Timestamp(day), **of_day} for (_, day), of_day in sums.items()])
    found = forecasts_by_category(session, warehouse_id, first, last)
    parts = {str(category): of_it for category, of_it in found.groupby("category")}
    return Errors(days, last, parts if len(parts) > 1 else {})
