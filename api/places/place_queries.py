"""Looks up places and products by their ids."""

from sqlalchemy.orm import Session

from api import texts
from api.problems import NotFound
from data.tables import ProductRow, WarehouseRow


def known_warehouse(session: Session, warehouse_id: str) -> WarehouseRow:
    """The warehouse; raises NotFound."""
    warehouse = session.get(WarehouseRow, warehouse_id)
    if warehouse is None:
        raise NotFound(texts.NOT_FOUND.format(kind="Warehouse", id=warehouse_id))
    return warehouse


def known_product(session: Session, product_id: str) -> ProductRow:
    """The product; raises NotFound."""
    product = session.get(ProductRow, product_id)
    if product is None:
        raise NotFound(texts.NOT_FOUND.format(kind="Product", id=product_id))
    return product
