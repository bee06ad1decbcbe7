"""Counts of products that do not say which lots they found: what is missing of the lots was sold, first-expired first,
and what is more lies in a lot of the product's own.

That lot has the product's id for its number. What lies in it is taken as received on the day of the count, since nobody
says how old it is. So a shop without lots has one lot of each product.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, bindparam, or_, select, tuple_, update

from data.bulk import write_rows
from data.kept.stock_ledger import ASKED_AT_ONCE, LOTS, LotChange, write_changes
from data.local_days import today_there
from data.tables import ProductRow, StockChangeKind, WarehouseRow

NEW_LOT = (
    *("warehouse_id", "lot_id", "product_id", "received_at", "quantity_received", "quantity_on_hand"),
    *("known_at", "counted_at"),
)
ProductKey = tuple[str, str]  # warehouse_id, product_id
Lots = Sequence[Row[Any]]


@dataclass(frozen=True)
class ProductCount:
    """How much of a product a warehouse had at a moment."""

    warehouse_id: str
    product_id: str
    quantity: Decimal
    counted_at: datetime
    known_at: datetime

    @property
    def product(self) -> ProductKey:
        return self.warehouse_id, self.product_id


def write_product_counts(
    connection: Connection, counts: Sequence[ProductCount], action_id: str, by: str, note: str | None = None
) -> int:
    """Writes counts of products to their lots; returns how many said something new, which older ones do not.

    Blocked lots, and those that came after the count, are not among what was counted. Who calls has locked the
    warehouses. Raises ValueError where a product comes twice, or a lot that has its number is of another one."""
    if len({count.product for count in counts}) < len(counts):
        raise ValueError("a product comes twice in one count")
    lots = _lots_of(connection, counts)
    new = [count for count in counts if not _was_counted_later(count, lots[count.product])]
    changes, own_lots = [], []
    for count in new:
        there = [lot for lot in lots[count.product] if lot.received_at <= count.counted_at]
        found = quantities_found(count.quantity, count.product_id, there)
        if found.get(count.product_id):
            own_lots.append(count)
        changes += [
            LotChange(count.warehouse_id, lot_id, StockChangeKind.COUNTED, quantity, count.counted_at, count.known_at,
                      note=note)
            for lot_id, quantity in found.items()
        ]  # fmt: skip
    _keep_own_lots(connection, own_lots)
    write_changes(connection, changes, action_id, by)
    return len(new)


def quantities_found(counted: Decimal, product_id: str, lots: Lots) -> dict[str, Decimal]:
    """How much of each lot a count of their product found, by number; the product's own lot has what the others do not
    explain."""
    sold = max(sum((lot.quantity_on_hand for lot in lots), Decimal(0)) - counted, Decimal(0))
    found: dict[str, Decimal] = {}
    for lot in sorted(lots, key=lambda lot: (lot.expires_on or date.max, lot.lot_id)):
        taken = min(sold, lot.quantity_on_hand)
        found[lot.lot_id] = lot.quantity_on_hand - taken
        sold -= taken
    more = counted - sum(found.values(), Decimal(0))
    if more > 0:
        found[product_id] = found.get(product_id, Decimal(0)) + more
    return found


def products_of_numbers(connection: Connection, products: Sequence[ProductKey]) -> dict[ProductKey, str]:
    """Of which product the lots are that have a product's id for their number, by warehouse and number."""
    found: dict[ProductKey, str] = {}
    query = select(LOTS.c.warehouse_id, LOTS.c.lot_id, LOTS.c.product_id)
    for part in _parts(products):
        of_part = tuple_(LOTS.c.warehouse_id, LOTS.c.lot_id).in_(part)
        found |= {(row.warehouse_id, row.lot_id): row.product_id for row in connection.execute(query.where(of_part))}
    return found


def _was_counted_later(count: ProductCount, lots: Lots) -> bool:
    return any(
        lot.counted_at > count.counted_at and (lot.received_at <= count.counted_at or lot.lot_id == count.product_id)
        for lot in lots
    )


def _lots_of(connection: Connection, counts: Sequence[ProductCount]) -> defaultdict[ProductKey, list[Row[Any]]]:
    """The lots of each product that something is left of, and its own; not blocked ones."""
    for (warehouse_id, number), product in products_of_numbers(connection, [c.product for c in counts]).items():
        if product != number:
            raise ValueError(f"lot {number} of warehouse {warehouse_id} is of product {product}")
    lots: defaultdict[ProductKey, list[Row[Any]]] = defaultdict(list)
    some_or_own = or_(LOTS.c.quantity_on_hand > 0, LOTS.c.lot_id == LOTS.c.product_id)
    for part in _parts([count.product for count in counts]):
        of_part = tuple_(LOTS.c.warehouse_id, LOTS.c.product_id).in_(part)
        for lot in connection.execute(select(LOTS).where(of_part, some_or_own, LOTS.c.blocked_at.is_(None))):
            lots[lot.warehouse_id, lot.product_id].append(lot)
    return lots


def _keep_own_lots(connection: Connection, counts: Sequence[ProductCount]) -> None:
    """Makes the products' own lots where there are none yet, and dates what lies in them."""
    if not counts:
        return
    rows = [(*count.product, count.product_id, count.counted_at, count.quantity, 0, count.known_at, count.counted_at)
            for count in counts]  # fmt: skip
    write_rows(connection, LOTS, NEW_LOT, rows, "ignore")
    of_it = (LOTS.c.warehouse_id == bindparam("of_warehouse")) & (LOTS.c.lot_id == bindparam("of_product"))
    dated = {
        LOTS.c[name]: bindparam(value, type_=LOTS.c[name].type)
        for name, value in (("expires_on", "expires"), ("received_at", "at"), ("quantity_received", "received"))
    }
    other = or_(*(column.is_distinct_from(value) for column, value in dated.items()))
    connection.execute(
        update(LOTS).where(of_it, other).values(dated),
        [
            {"of_warehouse": count.warehouse_id, "of_product": count.product_id, "at": count.counted_at,
             "expires": last_day, "received": count.quantity}
            for count, last_day in zip(counts, _last_days(connection, counts), strict=True)
        ],
    )  # fmt: skip


def _last_days(connection: Connection, counts: Sequence[ProductCount]) -> list[date | None]:
    """The last day of what was received on the day of each count; None for what keeps."""
    zones = dict(connection.execute(select(WarehouseRow.warehouse_id, WarehouseRow.timezone)).tuples().all())
    lives = dict(connection.execute(select(ProductRow.product_id, ProductRow.shelf_life_days)).tuples().all())
    days = [(today_there(count.counted_at, zones[count.warehouse_id]), lives[count.product_id]) for count in counts]
    return [None if life is None else day + timedelta(days=life - 1) for day, life in days]


def _parts(keys: Sequence[ProductKey]) -> list[Sequence[ProductKey]]:
    return [keys[first : first + ASKED_AT_ONCE] for first in range(0, len(keys), ASKED_AT_ONCE)]
