"""How stock of a file is kept: what is said of a lot replaces what was kept of it, but what is left of it goes through
the ledger of stock, as a count or, for a new lot, a receipt. A list without lots is a count of products."""

from decimal import Decimal
from uuid import uuid4

from sqlalchemy import Connection

from data.bulk import write_rows
from data.importers.rows.known import Known
from data.importers.rows.records import Records
from data.kept.locked_warehouses import lock_warehouses
from data.kept.product_counts import ProductCount, write_product_counts
from data.kept.stock_ledger import LOTS, LotChange, LotState, lot_states, write_changes
from data.tables import StockChangeKind

OF_THE_LEDGER = {"quantity_on_hand", "counted_at"}


def keep_lots(connection: Connection, records: Records, known: Known) -> None:
    """Writes lots, and changes what is left of them where the file says it."""
    lots = list(records.good("warehouse_id", "lot_id"))
    lock_warehouses(connection, {warehouse_id for warehouse_id, _ in lots})
    before = lot_states(connection, lots)
    names = [name for name in records.values if name in LOTS.columns and name != "quantity_on_hand"]
    rows = ((*row, 0) for row in records.good(*names))  # the ledger says how much
    write_rows(connection, LOTS, [*names, "quantity_on_hand"], rows, "update", _replaced(records, names))
    counted = "quantity_on_hand" in records.texts
    kind = StockChangeKind.COUNTED if counted else StockChangeKind.RECEIVED
    moments = records.good("known_at", "counted_at")
    changes = {}  # a lot that comes twice is refused at the end of the file
    for lot, (on_hand,), (known_at, counted_at) in zip(lots, records.good("quantity_on_hand"), moments, strict=True):
        if counted or lot not in before:
            warehouse_id, lot_id = lot
            known_then = max(known_at, counted_at)
            changes[lot] = LotChange(warehouse_id, lot_id, kind, on_hand, counted_at, known_then)
    states = {lot: before.get(lot) or LotState(Decimal(0), change.happened_at) for lot, change in changes.items()}
    write_changes(connection, list(changes.values()), f"import-{uuid4().hex}", known.by, states)


def _replaced(records: Records, names: list[str]) -> list[str]:
    """The columns that lots which are there already take over from the file."""
    return [name for name in records.said(*names) if name not in OF_THE_LEDGER]


def keep_stock_list(connection: Connection, records: Records, known: Known) -> None:
    """Writes what a list says of products to their lots."""
    rows = records.good("warehouse_id", "product_id", "quantity", "counted_at")
    # a product that comes twice is refused at the end of the file
    counts = {
        (warehouse_id, product_id): ProductCount(warehouse_id, product_id, quantity, counted_at, known_at=counted_at)
        for warehouse_id, product_id, quantity, counted_at in rows
    }
    lock_warehouses(connection, {warehouse_id for warehouse_id, _ in counts})
    write_product_counts(connection, list(counts.values()), f"import-{uuid4().hex}", known.by)
