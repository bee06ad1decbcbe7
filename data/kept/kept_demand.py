"""Demand behind the latest sales, packed and kept in place of what was; `data.frames.recovered_demand` unpacks it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Table, delete
from sqlalchemy.orm import Session

from data.bulk import write_rows
from data.kept.latest_origins import not_later
from data.tables import RecoveredDemandRow


def keep_recovered(
    session: Session,
    warehouse_ids: Sequence[str],
    shown: pd.DataFrame,
    demand: NDArray[np.float64],
    how: NDArray[np.str_],
    last_day: date,
    origin: datetime,
) -> int:
    """Keeps what was behind the latest sales of some warehouses in place of what they have, unless that is of a later
    origin; returns how many series were kept.

    `shown`: warehouse_id, product_id, days_seen_whole, highest_seen_quantile; row i of `demand` and `how` (n x
    RECOVERED_DAYS, the last column is `last_day`; how: a letter, as the table names them) belongs to row i of it."""
    older = not_later(session, RecoveredDemandRow, warehouse_ids, origin)
    session.execute(delete(RecoveredDemandRow).where(RecoveredDemandRow.warehouse_id.in_(older)))
    mine = shown["warehouse_id"].isin(older).to_numpy()
    shown = shown[mine]
    rows = (
        (warehouse_id, product_id, origin, last_day, of_days.tobytes(), "".join(letters), int(whole), float(seen))
        for warehouse_id, product_id, whole, seen, of_days, letters in zip(
            shown["warehouse_id"],
            shown["product_id"],
            shown["days_seen_whole"],
            shown["highest_seen_quantile"],
            demand[mine].astype("<f4"),
            how[mine],
            strict=True,
        )
    )
    columns = [column.name for column in RecoveredDemandRow.__table__.columns]
    return write_rows(session.connection(), cast(Table, RecoveredDemandRow.__table__), columns, rows)
