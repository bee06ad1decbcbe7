"""Order lines are kept in place of those with the same key, and the days on which that changes sales are listed.

A line that moves to another day changes both days. A line that says what it said before changes none, so importing a
file again books nothing.
"""

from datetime import date

from sqlalchemy import Connection

from data.importers.kind import kept_as
from data.importers.rows.known import Known
from data.importers.rows.records import Records
from data.kept.days_to_book import list_changed_days
from data.local_days import today_there
from data.tables import OrderLineRow

_KEY = ("warehouse_id", "order_id", "line_no")
_SOLD = ("product_id", "ordered_at", "quantity", "wanted_on")


def keep_orders(connection: Connection, records: Records, known: Known) -> None:
    """Writes the lines and lists the days to book."""
    list_changed_days(connection, _changed_days(records, known), known.now)
    kept_as(OrderLineRow)(connection, records, known)


def _changed_days(records: Records, known: Known) -> set[tuple[str, date]]:
    """The days (warehouse_id, local day) on which lines are new, corrected or cancelled, or were before."""
    changed: set[tuple[str, date]] = set()
    kept = known.kept(OrderLineRow, records, _SOLD)
    for *key, product_id, ordered_at, quantity, wanted_on in records.good(*_KEY, *_SOLD):
        before, now = kept.get(tuple(key)), (product_id, ordered_at, quantity, wanted_on)
        if before != now:
            zone = known.zone("warehouse_id", key[0])
            assert zone is not None  # noqa: S101 - the warehouse is known, or the row would be bad
            for _, moment, _, day in (now,) if before is None else (now, before):
                changed.add((key[0], day or today_there(moment, zone.key)))
    return changed
