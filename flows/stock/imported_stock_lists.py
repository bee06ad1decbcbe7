"""What follows from the stock list of a shop that does not know its lots: which deliveries have come.

Such a shop tells of no receipt. What a list has more than was left of the list before, after what was sold since, has
come; up to what was due by its day it counts against purchase orders, which would be under way for ever otherwise.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from data.frames.lots_as_of import lots_as_of
from data.frames.serving_forecasts import latest_origins
from data.importers.followed_kind import FollowedKind
from data.importers.kinds.stock_kinds import STOCK
from data.importers.kinds.whole_stock import CountedFile
from data.importers.rows.known import Known
from data.importers.rows.records import Records
from data.local_days import today_there
from data.tables import WarehouseRow
from flows.ordering.locking import lock_warehouses
from flows.ordering.receiving_against_orders import Delivery, count_deliveries
from flows.ordering.under_way import lines_under_way
from flows.stock.expected_stock import sales_since
from warehouse.ordering.purchase_order_lines import OVERDUE_COUNTS

THOUSANDTH = Decimal("0.001")


def followed_stock_list(
    overdue_counts: timedelta = OVERDUE_COUNTS, counted_at: datetime | None = None, whole: bool = False
) -> FollowedKind:
    """A stock list that counts against purchase orders; `counted_at` and `whole` are those of `CountedFile`."""
    came = _Came(overdue_counts)
    count = CountedFile(replace(STOCK, begin=came.begin, keep=came.keep_list), counted_at, whole)
    return FollowedKind(
        count.kind(), lambda result: replace(result, notes=(*result.notes, *came.notes(), *count.notes()))
    )


@dataclass
class _Came:
    """The deliveries that an import has read off its list so far; begins anew with every transaction."""

    overdue_counts: timedelta
    deliveries: int = 0
    due: dict[tuple[str, datetime], Mapping[str, Decimal]] = field(default_factory=dict)
    left: dict[tuple[str, datetime], Mapping[str, Decimal]] = field(default_factory=dict)

    def begin(self, connection: Connection, known: Known) -> None:
        """Takes all warehouses for this import, in an order in which no other one waits for it."""
        with Session(connection) as session:
            lock_warehouses(session, known.ids("warehouses"))
        self.deliveries, self.due, self.left = 0, {}, {}

    def keep_list(self, connection: Connection, records: Records, known: Known) -> None:
        rows = list(records.good("warehouse_id", "product_id", "quantity", "counted_at"))
        with Session(connection) as session:
            for warehouse_id, counted_at in sorted({(row[0], row[3]) for row in rows} - self.due.keys()):
                self._look_at(session, warehouse_id, counted_at, known.now)
        STOCK.keep(connection, records, known)
        came = [delivery for row in rows if (delivery := self._delivery(*row)) is not None]
        with Session(connection) as session:
            without_order = count_deliveries(session, came, known.by, self.overdue_counts)
            session.commit()  # of the session: the transaction is the import's
        self.deliveries += sum(left < one.quantity for one, left in zip(came, without_order, strict=True))

    def _look_at(self, session: Session, warehouse_id: str, counted_at: datetime, now: datetime) -> None:
        """What was due in a warehouse by a count, and what would be there had nothing come, below 0 where more was sold
        than had been there."""
        place = session.get_one(WarehouseRow, warehouse_id)
        day = today_there(counted_at, place.timezone)
        due: defaultdict[str, Decimal] = defaultdict(Decimal)
        for line in lines_under_way(session, warehouse_id, counted_at, self.overdue_counts):
            if line.delivery_date <= day:
                due[line.product_id] += line.under_way
        left: defaultdict[str, Decimal] = defaultdict(Decimal)
        counts: defaultdict[str, list[datetime]] = defaultdict(list)
        for lot in lots_as_of(session, [warehouse_id], counted_at, product_ids=due) if due else ():
            if lot.blocked_because is None and (lot.on_hand > 0 or lot.lot_id == lot.product_id):
                left[lot.product_id] += lot.on_hand
                counts[lot.product_id].append(min(lot.counted_at, counted_at))
        if counts:
            origin = latest_origins(session, [warehouse_id], counted_at).get(warehouse_id)
            since = sales_since(session, place, origin, counts, counted_at, known_by=now)
            for product_id, sold in since.sold.items():
                left[product_id] -= Decimal(str(sum(one.quantity for one in sold)))
        self.due[warehouse_id, counted_at], self.left[warehouse_id, counted_at] = due, left

    def _delivery(self, warehouse_id: str, product_id: str, quantity: Decimal, counted_at: datetime) -> Delivery | None:
        """What of a product has come since the list before, as far as it was due."""
        due = self.due[warehouse_id, counted_at].get(product_id, Decimal(0))
        more = quantity - self.left[warehouse_id, counted_at].get(product_id, Decimal(0))
        came = min(more, due).quantize(THOUSANDTH)
        if came <= 0:
            return None
        return Delivery(
            warehouse_id=warehouse_id,
            supplier_id=None,
            product_id=product_id,
            quantity=came,
            happened_at=counted_at,
            known_at=counted_at,
            lot_id=product_id,
        )

    def notes(self) -> tuple[str, ...]:
        """What is to be said of purchase orders; nothing where nothing came for one."""
        if not self.deliveries:
            return ()
        what = "product that was due has" if self.deliveries == 1 else "products that were due have"
        return (f"{self.deliveries:,} {what} come, by what the list has more than before.",)
