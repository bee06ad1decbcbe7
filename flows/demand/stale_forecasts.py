"""Which warehouses have no current forecast, from the origin of their latest one: a plan would rest on old sales."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.frames.sales_days import closed_by
from data.tables import ForecastRow, WarehouseRow


@dataclass(frozen=True)
class StaleForecast:
    """A warehouse whose forecast is missing (`origin` None) or knows sales only up to an old `origin`."""

    warehouse: WarehouseRow
    origin: datetime | None


def stale_forecasts(
    session: Session, warehouses: Sequence[WarehouseRow], now: datetime, stale_after: timedelta
) -> list[StaleForecast]:
    """Those of the warehouses that have no forecast, or one whose origin is longer ago than `stale_after`, and are not
    closed."""
    # one look at the end of an index a warehouse; a GROUP BY would read every forecast ever made
    latest = (
        select(func.max(ForecastRow.origin, type_=ForecastRow.origin.type))
        .where(ForecastRow.warehouse_id == WarehouseRow.warehouse_id)
        .scalar_subquery()
    )
    origins = dict(session.execute(select(WarehouseRow.warehouse_id, latest)).tuples().all())
    closed = closed_by(session, now)
    states = [
        StaleForecast(place, origins.get(place.warehouse_id))
        for place in warehouses
        if place.warehouse_id not in closed
    ]
    return [state for state in states if state.origin is None or now - state.origin > stale_after]
