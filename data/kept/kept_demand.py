"""Demand behind the latest sales, packed and kept in place of what was; `data.frames.recovered_demand` unpacks it."""

from datetime import date, datetime
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Table, delete, select
from sqlalchemy.orm import Session

from data.bulk import write_rows
from data.tables import RecoveredDemandRow


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
    mine = RecoveredDemandRow.warehouse_id == warehouse_id
    if session.scalar(select(RecoveredDemandRow.origin).where(mine, RecoveredDemandRow.origin > origin).limit(1)):
        return 0
    session.execute(delete(RecoveredDemandRow).where(mine))
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
    columns = [column.name for column in RecoveredDemandRow.__table__.columns]
    return write_rows(session.connection(), cast(Table, RecoveredDemandRow.__table__), columns, rows)
