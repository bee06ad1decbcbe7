"""A day's shifts as a file for a shift system: a row for shifts that begin, end and rest together, and for each run of
half hours in which the same number of the crowd is asked for."""

import csv
from collections.abc import Iterator
from datetime import datetime
from io import StringIO
from itertools import groupby

from data.tables import CourierDayRow
from flows.couriers.shift_times import moment_of, shift_times
from flows.spreadsheet_cells import in_csv

COLUMNS = ("warehouse_id", "date", "kind", "begins", "ends", "break_begins", "break_ends", "couriers")


def staffing_csv(day: CourierDayRow) -> str:
    """The file; moments in UTC."""
    written = StringIO()
    rows = csv.writer(written, lineterminator="\n")
    rows.writerow(COLUMNS)
    rows.writerows((in_csv(day.warehouse_id), day.date.isoformat(), *row) for row in (*_employed(day), *_crowd(day)))
    return written.getvalue()


def _employed(day: CourierDayRow) -> Iterator[tuple[str | int, ...]]:
    for shift in shift_times(day):
        times = (_told(shift[name]) for name in ("begins", "ends", "break_begins", "break_ends"))
        yield "employed", *times, shift["couriers"]


def _crowd(day: CourierDayRow) -> Iterator[tuple[str | int, ...]]:
    first = 0
    for asked, run in groupby(half_hour["crowd"] for half_hour in day.half_hours):
        end = first + len(list(run))
        if asked:
            yield "crowd", _told(moment_of(day, first)), _told(moment_of(day, end)), "", "", asked
        first = end


def _told(moment: datetime | None) -> str:
    return "" if moment is None else moment.isoformat().replace("+00:00", "Z")
