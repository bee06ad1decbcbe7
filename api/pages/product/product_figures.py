"""The figures of a product's page: what makes up its forecast, and what was known of the day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.pages import charts
from api.pages.texts import DayFacts, number, places, quantile, say, share_words, signed, times_in_100
from api.pages.texts import day as day_words
from data.tables import (
    ForecastContributionRow,
    ForecastRow,
    PlanLineRow,
    PromotionRow,
    PurchasePlanRow,
    RecoveredDemandRow,
    Unit,
    WeatherRow,
)
from forecasting.explaining.contributions import SHARES
from warehouse.purchasing.plan import PlanReason

FORECAST_TOLD_TO = 0.95  # the highest quantile that a forecast tells


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


def behind_sales(session: Session, warehouse_id: str, product_id: str) -> RecoveredDemandRow | None:
    """The demand behind the latest sales, and how far up it was ever seen; None where that is not kept."""
    return session.get(RecoveredDemandRow, (warehouse_id, product_id))


def seen_words(session: Session, behind: RecoveredDemandRow | None) -> str | None:
    """What to know of demand that was never seen: that the latest order counts on it, or from where on the forecast
    does; None where the history shows enough of it."""
    if behind is None:
        return None
    seen = behind.highest_seen_quantile
    ordered = _order_beyond(session, behind)
    if ordered is not None:
        key = "product.ordered_beyond" if ordered[2] > 0 else "product.ordered_unseen"
        return say(key, day=day_words(ordered[0]), times=times_in_100(ordered[1]), seen=quantile(ordered[2]))
    if seen >= FORECAST_TOLD_TO:
        return None
    return say("product.seen_to" if seen > 0 else "product.never_seen", seen=quantile(seen))


def _order_beyond(session: Session, behind: RecoveredDemandRow) -> tuple[date, float, float] | None:
    """The delivery date of the warehouse's latest plan, the quantile that it orders the product at and the highest seen
    then, where the one lies above the other; not of a line that a buyer has changed since."""
    mine = (PlanLineRow.plan_id == PurchasePlanRow.plan_id, PlanLineRow.warehouse_id == behind.warehouse_id)
    latest = (
        select(PurchasePlanRow.plan_id)
        .where(select(PlanLineRow.line_no).where(*mine).exists())
        .order_by(PurchasePlanRow.created_at.desc(), PurchasePlanRow.plan_id)
        .limit(1)
        .scalar_subquery()
    )
    lines = (
        select(PlanLineRow.reasons, PurchasePlanRow.delivery_date)
        .join(PurchasePlanRow)
        .where(PlanLineRow.plan_id == latest, *mine, PlanLineRow.product_id == behind.product_id)
        .where(PlanLineRow.edited_at.is_(None))
    )
    for reasons, delivery_date in session.execute(lines):
        for reason in reasons:
            if reason["code"] == PlanReason.BEYOND_WHAT_WAS_SEEN:
                return delivery_date, reason["quantile"], reason["seen"]
    return None


def explained(session: Session, forecast: ForecastRow) -> ExplainedDay | None:
    """What makes up a forecast; None where that was not kept."""
    key = (forecast.warehouse_id, forecast.product_id, forecast.date, forecast.origin)
    shares = session.get(ForecastContributionRow, key)
    if shares is None:
        return None
    return ExplainedDay(forecast, {name: getattr(shares, name) for name in SHARES}, _facts(session, forecast))


def _facts(session: Session, forecast: ForecastRow) -> DayFacts:
    """What was known of the day at the forecast's origin."""
    promotion = session.scalars(
        select(PromotionRow)
        .where(
            PromotionRow.warehouse_id == forecast.warehouse_id,
            PromotionRow.product_id == forecast.product_id,
            PromotionRow.starts_on <= forecast.date,
            PromotionRow.ends_on >= forecast.date,
            PromotionRow.known_at <= forecast.origin,
        )
        .order_by(PromotionRow.known_at.desc(), PromotionRow.starts_on.desc())
        .limit(1)
    ).first()
    weather = session.scalars(
        select(WeatherRow)
        .where(
            WeatherRow.warehouse_id == forecast.warehouse_id,
            WeatherRow.date == forecast.date,
            WeatherRow.issued_at <= forecast.origin,
        )
        .order_by(WeatherRow.issued_at.desc())
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
