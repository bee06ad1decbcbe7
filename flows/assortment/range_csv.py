"""A warehouse's range as CSV: a row a product with its classes and figures, what earns least first."""

import csv
from datetime import datetime
from io import StringIO
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.frames.product_ranges import ranges_of
from data.tables import ProductClassRow, ProductRow
from flows.assortment.proposing import FIGURES
from flows.spreadsheet_cells import in_csv

COLUMNS: Final = (
    *("warehouse_id", "product_id", "product_name", "category", "abc", "xyz", "rank", *FIGURES),
    *("kind", "sold_from", "sold_until"),
)


def range_csv(session: Session, warehouse_id: str, now: datetime) -> str:
    """All products that were classed there."""
    row = ProductClassRow
    query = (
        select(row, ProductRow.name, ProductRow.category)
        .join(ProductRow, ProductRow.product_id == row.product_id)
        .where(row.warehouse_id == warehouse_id)
        .order_by(row.rank, row.product_id)
    )
    ranges = ranges_of(session, warehouse_id, now)
    file = StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for one, name, category in session.execute(query).tuples():
        said = ranges.get(one.product_id)
        days = ("", "", "") if said is None else (said.kind.value, said.sold_from or "", said.sold_until or "")
        texts = [in_csv(text) for text in (one.warehouse_id, one.product_id, name, category)]
        writer.writerow([*texts, one.abc, one.xyz, one.rank, *(one.figures.get(name) for name in FIGURES), *days])
    return file.getvalue()
