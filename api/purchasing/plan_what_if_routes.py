"""What would be ordered if a farm failed, a truck were late, a harvest stopped, a promotion added or a budget cut."""

from typing import Annotated

from fastapi import Request

from api.problems import Conflict, NotFound, TooLarge, WrongMediaType, responses
from api.purchasing.plan_what_if_schemas import PlanWhatIf, PlanWhatIfOut
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession, engine_of
from flows.purchasing.supposing.what_if import seen_by, what_if

router = Router(prefix="/what-if", tags=["purchase plans"])


@router.post("/purchase-plans", responses=responses(NotFound, Conflict, TooLarge, WrongMediaType))
def plan_what_if(
    request: Request,
    session: ReadSession,
    now: Now,
    who: Annotated[Principal, requires(Scope.PLANS_WRITE)],
    asked: PlanWhatIf,
) -> PlanWhatIfOut:
    """Works out what must be ordered now as things are, and if all that is supposed were so. Nothing is written.

    404: a warehouse, supplier, product, purchase order or city is unknown; 409: no warehouse can be planned for,
    nothing is under way that could be late, or there is no forecast of a promotion's product."""
    settings = request.app.state.settings.purchasing
    compared = what_if(engine_of(request), asked.warehouse_ids, asked.supposed, now, settings, asked.delivery_date)
    return PlanWhatIfOut.model_validate(seen_by(session, compared))
