"""Looks up places and products by their ids."""

from sqlalchemy.orm import Session

from api.problems import not_found
from data.tables import ProductRow, WarehouseRow


def known_warehouse(session: Session, warehouse_id: str) -> WarehouseRow:
    """The warehouse; raises NotFound."""
    warehouse = session.get(WarehouseRow, warehouse_id)
    if warehouse is None:
        raise not_found("Warehouse", warehouse_id)
    return warehouse


def known_product(session: Session, product_id: str) -> ProductRow:
    """The product; raises NotFound."""
    product = session.get(ProductRow, product_id)
    if product is None:
        raise not_found("Product", product_id)
    return product
