"""The kept reviews of promotions, added up over the warehouses of a currency in which it is known what would have sold,
or told by warehouse. Reads the promotions that ended within some days, or one, however long history is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import Session

from data.tables import ProductRow, PromotionReviewRow, WarehouseRow

SUMMED: Final = (
    *("days", "known_days", "planned_days", "demand", "sold", "usual", "usual_error", "planned", "planned_usual"),
    *("ahead", "ahead_error", "siblings", "siblings_error", "wasted", "margin", "usual_margin", "ahead_money"),
    *("own_error", "sibling_money", "sibling_money_error", "waste_money"),
)
SQUARED: Final = ("usual_error", "ahead_error", "own_error", "waste_error")
MONEY: Final = frozenset(
    (
        *("margin", "usual_margin", "ahead_money", "own_error", "sibling_money", "sibling_money_error"),
        *("waste_money", "waste_error"),
    )
)


@dataclass(frozen=True)
class ReviewsAsked:
    """Of which warehouse, category and product; None: of all."""

    warehouse_id: str | None = None
    category: str | None = None
    product_id: str | None = None


@dataclass(frozen=True)
class ReviewSums:
    """A promotion in the warehouses of a currency, or in one of them (else None). `sums` is empty where too little is
    known in each of them."""

    product_id: str
    product: str
    unit: str
    starts_on: date
    ends_on: date
    discount: float
    promoted: bool
    currency: str
    warehouse_id: str | None
    warehouses: int
    not_known: int  # of them, in which nobody knows what would have sold
    days_after: float  # the fewest of a warehouse
    sums: Mapping[str, float | None]


def ended_within(session: Session, first: date, last: date, asked: ReviewsAsked) -> list[ReviewSums]:
    """Promotions that ended within some days."""
    row = PromotionReviewRow
    chosen = [
        column == value
        for column, value in (
            (row.warehouse_id, asked.warehouse_id),
            (row.product_id, asked.product_id),
            (ProductRow.category, asked.category),
        )
        if value is not None
    ]
    return _told(session, [row.ends_on.between(first, last), *chosen], by_warehouse=False)


def reviews_of(session: Session, product_id: str, starts_on: date, by_warehouse: bool) -> list[ReviewSums]:
    """Promotions of a product that began on a day, of all warehouses or by warehouse."""
    row = PromotionReviewRow
    return _told(session, [row.product_id == product_id, row.starts_on == starts_on], by_warehouse)


def _told(session: Session, which: Sequence[ColumnElement[bool]], by_warehouse: bool) -> list[ReviewSums]:
    row = PromotionReviewRow
    key = [row.product_id, ProductRow.name, ProductRow.unit, row.starts_on, row.ends_on, row.discount, row.promoted,
           WarehouseRow.currency]  # fmt: skip
    of_one = [row.warehouse_id] if by_warehouse else []
    names, sums = zip(*_sums(), strict=True)
    counted = func.count(), func.count(row.usual), func.min(row.days_after)
    query: Select[Any] = (
        select(*key, *of_one, *counted, *sums)
        .join(ProductRow, ProductRow.product_id == row.product_id)
        .join(WarehouseRow, WarehouseRow.warehouse_id == row.warehouse_id)
        .where(*which)
        .group_by(*key, *of_one)
        .order_by(row.ends_on, row.product_id, row.starts_on, row.discount, WarehouseRow.currency, *of_one)
    )
    return [_of(values, by_warehouse, names) for values in session.execute(query)]


def _of(values: Sequence[Any], by_warehouse: bool, names: Sequence[str]) -> ReviewSums:
    product_id, product, unit, starts_on, ends_on, discount, promoted, currency, *rest = values
    warehouse_id = rest.pop(0) if by_warehouse else None
    warehouses, known, days_after, *added = rest
    sums = dict(zip(names, added, strict=True)) if known else {}
    return ReviewSums(product_id, product, unit.value, starts_on, ends_on, discount, promoted, currency, warehouse_id,
                      warehouses, warehouses - known, days_after, sums)  # fmt: skip


def _sums() -> list[tuple[str, ColumnElement[Any]]]:
    """Names of sums over the reviews that know what would have sold, and their expressions; of money over those of them
    that know all of it: what one warehouse earned less what another threw away would be neither's."""
    row = PromotionReviewRow
    usual = row.usual.is_not(None)
    money = and_(usual, *(column.is_not(None) for column in (row.margin, row.waste_money, row.waste_error)))

    def known(name: str, values: Any) -> ColumnElement[Any]:
        return case((money if name in MONEY else usual, values))

    summed = [(name, func.sum(known(name, getattr(row, name)))) for name in SUMMED]
    squared = [(f"{name}_squares", func.sum(known(name, getattr(row, name) * getattr(row, name)))) for name in SQUARED]
    return [*summed, *squared, ("alike", func.avg(known("alike", row.alike)))]
