"""The figures behind a plan line's charts: sales of the last weeks, the forecast it was made from, stock and demand."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.pages import charts
from api.pages.texts import day, quantity, say
from data.frames.recovered_demand import RecoveredDay, recovered_days
from data.tables import (
    HOURS,
    DailyAvailabilityRow,
    DailySalesRow,
    ForecastRow,
    PlanLineRow,
    ProductRow,
    PurchasePlanRow,
    RecoveredDemandRow,
    Unit,
    WarehouseRow,
)

SALES_SHOWN = timedelta(days=28)
WORTH_SHOWING = 0.005  # of the product's unit: less is rounding
WORTH_GUESSING = 0.05  # of a day's demand: a guess that less was hidden is one that nothing was
LABELLED_FROM = 0.13  # of the chart's width: a narrower part has no room for its number


@dataclass(frozen=True)
class SalesDay:
    """What sold on a day, in how many of its hours the product was out of stock (None: not known), and what would have
    sold (None: not worked out)."""

    date: date
    sold: float
    hours_out: int | None
    demand: float | None = None

    @property
    def guessed(self) -> bool:
        """Whether it was guessed whether it ran out."""
        return self.hours_out is None and self.demand is not None

    @property
    def missed(self) -> float:
        """What did not sell for want of stock; of a guess only what is worth the word."""
        if self.demand is None:
            return 0.0
        missed = self.demand - self.sold
        return missed if missed > (WORTH_GUESSING * self.demand if self.guessed else WORTH_SHOWING) else 0.0


def sales_of_last_weeks(session: Session, warehouse_id: str, product_id: str, until: date) -> list[SalesDay]:
    """Daily sales up to a day as they are known by now, the oldest first."""
    wanted = {"warehouse_id": warehouse_id, "product_id": product_id}
    from_ = until - SALES_SHOWN - timedelta(days=7)
    sales = _latest(
        session.execute(
            select(DailySalesRow.date, DailySalesRow.sales)
            .filter_by(**wanted)
            .where(DailySalesRow.date.between(from_, until))
            .order_by(DailySalesRow.date, DailySalesRow.known_at)
        ).tuples()
    )
    in_stock = _latest(
        session.execute(
            select(DailyAvailabilityRow.date, DailyAvailabilityRow.in_stock_hours)
            .filter_by(**wanted)
            .where(DailyAvailabilityRow.date.between(from_, until))
            .order_by(DailyAvailabilityRow.date, DailyAvailabilityRow.known_at)
        ).tuples()
    )
    kept = session.get(RecoveredDemandRow, (warehouse_id, product_id))
    behind = {} if kept is None else recovered_days(kept)
    last = max(sales, default=until)
    return [
        SalesDay(
            when,
            sold,
            None if when not in in_stock else HOURS - in_stock[when].bit_count(),
            _demand_of(behind.get(when), when not in in_stock),
        )
        for when, sold in sales.items()
        if when > last - SALES_SHOWN
    ]


def _demand_of(day: RecoveredDay | None, guessing: bool) -> float | None:
    """The demand of a day; None too where it was guessed from an availability that is known by now, or the reverse."""
    return day.demand if day is not None and day.guessed == guessing else None


def _latest(rows: Iterable[tuple[date, Any]]) -> dict[date, Any]:
    """By day, the row that became known last: a correction comes after what it corrects."""
    return {when: value for when, value in rows}  # noqa: C416 - a result is not a mapping, though dict() tries


def forecast_behind(session: Session, line: PlanLineRow, plan: PurchasePlanRow) -> list[ForecastRow]:
    """The warehouse's forecast that the plan was made from, from the first day after its origin."""
    mine = (ForecastRow.warehouse_id == line.warehouse_id, ForecastRow.product_id == line.product_id)
    until = max(line.covers_until, plan.delivery_date + timedelta(days=6))
    origin = session.scalar(
        select(func.max(ForecastRow.origin, type_=ForecastRow.origin.type)).where(
            *mine, ForecastRow.origin <= plan.created_at, ForecastRow.date == plan.delivery_date
        )
    )
    rows = select(ForecastRow).where(*mine, ForecastRow.origin == origin, ForecastRow.date <= until)
    return list(session.scalars(rows.order_by(ForecastRow.date)))


