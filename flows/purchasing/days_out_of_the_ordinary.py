"""What a plan says of the days that its forecasts look at: which are closed, and which rest on something seen once or
never, whose effect is extrapolated. From the occasions kept with the forecasts' explanations."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from sqlalchemy import and_, func, select, tuple_
from sqlalchemy.orm import Session

from data.tables import ForecastContributionRow

SURE: Final = 2  # times that an occasion was seen, from which on its effect is no guess


def closed_days(session: Session, origins: Mapping[str, datetime]) -> dict[tuple[date, str], list[str]]:
    """The warehouses that are closed, by day and the name of what closes them."""
    return _occasions(session, origins, closed=True)


def extrapolated_days(session: Session, origins: Mapping[str, datetime]) -> dict[tuple[date, str], list[str]]:
    """The warehouses that are open on a day of an event or holiday that was seen less than `SURE` times, by day and
    name."""
    return _occasions(session, origins, closed=False)


def _occasions(session: Session, origins: Mapping[str, datetime], closed: bool) -> dict[tuple[date, str], list[str]]:
    row = ForecastContributionRow
    # all products of a warehouse share its days, so one of them tells
    first = (
        select(row.warehouse_id, row.origin, row.date, func.min(row.product_id).label("product_id"))
        .where(tuple_(row.warehouse_id, row.origin).in_(list(origins.items())))
        .group_by(row.warehouse_id, row.origin, row.date)
        .subquery()
    )
    same = (getattr(row, name) == getattr(first.c, name) for name in ("warehouse_id", "origin", "date", "product_id"))
    found: dict[tuple[date, str], list[str]] = {}
    for name, day, occasions in session.execute(
        select(row.warehouse_id, row.date, row.occasions).join(first, and_(*same)).order_by(row.date, row.warehouse_id)
    ):
        here = [occasion for occasion in occasions if occasion["away"] == 0]
        shut = any(occasion["closed"] for occasion in here)
        for occasion in here:
            if occasion["closed"] if closed else not shut and occasion["seen"] < SURE:
                found.setdefault((day, occasion["name"]), []).append(name)
    return found
