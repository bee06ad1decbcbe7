"""Warehouses and products."""

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import texts
from api.pagination import Page, PageQuery, page_of
from api.problems import NotFound, responses
from api.schemas.places import ProductOut, WarehouseOut
from api.schemas.values import Identifier, PathId
from api.security import Principal, Scope, requires
from api.transactions import ReadSession
from data.tables import Product, Warehouse

router = APIRouter(tags=["places and products"])
Reader = Annotated[Principal, requires(Scope.READ)]


class ProductsQuery(PageQuery):
    """Which products."""

    category: Identifier | None = None


def known_warehouse(session: Session, warehouse_id: str) -> Warehouse:
    """The warehouse; raises NotFound."""
    warehouse = session.get(Warehouse, warehouse_id)
    if warehouse is None:
        raise NotFound(texts.NO_SUCH.format(kind="warehouse", id=warehouse_id))
    return warehouse


@router.get("/warehouses", responses=responses())
def list_warehouses(session: ReadSession, who: Reader, asked: Annotated[PageQuery, Query()]) -> Page[WarehouseOut]:
    """All front warehouses, by id."""
    return page_of(
        session,
        select(Warehouse),
        [Warehouse.warehouse_id],
        asked,
        lambda row: WarehouseOut.model_validate(row.Warehouse),
    )


@router.get("/products", responses=responses())
def list_products(session: ReadSession, who: Reader, asked: Annotated[ProductsQuery, Query()]) -> Page[ProductOut]:
    """All products, or those of a category, by id."""
    query = select(Product)
    if asked.category is not None:
        query = query.where(Product.category == asked.category)
    return page_of(session, query, [Product.product_id], asked, lambda row: ProductOut.model_validate(row.Product))


@router.get("/warehouses/{warehouse_id}", responses=responses(NotFound))
def read_warehouse(session: ReadSession, who: Reader, warehouse_id: PathId) -> WarehouseOut:
    """One front warehouse."""
    return WarehouseOut.model_validate(known_warehouse(session, warehouse_id))
