"""The page for a phone in the aisle: my warehouse remembered, the page itself, what it knows, and the worker that keeps
both for when there is no connection.

The page is the same for everybody in a warehouse; what it shows comes as `facts`, so that the phone finds and lists
without asking. What is said of moves goes to the API (`/v1/moves/...`), one tick at a time.
"""

import json
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select

from api.pages.aisle.facts import facts_of
from api.pages.rendering import page
from api.pages.static_files import FOLDER, address_of
from api.pages.today.today import CHOSEN, REMEMBERED_SECONDS
from api.places.place_queries import known_warehouse
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession
from data.tables import WarehouseRow

MINE: Final = "freshfront_aisle"  # the cookie that remembers in which warehouse one works
SCRIPTS: Final = ("outbox.js", "aisle_find.js", "aisle_scan.js", "aisle_moves.js", "aisle.js")
KEPT_FILES: Final = ("site.css", "aisle.css", "icon.svg", *SCRIPTS)

router = Router(prefix="/aisle", include_in_schema=False)
Reads = Annotated[Principal, requires(Scope.READ)]


@router.get("")
def mine(request: Request, session: ReadSession, who: Reads) -> Response:
    """On to the warehouse where one was last, or that Today is about; else all of them to choose from."""
    places = session.scalars(select(WarehouseRow).order_by(WarehouseRow.name, WarehouseRow.warehouse_id)).all()
    known = {place.warehouse_id for place in places}
    remembered = (request.cookies.get(name, "") for name in (MINE, CHOSEN))
    chosen = next((name for name in remembered if name in known), None)
    if len(known) == 1:
        [chosen] = known
    if chosen is None:
        return page(request, "aisle/warehouses.html", places=places)
    return RedirectResponse(f"/aisle/{quote(chosen, safe='')}", status_code=303)


@router.get("/choose")
def choose(request: Request, session: ReadSession, who: Reads) -> Response:
    """All warehouses, for who works in another one today."""
    places = session.scalars(select(WarehouseRow).order_by(WarehouseRow.name, WarehouseRow.warehouse_id)).all()
    return page(request, "aisle/warehouses.html", places=places)


@router.get("/worker.js")
def worker(request: Request) -> Response:
    """The worker of these pages, with the files that it keeps; it changes when one of them does."""
    files = json.dumps([address_of(name) for name in KEPT_FILES])
    script = f"const FILES = {files};\nconst OUTBOX = {json.dumps(address_of('outbox.js'))};\n"
    return Response(script + (FOLDER / "aisle_worker.js").read_text(encoding="utf-8"), media_type="text/javascript")


@router.get("/{warehouse_id}")
def aisle(request: Request, session: ReadSession, who: Reads, warehouse_id: str) -> Response:
    """The page of one warehouse, without what lies there."""
    place = known_warehouse(session, warehouse_id)
    response = page(request, "aisle/aisle.html", warehouse=place, scripts=SCRIPTS)
    response.set_cookie(MINE, warehouse_id, max_age=REMEMBERED_SECONDS, httponly=True, samesite="lax")
    return response


@router.get("/{warehouse_id}/facts")
def facts(request: Request, session: ReadSession, now: Now, who: Reads, warehouse_id: str) -> dict[str, Any]:
    """What lies where, until when it keeps, how cold it is there, and what is to be carried."""
    return facts_of(session, known_warehouse(session, warehouse_id), who, now, request.app.state.settings)
