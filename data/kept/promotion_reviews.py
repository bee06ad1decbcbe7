"""Writes what promotions did in place of what was kept of them: of a category's promotions that ended within some days,
those that are others than they were, and none that is no promotion any more."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.frames.worth.promotion_rows import LONGEST_RUN
from data.kept.one_at_a_time import wait_for_others
from data.tables import ProductRow, PromotionReviewRow

COLUMNS: Final = tuple(column.key for column in PromotionReviewRow.__mapper__.column_attrs)
PLANNED: Final = ("planned_days", "planned", "planned_usual")
SAME: Final = 1e-9


def keep_reviews(session: Session, category: str, first: date, last: date, reviews: Sequence[Mapping[str, Any]]) -> int:
    """`reviews`: COLUMNS of each promotion that ended from `first` to `last`; returns how many rows changed. What was
    planned stays where as much of it was known before: forecasts are pruned."""
    row = PromotionReviewRow
    wait_for_others(session.connection(), f"promotions of {category}")
    query = select(row).join(ProductRow, ProductRow.product_id == row.product_id)
    query = query.where(ProductRow.category == category, row.starts_on.between(first - LONGEST_RUN, last))
    kept = {(one.product_id, one.starts_on, one.warehouse_id): one for one in session.scalars(query)}
    changed = 0
    for review in reviews:
        before = kept.pop((review["product_id"], review["starts_on"], review["warehouse_id"]), None)
        changed += _written(session, before, review)
    gone = [one for one in kept.values() if first <= one.ends_on <= last]
    for one in gone:
        session.delete(one)
    return changed + len(gone)


def _written(session: Session, before: PromotionReviewRow | None, review: Mapping[str, Any]) -> bool:
    if before is None:
        session.add(PromotionReviewRow(**review))
        return True
    stays = PLANNED if before.ends_on == review["ends_on"] and before.planned_days >= review["planned_days"] else ()
    others = [name for name in COLUMNS if name not in stays and not _same(getattr(before, name), review[name])]
    for name in others:
        setattr(before, name, review[name])
    return bool(others)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= SAME * max(1.0, abs(one))
    return bool(one == other)
