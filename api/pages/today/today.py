"""Today: what needs doing, the most urgent first. What that is, is worked out by `flows`; here it is laid out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response

from api.pages.plans.shown_plans import with_totals
from api.pages.rendering import page
from api.pages.temperatures.alarm_list import active_alarms
from api.security import Principal, Scope, requires
from api.today.today_queries import what_needs_doing
from api.transactions import Now, ReadSession
from data.tables import WarehouseRow
from flows.purchasing.in_time import LatePlan, note_of_fallback
from flows.purchasing.plan_notes import in_words, run_in_words

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class ShownLatePlan:
    """A late plan with the names of its warehouses, and how far the night's run has come in words."""

    late: LatePlan
    names: list[str]
    run: str


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
        late=[_shown(late, by_id) for late in found.late],
        fallbacks=[(plan.plan_id, in_words(note_of_fallback(plan))) for plan in found.fallbacks],
        expiring=found.expiring,
        overdue=found.overdue,
        overdue_hours=request.app.state.settings.overdue_order_counts_hours,
        to_send=found.to_send,
        stale=found.stale,
        moves=[(by_id[row.warehouse_id], row) for row in found.moves],
    )


def _shown(late: LatePlan, by_id: Mapping[str, WarehouseRow]) -> ShownLatePlan:
    began_at = None if late.began_at is None else late.began_at.astimezone(ZoneInfo(late.timezone)).isoformat()
    names = [by_id[warehouse_id].name for warehouse_id in late.warehouse_ids]
    return ShownLatePlan(late, names, run_in_words(late.because, began_at))
