"""Promotions on a product's page: what one would change that is not booked, and what those before did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pandas as pd
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.pages.texts import number, percent, say
from api.pages.typed_numbers import as_number
from data.tables import ProductRow, PromotionEffectRow
from flows.demand.promotion_effects import category_with_effects
from flows.errors import Invalid
from forecasting.known.horizon import LONGEST_HORIZON
from forecasting.promotions.effects import AFTER, UPLIFT
from forecasting.promotions.grid import RUN_DAYS
from forecasting.promotions.siblings import TAKEN
from forecasting.promotions.what_if import PROMOTED, SIBLING

LEAST_TOLD = 0.0005  # of siblings' demand; less rounds to nothing


@dataclass(frozen=True)
class AskedWhatIf:
    """The form as it was typed: a price where the product has a list price, else how many percent it is off."""

    price: str
    off: str
    first_day: str
    days: str
    announced: bool

    def planned(self, list_price: Decimal | None) -> tuple[date, date, float]:
        """First day, last day and price / list price. Raises Invalid for what is none of these."""
        try:
            first = date.fromisoformat(self.first_day.strip())
        except ValueError:
            raise Invalid(say("what_if.no_day"), field="first_day") from None
        days = self.days.strip()
        if not (days.isascii() and days.isdecimal() and len(days) <= 2 and 1 <= int(days) <= LONGEST_HORIZON):
            raise Invalid(say("what_if.no_days", most=LONGEST_HORIZON), field="days")
        try:
            last = first + timedelta(days=int(days) - 1)
        except OverflowError:
            raise Invalid(say("what_if.no_day"), field="first_day") from None
        return first, last, self._discount(list_price)

    def _discount(self, list_price: Decimal | None) -> float:
        if list_price is None:
            off = _as_number(self.off)
            if off is None or not 0 <= off < 100:
                raise Invalid(say("what_if.no_off"), field="off")
            return float(1 - off / 100)
        price = _as_number(self.price)
        if price is None or not 0 < price <= list_price:
            raise Invalid(say("what_if.no_price", list_price=number(list_price, 2)), field="price")
        return float(price / list_price)


def _as_number(text: str) -> Decimal | None:
    try:
        return as_number(text)
    except ValueError:
        return None


@dataclass(frozen=True)
class WhatIfDay:
    """Mean demand on a day without and with the promotion, and between what it lies with it 8 times in 10."""

    date: date
    without: float
    with_it: float
    low: float
    high: float


@dataclass(frozen=True)
class WhatIf:
    """What a promotion would change on its days."""

    discount: float
    days: Sequence[WhatIfDay]
    siblings: float | None  # their demand over what it would have been; None: nothing to tell
    extrapolated: bool

    @property
    def without(self) -> float:
        """All days together."""
        return sum(day.without for day in self.days)

    @property
    def with_it(self) -> float:
        """All days together."""
        return sum(day.with_it for day in self.days)

    @property
    def words(self) -> str:
        """What it makes of the demand of these days."""
        change = self.with_it / self.without - 1 if self.without > 0 else 0.0
        key = "more" if round(change, 2) > 0 else "less" if round(change, 2) < 0 else "same"
        return say(f"what_if.{key}", share=percent(abs(change)), off=percent(1 - self.discount))

    @property
    def siblings_words(self) -> str | None:
        """What other products of the subcategory lose, or gain, by it."""
        if self.siblings is None or abs(self.siblings - 1) < LEAST_TOLD:
            return None
        share = f"{number(abs(self.siblings - 1) * 100, 1)}%"
        return say("what_if.siblings_lose" if self.siblings < 1 else "what_if.siblings_gain", share=share)


def as_what_if(frame: pd.DataFrame, first: date, last: date, discount: float) -> WhatIf:
    """The answer of `flows.demand.planned_promotions.what_if`, for one warehouse, on the promotion's days."""
    days = frame["date"].dt.date
    told = frame[(days >= first) & (days <= last)]
    own, siblings = (told[told["relation"] == kind] for kind in (PROMOTED, SIBLING))
    rows = [
        WhatIfDay(row.date.date(), row.mean_without, row.mean_with, row.q10_with, row.q90_with)
        for row in own.itertuples()
    ]
    usual = float(siblings["mean_without"].sum())
    return WhatIf(
        discount,
        rows,
        float(siblings["mean_with"].sum()) / usual if usual > 0 else None,
        bool(own["extrapolated"].any()),
    )


@dataclass(frozen=True)
class Ratio:
    """Demand over what it would have been, with its interval."""

    ratio: str
    interval: str


@dataclass(frozen=True)
class ShownEffect:
    """What promotions of a depth did: on the first day, on later ones, and on the day after."""

    depth: str
    first: Ratio | None
    later: Ratio | None
    after: Ratio | None


@dataclass(frozen=True)
class Effects:
    """What promotions did in a category, or in all where nothing is known of it."""

    category: str | None
    rows: Sequence[ShownEffect]
    taken: str | None


def effects_of(session: Session, product: ProductRow) -> Effects | None:
    """What promotions did in a product's category; None where nothing was promoted, or learned yet."""
    category = category_with_effects(session, product.category)
    query = select(PromotionEffectRow).where(PromotionEffectRow.category.is_not_distinct_from(category))
    kept = session.scalars(query.order_by(PromotionEffectRow.row_no)).all()
    if not kept:
        return None
    by_key = {(row.effect, row.depth_from, row.day): row for row in kept}
    depths = sorted({(row.depth_from, row.depth_to or 1.0) for row in kept if row.depth_from is not None})
    rows = [_effect_row(by_key, depth_from, depth_to) for depth_from, depth_to in depths]
    return Effects(
        product.category_name if category is not None else None, rows, _taken_words(by_key.get((TAKEN, None, 0)))
    )


def _effect_row(
    by_key: Mapping[tuple[str, float | None, int], PromotionEffectRow], depth_from: float, depth_to: float
) -> ShownEffect:
    key = "below" if depth_from == 0 else "above" if depth_to >= 1 else "between"
    depth = say(f"effects.{key}", low=number(depth_from * 100), high=number(depth_to * 100))
    first, later, after = (
        _ratio(by_key.get((effect, depth_from, day))) for effect, day in ((UPLIFT, 1), (UPLIFT, RUN_DAYS), (AFTER, 1))
    )
    return ShownEffect(depth, first, later, after)


def _ratio(row: PromotionEffectRow | None) -> Ratio | None:
    if row is None:
        return None
    told = row.low is not None and row.high is not None
    return Ratio(
        say("effects.times", ratio=number(row.ratio, 2)),
        say("effects.interval", low=number(row.low, 2), high=number(row.high, 2)) if told else "",
    )


def _taken_words(row: PromotionEffectRow | None) -> str | None:
    if row is None or row.low is None or row.high is None or row.ratio <= 0:
        return None
    return say("effects.taken", share=percent(row.ratio), low=percent(max(row.low, 0)), high=percent(row.high))
