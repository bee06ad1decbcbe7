"""The morning report as CSV: a row for each figure of all together and of each group, with numbers as they are, not
rounded."""

import csv
from collections.abc import Sequence
from io import StringIO

from flows.reports.morning.report import MorningReport, Told
from flows.spreadsheet_cells import in_csv

COLUMNS = ("first_day", "last_day", "by", "key", "name", "figure", "currency", "value", "before", "target")


def as_csv(report: MorningReport) -> str:
    """The rows of all together have an empty `by`."""
    written = StringIO()
    rows = csv.writer(written, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for by, key, name, told in [("", "", "", report.told)] + [
        (report.asked.by.value, group.key, group.name, group.told) for group in report.groups
    ]:
        rows.writerows(_rows(report, (by, in_csv(key), in_csv(name)), told))
    return written.getvalue()


def file_name(report: MorningReport) -> str:
    """What an exported report is called."""
    return f"morning-{report.periods.first}-{report.periods.last}-by-{report.asked.by}.csv"


def _rows(report: MorningReport, group: tuple[object, ...], told: Sequence[Told]) -> list[tuple[object, ...]]:
    days = report.periods.first.isoformat(), report.periods.last.isoformat()
    return [(*days, *group, one.figure.name, one.currency or "", one.value, one.before, one.target) for one in told]
