"""Files of when customers' orders were at the door, as a shop or whoever delivers for it knows them."""

from datetime import datetime
from typing import Final

from data.importers.kind import Column, ImportKind, Once, kept_as
from data.importers.rows.known import Known
from data.importers.rows.records import Records
from data.importers.rows.values import ID, MOMENT
from data.tables import HandoverRow, OrderLineRow

ORDER: Final = ("warehouse_id", "order_id")


def _complete_handovers(records: Records, known: Known) -> None:
    records.fill("known_at", lambda row: records.values["delivered_at"][row])
    begun: dict[tuple[str, ...], datetime] = {}
    for order, (at,) in known.rows_under(OrderLineRow, ORDER, records, ["ordered_at"]):
        begun[order] = min(at, begun.get(order, at))
    for row in records.good_rows():
        order = tuple(records.values[name][row] for name in ORDER)
        if order not in begun:
            reason = f"is no order of {order[0]}"
            records.refuse(row, "order_id", reason, "Correct it, or import the orders first")
        elif records.values["delivered_at"][row] < begun[order]:
            reason = f"lies before the order, of {begun[order].isoformat()}"
            records.refuse(row, "delivered_at", reason, "Correct one of the two")


HANDOVERS = ImportKind(
    "handovers",
    "When each customer's order was at the door: the promise that was kept is told by it.",
    (
        Column("warehouse_id", ID, "which delivered it", refers="warehouses"),
        Column("order_id", ID, "the order, as its lines name it"),
        Column("delivered_at", MOMENT, "when it was at the door; of one that came in parts, the last",
               zone_by="warehouse_id", past=True),
        Column("known_at", MOMENT, "when it became known; default: delivered_at", required=False,
               zone_by="warehouse_id", past=True),
    ),
    (Once(ORDER),),
    kept_as(HandoverRow),
    _complete_handovers,
    rules=(
        "The order's lines come first. To correct a row, import it again.",
        "The time from the first line's `ordered_at` on is held against the promise of the day of the order "
        "([what it was worth](morning.md)).",
    ),
)  # fmt: skip
