"""A warehouse's range as a table, classed by money and by how well it is forecast, what earns least first."""

from collections import Counter
from typing import Annotated
from urllib.parse import quote

from fastapi import Query, Request, Response
from sqlalchemy import select

from api.pages.rendering import done, page
from api.places.place_queries import known_warehouse
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession, WriteSession
from data.frames.product_ranges import ranges_of
from data.tables import ProductClassRow, ProductRow, RangeKind
from flows.assortment.changing_ranges import set_range

router = Router(include_in_schema=False)
Letter = Annotated[str, Query(max_length=1)]


@router.get("/warehouses/{warehouse_id}/range")
def range_of(
    request: Request,
    session: ReadSession,
    now: Now,
    who: Annotated[Principal, requires(Scope.READ)],
    warehouse_id: str,
    abc: Letter = "",
    xyz: Letter = "",
) -> Response:
    """All products, or those of some classes."""
    warehouse = known_warehouse(session, warehouse_id)
    row = ProductClassRow
    query = (
        select(row, ProductRow)
        .join(ProductRow, ProductRow.product_id == row.product_id)
        .where(row.warehouse_id == warehouse_id)
        .order_by(row.rank, row.product_id)
    )
    every = session.execute(query).tuples().all()
    return page(
        request,
        "assortment/range.html",
        warehouse=warehouse,
        rows=[(one, goods) for one, goods in every if abc in ("", one.abc) and xyz in ("", one.xyz)],
        counts=Counter((one.abc, one.xyz) for one, _ in every),
        judged=every[0][0].worked_out_at if every else None,
        ranges=ranges_of(session, warehouse_id, now),
        abc=abc,
        xyz=xyz,
    )


@router.post("/warehouses/{warehouse_id}/range/{product_id}/keep")
def keep(
    session: WriteSession,
    now: Now,
    who: Annotated[Principal, requires(Scope.PLANS_WRITE)],
    warehouse_id: str,
    product_id: str,
) -> Response:
    """Lets a product that is tried, or was to leave, stay without an end."""
    set_range(session, warehouse_id, product_id, RangeKind.KEPT, now, who.name)
    return done(f"/warehouses/{quote(warehouse_id, safe='')}/range", "range_kept")
