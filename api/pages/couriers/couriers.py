"""Couriers: every warehouse's next days, and a warehouse's day as a chart of orders, couriers and risk with the shifts
to be worked."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from fastapi import Query, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import texts
from api.pages.charts import Rows, Spec, wall_clock
from api.pages.couriers.courier_charts import courier_charts
from api.pages.rendering import page
from api.pages.texts import clock, number, percent, say
from api.places.place_queries import known_warehouse
from api.problems import NotFound
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession
from data.languages import say as sentence
from data.local_days import today_there
from data.tables import CourierDayRow, WarehouseRow
from flows.couriers.shift_times import moment_of, shift_times
from flows.day.asked_runs import COURIERS, is_to_come

router = Router(include_in_schema=False)
Reads = Annotated[Principal, requires(Scope.READ)]


@dataclass(frozen=True)
class PlannedDay:
    """A day in the list."""

    warehouse: WarehouseRow
    day: CourierDayRow

    @property
    def most(self) -> int:
        """Couriers in the busiest half hour."""
        return max(int(half_hour["employed"] + half_hour["crowd"]) for half_hour in self.day.half_hours)


@router.get("/couriers")
def warehouses(request: Request, session: ReadSession, now: Now, who: Reads) -> Response:
    """Today and tomorrow of every warehouse."""
    places = session.scalars(select(WarehouseRow).order_by(WarehouseRow.name)).all()
    rows = [PlannedDay(place, day) for place in places for day in _days(session, place, now)]
    planned = len({row.warehouse.warehouse_id for row in rows})
    coming = planned < len(places) and is_to_come(session, COURIERS, now)
    return page(request, "couriers/warehouses.html", rows=rows, planned=planned, places=len(places), coming=coming)


@router.get("/warehouses/{warehouse_id}/couriers")
def couriers(
    request: Request,
    session: ReadSession,
    now: Now,
    who: Reads,
    warehouse_id: str,
    day: Annotated[date | None, Query()] = None,
) -> Response:
    """A day of a warehouse."""
    warehouse = known_warehouse(session, warehouse_id)
    days = _days(session, warehouse, now)
    shown = next((one for one in days if day is None or one.date == day), None)
    if shown is None and day is not None:
        raise NotFound(sentence(texts.NO_COURIERS_PLANNED, day=day, warehouse=warehouse_id))
    return page(
        request,
        "couriers/couriers.html",
        warehouse=warehouse,
        days=days,
        shown=shown,
        coming=shown is None and is_to_come(session, COURIERS, now),
        charts={} if shown is None else _charts(warehouse, shown),
        shifts=[] if shown is None else shift_times(shown),
    )


def _days(session: Session, warehouse: WarehouseRow, now: datetime) -> list[CourierDayRow]:
    row, today = CourierDayRow, today_there(now, warehouse.timezone)
    query = select(row).where(row.warehouse_id == warehouse.warehouse_id, row.date >= today)
    return list(session.scalars(query.order_by(row.date)))


def _charts(warehouse: WarehouseRow, day: CourierDayRow) -> dict[str, Spec]:
    rows: Rows = []
    for place, half_hour in enumerate(day.half_hours):
        begins, ends = moment_of(day, place), moment_of(day, place + 1)
        share = half_hour["share"] if half_hour["orders"] > 0 else None
        rows.append(
            {
                "t": wall_clock(begins, warehouse.timezone),
                "until": wall_clock(ends, warehouse.timezone),
                "few": half_hour["orders_q10"],
                "orders": half_hour["orders"],
                "many": half_hour["orders_q90"],
                "needed": half_hour["needed"],
                "employed": half_hour["employed"],
                "all": half_hour["employed"] + half_hour["crowd"],
                "late": 0.0 if share is None else 1 - share,
                "zero": 0,
                "tip": say(
                    "couriers.tip",
                    at=clock(begins, warehouse.timezone),
                    orders=number(half_hour["orders"], 1),
                    needed=half_hour["needed"],
                    employed=half_hour["employed"],
                    crowd=half_hour["crowd"],
                    share="–" if share is None else percent(share),
                ),
            }
        )
    return courier_charts(rows, 1 - day.promised_share)
