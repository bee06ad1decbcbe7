"""Scorecards as CSV: a row for each figure of each supplier, with numbers as they are, not rounded."""

import csv
from collections.abc import Iterable
from io import StringIO

from flows.reports.suppliers.scorecards import Scorecard, Scorecards
from flows.spreadsheet_cells import in_csv

COLUMNS = ("first_day", "last_day", "supplier_id", "name", "kind", "rank", "figure", "currency", "value", "before",
           "change_low", "change_high")  # fmt: skip


def as_csv(found: Scorecards, cards: Iterable[Scorecard]) -> str:
    """The rows of some of the cards."""
    written = StringIO()
    rows = csv.writer(written, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    days = found.first.isoformat(), found.last.isoformat()
    for card in cards:
        who = in_csv(card.supplier_id), in_csv(card.name), in_csv(card.kind), card.rank
        for one in card.told:
            low, high = (one.change.low, one.change.high) if one.change else (None, None)
            rows.writerow((*days, *who, one.figure.name, one.currency or "", one.value, one.before, low, high))
    return written.getvalue()


def file_name(found: Scorecards) -> str:
    """What exported scorecards are called."""
    return f"suppliers-{found.first}-{found.last}.csv"
