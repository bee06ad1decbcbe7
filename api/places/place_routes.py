"""Warehouses and products."""

from typing import Annotated

from fastapi import APIRouter, Query
from sqlalchemy import select

from api.pagination import Page, PageQuery, page_of
from api.places.place_queries import known_warehouse
from api.places.place_schemas import ProductOut, WarehouseOut
from api.problems import NotFound, responses
from api.security import Principal, Scope, requires
from api.transactions import ReadSession
from api.values import Identifier, PathId
from data.tables import ProductRow, WarehouseRow

router = APIRouter(tags=["places and products"])
Reader = Annotated[Principal, requires(Scope.READ)]


class ProductsQuery(PageQuery):
    """Which products."""

    category: Identifier | None = None


@router.get("/warehouses", responses=responses())
def list_warehouses(session: ReadSession, who: Reader, asked: Annotated[PageQuery, Query()]) -> Page[WarehouseOut]:
    """All front warehouses, by id."""
    return page_of(
        session,
        select(WarehouseRow),
        [WarehouseRow.warehouse_id],
        asked,
        lambda row: WarehouseOut.model_validate(row.WarehouseRow),
    )


@router.get("/products", responses=responses())
def list_products(session: ReadSession, who: Reader, asked: Annotated[ProductsQuery, Query()]) -> Page[ProductOut]:
    """All products, or those of a category, by id."""
    query = select(ProductRow)
    if asked.category is not None:
        query = query.where(ProductRow.category == asked.category)
    return page_of(
        session, query, [ProductRow.product_id], asked, lambda row: ProductOut.model_validate(row.ProductRow)
    )


@router.get("/warehouses/{warehouse_id}", responses=responses(NotFound))
def read_warehouse(session: ReadSession, who: Reader, warehouse_id: PathId) -> WarehouseOut:
    """One front warehouse."""
    return WarehouseOut.model_validate(known_warehouse(session, warehouse_id))
