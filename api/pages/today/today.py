"""Today: what needs doing, the most urgent first. What that is, is worked out by `flows`; here it is laid out."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from api.pages.plans.shown_plans import with_totals
from api.pages.rendering import page
from api.pages.temperatures.alarm_list import active_alarms
from api.security import Principal, Scope, requires
from api.today.today_queries import what_needs_doing
from api.transactions import Now, ReadSession

router = APIRouter(include_in_schema=False)


@router.get("/")
def today(
    request: Request, session: ReadSession, now: Now, who: Annotated[Principal, requires(Scope.READ)]
) -> Response:
    """The page that one opens in the morning."""
    found = what_needs_doing(session, request.app.state.settings, now)
    by_id = {place.warehouse_id: place for place in found.warehouses}
    return page(
        request,
        "today/today.html",
        now=now,
        warehouses=found.warehouses,
        delivery=found.delivery_date,
        alarms=active_alarms(session),
        drafts=with_totals(session, found.drafts),
        approved=with_totals(session, found.approved),
        unplanned=found.unplanned,
        expiring=found.expiring,
        stale=found.stale,
        moves=[(by_id[row.warehouse_id], row) for row in found.moves],
    )
