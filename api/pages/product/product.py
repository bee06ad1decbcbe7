"""A product in a warehouse: what sold, what is expected, why that much, and what a promotion would change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import Form, Request, Response
from sqlalchemy.orm import Session

from api.pages import charts
from api.pages.plan_line.line_figures import forecast_rows, sales_rows
from api.pages.product.judgements import latest_judgements
from api.pages.product.product_figures import (
    ExplainedDay,
    bulk_words,
    closed_words,
    coming_days,
    explained,
    shares_chart,
    silence_words,
    unseen_words,
)
from api.pages.product.promotion_figures import AskedWhatIf, WhatIf, as_what_if, effects_of
from api.pages.rendering import page
from api.pages.texts import day as day_words
from api.pages.texts import (
    explanation_sentence,
    number,
    places,
    say,
    served_by_words,
    share_detail,
    share_words,
    signed,
)
from api.places.place_queries import known_product, known_warehouse
from api.routing import Router
from api.security import Principal, Scope, requires
from api.transactions import Now, ReadSession, engine_of
from data.frames.found_by_forecasts import closed_for
from data.frames.serving_forecasts import latest_origins
from data.local_days import today_there
from data.tables import ForecastRow, ProductClassRow, Unit
from flows.demand.models.served_by import served_by
from flows.demand.planned_promotions import what_if
from flows.demand.recent_sales import SalesDay, recent_sales
from flows.errors import Invalid, NotNow, Refusal
from flows.purchasing.notes.unseen_demand import unseen_demand
from forecasting.known.horizon import LONGEST_HORIZON

DAYS_SHOWN = 7  # of the forecast
WEEK = 7

router = Router(include_in_schema=False)

Reads = Annotated[Principal, requires(Scope.READ)]
Writes = Annotated[Principal, requires(Scope.PLANS_WRITE)]
Typed = Annotated[str, Form(max_length=40)]


@dataclass(frozen=True)
class ShownShare:
    """What one share adds, in words and figures."""

    what: str
    amount: str
    detail: str


@dataclass(frozen=True)
class Why:
    """What makes up the forecast of one day: a sentence, a chart, and the shares in a table; where it rounds to
    nothing, `nothing` says that instead."""

    day: date
    mean: float
    digits: int
    sentence: str
    nothing: str | None
    chart: charts.Spec
    rows: Sequence[ShownShare]


@router.get("/warehouses/{warehouse_id}/products/{product_id}")
def product(
    request: Request, session: ReadSession, now: Now, who: Reads, warehouse_id: str, product_id: str
) -> Response:
    """The product's page."""
    return _product_page(request, session, now, warehouse_id, product_id)


@router.post("/warehouses/{warehouse_id}/products/{product_id}")
def ask_what_if(
    request: Request,
    session: ReadSession,
    now: Now,
    who: Writes,
    warehouse_id: str,
    product_id: str,
    price: Typed = "",
    off: Typed = "",
    first_day: Typed = "",
    days: Typed = "",
    announced: Annotated[bool, Form()] = False,
) -> Response:
    """The page with what a promotion would change. What cannot be asked is said beside the form, which keeps what was
    typed. Nothing is written, so the page is the answer."""
    asked = AskedWhatIf(price, off, first_day, days, announced)
    list_price = known_product(session, product_id).list_price
    try:
        first, last, discount = asked.planned(list_price)
        frame = what_if(engine_of(request), [warehouse_id], product_id, first, last, discount, now, announced)
    except (Invalid, NotNow) as wrong:
        return _product_page(request, session, now, warehouse_id, product_id, asked, wrong=wrong)
    answer = as_what_if(frame, first, last, discount)
    return _product_page(request, session, now, warehouse_id, product_id, asked, answer)


