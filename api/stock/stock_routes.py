"""A warehouse's stock, and what changes it: counts, write-offs, returns, transfers, blocked lots; the way of a lot."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import uuid4

from fastapi import Query, Request
from sqlalchemy import select
from starlette.responses import Response

from api.idempotency import Repeatable, answer_once
from api.pagination import rows_of_page
from api.places.place_queries import known_warehouse
from api.problems import Conflict, NotFound, TooLarge, WrongMediaType, not_found, responses
from api.resources.reading import answer_with
from api.routing import LISTS, Router, body_up_to
from api.security import Principal, Scope, requires
from api.stock.asked_changes import BlockIn, CountIn, ReturnIn, TransferIn, WriteOffIn
from api.stock.stock_schemas import (
    LotStateOut,
    OneStockQuery,
    ProductStockOut,
    StockChangesOut,
    StockPage,
    StockQuery,
    TraceOut,
)
from api.transactions import Now, ReadSession, WriteSession
from api.values import PathId
from data.tables import ProductRow
from flows.purchasing.shelves.lacking_elsewhere import lacking_elsewhere
from flows.purchasing.shelves.stock_outlook import stock_of_warehouse
from flows.stock.blocking import block_lot, unblock_lot
from flows.stock.counting import StockCount, count_stock
from flows.stock.moving import Transfer, move_to_warehouse
from flows.stock.returning import return_to_stock
from flows.stock.tracing import trace_lot
from flows.stock.writing_off import WriteOff, write_off

router = Router(tags=["stock"])
Reader = Annotated[Principal, requires(Scope.READ)]
Keeper = Annotated[Principal, requires(Scope.STOCK_WRITE)]
CHANGES = responses(NotFound, Conflict, TooLarge, WrongMediaType)
NOBODY_KNEW = datetime(2000, 1, 1, tzinfo=UTC)  # nothing that is kept is older


@router.get("/warehouses/{warehouse_id}/stock", responses=responses(NotFound), response_model=StockPage)
def show_stock(
    request: Request,
    session: ReadSession,
    now: Now,
    who: Reader,
    warehouse_id: PathId,
    asked: Annotated[StockQuery, Query()],
) -> Response:
    """Stock as it is expected now or was at a moment: by lot and last day, what arrives, what runs out before the next
    delivery, what will expire before it sells."""
    place = known_warehouse(session, warehouse_id)
    settings = request.app.state.settings
    moment = _moment(asked.as_of, now)
    stock = stock_of_warehouse(session, place, moment, settings.purchasing)
    products = {one.product.product_id: one for one in stock.products}
    query = select(ProductRow).where(ProductRow.product_id.in_(products))
    if asked.category is not None:
        query = query.where(ProductRow.category == asked.category)
    rows, following = rows_of_page(session, query, [ProductRow.product_id], asked)
    shown = [products[row.ProductRow.product_id] for row in rows]
    too_much = {one.product.product_id for one in shown if one.outlook.unsold}
    lacking = lacking_elsewhere(session, place, too_much, moment, settings.purchasing)
    page = StockPage(
        items=[ProductStockOut.of(one, lacking.get(one.product.product_id, ())) for one in shown],
        next=following,
        warehouse_id=warehouse_id,
        as_of=moment,
        counted_at=stock.counted_at,
        old=stock.counted_at is not None and stock.counted_at < moment - settings.stock_old_after,
    )
    return answer_with(page, asked.fields)


@router.get("/warehouses/{warehouse_id}/stock/{product_id}", responses=responses(NotFound))
def show_stock_of_product(
    request: Request,
    session: ReadSession,
    now: Now,
    who: Reader,
    warehouse_id: PathId,
    product_id: PathId,
    asked: Annotated[OneStockQuery, Query()],
) -> ProductStockOut:
    """One product's stock. 404: the warehouse neither has it nor expects it."""
    place = known_warehouse(session, warehouse_id)
    settings, moment = request.app.state.settings, _moment(asked.as_of, now)
    stock = stock_of_warehouse(session, place, moment, settings.purchasing)
    found = next((one for one in stock.products if one.product.product_id == product_id), None)
    if found is None:
        raise not_found("Stock", product_id)
    too_much = {product_id} if found.outlook.unsold else set()
    lacking = lacking_elsewhere(session, place, too_much, moment, settings.purchasing)
    return ProductStockOut.of(found, lacking.get(product_id, ()))


