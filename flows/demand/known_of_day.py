"""What was known of a forecast day when it was forecast: its promotion, its weather, and what the day is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.frames.found_by_forecasts import occasions
from data.tables import ForecastRow, OccasionRow, PromotionRow, WeatherRow


@dataclass(frozen=True)
class DayFacts:
    """What was known of a day when it was forecast."""

    date: date
    discount: float | None  # price / list price; None: no promotion is planned
    temperature_c: float | None
    precipitation_mm: float | None
    occasions: Sequence[OccasionRow] = ()  # what the day is or is next to


def known_of_day(session: Session, forecast: ForecastRow) -> DayFacts:
    """The latest that was known at the forecast's origin; of promotions that overlap, the one that begins last."""
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
    day = forecast.warehouse_id, forecast.date
    return DayFacts(
        forecast.date,
        promotion.discount if promotion and (promotion.promoted or promotion.discount < 1) else None,
        weather.temperature_c if weather else None,
        weather.precipitation_mm if weather else None,
        occasions(session, {day[0]: forecast.origin}, forecast.date, forecast.date).get(day, []),
    )
