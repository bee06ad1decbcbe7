"""Proposals as CSV: a row each with what was promised, what was decided, and what came of it, numbers not rounded;
those with most money first."""

import csv
from io import StringIO
from typing import Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from data.tables import AssortmentProposalRow, ProductRow, WarehouseRow
from flows.assortment.outcomes import Outcome, outcome_of
from flows.spreadsheet_cells import in_csv

PROMISED: Final = ("money", "money_low", "money_high", "margin_lost", "margin_kept", "waste_saved", "waste_saved_money")
CAME: Final = ("came", "came_low", "came_high", "came_margin", "came_waste_saved_money")
COLUMNS: Final = (
    *("proposal_id", "kind", "status", "warehouse_id", "to_warehouse_id", "product_id", "product_name", "unit"),
    *("currency", "proposed_at", "horizon_days", *PROMISED, "held_by_baskets"),
    *("decided_at", "decided_by", "reason", "day", "first", "last", *CAME, "not_told"),
)


def proposals_csv(session: Session, *which: ColumnElement[bool]) -> str:
    """Some of the proposals, or all."""
    row = AssortmentProposalRow
    query = (
        select(row, ProductRow, WarehouseRow.currency)
        .join(ProductRow, ProductRow.product_id == row.product_id)
        .join(WarehouseRow, WarehouseRow.warehouse_id == row.warehouse_id)
        .where(*which)
        .order_by(row.money.desc(), row.proposal_id)
    )
    file = StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for one, goods, currency in session.execute(query).tuples():
        names = (one.proposal_id, one.kind.value, one.status.value, one.warehouse_id, one.to_warehouse_id,
                 one.product_id, goods.name, goods.unit.value, currency)  # fmt: skip
        writer.writerow(
            [
                *(in_csv(name) for name in names),
                one.proposed_at.isoformat(),
                one.horizon_days,
                *(getattr(one, name) for name in PROMISED),
                one.held_by_baskets,
                None if one.decided_at is None else one.decided_at.isoformat(),
                *(in_csv(text) for text in (one.decided_by, one.reason)),
                one.day,
                *_came(outcome_of(one)),
            ]
        )
    return file.getvalue()


def _came(told: Outcome | None) -> list[object]:
    if told is None:
        return [None] * (len(CAME) + 3)
    came = told.came
    figures = [None] * len(CAME) if came is None else [came.money, came.low, came.high, came.margin, came.waste_saved]
    return [told.first, told.last, *figures, None if told.not_told is None else told.not_told.value]
