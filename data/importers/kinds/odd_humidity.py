"""Refuses zones and products whose least humidity is not below the most."""

from typing import Any

from data.importers.rows.known import Known
from data.importers.rows.records import Records


def refuse_odd_humidity(records: Records, known: Known, model: Any) -> None:
    """`model` is the table of the rows, from which comes what the file lacks."""
    known.stand_in(model, records, "humidity_low_pct", "humidity_high_pct")
    low, high = records.column("humidity_low_pct"), records.column("humidity_high_pct")
    for row in records.good_rows():
        if low[row] is not None and high[row] is not None and low[row] >= high[row]:
            column = "humidity_low_pct" if "humidity_low_pct" in records.texts else "humidity_high_pct"
            odd = "is not below humidity_high_pct" if column == "humidity_low_pct" else "is not above humidity_low_pct"
            other = high[row] if column == "humidity_low_pct" else low[row]
            records.refuse(row, column, f"{odd}, {other:g}", "Correct one of the two")
