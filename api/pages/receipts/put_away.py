"""Where the lots of a delivery are put; what lies in reserve is said with one tap."""

from typing import Annotated
from urllib.parse import quote

from fastapi import Request, Response

from api.pages.laid_in_reserve import Laid
from api.pages.receipts.put_away_words import why_nowhere, zone_names
from api.pages.rendering import done, page
from api.places.place_queries import known_warehouse
from api.problems import not_found
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession, WriteSession
from data.tables import ReceiptRow, SupplierRow
from flows.slotting.putting_away import put_away_receipt
from flows.stock.in_reserve import lay_in_reserve

router = Router(prefix="/stock/{warehouse_id}/receipts/{receipt_id}", include_in_schema=False)

Reads = Annotated[Principal, requires(Scope.READ)]
Writes = Annotated[Principal, requires(Scope.MOVES_WRITE)]


@router.get("/put-away")
def put_away(
    request: Request, session: ReadSession, now: Now, who: Reads, warehouse_id: str, receipt_id: str
) -> Response:
    """Each lot, and where it goes."""
    place, receipt = known_warehouse(session, warehouse_id), session.get(ReceiptRow, receipt_id)
    if receipt is None or receipt.warehouse_id != warehouse_id:
        raise not_found("Receipt", receipt_id)
    lots = put_away_receipt(session, place, receipt, now)
    zones = zone_names(session, warehouse_id)
    nowhere = {lot.line_no: why_nowhere(lot.goes, zones) for lot in lots}
    supplier = session.get(SupplierRow, receipt.supplier_id) if receipt.supplier_id else None
    return page(
        request,
        "receipts/put_away.html",
        warehouse=place,
        receipt=receipt,
        supplier=supplier,
        lots=lots,
        nowhere=nowhere,
    )


@router.post("/put-away")
def lies_there(session: WriteSession, who: Writes, warehouse_id: str, receipt_id: str, laid: Laid) -> Response:
    """So much of a lot lies in a reserve slot now."""
    lay_in_reserve(session, laid.slot_id, laid.lot_id, laid.lies, laid.was)
    here = f"/stock/{quote(warehouse_id, safe='')}/receipts/{quote(receipt_id, safe='')}/put-away"
    return done(here, "put_away")
