"""The figures of a product's page: what makes up its forecast, and what was known of the day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.pages import charts
from api.pages.texts import DayFacts, number, places, say, share_words, signed
from data.tables import Forecast, ForecastContribution, Promotion, Unit, Weather
from forecasting.explanation import SHARES


@dataclass(frozen=True)
class ExplainedDay:
    """A forecast day with what adds up to its mean."""

    forecast: Forecast
    shares: Mapping[str, float]
    facts: DayFacts


def coming_days(
    session: Session, warehouse_id: str, product_id: str, origin: datetime | None, first: date, until: date
) -> list[Forecast]:
    """The forecast of these days that was made at the origin."""
    query = select(Forecast).where(
        Forecast.warehouse_id == warehouse_id,
        Forecast.product_id == product_id,
        Forecast.origin == origin,
        Forecast.date.between(first, until),
    )
    return list(session.scalars(query.order_by(Forecast.date)))


def explained(session: Session, forecast: Forecast) -> ExplainedDay | None:
    """What makes up a forecast; None where that was not kept."""
    key = (forecast.warehouse_id, forecast.product_id, forecast.date, forecast.origin)
    shares = session.get(ForecastContribution, key)
    if shares is None:
        return None
    return ExplainedDay(forecast, {name: getattr(shares, name) for name in SHARES}, _facts(session, forecast))


def _facts(session: Session, forecast: Forecast) -> DayFacts:
    """What was known of the day at the forecast's origin."""
    promotion = session.scalars(
        select(Promotion)
        .where(
            Promotion.warehouse_id == forecast.warehouse_id,
            Promotion.product_id == forecast.product_id,
            Promotion.starts_on <= forecast.date,
            Promotion.ends_on >= forecast.date,
            Promotion.known_at <= forecast.origin,
        )
        .order_by(Promotion.known_at.desc(), Promotion.starts_on.desc())
        .limit(1)
    ).first()
    weather = session.scalars(
        select(Weather)
        .where(
            Weather.warehouse_id == forecast.warehouse_id,
            Weather.date == forecast.date,
            Weather.issued_at <= forecast.origin,
        )
        .order_by(Weather.issued_at.desc())
        .limit(1)
    ).first()
    return DayFacts(
        forecast.date,
        promotion.discount if promotion and (promotion.promoted or promotion.discount < 1) else None,
        weather.temperature_c if weather else None,
        weather.precipitation_mm if weather else None,
    )


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
