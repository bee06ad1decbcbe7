"""What a promotion would change before it is booked."""

from typing import Annotated

from fastapi import Request

from api.demand.what_if_schemas import PlannedPromotionIn, WhatIfDay, WhatIfOut
from api.problems import Conflict, NotFound, TooLarge, WrongMediaType, responses
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, engine_of
from flows.demand.planned_promotions import what_if as forecast_what_if

router = Router(tags=["forecasts"])


@router.post("/what-if", responses=responses(NotFound, Conflict, TooLarge, WrongMediaType))
def what_if(
    request: Request, now: Now, who: Annotated[Principal, requires(Scope.PLANS_WRITE)], planned: PlannedPromotionIn
) -> WhatIfOut:
    """Forecasts a product and its category with a promotion that is not booked, and without. Nothing is written.

    404: a warehouse or the product is unknown; 409: there is no forecast of the product yet, or it has ended."""
    frame = forecast_what_if(
        engine_of(request),
        planned.warehouse_ids,
        planned.product_id,
        planned.first_day,
        planned.last_day,
        planned.discount,
        now,
        planned.promoted,
    )
    frame["date"] = frame["date"].dt.date
    return WhatIfOut(items=[WhatIfDay.model_validate(row) for row in frame.to_dict("records")])