def sales_rows(days: Iterable[SalesDay], unit: Unit) -> charts.Rows:
    """Days of sales as the chart draws them."""
    return [
        {
            "day": charts.midnight(sale.date),
            "until": charts.midnight(sale.date + timedelta(days=1)),
            "middle": charts.midnight(sale.date) + 43_200_000,
            "zero": 0,
            "sold": round(sale.sold, 2),
            "top": round(sale.sold + sale.missed, 2),
            "what": say("chart.ran_out" if sale.hours_out else "chart.sold"),
            "missed": say("chart.guessed" if sale.guessed else "chart.missed") if sale.missed else "",
            "tip": say("chart.sales_tip", day=day(sale.date), sold=quantity(sale.sold, unit))
            + _stock_words(sale, unit),
        }
        for sale in days
    ]


def _stock_words(sale: SalesDay, unit: Unit) -> str:
    would_have = quantity(sale.sold + sale.missed, unit)
    if sale.guessed:
        return say("chart.guessed_out_tip" if sale.missed else "chart.guessed_in_tip", demand=would_have)
    if sale.hours_out is None:
        return say("chart.stock_unknown_tip")
    if not sale.hours_out:
        return ""
    return say("chart.missed_tip" if sale.missed else "chart.hours_out_tip", hours=sale.hours_out, demand=would_have)


def forecast_rows(rows: Iterable[ForecastRow], unit: Unit) -> charts.Rows:
    """Forecast days as the chart draws them."""
    return [
        {
            "day": charts.midnight(row.date),
            "until": charts.midnight(row.date + timedelta(days=1)),
            "q05": row.q05,
            "q25": row.q25,
            "q50": row.q50,
            "q75": row.q75,
            "q95": row.q95,
            "tip": say(
                "chart.forecast_tip",
                day=day(row.date),
                q50=quantity(row.q50, unit),
                q25=quantity(row.q25, unit),
                q75=quantity(row.q75, unit),
                q05=quantity(row.q05, unit),
                q95=quantity(row.q95, unit),
            ),
        }
        for row in rows
    ]


def sales_and_forecast_chart(
    session: Session, plan: PurchasePlanRow, line: PlanLineRow, product: ProductRow, warehouse: WarehouseRow
) -> charts.Spec | None:
    """Past sales with the days that sold out, the forecast, the days that this delivery covers; None: no figures."""
    days = sales_of_last_weeks(session, line.warehouse_id, line.product_id, plan.delivery_date)
    unit = product.unit
    last_sale = max((sale.date for sale in days), default=date.min)
    coming = forecast_behind(session, line, plan)
    sales = sales_rows(days, unit)
    forecast = forecast_rows([row for row in coming if row.date > last_sale or row.date >= plan.delivery_date], unit)
    if not sales and not forecast:
        return None
    covered = [
        {
            "day": charts.midnight(line.covers_from),
            "until": charts.midnight(line.covers_until + timedelta(days=1)),
            "middle": (charts.midnight(line.covers_from) + charts.midnight(line.covers_until + timedelta(days=1))) // 2,
            "words": say("chart.covered"),
        }
    ]
    return charts.sales_and_forecast(say(f"unit.{unit}"), sales, forecast, covered)


def have_and_want_chart(line: PlanLineRow, product: ProductRow) -> charts.Spec:
    """Stock, what is on order and this line's quantity, end to end, against the demand of the covered days."""
    unit = product.unit
    parts = [("stock", line.usable_stock), ("on_order", line.on_order), ("this_order", line.quantity)]
    total = float(sum(amount for _, amount in parts))
    width = max(total, line.forecast_q90)
    have, reached = [], 0.0
    for what, amount in parts:
        if amount <= 0:
            continue
        until = reached + float(amount)
        have.append(
            {
                "row": say("chart.have"),
                "what": say(f"chart.{what}"),
                "from": reached,
                "until": until,
                "middle": (reached + until) / 2,
                "tip": f"{say(f'chart.{what}')}: {quantity(amount, unit)}",
                "label": quantity(amount, unit) if float(amount) > LABELLED_FROM * width else "",
            }
        )
        reached = until
    q10, q50, q90 = (quantity(q, unit) for q in (line.forecast_q10, line.forecast_q50, line.forecast_q90))
    words = say("chart.demand_label", q10=q10, q50=q50, q90=q90)
    want = [
        {
            "row": say("chart.want"),
            "q10": line.forecast_q10,
            "q50": line.forecast_q50,
            "q90": line.forecast_q90,
            "label": words,
            "label_at": width / 2,
            "tip": words,
        }
    ]
    return charts.have_and_want(say(f"unit.{unit}"), have, want)
