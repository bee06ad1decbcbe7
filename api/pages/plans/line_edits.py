"""What the workbench asks while a buyer types: a quantity looked at, kept, taken back; and many lines changed at once.
Answers are parts of the page, ready to be put in place."""

from dataclasses import replace
from decimal import Decimal
from typing import Annotated

from fastapi import Form, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from sqlalchemy.orm import Session

from api.pages.plans.line_rows import line_rows
from api.pages.plans.lines_view import LinesView
from api.pages.plans.plans import View, Writes, the_line
from api.pages.plans.shown_plans import with_totals
from api.pages.rendering import done, part
from api.pages.texts import exact_quantity, preview_words, say
from api.pages.typed_numbers import as_number
from api.routing import Router
from api.transactions import Now, ReadSession, WriteSession
from api.values import LineNo
from data.frames.plan_lines import LinesShown
from data.tables import EditReason, PurchasePlanRow, Unit
from flows.errors import Invalid, NotNow, Outdated
from flows.purchasing.deciding.editing import LineEdit, change_by_percent, edit_plan_lines, undo_last_edit
from flows.purchasing.deciding.preview import preview_of

router = Router(prefix="/plans/{plan_id}", include_in_schema=False)


@router.get("/lines/{line_no}/preview")
def preview(
    request: Request,
    session: ReadSession,
    now: Now,
    who: Writes,
    plan_id: str,
    line_no: LineNo,
    quantity: Annotated[str, Query(max_length=40)] = "",
    offer_id: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """What another quantity of a line would come to, or the one that it has, in a line of words."""
    line = the_line(session, plan_id, line_no)
    wanted = quantity_typed(quantity or str(line["quantity"]))
    seen = preview_of(session, plan_id, line_no, wanted, offer_id or None, now)
    words = preview_words(seen, Unit(line["unit"]), line["currency"])
    return HTMLResponse(part(request, "plans/_preview.html", seen=seen, line=line, words=words))


@router.post("/lines/{line_no}/quantity")
def save(
    request: Request,
    session: WriteSession,
    now: Now,
    who: Writes,
    plan_id: str,
    line_no: LineNo,
    view: View,
    quantity: Annotated[str, Form(max_length=40)],
    version: Annotated[int, Form(ge=1)],
    reason_code: Annotated[EditReason, Form()] = EditReason.OTHER,
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Keeps a quantity typed into the grid. Where somebody has changed the line since `version`, the answer (412) is
    the line as it is now, and who changed it."""
    edit = LineEdit(line_no, quantity_typed(quantity), reason_code, reason, version=version)
    try:
        edit_plan_lines(session, plan_id, [edit], now, who.name)
    except Outdated as changed:
        return _parts(request, session, plan_id, line_no, view, str(changed), 412)
    except NotNow as refused:
        return _parts(request, session, plan_id, line_no, view, str(refused), 409)
    session.flush()
    return _parts(request, session, plan_id, line_no, view, "grid.saved")


@router.post("/lines/{line_no}/undo")
def undo(
    request: Request, session: WriteSession, now: Now, who: Writes, plan_id: str, line_no: LineNo, view: View
) -> Response:
    """Takes back one's own last change of a line."""
    try:
        undo_last_edit(session, plan_id, line_no, now, who.name)
    except NotNow as refused:
        return _parts(request, session, plan_id, line_no, view, str(refused), 409)
    session.flush()
    return _parts(request, session, plan_id, line_no, view, "grid.undone")


@router.post("/change-by-percent")
def change_many(
    session: WriteSession,
    now: Now,
    who: Writes,
    plan_id: str,
    view: View,
    percent: Annotated[str, Form(max_length=20)],
    many_category: Annotated[str, Form(max_length=200)] = "",
    reason_code: Annotated[EditReason, Form()] = EditReason.OTHER,
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Raises or lowers the lines shown that are not ordered, or those of them in a category."""
    wanted = quantity_typed(percent)
    chosen = replace(view, category=many_category).chosen if many_category else view.chosen
    if chosen.shown == LinesShown.ALL:
        chosen = replace(chosen, shown=LinesShown.OPEN)
    change_by_percent(session, plan_id, chosen, wanted, reason_code, reason, now, who.name)
    return done(f"/plans/{plan_id}{view.query()}", "lines_changed", percent=f"{wanted:+f}")


def quantity_typed(text: str) -> Decimal:
    """The quantity or percentage that was typed; raises Invalid for what is no number."""
    try:
        return as_number(text)
    except ValueError:
        raise Invalid(say("line.not_a_number"), field="quantity") from None


def _parts(
    request: Request, session: Session, plan_id: str, line_no: int, view: LinesView, said: str, status: int = 200
) -> Response:
    """The line's row and the plan's totals as they are now, with what was done or why it was not."""
    line = the_line(session, plan_id, line_no)
    [shown] = with_totals(session, [session.get_one(PurchasePlanRow, plan_id)])
    [row] = line_rows([line], several_currencies=len(shown.totals.money) > 1)
    if status == 200:
        unit = Unit(line["unit"])
        said = say(said, product=line["product_name"], quantity=exact_quantity(line["quantity"], unit))
    return JSONResponse(
        {
            "said": said,
            "quantity": row.quantity,
            "row": part(request, "plans/_row.html", row=row, plan_id=plan_id, view=view, may_edit=shown.is_draft),
            "totals": part(request, "plans/_totals.html", totals=shown.totals),
        },
        status,
    )
