"""Keeps what promotions did, each morning: of those that ended at least a week ago, as long as the days that they are
told from may still change.

All warehouses are looked at together, a category at a time: what one promotion did in several is told with one error.
What is read and worked out comes first, then a category's reviews are written in one transaction. Safe to repeat.
"""

from datetime import date, timedelta
from typing import Any, Final

import pandas as pd
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from data.database import reading, writing
from data.frames.worth import promotion_rows
from data.frames.worth.by_day import last_days_kept
from data.kept.promotion_reviews import COLUMNS, keep_reviews
from flows.reports.morning.keeping_days import ALWAYS_AGAIN
from warehouse.worth.promotions.day_grid import AHEAD_DAYS, CHEAPER, DAYS_AFTER, USUAL_BEFORE
from warehouse.worth.promotions.known_days import KnownDays
from warehouse.worth.promotions.reviewing import review

FIRST_TOLD: Final = timedelta(days=AHEAD_DAYS)  # after the end: a week says what was bought ahead
SETTLED: Final = ALWAYS_AGAIN + timedelta(days=DAYS_AFTER)  # after it, when none of its days changes any more


def keep_promotion_reviews(engine: Engine) -> int:
    """Brings the reviews up to the last day that was added up; returns how many were written."""
    with reading(engine) as session:
        last = max(last_days_kept(session).values(), default=None)
        names = promotion_rows.categories(session)
    return 0 if last is None else sum(_keep_category(engine, name, last) for name in names)


def _keep_category(engine: Engine, category: str, last: date) -> int:
    first_end, last_end = last - SETTLED, last - FIRST_TOLD
    with reading(engine) as session:
        known = _known(session, category, first_end, last_end, last)
    reviews = [] if known is None else _rows(review(known))
    with writing(engine) as session:
        return keep_reviews(session, category, first_end, last_end, reviews)


def _known(session: Session, category: str, first_end: date, last_end: date, last: date) -> KnownDays | None:
    """None where nothing is to be reviewed."""
    first = first_end - promotion_rows.LONGEST_RUN - timedelta(days=USUAL_BEFORE)
    runs = promotion_rows.runs_of(session, category, first, last)
    runs = runs[(runs["discount"] <= CHEAPER) | runs["promoted"]]
    runs = runs.assign(reviewed=runs["ends_on"].between(pd.Timestamp(first_end), pd.Timestamp(last_end)))
    lines = promotion_rows.lines_of(session, category, first, last)
    if lines.empty or not runs["reviewed"].any():
        return None
    return KnownDays(
        lines=lines,
        runs=runs.reset_index(drop=True),
        products=promotion_rows.products_of(session, category),
        plans=promotion_rows.plans_of(session, category, first, last),
        taken=promotion_rows.taken_of(session, category),
    )


def _rows(found: pd.DataFrame) -> list[dict[str, Any]]:
    """As the table keeps them: days without an hour, and nothing where there is no number."""
    days = {name: found[name].dt.date for name in ("starts_on", "ends_on")} if len(found) else {}
    columns = found.astype(object).where(found.notna(), None).assign(**days)[list(COLUMNS)]
    return [dict(zip(COLUMNS, values, strict=True)) for values in columns.itertuples(index=False, name=None)]
