"""What a count of all that a warehouse has did not find."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, select

from data.kept.stock_ledger import LOTS


def lots_not_found(
    connection: Connection,
    warehouse_id: str,
    counted_at: datetime,
    lots: Collection[str] = (),
    products: Collection[str] = (),
) -> list[str]:
    """The lots of a warehouse that a whole count would have found, had they been there: neither they nor their products
    are named, and they neither came nor were counted later."""
    query = select(LOTS.c.lot_id, LOTS.c.product_id).where(
        LOTS.c.warehouse_id == warehouse_id,
        LOTS.c.quantity_on_hand > 0,
        LOTS.c.counted_at <= counted_at,  # which is when it came, where nobody has counted it since
    )
    named, of_products = set(lots), set(products)
    return [
        row.lot_id
        for row in connection.execute(query.order_by(LOTS.c.lot_id))
        if row.lot_id not in named and row.product_id not in of_products
    ]