def _moment(asked: datetime | None, now: datetime) -> datetime:
    return now if asked is None else min(now, max(asked, NOBODY_KNEW))


@router.post(
    "/stock-counts", status_code=201, response_model=StockChangesOut, responses=CHANGES, openapi_extra=body_up_to(LISTS)
)
def count(session: WriteSession, now: Now, who: Keeper, asked: CountIn, repeatable: Repeatable) -> Response:
    """What was counted, by lot, by product, or the whole warehouse. 409: a lot was counted later."""
    id = asked.id or uuid4().hex
    counted = StockCount(
        asked.warehouse_id,
        asked.counted_at or now,
        [(lot.lot_id, lot.quantity) for lot in asked.lots],
        [(product.product_id, product.quantity) for product in asked.products],
        asked.whole,
        asked.note,
    )
    return answer_once(
        session,
        repeatable,
        who.key_id,
        now,
        lambda: StockChangesOut.of(id, count_stock(session, id, counted, now, who.name)),
    )


@router.post(
    "/write-offs", status_code=201, response_model=StockChangesOut, responses=CHANGES, openapi_extra=body_up_to(LISTS)
)
def take_out(session: WriteSession, now: Now, who: Keeper, asked: WriteOffIn, repeatable: Repeatable) -> Response:
    """What is thrown away, marked down or given away. 409: less than that is left, which the answer names."""
    id = asked.id or uuid4().hex
    lots = [(lot.lot_id, lot.quantity) for lot in asked.lots]
    taken = WriteOff(asked.warehouse_id, lots, asked.reason, asked.happened_at or now, asked.note)
    return answer_once(
        session,
        repeatable,
        who.key_id,
        now,
        lambda: StockChangesOut.of(id, write_off(session, id, taken, now, who.name)),
    )


@router.post("/returns", status_code=201, response_model=StockChangesOut, responses=CHANGES)
def put_back(session: WriteSession, now: Now, who: Keeper, asked: ReturnIn, repeatable: Repeatable) -> Response:
    """What came back and can be sold again. What the order lines say was returned counts without it."""
    id = asked.id or uuid4().hex
    what = (asked.warehouse_id, asked.product_id, asked.quantity)
    return answer_once(
        session,
        repeatable,
        who.key_id,
        now,
        lambda: StockChangesOut.of(id, return_to_stock(session, id, *what, now, who.name, asked.lot_id, asked.note)),
    )


@router.post("/transfers", status_code=201, response_model=StockChangesOut, responses=CHANGES)
def transfer(session: WriteSession, now: Now, who: Keeper, asked: TransferIn, repeatable: Repeatable) -> Response:
    """Carries a part of a lot to another warehouse. 409: less than that is left, or the lot is blocked."""
    id = asked.id or uuid4().hex
    moved = Transfer(asked.from_warehouse_id, asked.lot_id, asked.to_warehouse_id, asked.quantity, asked.note)
    return answer_once(
        session,
        repeatable,
        who.key_id,
        now,
        lambda: StockChangesOut.of(id, move_to_warehouse(session, id, moved, now, who.name)),
    )


@router.post("/warehouses/{warehouse_id}/lots/{lot_id}/block", responses=CHANGES)
def block(
    session: WriteSession, now: Now, who: Keeper, warehouse_id: PathId, lot_id: PathId, asked: BlockIn
) -> LotStateOut:
    """Nothing is dispatched from the lot any more, and no plan counts it. Safe to repeat: the first word stays."""
    return LotStateOut.model_validate(block_lot(session, warehouse_id, lot_id, asked.because, now, who.name))


@router.post("/warehouses/{warehouse_id}/lots/{lot_id}/unblock", responses=responses(NotFound))
def unblock(session: WriteSession, who: Keeper, warehouse_id: PathId, lot_id: PathId) -> LotStateOut:
    """The lot may be dispatched again. Safe to repeat."""
    return LotStateOut.model_validate(unblock_lot(session, warehouse_id, lot_id))


@router.get("/warehouses/{warehouse_id}/lots/{lot_id}/trace", responses=responses(NotFound))
def trace(session: ReadSession, now: Now, who: Reader, warehouse_id: PathId, lot_id: PathId) -> TraceOut:
    """Where a lot came from and where it went, for a recall."""
    return TraceOut.of(trace_lot(session, warehouse_id, lot_id, now))
