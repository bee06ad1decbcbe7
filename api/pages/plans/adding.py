"""A line added to a draft: offers that can still deliver are looked for, and one of them is ordered from."""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import Form, Query, Request, Response
from sqlalchemy.orm import Session

from api.pages.plans.line_edits import quantity_typed
from api.pages.plans.plans import Writes, the_plan, warehouses_of_plan
from api.pages.rendering import done, page
from api.pages.texts import say
from api.routing import Router
from api.transactions import Now, ReadSession, engine_of
from data.database import reading, writing
from data.tables import EditReason, OfferRow
from flows.errors import Invalid, NotNow
from flows.purchasing.deciding.adding import NewLine, add_line, orderable_offers

OFFERS_SHOWN = 30

router = Router(prefix="/plans/{plan_id}", include_in_schema=False)


@dataclass(frozen=True)
class Typed:
    """What stands in the form."""

    warehouse_id: str
    search: str
    offer: str = ""
    quantity: str = ""
    reason_code: EditReason = EditReason.OTHER
    reason: str = ""


@router.get("/add")
def look_for_offers(
    request: Request,
    session: ReadSession,
    now: Now,
    who: Writes,
    plan_id: str,
    warehouse_id: Annotated[str, Query(max_length=200)] = "",
    search: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """The offers of what is searched for, to order from one of them."""
    return _form(request, session, now, plan_id, Typed(warehouse_id, search))


@router.post("/add")
def add(
    request: Request,
    now: Now,
    who: Writes,
    plan_id: str,
    warehouse_id: Annotated[str, Form(max_length=200)],
    quantity: Annotated[str, Form(max_length=40)] = "",
    offer: Annotated[str, Form(max_length=200)] = "",
    reason_code: Annotated[EditReason, Form()] = EditReason.OTHER,
    reason: Annotated[str, Form(max_length=500)] = "",
    search: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Adds the line, and the plan shows it; what is refused stays in the form."""
    engine = engine_of(request)
    try:
        with writing(engine) as session:
            chosen = session.get(OfferRow, offer)
            if chosen is None:
                raise Invalid(say("add.choose"), field="offer")
            product_id = chosen.product_id
            wanted = NewLine(warehouse_id, product_id, quantity_typed(quantity), offer, None, reason_code, reason)
            add_line(session, plan_id, wanted, now, who.name)
    except (Invalid, NotNow) as refused:
        typed = Typed(warehouse_id, search, offer, quantity, reason_code, reason)
        status = 422 if isinstance(refused, Invalid) else 409
        with reading(engine) as session:  # the form is drawn while others write
            return _form(request, session, now, plan_id, typed, wrong=str(refused), status=status)
    return done(f"/plans/{plan_id}?search={quote(product_id, safe='')}", "line_added")


def _form(
    request: Request, session: Session, now: Now, plan_id: str, typed: Typed, *, wrong: str = "", status: int = 200
) -> Response:
    plan = the_plan(session, plan_id)
    places = warehouses_of_plan(session, plan)
    chosen = next((place for place in places if place.warehouse_id == typed.warehouse_id), places[0])
    search = typed.search.strip()
    found = orderable_offers(session, chosen.warehouse_id, now, search=search, at_most=OFFERS_SHOWN) if search else []
    return page(
        request, "plans/add.html", status, plan=plan, places=places, chosen=chosen, typed=typed, found=found,
        at_most=OFFERS_SHOWN, reasons=list(EditReason), wrong=wrong,
    )  # fmt: skip
