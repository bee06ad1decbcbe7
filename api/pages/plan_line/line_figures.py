"""The figures behind a plan line's charts: sales of the last weeks, the forecast it was made from, stock and demand."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from sqlalchemy.orm import Session

from api.pages import charts
from api.pages.texts import day, quantity, say
from data.tables import ForecastRow, PlanLineRow, ProductRow, PurchasePlanRow, Unit, WarehouseRow
from flows.demand.recent_sales import SalesDay, recent_sales
from flows.purchasing.showing.forecast_of_line import forecast_of_line

LABELLED_FROM = 0.13  # of the chart's width: a narrower part has no room for its number
CUT_OFF_AT = 1.25  # of the highest other day: so that these can be read beside a bulk order


def sales_rows(days: Sequence[SalesDay], unit: Unit) -> charts.Rows:
    """Days of sales as the chart draws them; a bulk order is cut off, and its tip says how much it was."""
    usual = max((sale.sold + sale.missed for sale in days if not sale.bulk_order), default=0.0)
    most = CUT_OFF_AT * usual if usual else float("inf")
    return [
        {
            "day": charts.midnight(sale.date),
            "until": charts.midnight(sale.date + timedelta(days=1)),
            "middle": charts.midnight(sale.date) + 43_200_000,
            "zero": 0,
            "sold": round(min(sale.sold, most) if sale.bulk_order else sale.sold, 2),
            "top": round(min(sale.sold, most) if sale.bulk_order else sale.sold + sale.missed, 2),
            "what": say(f"chart.{'bulk' if sale.bulk_order else 'ran_out' if sale.hours_out else 'sold'}"),
            "missed": say("chart.guessed" if sale.guessed else "chart.missed") if sale.missed else "",
            "tip": say("chart.sales_tip", day=day(sale.date), sold=quantity(sale.sold, unit))
            + _stock_words(sale, unit),
        }
        for sale in days
    ]


def _stock_words(sale: SalesDay, unit: Unit) -> str:
    if sale.bulk_order:
        return say("chart.bulk_tip")
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
            "q10": row.q10,
            "q50": row.q50,
            "q90": row.q90,
            "tip": say(
                "chart.forecast_tip",
                day=day(row.date),
                q50=quantity(row.q50, unit),
                q10=quantity(row.q10, unit),
                q90=quantity(row.q90, unit),
            ),
        }
        for row in rows
    ]


def sales_and_forecast_chart(
    session: Session, plan: PurchasePlanRow, line: PlanLineRow, product: ProductRow, warehouse: WarehouseRow
) -> charts.Spec | None:
    """Past sales with the days that sold out, the forecast, the days that this delivery covers; None: no figures."""
    days = recent_sales(session, line.warehouse_id, line.product_id, plan.delivery_date)
    unit = product.unit
    last_sale = max((sale.date for sale in days), default=date.min)
    coming = forecast_of_line(session, line, plan)
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
    total = float(sum(part for _, part in parts))
    width = max(total, line.forecast_q90)
    have, reached = [], 0.0
    for what, part in parts:
        if part <= 0:
            continue
        until = reached + float(part)
        have.append(
            {
                "row": say("chart.have"),
                "what": say(f"chart.{what}"),
                "from": reached,
                "until": until,
                "middle": (reached + until) / 2,
                "tip": f"{say(f'chart.{what}')}: {quantity(part, unit)}",
                "label": quantity(part, unit) if float(part) > LABELLED_FROM * width else "",
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
