"""A count on foot: the lots of a product or of all, with what is expected beside each; what is left empty was not
counted."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated
from urllib.parse import quote
from uuid import uuid4

from fastapi import Form, Query, Request, Response

from api.pages.rendering import done, page
from api.pages.texts import say
from api.pages.typed_numbers import as_number
from api.places.place_queries import known_warehouse
from api.problems import Unprocessable
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession, WriteSession
from flows.purchasing.shelves.stock_outlook import stock_of_warehouse
from flows.stock.counting import StockCount, count_stock

LOTS_A_PAGE = 150

router = Router(prefix="/stock/{warehouse_id}/count", include_in_schema=False)
Writes = Annotated[Principal, requires(Scope.STOCK_WRITE)]
Counted = Annotated[list[str], Form()]


@router.get("")
def form(
    request: Request,
    session: ReadSession,
    now: Now,
    who: Writes,
    warehouse_id: str,
    search: Annotated[str, Query(max_length=100)] = "",
    first: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Response:
    """The lots to count, by product."""
    place = known_warehouse(session, warehouse_id)
    known = stock_of_warehouse(session, place, now, request.app.state.settings.purchasing)
    wanted = search.strip().casefold()
    lots = [
        (stock.product, one)
        for stock in sorted(known.products, key=lambda stock: stock.product.name)
        for one in stock.lots
        if stock.product.is_called_like(wanted) or wanted in f"{stock.product.product_id} {one.lot.lot_id}".casefold()
    ]
    return page(
        request,
        "stock/count.html",
        warehouse=place,
        lots=lots[first : first + LOTS_A_PAGE],
        count=len(lots),
        first=first,
        page_size=LOTS_A_PAGE,
        search=search,
        count_id=uuid4().hex,
        products=sorted((stock.product for stock in known.products), key=lambda product: product.name),
    )


@router.post("")
def keep(
    session: WriteSession,
    now: Now,
    who: Writes,
    warehouse_id: str,
    count_id: Annotated[str, Form(min_length=1, max_length=64)],
    lot_id: Counted = [],  # noqa: B006 - FastAPI copies it
    quantity: Counted = [],  # noqa: B006
    product_id: Counted = [],  # noqa: B006
    product_quantity: Counted = [],  # noqa: B006
) -> Response:
    """Keeps what was counted; empty fields were not."""
    count = StockCount(warehouse_id, now, _filled_in(lot_id, quantity), _filled_in(product_id, product_quantity))
    changes = count_stock(session, count_id, count, now, who.name)
    return done(f"/stock/{quote(warehouse_id, safe='')}", "counted", n=str(len(changes)))


def _filled_in(names: Sequence[str], quantities: Sequence[str]) -> list[tuple[str, Decimal]]:
    found = []
    for name, text in zip(names, quantities, strict=False):
        if name.strip() and text.strip():
            try:
                found.append((name.strip(), as_number(text)))
            except ValueError:
                raise Unprocessable(say("count.not_a_number", what=text)) from None
    return found
