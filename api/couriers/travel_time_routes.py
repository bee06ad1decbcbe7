"""How long couriers ride between the places of a warehouse: the matrix that was imported, and its end."""

from typing import Annotated

from fastapi import Response

from api import texts
from api.places.place_queries import known_warehouse
from api.problems import NotFound, responses
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import ReadSession, WriteSession
from api.values import PathId
from data.languages import say
from flows.couriers.travel_times import forget_travel_times, travel_times_csv

router = Router(prefix="/warehouses/{warehouse_id}", tags=["couriers"])
CSV = {"text/csv": {"schema": {"type": "string"}, "example": "warehouse_id,from_place,to_place,minutes,orders\n"}}


@router.get("/travel-times.csv", response_class=Response, responses=responses(NotFound) | {200: {"content": CSV}})
def travel_times_file(
    session: ReadSession, who: Annotated[Principal, requires(Scope.READ)], warehouse_id: PathId
) -> Response:
    """A warehouse's matrix, as a file that can be changed and imported again.

    404: the warehouse is unknown or has no matrix, so ways there are straight lines times a detour."""
    known_warehouse(session, warehouse_id)
    file = travel_times_csv(session, warehouse_id)
    if file is None:
        raise NotFound(say(texts.NO_TRAVEL_TIMES, warehouse=warehouse_id))
    headers = {"Content-Disposition": 'attachment; filename="travel-times.csv"'}
    return Response(file, media_type="text/csv", headers=headers)


@router.delete("/travel-times", status_code=204, responses=responses(NotFound))
def delete_travel_times(
    session: WriteSession, who: Annotated[Principal, requires(Scope.PLANS_WRITE)], warehouse_id: PathId
) -> Response:
    """Forgets a warehouse's matrix: from now on its ways are straight lines times a detour. Safe to repeat."""
    known_warehouse(session, warehouse_id)
    forget_travel_times(session, warehouse_id)
    return Response(status_code=204)
