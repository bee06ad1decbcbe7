"""Demand behind the latest sales, unpacked from how `data.kept.kept_demand` packs it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import RECOVERED_DAYS, RecoveredDemandRow

NOTHING_KNOWN = "-"


@dataclass(frozen=True)
class RecoveredDay:
    """What would have sold on a day, and whether what was hidden of it had to be guessed."""

    demand: float
    guessed: bool


def recovered_days(row: RecoveredDemandRow) -> dict[date, RecoveredDay]:
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
    query = select(RecoveredDemandRow.product_id, RecoveredDemandRow.highest_seen_quantile).where(
        RecoveredDemandRow.warehouse_id == warehouse_id, RecoveredDemandRow.origin == origin
    )
    return dict(session.execute(query).tuples().all())
