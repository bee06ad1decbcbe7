"""What a report is asked of must be there: a warehouse, category or product that nobody knows is no empty report."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import ProductRow, WarehouseRow
from flows.errors import Unknown


def require_what_is_named(
    session: Session, warehouse_id: str | None = None, category: str | None = None, product_id: str | None = None
) -> None:
    """Raises Unknown for what there is not; None: nothing is named."""
    if warehouse_id is not None and session.get(WarehouseRow, warehouse_id) is None:
        raise Unknown("Warehouse {warehouse_id!r} was not found.", warehouse_id=warehouse_id, field="warehouse_id")
    if product_id is not None and session.get(ProductRow, product_id) is None:
        raise Unknown("Product {product_id!r} was not found.", product_id=product_id, field="product_id")
    of_category = select(ProductRow.product_id).where(ProductRow.category == category).limit(1)
    if category is not None and session.scalar(of_category) is None:
        raise Unknown("No product is of category {category!r}.", category=category, field="category")
