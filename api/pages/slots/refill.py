"""Which pick faces to refill before the next rush: one card after the other, done with one tap."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated
from urllib.parse import quote

from fastapi import Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.pages.laid_in_reserve import Laid
from api.pages.rendering import done, page
from api.places.place_queries import known_warehouse
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession, WriteSession
from data.tables import LotRow, ProductRow
from flows.slotting.refilling import Refilling, refilling
from flows.stock.in_reserve import lay_in_reserve
from warehouse.slotting.replenishing import Replenishment

router = Router(include_in_schema=False)

Reads = Annotated[Principal, requires(Scope.READ)]
Writes = Annotated[Principal, requires(Scope.MOVES_WRITE)]


@dataclass(frozen=True)
class Carry:
    """Something to carry, of which lot, how much of it was put into the reserve slot, and when its face would run out
    if it were left alone (None: later)."""

    told: Replenishment
    product: ProductRow
    lot: LotRow
    put: Decimal
    runs_out_at: datetime | None


@router.get("/warehouses/{warehouse_id}/refill")
def refill(request: Request, session: ReadSession, now: Now, who: Reads, warehouse_id: str) -> Response:
    """What to carry, in the order of work."""
    warehouse = known_warehouse(session, warehouse_id)
    found = refilling(session, warehouse, now, request.app.state.settings.refill_times)
    carries = carries_of(session, warehouse_id, found)
    return page(request, "slots/refill.html", warehouse=warehouse, refilling=found, carries=carries)


@router.post("/warehouses/{warehouse_id}/refill")
def refilled(session: WriteSession, who: Writes, warehouse_id: str, laid: Laid) -> Response:
    """It lies in its face now; so much is left in the reserve slot."""
    lay_in_reserve(session, laid.slot_id, laid.lot_id, laid.lies, laid.was)
    return done(f"/warehouses/{quote(warehouse_id, safe='')}/refill", "refilled")


def carries_of(session: Session, warehouse_id: str, found: Refilling) -> list[Carry]:
    """The carries with what people call their goods."""
    products = _products(session, {one.product_id for one in found.carries})
    return [
        Carry(
            one,
            products[one.product_id],
            session.get_one(LotRow, (warehouse_id, one.lot_id)),
            found.put[one.from_slot_id, one.lot_id],
            None if one.runs_out_in is None else found.hours[one.runs_out_in],
        )
        for one in found.carries
    ]


def _products(session: Session, product_ids: set[str]) -> dict[str, ProductRow]:
    rows = session.scalars(select(ProductRow).where(ProductRow.product_id.in_(product_ids)))
    return {row.product_id: row for row in rows}
