"""What changes of ranges are reviewed from: frames with the columns that `warehouse.worth.ranges.known_changes` names,
from the days that are added up. Every query reads by days and warehouses."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Final

import pandas as pd
from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from data.frames.worth.raw_rows import framed
from data.tables import LineDayRow, ProductRow

LINE: Final = ["warehouse_id", "product_id"]


def cells_and_lines(
    session: Session, warehouse_ids: Sequence[str], product_ids: Collection[str], first: date, last: date
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cells, and the lines of these products. What was sold on a day of unknown demand earns as much each as on the
    days around it."""
    cells, lines = _cells(session, warehouse_ids, first, last), _lines(session, warehouse_ids, product_ids, first, last)
    lines = lines.sort_values([*LINE, "date"], ignore_index=True)
    around = lines.groupby(LINE)["unit"]
    each = around.ffill().fillna(around.bfill()).fillna(0.0)
    lines["margin"] = lines["sold"] * each
    more = lines[lines["unit"].isna()].groupby(["warehouse_id", "category", "date"])["margin"].sum()
    at = pd.MultiIndex.from_frame(cells[["warehouse_id", "category", "date"]])
    cells["margin"] += more.reindex(at).fillna(0.0).to_numpy(float)
    return cells, lines[[*LINE, "date", "margin", "waste"]]


def _unit() -> ColumnElement[float]:
    """What a unit of a line earned; null: its demand is not known."""
    return case((LineDayRow.demand > 0, LineDayRow.wanted_money / LineDayRow.demand))


def _cells(session: Session, warehouse_ids: Sequence[str], first: date, last: date) -> pd.DataFrame:
    line, sums = LineDayRow, ("margin", "waste", "known_days")
    query = (
        select(
            line.warehouse_id, ProductRow.category, line.date,
            func.coalesce(func.sum(line.sold * _unit()), 0.0), func.sum(line.waste_money), func.sum(line.known_days),
        )
        .join(ProductRow, ProductRow.product_id == line.product_id)
        .where(line.warehouse_id.in_(warehouse_ids), line.date.between(first, last))
        .group_by(line.warehouse_id, ProductRow.category, line.date)
    )  # fmt: skip
    return framed(("warehouse_id", "category", "date", *sums), session.execute(query))


def _lines(
    session: Session, warehouse_ids: Sequence[str], product_ids: Collection[str], first: date, last: date
) -> pd.DataFrame:
    line = LineDayRow
    query = (
        select(line.warehouse_id, line.product_id, ProductRow.category, line.date, line.sold, _unit(), line.waste_money)
        .join(ProductRow, ProductRow.product_id == line.product_id)
        .where(line.product_id.in_(product_ids), line.warehouse_id.in_(warehouse_ids), line.date.between(first, last))
    )
    return framed((*LINE, "category", "date", "sold", "unit", "waste"), session.execute(query))
