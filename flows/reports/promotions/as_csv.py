"""Reviews of promotions as CSV: a row for each figure of each promotion, with numbers as they are, not rounded."""

import csv
from collections.abc import Iterable
from io import StringIO

from flows.reports.promotions.reviews import Review, Reviews
from flows.spreadsheet_cells import in_csv
from warehouse.worth.morning_figures import Kind

COLUMNS = ("product_id", "product", "starts_on", "ends_on", "discount", "currency", "warehouses",
           "warehouses_not_known", "days_after", "earned", "beside_plan", "figure", "unit", "value", "low",
           "high")  # fmt: skip


def as_csv(reviews: Iterable[Review]) -> str:
    """The rows of some of the reviews; `unit` of money is its currency."""
    written = StringIO()
    rows = csv.writer(written, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for one in reviews:
        of = one.of
        which = (in_csv(of.product_id), in_csv(of.product), of.starts_on.isoformat(), of.ends_on.isoformat(),
                 of.discount, of.currency, of.warehouses, of.not_known, of.days_after, one.earned,
                 one.beside_plan)  # fmt: skip
        for told in one.told:
            lies = (None, None, None) if told.lies is None else (told.lies.value, told.lies.low, told.lies.high)
            rows.writerow((*which, told.figure.name, _unit(one, told.figure.kind), *lies))
    return written.getvalue()


def file_name(found: Reviews) -> str:
    """What exported reviews are called."""
    return f"promotions-{found.first}-{found.last}.csv"


def _unit(review: Review, kind: Kind) -> str:
    return {Kind.MONEY: review.of.currency, Kind.UNITS: review.of.unit}.get(kind, "")