def _product_page(
    request: Request,
    session: Session,
    now: datetime,
    warehouse_id: str,
    product_id: str,
    asked: AskedWhatIf | None = None,
    answer: WhatIf | None = None,
    wrong: Refusal | None = None,
) -> Response:
    warehouse = known_warehouse(session, warehouse_id)
    found = known_product(session, product_id)
    today = today_there(now, warehouse.timezone)
    origin = latest_origins(session, [warehouse_id], now).get(warehouse_id)
    sales = recent_sales(session, warehouse_id, product_id, today)
    first = max((sale.date for sale in sales), default=today - timedelta(days=1)) + timedelta(days=1)
    coming = coming_days(session, warehouse_id, product_id, origin, first, today + timedelta(days=DAYS_SHOWN))
    unseen = unseen_demand(session, warehouse_id, product_id)
    why = _why(session, coming, today, found.unit)
    return page(
        request,
        "product/product.html",
        200 if wrong is None else 422 if isinstance(wrong, Invalid) else 409,
        warehouse=warehouse,
        product=found,
        classed=session.get(ProductClassRow, (warehouse_id, product_id)),
        origin=origin,
        coming=[row for row in coming if row.date > today],
        next_day=next((row for row in coming if row.date > today), None),
        sold=sum(sale.sold for sale in sales[-WEEK:]) if sales else None,
        ran_out=sum(1 for sale in sales if sale.hours_out),
        days_told=sum(1 for sale in sales if sale.hours_out is not None),
        guessed=_guessed_words(sales),
        seen=None if unseen is None else unseen_words(unseen),
        silence=silence_words(session, warehouse_id, product_id, origin),
        why=why,
        bulk=bulk_words(sales, found.unit),
        closed=closed_words(session, warehouse_id, origin, [row.date for row in coming]),
        served=_served_words(session, coming, today),
        chart=_sales_and_forecast(sales, coming, found.unit),
        effects=effects_of(session, found),
        judged=latest_judgements(session, warehouse_id, product_id, now),
        asked=asked,
        answer=answer,
        wrong=wrong,
        earliest=today,
        longest=LONGEST_HORIZON,
    )


def _guessed_words(sales: Sequence[SalesDay]) -> str | None:
    """That stock-outs were guessed, of how many days, and what came of it; None where all is known."""
    guessed = [sale for sale in sales if sale.guessed]
    if not guessed:
        return None
    ran_out = sum(1 for sale in guessed if sale.missed)
    probably = say("product.probably_on", n=ran_out) if ran_out else say("product.probably_not")
    return say("product.guessed", n=len(guessed), of=len(sales), probably=probably)


def _served_words(session: Session, coming: Sequence[ForecastRow], today: date) -> str | None:
    """Which model forecast the next day, and why; None where that is not known."""
    next_day = next((row for row in coming if row.date > today), None)
    served = None if next_day is None else served_by(session, next_day)
    return None if served is None else served_by_words(served)


def _sales_and_forecast(sales: Sequence[SalesDay], coming: Sequence[ForecastRow], unit: Unit) -> charts.Spec | None:
    if not sales and not coming:
        return None
    return charts.sales_and_forecast(say(f"unit.{unit}"), sales_rows(sales, unit), forecast_rows(coming, unit), [])


def _why(session: Session, coming: Sequence[ForecastRow], today: date, unit: Unit) -> Why | None:
    """Of tomorrow where that is kept, else of the last day before it that is."""
    days = [found for row in coming if (found := explained(session, row)) is not None]
    chosen = next((one for one in days if one.forecast.date > today), days[-1] if days else None)
    return None if chosen is None else _told(chosen, unit)


def _told(day: ExplainedDay, unit: Unit) -> Why:
    forecast, facts = day.forecast, day.facts
    digits = places(forecast.mean)
    rows = [
        ShownShare(
            (words := share_words(share, facts))[:1].upper() + words[1:],
            number(value, digits) if share == "level" else signed(value, digits),
            share_detail(share, facts),
        )
        for share, value in day.shares.items()
    ]
    words = day_words(forecast.date)
    sentence = explanation_sentence(words, forecast.mean, day.shares, facts, unit)
    nothing = None
    if round(forecast.mean, digits) == 0:
        nothing = sentence if closed_for(facts.occasions) else say("product.nothing", day=words)
    return Why(forecast.date, forecast.mean, digits, sentence, nothing, shares_chart(day, unit), rows)
