"""Sales and availability by hour become one row a day: 24 floats, or 24 bits.

The hours of a day stand together in the file, so a day is whole as soon as the next one begins and memory does not
grow. A day is kept whole or not at all: one bad hour leaves out its day.
"""

import math
import struct
from collections.abc import Iterator
from itertools import pairwise

from sqlalchemy import Connection

from data.bulk import write_rows
from data.importers.rows.known import Known
from data.importers.rows.records import Records
from data.kept.sales_from_orders import give_way_to_imported
from data.local_days import end_of_day
from data.tables import HOURS, DailyAvailabilityRow, DailySalesRow

_DAY = ("warehouse_id", "product_id", "date", "known_at")
_AS_FLOATS = struct.Struct(f"<{HOURS}f")


def complete_sales(records: Records, known: Known) -> None:
    """Fills in known_at; by hour, marks what belongs to one day, by day, finds the hours that were kept."""
    _know_at_the_end_of_the_day(records, known)
    if "hour" in records.values:
        _require_hours(records)
        _leave_out_days_with_a_bad_hour(records)
    else:
        _keep_the_hours(records, known)
    _mark_days(records)


def complete_availability(records: Records, known: Known) -> None:
    """Fills in known_at, marks what belongs to one day, and refuses days that lack an hour."""
    _know_at_the_end_of_the_day(records, known)
    _leave_out_days_with_a_bad_hour(records)
    for rows in _days(records):
        missing = sorted(set(range(HOURS)) - {records.values["hour"][row] for row in rows})
        if missing and not any(row in records.bad for row in rows):
            names = ", ".join(map(str, missing))
            for row in rows:
                records.refuse(row, "hour", f"belongs to a day without the hours {names}", "Give all 24 hours of a day")
    _mark_days(records)


def keep_sales(connection: Connection, records: Records, known: Known) -> None:
    """Writes a row a day; it counts instead of sales booked from orders."""
    columns = [*_DAY, "sales", "hourly_sales", "booked_from_orders"]
    rows = _sales_by_hour(records) if "hour" in records.values else _sales_by_day(records)
    write_rows(connection, DailySalesRow.__table__, columns, rows)  # type: ignore[arg-type]
    if days := [day for (day,) in records.good("date")]:
        warehouse_ids = (warehouse_id for (warehouse_id,) in records.good("warehouse_id"))
        give_way_to_imported(connection, warehouse_ids, min(days), max(days))


def keep_availability(connection: Connection, records: Records, known: Known) -> None:
    """Writes a row a day."""
    days = []
    for rows in _days(records):
        if rows[0] not in records.bad:
            in_stock = {records.values["hour"][row] for row in rows if records.values["in_stock"][row]}
            days.append((*_day_of(records, rows[0]), sum(1 << hour for hour in in_stock)))
    write_rows(connection, DailyAvailabilityRow.__table__, [*_DAY, "in_stock_hours"], days)  # type: ignore[arg-type]


def _keep_the_hours(records: Records, known: Known) -> None:
    """Days whose hours are kept already, and add up to what the file says, keep them: it says nothing about hours."""
    kept = known.kept(DailySalesRow, records, ["sales", "hourly_sales"]) if known.keeps_hours else {}
    hours: list[bytes | None] = [None] * len(records)
    for row in records.good_rows():
        before, of_day = kept.get(_day_of(records, row), (None, None))
        if before is not None and math.isclose(before, records.values["sales"][row]):
            hours[row] = of_day
    records.values["hourly_sales"] = hours


def _sales_by_day(records: Records) -> Iterator[tuple[object, ...]]:
    for *day, sales, hours in records.good(*_DAY, "sales", "hourly_sales"):
        yield (*day, sales, hours, False)


def _sales_by_hour(records: Records) -> Iterator[tuple[object, ...]]:
    for rows in _days(records):
        if rows[0] in records.bad:
            continue
        hours = [0.0] * HOURS
        for row in rows:
            hours[records.values["hour"][row]] = records.values["sales"][row]
        yield (*_day_of(records, rows[0]), sum(hours), _AS_FLOATS.pack(*hours), False)


def _day_of(records: Records, row: int) -> tuple[object, ...]:
    return tuple(records.values[name][row] for name in _DAY)


def _days(records: Records) -> Iterator[range]:
    """Neighbouring rows about the same day of a warehouse and product, by what is written in the file."""
    names = [name for name in _DAY if name in records.texts]
    keys = list(zip(*(records.texts[name] for name in names), strict=True))
    begins = [0, *(row for row, (one, other) in enumerate(pairwise(keys), start=1) if one != other), len(keys)]
    return (range(first, end) for first, end in pairwise(begins) if first < end)


def _know_at_the_end_of_the_day(records: Records, known: Known) -> None:
    ends: dict[tuple[object, object], object] = {}
    told = records.values.setdefault("known_at", [None] * len(records))
    warehouses, dates = records.values["warehouse_id"], records.values["date"]
    for row in records.good_rows():
        place = (warehouses[row], dates[row])
        end = ends.get(place)
        if end is None:
            zone = known.zone("warehouse_id", warehouses[row])
            assert zone is not None  # noqa: S101 - the warehouse is known, or the row would be bad
            end = ends[place] = end_of_day(dates[row], zone.key)
        if end > known.now:  # type: ignore[operator]
            records.refuse(row, "date", "is not over yet", "Import days that have ended")
        elif told[row] is None:
            told[row] = end
        elif told[row] < end:
            records.refuse(row, "known_at", "lies before the end of the day", "Correct one of the two")


def _require_hours(records: Records) -> None:
    for row in records.good_rows():
        if records.values["hour"][row] is None:
            records.refuse(row, "hour", "is missing", "Write it on every row, or leave the column out")


def _leave_out_days_with_a_bad_hour(records: Records) -> None:
    if not records.bad:
        return
    for rows in _days(records):
        if any(row in records.bad for row in rows):
            for row in rows:
                records.refuse(row, None, "belongs to a day with a bad hour", "Correct that hour")


def _mark_days(records: Records) -> None:
    """Gives each row the line on which its day begins, so that a day that comes again is noticed."""
    if "hour" not in records.values:
        records.values["day_of_line"] = [0] * len(records)
        return
    marks = [0] * len(records)
    for rows in _days(records):
        for row in rows:
            marks[row] = records.lines[rows[0]]
    records.values["day_of_line"] = marks
