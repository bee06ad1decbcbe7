"""Couriers: how a warehouse's day is staffed, for a shift system as JSON and CSV, and on what terms."""

from datetime import date
from typing import Annotated

from fastapi import Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from api import texts
from api.couriers.courier_schemas import CourierDayOut, CourierTermsBody, ShiftOut
from api.places.place_queries import known_warehouse
from api.problems import NotFound, TooLarge, WrongMediaType, responses
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession, WriteSession
from api.values import Day, PathId
from data.languages import say
from data.local_days import today_there
from data.tables import CourierDayRow, WarehouseRow
from flows.couriers.shift_times import shift_times
from flows.couriers.staffing_csv import staffing_csv
from flows.couriers.terms import set_terms, terms_of

router = Router(tags=["couriers"])
CSV = {"text/csv": {"schema": {"type": "string"}, "example": "warehouse_id,date,kind,begins,ends,...\n"}}
Reads = Annotated[Principal, requires(Scope.READ)]


class DayQuery(BaseModel):
    """Which day."""

    date: Annotated[Day | None, Field(description="a local day; left out: today")] = None

    model_config = ConfigDict(extra="forbid")


Asked = Annotated[DayQuery, Query()]


@router.get("/warehouses/{warehouse_id}/couriers", responses=responses(NotFound))
def staffing_of_day(session: ReadSession, now: Now, who: Reads, warehouse_id: PathId, asked: Asked) -> CourierDayOut:
    """A day's couriers by half hour and the shifts that they work, as last planned: today's and tomorrow's."""
    warehouse = known_warehouse(session, warehouse_id)
    row = _day(session, warehouse, asked.date or today_there(now, warehouse.timezone))
    members = {name: getattr(row, name) for name in CourierDayOut.model_fields if name not in ("currency", "shifts")}
    shifts = [ShiftOut(**times) for times in shift_times(row)]
    return CourierDayOut(**members, currency=warehouse.currency, shifts=shifts)


@router.get(
    "/warehouses/{warehouse_id}/couriers.csv",
    response_class=Response,
    responses=responses(NotFound) | {200: {"content": CSV}},
)
def staffing_file(session: ReadSession, now: Now, who: Reads, warehouse_id: PathId, asked: Asked) -> Response:
    """The same day's shifts, and when the crowd is asked for, as a file for a shift system."""
    warehouse = known_warehouse(session, warehouse_id)
    row = _day(session, warehouse, asked.date or today_there(now, warehouse.timezone))
    headers = {"Content-Disposition": f'attachment; filename="couriers-{row.date}.csv"'}
    return Response(staffing_csv(row), media_type="text/csv", headers=headers)


@router.get("/warehouses/{warehouse_id}/courier-terms", responses=responses(NotFound))
def courier_terms(session: ReadSession, who: Reads, warehouse_id: PathId) -> CourierTermsBody:
    """What a warehouse promises, how it delivers, and on what terms couriers work; as usual where nobody has set it."""
    known_warehouse(session, warehouse_id)
    return CourierTermsBody.model_validate(terms_of(session, warehouse_id))


@router.put("/warehouses/{warehouse_id}/courier-terms", responses=responses(NotFound, TooLarge, WrongMediaType))
def put_courier_terms(
    session: WriteSession,
    who: Annotated[Principal, requires(Scope.PLANS_WRITE)],
    warehouse_id: PathId,
    told: CourierTermsBody,
) -> CourierTermsBody:
    """Sets them, whole; couriers that are planned from now on rest on them. Safe to repeat."""
    known_warehouse(session, warehouse_id)
    return CourierTermsBody.model_validate(set_terms(session, warehouse_id, told.model_dump(mode="json"), who.name))


def _day(session: Session, warehouse: WarehouseRow, day: date) -> CourierDayRow:
    row = session.get(CourierDayRow, (warehouse.warehouse_id, day))
    if row is None:
        raise NotFound(say(texts.NO_COURIERS_PLANNED, day=day, warehouse=warehouse.warehouse_id))
    return row
