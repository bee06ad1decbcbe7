"""Stock: how old each warehouse's count is, what is there and will become of it, and the lots themselves."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Query, Request, Response
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.pages.rendering import page
from api.places.place_queries import known_warehouse
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession
from data.frames.lots_as_of import last_counts
from data.local_days import today_there
from data.tables import PurchaseOrderRow, WarehouseRow
from flows.purchasing.shelves.lacking_elsewhere import lacking_elsewhere
from flows.purchasing.shelves.stock_outlook import ProductStock, stock_of_warehouse
from flows.settings import Settings

PRODUCTS_A_PAGE = 100
MOST_URGENT = 12

router = Router(prefix="/stock", include_in_schema=False)
Reads = Annotated[Principal, requires(Scope.READ)]


@dataclass(frozen=True)
class WarehouseInList:
    """A warehouse: when its stock was counted last, if that is too long ago, and how many purchase orders are due."""

    warehouse: WarehouseRow
    counted_at: datetime | None
    old: bool
    due: int


@router.get("")
def warehouses(request: Request, session: ReadSession, now: Now, who: Reads) -> Response:
    """Every warehouse, those with the oldest stock first."""
    return page(
        request, "stock/warehouses.html", rows=warehouses_by_age(session, request.app.state.settings, now), now=now
    )


@router.get("/{warehouse_id}")
def stock(
    request: Request,
    session: ReadSession,
    now: Now,
    who: Reads,
    warehouse_id: str,
    search: Annotated[str, Query(max_length=100)] = "",
    first: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Response:
    """What is there, what comes, what runs out before the next delivery, what will expire before it sells."""
    place = known_warehouse(session, warehouse_id)
    settings = request.app.state.settings
    known = stock_of_warehouse(session, place, now, settings.purchasing)
    unsold = [one for one in known.products if one.outlook.unsold_quantity > 0][:MOST_URGENT]
    found = [one for one in known.products if _matches(one, search)]
    return page(
        request,
        "stock/stock.html",
        warehouse=place,
        stock=known,
        old=known.counted_at is not None and known.counted_at < now - settings.stock_old_after,
        now=now,
        today=today_there(now, place.timezone),
        unsold=unsold,
        lacking=lacking_elsewhere(session, place, {one.product.product_id for one in unsold}, now, settings.purchasing),
        runs_out=[one for one in known.products if one.outlook.runs_out_on is not None],
        expired=[one for one in known.products if one.outlook.expired > 0],
        products=found[first : first + PRODUCTS_A_PAGE],
        count=len(found),
        first=first,
        search=search,
        page_size=PRODUCTS_A_PAGE,
        most=MOST_URGENT,
    )


def warehouses_by_age(session: Session, settings: Settings, now: datetime) -> list[WarehouseInList]:
    """Every warehouse; never counted ones first, then by the age of the last count."""
    places = session.scalars(select(WarehouseRow).order_by(WarehouseRow.name, WarehouseRow.warehouse_id)).all()
    counts = last_counts(session, [place.warehouse_id for place in places], now)
    order = PurchaseOrderRow
    days = {place.warehouse_id: today_there(now, place.timezone) for place in places}
    due = select(order.warehouse_id, order.delivery_date, func.count()).where(
        order.closed_at.is_(None), order.delivery_date.in_(set(days.values()))
    )
    by_day = {row[:2]: row[2] for row in session.execute(due.group_by(order.warehouse_id, order.delivery_date))}
    rows = []
    for place in places:
        name = place.warehouse_id
        counted_at = counts.get(name)
        old = counted_at is not None and counted_at < now - settings.stock_old_after
        rows.append(WarehouseInList(place, counted_at, old, by_day.get((name, days[name]), 0)))
    return sorted(rows, key=lambda row: (row.counted_at is not None, row.counted_at or now))


def _matches(one: ProductStock, search: str) -> bool:
    wanted = search.strip().casefold()
    return one.product.is_called_like(wanted) or wanted in one.product.product_id.casefold()
