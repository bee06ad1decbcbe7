"""What promotions did: learned from what is known at an origin, kept for the API and the pages to read.

Half a year and a hundred warehouses are enough for it.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any, cast

import numpy as np
import pandas as pd
from sqlalchemy import Engine, Table, delete, select
from sqlalchemy.orm import Session

from data.bulk import write_rows
from data.database import reading, writing
from data.tables import PromotionEffectRow
from flows.demand.run_snapshot import clocks_of, snapshot_of_run
from forecasting.known.frames import KnownAtOrigin, in_one
from forecasting.promotions.effects import EFFECT_COLUMNS, promotion_effects
from forecasting.promotions.siblings import ALL

DAYS_LOOKED_AT = 182
WAREHOUSES_LOOKED_AT = 100
SEED = 1


def learn_promotion_effects(engine: Engine, origin: datetime, now: datetime) -> int:
    """Learns what promotions did and keeps it in place of what is kept, unless that is of a later origin; returns the
    rows kept, 0 where nothing was promoted."""
    with reading(engine) as session:
        timezones = clocks_of(session, origin) or ["UTC"]  # which knows of no sales, and says so
    regions = [_enough_of(snapshot_of_run(engine.url, origin, now, timezone).known) for timezone in timezones]
    found = promotion_effects(in_one(regions))
    with writing(engine) as session:
        if (
            session.scalar(select(PromotionEffectRow.row_no).where(PromotionEffectRow.origin > origin).limit(1))
            is not None
        ):
            return 0
        session.execute(delete(PromotionEffectRow))
        rows = ((number, origin, *map(_value, row)) for number, row in enumerate(found.itertuples(index=False)))
        columns = ["row_no", "origin", *EFFECT_COLUMNS]
        return write_rows(session.connection(), cast(Table, PromotionEffectRow.__table__), columns, rows)


def category_with_effects(session: Session, category: str) -> str | None:
    """The category to tell effects of: this one, or None, all together, where nothing was learned of it."""
    learned = select(PromotionEffectRow.row_no).where(PromotionEffectRow.category == category).limit(1)
    return category if session.scalar(learned) is not None else None


def _enough_of(known: KnownAtOrigin) -> KnownAtOrigin:
    """The latest half year of some warehouses, drawn at random."""
    days = known.history.days
    names = np.sort(days["warehouse_id"].unique())
    if len(names) > WAREHOUSES_LOOKED_AT:
        names = np.random.default_rng(SEED).choice(names, WAREHOUSES_LOOKED_AT, replace=False)
    recent = days["date"] > known.origin_day - pd.Timedelta(days=DAYS_LOOKED_AT)
    return replace(known, history=known.history.where((recent & days["warehouse_id"].isin(names)).to_numpy()))


def _value(value: Any) -> Any:
    """A cell as the table keeps it: nothing where there is no number, and no category where it is of all."""
    if value == ALL or pd.isna(value):
        return None
    return value.item() if isinstance(value, np.generic) else value
