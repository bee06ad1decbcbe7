"""Counts of stock: of lots, of products whose lots nobody told apart, or of all that a warehouse has."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.kept.product_counts import ProductCount, products_of_numbers, write_product_counts
from data.kept.stock_ledger import LotChange
from data.kept.whole_counts import lots_not_found
from data.tables import LotRow, StockChangeKind, StockChangeRow
from flows.errors import Invalid, NotNow
from flows.stock.changing_lots import (
    change_once,
    known_lot,
    known_product,
    require_after_count,
    require_past,
    require_quantity,
    write,
)

COUNTED = StockChangeKind.COUNTED


@dataclass(frozen=True)
class StockCount:
    """What was counted in a warehouse at a moment: by lot, and by product where lots were not told apart, in the
    product's unit. `whole` says that there is nothing else."""

    warehouse_id: str
    counted_at: datetime
    lots: Sequence[tuple[str, Decimal]] = ()
    products: Sequence[tuple[str, Decimal]] = ()
    whole: bool = False
    note: str | None = None


def count_stock(session: Session, count_id: str, count: StockCount, now: datetime, by: str) -> Sequence[StockChangeRow]:
    """Keeps a count; the changes of lots, also of those that were as expected. Safe to repeat under its id.

    Of a product without lots, what is missing was sold, first-expired first, and what is more becomes a lot numbered
    as the product. A whole count makes every lot that it does not name 0, unless it came or was counted later.
    Raises Unknown, Invalid, NotNow where a lot was counted later."""
    require_past(count.counted_at, now, "counted_at")
    if not (count.lots or count.products or count.whole):
        raise Invalid("A count needs lots or products, or to be of the whole warehouse.", field="lots")

    def same(kept: Sequence[StockChangeRow]) -> bool:
        lots = {change.lot_id for change in kept}
        return {lot_id for lot_id, _ in count.lots} <= lots and {change.kind for change in kept} == {COUNTED}

    def work(_: object) -> None:
        named = _counted_lots(session, count)
        products = _counted_products(session, count, {lot.product_id for lot, _ in named}, now)
        found = {lot.lot_id: quantity for lot, quantity in named}
        if count.whole:
            products_named = [product.product_id for product in products]
            absent = lots_not_found(session.connection(), count.warehouse_id, count.counted_at, found, products_named)
            found |= dict.fromkeys(absent, Decimal(0))
        changes = [
            LotChange(count.warehouse_id, lot_id, COUNTED, quantity, count.counted_at, now, note=count.note)
            for lot_id, quantity in found.items()
        ]
        write(session, changes, count_id, by)
        write_product_counts(session.connection(), products, count_id, by, count.note)
        session.expire_all()

    return change_once(session, count_id, [count.warehouse_id], same, work)


def _counted_lots(session: Session, count: StockCount) -> list[tuple[LotRow, Decimal]]:
    if len({lot_id for lot_id, _ in count.lots}) < len(count.lots):
        raise Invalid("A lot comes twice in this count.", field="lots")
    found = []
    for lot_id, quantity in count.lots:
        require_quantity(quantity, "lots.quantity", above_zero=False)
        lot = known_lot(session, count.warehouse_id, lot_id)
        if lot.received_at > count.counted_at:
            raise Invalid(
                "Lot {lot_id} came at {received_at}, after this count.",
                lot_id=lot_id,
                received_at=lot.received_at.isoformat(),
                field="lots.lot_id",
            )
        require_after_count(lot, count.counted_at)
        found.append((lot, quantity))
    return found


def _counted_products(session: Session, count: StockCount, by_lot: set[str], now: datetime) -> list[ProductCount]:
    if len({product_id for product_id, _ in count.products}) < len(count.products):
        raise Invalid("A product comes twice in this count.", field="products")
    found = []
    for product_id, quantity in count.products:
        require_quantity(quantity, "products.quantity", above_zero=False)
        known_product(session, product_id)
        if product_id in by_lot:
            raise Invalid(
                "Product {product_id} is counted by lot and as a whole.",
                product_id=product_id,
                field="products.product_id",
            )
        found.append(
            ProductCount(count.warehouse_id, product_id, quantity, count.counted_at, known_at=count.counted_at)
        )
    numbers = products_of_numbers(session.connection(), [product.product for product in found])
    for (_, number), product_id in numbers.items():
        if number != product_id:
            raise NotNow(
                "Lot {number} is of product {product_id}; product {number} must be counted by lot.",
                number=number,
                product_id=product_id,
            )
    for lot in session.scalars(
        select(LotRow).where(
            LotRow.warehouse_id == count.warehouse_id,
            LotRow.product_id.in_([product.product_id for product in found]),
            LotRow.counted_at > count.counted_at,
            LotRow.received_at <= count.counted_at,
        )
    ):
        require_after_count(lot, count.counted_at)
    return found
