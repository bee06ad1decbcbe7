"""What a day's couriers would keep of the promise if it rained, if more were ordered, or if some of them were ill."""

from typing import Annotated

from fastapi import Request

from api.couriers.courier_what_if_schemas import CourierWhatIf, CourierWhatIfOut
from api.places.place_queries import known_warehouse
from api.problems import Conflict, NotFound, TooLarge, WrongMediaType, responses
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import ReadSession, engine_of
from flows.couriers.supposing import what_if

router = Router(prefix="/what-if", tags=["couriers"])


@router.post("/couriers", responses=responses(NotFound, Conflict, TooLarge, WrongMediaType))
def courier_what_if(
    request: Request,
    session: ReadSession,
    who: Annotated[Principal, requires(Scope.READ)],
    asked: CourierWhatIf,
) -> CourierWhatIfOut:
    """Works out what the planned shifts and crowd of a day keep of the promise as things are, and if all that is
    supposed were so: the share in time, what could be promised, the cost, and couriers too few by half hour. Nothing is
    written.

    404: the warehouse is unknown or the day is not planned; 409: its forecast of orders is kept no more."""
    known_warehouse(session, asked.warehouse_id)
    return CourierWhatIfOut.of(what_if(engine_of(request), asked.warehouse_id, asked.date, asked.supposed))
