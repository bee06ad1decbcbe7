"""What follows from imported lots: what newly came counts against the purchase orders that it came for, all in the
transaction of the import.

A lot that is new has come; one that was there before has changed by what its received quantity is more or less. So the
same file again changes nothing, and a corrected one corrects the purchase orders too.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from data.importers.followed_kind import FollowedKind
from data.importers.kinds.stock_kinds import LOTS
from data.importers.kinds.whole_stock import CountedFile
from data.importers.rows.known import Known
from data.importers.rows.records import Records
from data.tables import LotRow
from flows.ordering.locking import lock_warehouses
from flows.ordering.receiving_against_orders import Delivery, count_deliveries
from warehouse.ordering.purchase_order_lines import NOTHING, OVERDUE_COUNTS

KEY = ("warehouse_id", "lot_id")


def followed_lots(
    overdue_counts: timedelta = OVERDUE_COUNTS, counted_at: datetime | None = None, whole: bool = False
) -> FollowedKind:
    """Lots that count against purchase orders; `counted_at` and `whole` are those of `CountedFile`."""
    counted = _Counted(overdue_counts)
    count = CountedFile(replace(LOTS, begin=counted.begin, keep=counted.keep_lots), counted_at, whole)
    return FollowedKind(
        count.kind(), lambda result: replace(result, notes=(*result.notes, *counted.notes(), *count.notes()))
    )


@dataclass
class _Counted:
    """What an import has counted so far; begins anew with every transaction."""

    overdue_counts: timedelta
    came: int = 0
    against_orders: int = 0

    def begin(self, connection: Connection, known: Known) -> None:
        """Takes all warehouses for this import, in an order in which no other one waits for it."""
        with Session(connection) as session:
            lock_warehouses(session, known.ids("warehouses"))
        self.came = self.against_orders = 0

    def keep_lots(self, connection: Connection, records: Records, known: Known) -> None:
        kept = known.kept(LotRow, records, ["quantity_received", "supplier_id"])
        LOTS.keep(connection, records, known)
        deliveries = [delivery for row in records.good_rows() for delivery in _deliveries(records, row, kept, known)]
        with Session(connection) as session:
            without_order = count_deliveries(session, deliveries, known.by, self.overdue_counts)
            session.commit()  # of the session: the transaction is the import's
        coming = [
            (delivery.quantity, left)
            for delivery, left in zip(deliveries, without_order, strict=True)
            if delivery.quantity > 0
        ]
        self.came += len(coming)
        self.against_orders += sum(left < quantity for quantity, left in coming)

    def notes(self) -> tuple[str, ...]:
        """What is to be said of purchase orders; nothing where no delivery was for one."""
        if not self.against_orders:
            return ()
        return (f"{self.against_orders:,} of {self.came:,} new receipts were for purchase orders.",)


def _deliveries(
    records: Records, row: int, kept: dict[tuple[str, ...], tuple[Decimal, str | None]], known: Known
) -> Iterator[Delivery]:
    """What a row says that came: the whole lot, or what it is more or less than was kept of it."""
    key = tuple(records.values[name][row] for name in KEY)
    received = records.values["quantity_received"][row]
    was, was_from = kept.get(key, (NOTHING, None))
    supplier_id = records.values["supplier_id"][row] if "supplier_id" in records.texts else was_from
    if (received, supplier_id) == (was, was_from):  # as it was, which most lots of an evening's file are
        return
    delivery = Delivery(
        warehouse_id=key[0],
        supplier_id=supplier_id,
        product_id=records.values["product_id"][row],
        quantity=received - was,
        happened_at=records.values["received_at"][row],
        # a correction is known since it is there, unless the file says since when
        known_at=records.values["known_at"][row] if key not in kept or "known_at" in records.texts else known.now,
        lot_id=key[1],
        said_before=was,
    )
    if key in kept and supplier_id != was_from:  # it is another supplier's: all of it is counted anew
        yield replace(delivery, quantity=-was, supplier_id=was_from)
        yield replace(delivery, quantity=received, said_before=None)
    elif delivery.quantity:
        yield delivery
