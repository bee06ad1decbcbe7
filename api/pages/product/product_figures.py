"""The figures of a product's page: what makes up its forecast, and where its history has not shown as much."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.pages import charts
from api.pages.texts import day as day_words
from api.pages.texts import number, percent, places, quantity, say, share_words, signed, times_in_100
from data.frames.found_by_forecasts import closed_for, occasions
from data.tables import ForecastContributionRow, ForecastRow, SilentProductRow, Unit
from flows.demand.known_of_day import DayFacts, known_of_day
from flows.demand.recent_sales import SalesDay
from flows.purchasing.notes.unseen_demand import UnseenDemand
from forecasting.explaining.contributions import SHARES


@dataclass(frozen=True)
class ExplainedDay:
    """A forecast day with what adds up to its mean."""

    forecast: ForecastRow
    shares: Mapping[str, float]
    facts: DayFacts


def coming_days(
    session: Session, warehouse_id: str, product_id: str, origin: datetime | None, first: date, until: date
) -> list[ForecastRow]:
    """The forecast of these days that was made at the origin."""
    query = select(ForecastRow).where(
        ForecastRow.warehouse_id == warehouse_id,
        ForecastRow.product_id == product_id,
        ForecastRow.origin == origin,
        ForecastRow.date.between(first, until),
    )
    return list(session.scalars(query.order_by(ForecastRow.date)))


def unseen_words(unseen: UnseenDemand) -> str:
    """That the latest order counts on demand that was never seen, or from where on the forecast does."""
    seen = times_in_100(unseen.seen)
    if unseen.delivery_date is not None and unseen.quantile is not None:
        key = "product.ordered_beyond" if unseen.seen > 0 else "product.ordered_unseen"
        return say(key, day=day_words(unseen.delivery_date), times=times_in_100(unseen.quantile), seen=seen)
    return say("product.seen_to" if unseen.seen > 0 else "product.never_seen", seen=seen)


def silence_words(session: Session, warehouse_id: str, product_id: str, origin: datetime | None) -> str | None:
    """That the product may be sold no more, and how far its forecast has faded; None where its silence is usual."""
    found = None if origin is None else session.get(SilentProductRow, (warehouse_id, origin, product_id))
    if found is None:
        return None
    key = "product.ended" if found.ended else "product.silent"
    values = {"last": day_words(found.last_sold_on), "probability": percent(found.probability)}
    return say(key, n=round(found.silent_days), **values)


def bulk_words(sales: Sequence[SalesDay], unit: Unit) -> list[str]:
    """The bulk orders among the latest days, which the forecast leaves out."""
    return [
        say("product.bulk", quantity=quantity(sale.sold, unit), day=day_words(sale.date))
        for sale in sales
        if sale.bulk_order
    ]


def closed_words(session: Session, warehouse_id: str, origin: datetime | None, days: Sequence[date]) -> list[str]:
    """Which of some days the warehouse is closed on, and why."""
    if origin is None or not days:
        return []
    found = occasions(session, {warehouse_id: origin}, min(days), max(days))
    closed = {day: name for (_, day), rows in found.items() if day in days and (name := closed_for(rows))}
    return [say("product.closed", day=day_words(day), name=name) for day, name in closed.items()]


def explained(session: Session, forecast: ForecastRow) -> ExplainedDay | None:
    """What makes up a forecast; None where that was not kept."""
    key = (forecast.warehouse_id, forecast.product_id, forecast.date, forecast.origin)
    shares = session.get(ForecastContributionRow, key)
    if shares is None:
        return None
    return ExplainedDay(forecast, {name: getattr(shares, name) for name in SHARES}, known_of_day(session, forecast))


def shares_chart(day: ExplainedDay, unit: Unit) -> charts.Spec:
    """From what is usual, share by share, to what is expected; shares that round to nothing are left out."""
    mean = day.forecast.mean
    digits = places(mean)
    parts: charts.Rows = []
    reached = 0.0
    for share, value in day.shares.items():
        if share != "level" and round(abs(value), digits) == 0:
            reached += value
            continue
        kind = "level" if share == "level" else "more" if value > 0 else "less"
        label = number(value, digits) if share == "level" else signed(value, digits)
        parts.append(_part(share_words(share, day.facts), kind, reached, reached + value, label))
        reached += value
    parts.append(_part(say("share.expected"), "sum", 0.0, mean, number(mean, digits)))
    return charts.shares(say(f"unit.{unit}"), parts)


def _part(words: str, kind: str, start: float, end: float, label: str) -> dict[str, object]:
    return {
        "what": words[:1].upper() + words[1:],
        "kind": say(f"chart.{kind}"),
        "from": min(start, end),
        "until": max(start, end),
        "label": label,
        "label_at": max(start, end),
        "tip": say("share.tip", what=words, amount=label),
    }
