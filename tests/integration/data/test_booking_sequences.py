"""However orders come in, are corrected, cancelled, returned and booked: sales end as if booked once from the final
lines, and nothing that was known of a booked day changes afterwards. The oracle adds up the final lines in a dict."""

from collections import defaultdict
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from data.database import reading
from data.frames.known_demand import sales_as_of
from data.importers.importing import import_file
from data.local_days import end_of_day
from flows.demand.sales_booking import book_sales

TIMEZONE = "America/Chicago"
FIRST = date(2025, 10, 30)  # clocks go back on 2 November
NOW = end_of_day(date(2026, 2, 1), TIMEZONE)
LISTED = 28
PRODUCTS = ("leek", "okra", "kale")
Sold = dict[tuple[str, date], float]
_warehouses = count(1)

line = st.tuples(
    st.sampled_from("ab"),  # the order
    st.integers(1, 2),  # its line
    st.sampled_from(PRODUCTS),
    st.sampled_from([0, 1, 2, 3, 4, 29, 32]),  # day after FIRST
    st.sampled_from(["00:00", "09:30", "12:00", "23:59"]),
    st.sampled_from(["-3", "-0.5", "0", "0.1", "0.2", "2", "5"]),
    st.sampled_from([0, 0, 0, 1, 3]),  # days ordered ahead
)
# a step is a file of lines (a key once), or a booking
steps = st.lists(st.none() | st.lists(line, min_size=1, max_size=4, unique_by=lambda of: of[:2]), max_size=9)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_sales_end_as_if_booked_once_from_the_final_lines(engine: Engine, tmp_path: Path, steps) -> None:
    warehouse_id = f"W{next(_warehouses)}"
    _import(engine, tmp_path, "warehouses", f"warehouse_id,name,city,timezone\n{warehouse_id},W,C,{TIMEZONE}\n")
    products = "".join(f"{name},{name},leaf,leaf,kg\n" for name in PRODUCTS)
    _import(engine, tmp_path, "products", f"product_id,name,category,band,unit\n{products}")
    final: dict[tuple[str, int], tuple[str, date, str]] = {}
    seen: dict[datetime, Sold] = {}
    for hours, lines in enumerate([*steps, None]):
        now = NOW + timedelta(hours=hours)
        if lines is None:
            book_sales(engine, now)
            seen[now] = _sold(engine, warehouse_id, now)
        else:
            rows = [(*of[:3], FIRST + timedelta(days=of[3]), *of[4:6], timedelta(days=of[6])) for of in lines]
            final |= {row[:2]: (row[2], row[3] + row[6], row[5]) for row in rows}
            text = "".join(
                f"{o},{n},{warehouse_id},{p},{day}T{at},{q},{day + ahead if ahead else ''}\n"
                for o, n, p, day, at, q, ahead in rows
            )
            header = "order_id,line_no,warehouse_id,product_id,ordered_at,quantity,wanted_on\n"
            _import(engine, tmp_path, "orders", header + text)

    booked, expected = seen[now], _expected(final.values())
    assert {key: amount for key, amount in booked.items() if amount} == {k: a for k, a in expected.items() if a}
    assert not expected.keys() - booked.keys()  # zeros; there are more where lines are gone
    for moment, then in seen.items():
        days_booked = {day for _, day in then}
        again = _sold(engine, warehouse_id, moment)
        assert {key: amount for key, amount in again.items() if key[1] in days_booked} == then


def _expected(lines) -> Sold:
    """Net sales by product and day in thousandths, none below zero; zeros of products that sold in the weeks before."""
    net: dict[tuple[str, date], int] = defaultdict(int)
    for product_id, day, quantity in lines:
        net[product_id, day] += round(float(quantity) * 1000)
    sold = {key: max(amount, 0) / 1000 for key, amount in net.items()}
    days = {day for _, day in sold}
    listed = {
        (product_id, later): 0.0
        for (product_id, day), amount in sold.items()
        for later in days
        if amount and day < later <= day + timedelta(days=LISTED)
    }
    return listed | sold


def _import(engine: Engine, folder: Path, kind: str, text: str) -> None:
    path = folder / f"{kind}.csv"
    path.write_text(text, encoding="utf-8")
    import_file(engine, kind, path, now=NOW)


def _sold(engine: Engine, warehouse_id: str, moment: datetime) -> Sold:
    with reading(engine) as session:
        days, hourly, _ = sales_as_of(session, moment, [warehouse_id])
    assert not (hourly < 0).any()
    rows = zip(days["product_id"], days["date"].dt.date, days["sales"], hourly.sum(axis=1), strict=True)
    found = {}
    for product_id, day, sales, by_hour in rows:
        assert np.isnan(by_hour) or abs(sales - by_hour) < 1e-5  # all ordered ahead: only the day is known
        found[product_id, day] = sales
    return found
