"""What buyers expect to be wanted instead of the forecast: said, withdrawn, read as of a moment, and scored afterwards
beside the forecast that it replaced."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from data.local_days import end_of_day, start_of_day, today_there
from data.tables import DailySalesRow, DemandJudgementRow, ForecastRow, ProductRow, WarehouseRow
from flows.errors import Invalid, NotNow, Unknown

MOST_DAYS = 366


@dataclass(frozen=True)
class NewJudgement:
    """What is expected to be wanted a day, in the product's unit, from `first_day` to `last_day`, and why."""

    judgement_id: str
    warehouse_id: str
    product_id: str
    first_day: date
    last_day: date
    quantity: Decimal
    reason: str


@dataclass(frozen=True)
class JudgementScore:
    """Of the judged days that have passed and whose sales are known: how many, and by how much a day the judged
    quantity and the forecast's mean missed what was sold, in the product's unit. `forecast_error` is None where no
    forecast was made for all of them."""

    days: int
    error: float
    forecast_error: float | None


def judge_demand(session: Session, new: NewJudgement, now: datetime, by: str) -> DemandJudgementRow:
    """Keeps a judgement. Safe to repeat under its id.

    Raises Unknown for a warehouse or product, Invalid for days that have passed or are the wrong way round, NotNow
    where the id is another judgement's."""
    place = session.get(WarehouseRow, new.warehouse_id)
    if place is None:
        raise Unknown("Warehouse {warehouse_id} was not found.", warehouse_id=new.warehouse_id, field="warehouse_id")
    if session.get(ProductRow, new.product_id) is None:
        raise Unknown("Product {product_id} was not found.", product_id=new.product_id, field="product_id")
    kept = session.get(DemandJudgementRow, new.judgement_id)
    if kept is not None:
        if any(getattr(kept, name) != value for name, value in vars(new).items()):
            raise NotNow(
                "{judgement_id} is another judgement's id: send this one under an id of its own.",
                judgement_id=new.judgement_id,
            )
        return kept
    if new.last_day < new.first_day:
        raise Invalid("The last day lies before the first.", field="last_day")
    if new.last_day < today_there(now, place.timezone):
        raise Invalid("These days have passed.", field="last_day")
    if (new.last_day - new.first_day).days >= MOST_DAYS:
        raise Invalid("A judgement is of at most {most_days} days.", most_days=MOST_DAYS, field="last_day")
    row = DemandJudgementRow(**vars(new), judged_by=by, judged_at=now)
    session.add(row)
    session.flush()
    return row


def withdraw_judgement(session: Session, judgement_id: str, now: datetime, by: str) -> DemandJudgementRow:
    """From now on plans rest on the forecast again. Safe to repeat. Raises Unknown."""
    row = session.get(DemandJudgementRow, judgement_id, with_for_update=True)
    if row is None:
        raise Unknown("Demand judgement {judgement_id} was not found.", judgement_id=judgement_id, field="judgement_id")
    if row.withdrawn_at is None:
        row.withdrawn_at, row.withdrawn_by = now, by
    return row


def judgements_as_of(
    session: Session, warehouse_id: str, now: datetime, product_id: str | None = None
) -> Sequence[DemandJudgementRow]:
    """Those that hold at a moment for today there or later days, in the order in which they were made."""
    place = session.get_one(WarehouseRow, warehouse_id)
    row = DemandJudgementRow
    query = select(row).where(
        row.warehouse_id == warehouse_id,
        row.last_day >= today_there(now, place.timezone),
        row.judged_at <= now,
        or_(row.withdrawn_at.is_(None), row.withdrawn_at > now),
    )
    if product_id is not None:
        query = query.where(row.product_id == product_id)
    return session.scalars(query.order_by(row.judged_at, row.judgement_id)).all()


def score_of_judgement(session: Session, row: DemandJudgementRow, now: datetime) -> JudgementScore | None:
    """How near it came; None where no judged day has passed whose sales are known. What was withdrawn before a day is
    not scored on it."""
    place = session.get_one(WarehouseRow, row.warehouse_id)
    last = min(row.last_day, today_there(now, place.timezone) - timedelta(days=1))
    days = [
        day
        for day in _days(row.first_day, last)
        if row.judged_at <= end_of_day(day, place.timezone)
        and (row.withdrawn_at is None or row.withdrawn_at > start_of_day(day, place.timezone))
    ]
    sold = _sold(session, row, days, now)
    if not sold:
        return None
    forecast = {day: _forecast(session, row, day, place.timezone) for day in sold}
    missed = [abs(quantity - mean) for day, quantity in sold.items() if (mean := forecast[day]) is not None]
    return JudgementScore(
        days=len(sold),
        error=sum(abs(quantity - float(row.quantity)) for quantity in sold.values()) / len(sold),
        forecast_error=sum(missed) / len(missed) if len(missed) == len(sold) else None,
    )


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]


def _of(row: DemandJudgementRow, table: Any) -> tuple[Any, Any]:
    return table.warehouse_id == row.warehouse_id, table.product_id == row.product_id


def _sold(session: Session, row: DemandJudgementRow, days: Sequence[date], now: datetime) -> dict[date, float]:
    """What was sold by day, as it was told last."""
    sales = DailySalesRow
    query = select(sales.date, sales.sales).where(*_of(row, sales), sales.date.in_(days), sales.known_at <= now)
    return dict(session.execute(query.order_by(sales.known_at)).tuples().all())


def _forecast(session: Session, row: DemandJudgementRow, day: date, timezone: str) -> float | None:
    """The mean of the last forecast that was made before the day began."""
    table = ForecastRow
    query = select(table.mean).where(*_of(row, table), table.date == day, table.origin <= start_of_day(day, timezone))
    return session.scalar(query.order_by(table.origin.desc()).limit(1))
