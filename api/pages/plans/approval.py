"""Approving a plan or a part of it: a summary first, which is confirmed; and taking it back as long as no supplier was
told."""

from enum import StrEnum
from typing import Annotated

from fastapi import Form, Query, Request, Response
from sqlalchemy.orm import Session

from api.pages.plans.lines_view import LinesView
from api.pages.plans.plans import View, Writes, the_plan
from api.pages.rendering import done, page
from api.routing import Router
from api.transactions import Now, ReadSession, WriteSession, engine_of
from data.database import reading
from data.frames.plan_lines import EVERY_LINE, LineFilter, LinesShown
from flows.errors import Outdated, OverLimit
from flows.ordering.cancelling import cancel_not_sent_of_plan
from flows.purchasing.deciding.approval_summary import approval_summary, lines_to_approve
from flows.purchasing.deciding.approving import PlanChanged, approve_plan
from flows.purchasing.notes.change_words import in_words
from flows.purchasing.showing.names import names_in

router = Router(prefix="/plans/{plan_id}", include_in_schema=False)


class What(StrEnum):
    """Which lines are approved."""

    ALL = "all"
    CLEAR = "clear"  # those that nothing speaks against
    SHOWN = "shown_lines"  # those that the filter lets through
    CHOSEN = "chosen"  # those that were ticked


@router.get("/approve")
def summary(
    request: Request,
    session: ReadSession,
    now: Now,
    who: Writes,
    plan_id: str,
    view: View,
    what: What = What.ALL,
    line: Annotated[list[int], Query()] = [],  # noqa: B006 - FastAPI copies it
) -> Response:
    """What approving would order, to be confirmed."""
    return _summary_page(request, session, now, plan_id, view, what, line)


@router.post("/approve")
def approve(
    request: Request,
    now: Now,
    who: Writes,
    plan_id: str,
    view: View,
    what: Annotated[What, Form()] = What.ALL,
    lines: Annotated[str, Form(pattern=r"^(\d{1,9}(,\d{1,9})*)?$")] = "",
    version: Annotated[int | None, Form()] = None,
) -> Response:
    """Orders what was confirmed; where something has changed, the plan made anew is shown instead, with what it was,
    and where the role may not approve so much, the summary says so."""
    chosen = [int(number) for number in lines.split(",") if number]
    settings = request.app.state.settings
    engine = engine_of(request)
    back = f"/plans/{plan_id}{view.query()}"
    with reading(engine) as session:
        numbers = None if what == What.ALL else _numbers(session, plan_id, view, what, chosen)
    try:
        orders = approve_plan(
            engine,
            plan_id,
            now,
            who.name,
            settings.purchasing,
            line_nos=numbers,
            at_most=settings.approves_at_most(who.role),
            version=version,
        )
    except PlanChanged:
        return done(back, "plan_changed")
    except (OverLimit, Outdated) as refused:
        status = 403 if isinstance(refused, OverLimit) else 412
        with reading(engine) as session:
            return _summary_page(request, session, now, plan_id, view, what, chosen, wrong=str(refused), status=status)
    return done(back, "plan_approved", n=str(len(orders)))


@router.post("/cancel-not-sent")
def cancel(session: WriteSession, now: Now, who: Writes, plan_id: str) -> Response:
    """Cancels the plan's purchase orders that no supplier was told of."""
    the_plan(session, plan_id)
    return done(
        f"/plans/{plan_id}", "orders_cancelled", n=str(cancel_not_sent_of_plan(session, plan_id, now, who.name))
    )


def _summary_page(
    request: Request,
    session: Session,
    now: Now,
    plan_id: str,
    view: LinesView,
    what: What,
    chosen: list[int],
    *,
    wrong: str = "",
    status: int = 200,
) -> Response:
    plan = the_plan(session, plan_id)
    numbers = _numbers(session, plan_id, view, what, chosen)
    limits = request.app.state.settings.purchasing.limits
    found = approval_summary(session, plan_id, numbers, now, limits)
    against = [change.as_dict() for change in (*found.over_budget, *found.below_minimum)]
    names = names_in(session, against)
    return page(
        request,
        "plans/approve.html",
        status,
        plan=plan,
        view=view,
        what=what,
        chosen=",".join(map(str, chosen)),
        found=found,
        against=[in_words(change, names) for change in against],
        wrong=wrong,
    )


def _numbers(session: Session, plan_id: str, view: LinesView, what: What, chosen: list[int]) -> list[int]:
    meant = {What.SHOWN: view.chosen, What.CLEAR: LineFilter(shown=LinesShown.UNWARNED)}.get(what, EVERY_LINE)
    return lines_to_approve(session, plan_id, meant, chosen if what == What.CHOSEN else None)
