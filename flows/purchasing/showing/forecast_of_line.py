"""The forecast that a line of a plan was made from."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from data.tables import ForecastRow, PlanLineRow, PurchasePlanRow

WEEK = timedelta(days=7)


def forecast_of_line(session: Session, line: PlanLineRow, plan: PurchasePlanRow) -> list[ForecastRow]:
    """The warehouse's latest forecast of the delivery day that the plan could know, from the first day after its origin
    to the last that the delivery covers, at least a week from the delivery."""
    mine = (ForecastRow.warehouse_id == line.warehouse_id, ForecastRow.product_id == line.product_id)
    until = max(line.covers_until, plan.delivery_date + WEEK - timedelta(days=1))
    origin = session.scalar(
        select(func.max(ForecastRow.origin, type_=ForecastRow.origin.type)).where(
            *mine, ForecastRow.origin <= plan.created_at, ForecastRow.date == plan.delivery_date
        )
    )
    rows = select(ForecastRow).where(*mine, ForecastRow.origin == origin, ForecastRow.date <= until)
    return list(session.scalars(rows.order_by(ForecastRow.date)))
