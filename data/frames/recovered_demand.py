"""Demand behind the latest sales, packed as its table keeps it and unpacked again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Table, delete, select
from sqlalchemy.orm import Session

from data.bulk import write_rows
from data.tables import RECOVERED_DAYS, RecoveredDemand

NOTHING_KNOWN = "-"


@dataclass(frozen=True)
class RecoveredDay:
    """What would have sold on a day, and whether what was hidden of it had to be guessed."""

    demand: float
    guessed: bool


def keep_recovered(
    session: Session,
    warehouse_id: str,
    shown: pd.DataFrame,
    demand: NDArray[np.float64],
    how: NDArray[np.str_],
    last_day: date,
    origin: datetime,
) -> int:
    """Keeps what was behind a warehouse's latest sales in place of what it has, unless that is of a later origin;
    returns how many products were kept.

    `shown`: product_id, days_seen_whole, highest_seen_quantile; row i of `demand` and `how` (n x RECOVERED_DAYS, the
    last column is `last_day`; how: a letter, as the table names them) belongs to row i of it."""
    mine = RecoveredDemand.warehouse_id == warehouse_id
    if session.scalar(select(RecoveredDemand.origin).where(mine, RecoveredDemand.origin > origin).limit(1)):
        return 0
    session.execute(delete(RecoveredDemand).where(mine))
    rows = (
        (warehouse_id, product_id, origin, last_day, of_days.tobytes(), "".join(letters), int(whole), float(seen))
        for product_id, whole, seen, of_days, letters in zip(
            shown["product_id"],
            shown["days_seen_whole"],
            shown["highest_seen_quantile"],
            demand.astype("<f4"),
            how,
            strict=True,
        )
    )
    columns = [column.name for column in RecoveredDemand.__table__.columns]
    return write_rows(session.connection(), cast(Table, RecoveredDemand.__table__), columns, rows)


def recovered_days(row: RecoveredDemand) -> dict[date, RecoveredDay]:
    """The days of a row of which something is known, the oldest first."""
    first = row.last_day - timedelta(days=RECOVERED_DAYS - 1)
    demand = np.frombuffer(row.demand, dtype="<f4").astype(np.float64)
    return {
        first + timedelta(days=at): RecoveredDay(float(amount), letter == "g")
        for at, (amount, letter) in enumerate(zip(demand, row.how, strict=True))
        if letter != NOTHING_KNOWN
    }


def highest_seen_quantiles(session: Session, warehouse_id: str, origin: datetime) -> Mapping[str, float]:
    """Up to which quantile demand was ever seen, by product, as known at the origin; empty where it was not kept."""
    query = select(RecoveredDemand.product_id, RecoveredDemand.highest_seen_quantile).where(
        RecoveredDemand.warehouse_id == warehouse_id, RecoveredDemand.origin == origin
    )
    return dict(session.execute(query).tuples().all())
