"""The terms that are tried in some warehouses of a plan, and what the plan says of it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from data.frames.trial_arms import Tried, tried_on
from data.tables import Compared
from data.tables.judgements import OF_ALL_CATEGORIES
from flows.purchasing.notes.plan_notes import PlanNote
from warehouse.purchasing.service_level import ServiceLevel
from warehouse.reasons import Reason


def with_tried_terms(level: ServiceLevel, tried: Tried | None) -> ServiceLevel:
    """The service level with the terms that are tried, in the warehouses whose day is in the challenger's arm."""
    if tried is None:
        return level
    return replace(level, tried=challenged(level, tried.category, tried.challenger), tried_in=tried.warehouses)


def challenged(level: ServiceLevel, category: str | None, challenger: Mapping[str, Any]) -> ServiceLevel:
    """A service level with some terms of a category (empty: of all that have none of their own) changed."""
    if not category or category == OF_ALL_CATEGORIES:
        return replace(level, overall=replace(level.overall, **challenger))
    return replace(level, by_category={**level.by_category, category: replace(level.of(category), **challenger)})


def tried_in_plan(
    session: Session, order_dates: Mapping[str, date], now: datetime
) -> tuple[Tried | None, list[Reason]]:
    """The terms that are tried on the order days of a plan, and what the plan says of whatever is tried."""
    tried = tried_on(session, order_dates, now)
    if tried is None:
        return None, []
    told = {"warehouses": ", ".join(sorted(tried.warehouses)), "trial": tried.name, "what": tried.compares}
    return tried if tried.compares is Compared.TERMS else None, [Reason(PlanNote.TRIED, told)]
