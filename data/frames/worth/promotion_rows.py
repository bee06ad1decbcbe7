"""What promotions of a category are reviewed from: frames with the columns that `warehouse.worth.promotions.known_days`
names. Every query reads by days and products, so that none costs more as history grows.
"""

from datetime import date, timedelta
from typing import Final

import numpy as np
import pandas as pd
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.frames.worth.raw_rows import OLDEST_FORECAST, framed
from data.local_days import start_of_day
from data.tables import (
    ForecastContributionRow,
    LineDayRow,
    ProductRow,
    PromotionEffectRow,
    PromotionRow,
    WarehouseRow,
)

LONGEST_RUN: Final = timedelta(days=28)  # what is cheaper for longer has another price
TAKEN: Final = "taken"


def categories(session: Session) -> list[str]:
    """Of all products, in order."""
    return list(session.scalars(select(ProductRow.category).distinct().order_by(ProductRow.category)))


def products_of(session: Session, category: str) -> pd.DataFrame:
    """product_id, subcategory, list_price."""
    row = ProductRow
    query = select(row.product_id, func.coalesce(row.subcategory, ""), row.list_price).where(row.category == category)
    return framed(("product_id", "subcategory", "list_price"), session.execute(query.order_by(row.product_id)))


def lines_of(session: Session, category: str, first: date, last: date) -> pd.DataFrame:
    """The lines of a category's products: warehouse_id, product_id, date and sums; `thrown` is waste of all stages."""
    line = LineDayRow
    thrown = line.rejected_receipt + line.rejected_dispatch + line.expired + line.damaged + line.thrown_otherwise
    names = ("known_days", "demand", "met", "sold", "wanted_money", "waste_money")
    query = (
        select(line.warehouse_id, line.product_id, line.date, *(getattr(line, name) for name in names), thrown)
        .join(ProductRow, ProductRow.product_id == line.product_id)
        .where(ProductRow.category == category, line.date.between(first, last))
    )
    return framed(("warehouse_id", "product_id", "date", *names, "thrown"), session.execute(query))


def runs_of(session: Session, category: str, first: date, last: date) -> pd.DataFrame:
    """Promotions that touch the days, as they are known now: warehouse_id, product_id, starts_on, ends_on, discount,
    promoted. One known later replaces the one with the same first day; full price without an activity is none."""
    row = PromotionRow
    columns = (row.warehouse_id, row.product_id, row.starts_on, row.ends_on, row.discount, row.promoted)
    query = (
        select(*columns)
        .join(ProductRow, ProductRow.product_id == row.product_id)
        .where(ProductRow.category == category, row.starts_on.between(first - LONGEST_RUN, last))
        .order_by(row.known_at)
    )
    frame = framed([column.key for column in columns], session.execute(query))
    frame = frame.drop_duplicates(["warehouse_id", "product_id", "starts_on"], keep="last")
    frame = frame[(frame["ends_on"] >= pd.Timestamp(first)) & (frame["ends_on"] - frame["starts_on"] < LONGEST_RUN)]
    return frame.assign(promoted=frame["promoted"] > 0).reset_index(drop=True)


def plans_of(session: Session, category: str, first: date, last: date) -> pd.DataFrame:
    """warehouse_id, product_id, date, mean, level, promotion: of the last explained forecast before each day began."""
    row = ForecastContributionRow
    added = (row.weekday, row.holiday, row.event, row.season, row.weather, row.promotion, row.trend)
    parts = []
    for warehouse_id, zone in session.execute(select(WarehouseRow.warehouse_id, WarehouseRow.timezone)).tuples():
        query = (
            select(row.product_id, row.date, row.origin, row.level, row.promotion, sum(added, row.level))
            .join(ProductRow, ProductRow.product_id == row.product_id)
            .where(ProductRow.category == category, row.warehouse_id == warehouse_id, row.date.between(first, last))
            .order_by(row.origin)
        )
        days = (first + timedelta(days=n) for n in range((last - first).days + 1))
        began = {day: start_of_day(day, zone) for day in days}
        parts += [
            (warehouse_id, product_id, day, mean, level, promotion)
            for product_id, day, origin, level, promotion, mean in session.execute(query)
            if began[day] - OLDEST_FORECAST < origin <= began[day]
        ]
    frame = framed(("warehouse_id", "product_id", "date", "mean", "level", "promotion"), parts)
    return frame.drop_duplicates(["warehouse_id", "product_id", "date"], keep="last", ignore_index=True)


def taken_of(session: Session, category: str) -> float:
    """The share of what promotions add that siblings lose, as learned of a category, or else over all; NaN: neither."""
    row = PromotionEffectRow
    query = select(row.category, row.ratio).where(row.effect == TAKEN)
    learned = dict(session.execute(query.where((row.category == category) | row.category.is_(None))).tuples().all())
    share = learned.get(category, learned.get(None, np.nan))
    return float(np.clip(share, 0.0, 1.0))
