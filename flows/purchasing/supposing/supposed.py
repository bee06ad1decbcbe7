"""What a buyer supposes: a farm fails, a delivery is late, a harvest stops, a promotion is added, a budget is cut.

Looked up, refused where it cannot be meant, and told to a plan as the facts that it would change, which are those of
`warehouse/purchasing/changed_facts.py`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from math import isfinite
from typing import Final

import pandas as pd
from sqlalchemy import Engine, select, tuple_
from sqlalchemy.orm import Session

from data.frames.serving_forecasts import latest_origins
from data.tables import ForecastRow, ProductRow, SupplierRow
from flows.demand.planned_promotions import what_if
from flows.errors import Invalid, NotNow, Unknown
from flows.ordering.kept_orders import id_of_purchase_order
from flows.ordering.under_way import lines_under_way
from flows.purchasing.planning.foresight import Foresight
from warehouse.ordering.purchase_order_lines import OVERDUE_COUNTS
from warehouse.purchasing.changed_facts import (
    ComesLater,
    SupplyLost,
    coming_later,
    demand_times,
    offers_left,
    still_coming,
)
from warehouse.purchasing.need.needs import WarehouseOutlook
from warehouse.purchasing.plan_settings import PlanSettings
from warehouse.purchasing.suppliers.offers import Offer

MOST_LATE_DAYS: Final = 14  # later than that, a delivery is given up rather than late


@dataclass(frozen=True)
class FarmFails:
    """A supplier brings nothing from a day on, or up to `last_day`: neither what it offers nor what is on order."""

    supplier_id: str
    first_day: date
    last_day: date | None = None


@dataclass(frozen=True)
class HarvestStopped:
    """Rain stops the harvest of a supplier, or of all suppliers in a `city`: of these products, or of all."""

    first_day: date
    last_day: date
    supplier_id: str | None = None
    city: str | None = None
    product_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class DeliveryLate:
    """What is under way from a supplier, or of a purchase order (its number or id), comes so many days later."""

    days: int
    supplier_id: str | None = None
    purchase_order_id: str | None = None


@dataclass(frozen=True)
class PromotionAdded:
    """A product sells at `discount` (price / list price) on days that are forecast; announced, if it is `promoted`."""

    product_id: str
    first_day: date
    last_day: date
    discount: float
    promoted: bool = True


@dataclass(frozen=True)
class BudgetCut:
    """No more than `budget` may be spent on the order day, goods and deliveries, in the warehouses' currency."""

    budget: float


Supposed = FarmFails | HarvestStopped | DeliveryLate | PromotionAdded | BudgetCut


@dataclass(frozen=True, eq=False)
class _ChangedFacts:
    """What changes, in the order in which it does; `today` by warehouse."""

    today: Mapping[str, date]
    lost: Sequence[SupplyLost]
    late: Sequence[ComesLater]
    demand: Sequence[pd.DataFrame]  # warehouse_id, product_id, date, factor

    def offers(self, offers: Sequence[Offer]) -> Sequence[Offer]:
        for one in self.lost:
            offers = offers_left(offers, one, min(self.today.values()))
        return offers

    def outlook(self, outlook: WarehouseOutlook) -> WarehouseOutlook:
        today = self.today[outlook.warehouse_id]
        on_order, forecasts = outlook.on_order, outlook.forecasts
        for late in self.late:
            on_order = coming_later(on_order, late, today)
        for lost in self.lost:  # what comes later may come on a day on which nothing does
            on_order = still_coming(on_order, lost, today)
        for factors in self.demand:
            forecasts = demand_times(forecasts, factors[factors["warehouse_id"] == outlook.warehouse_id])
        return replace(outlook, on_order=on_order, forecasts=forecasts)


def foresight_of(
    engine: Engine,
    session: Session,
    today: Mapping[str, date],
    now: datetime,
    supposed: Iterable[Supposed],
    overdue_counts: timedelta = OVERDUE_COUNTS,
) -> Foresight:
    """What a plan for the warehouses of `today` is told if all of this were so.

    Raises Unknown for what there is not, Invalid for days that have passed or are in the wrong order, NotNow where
    nothing is under way that could be late, and what a promotion that is asked about does."""
    lost: list[SupplyLost] = []
    late: list[ComesLater] = []
    demand: list[pd.DataFrame] = []
    for one in supposed:
        match one:
            case FarmFails():
                _check_days(one.first_day, one.last_day, today)
                _require_suppliers(session, [one.supplier_id])
                lost.append(SupplyLost(frozenset({one.supplier_id}), one.first_day, one.last_day or date.max))
            case HarvestStopped():
                _check_days(one.first_day, one.last_day, today)
                products = _products(session, one.product_ids) if one.product_ids else None
                lost.append(SupplyLost(_growers(session, one), one.first_day, one.last_day, products))
            case DeliveryLate():
                late.append(_late(session, one, list(today), now, overdue_counts))
            case PromotionAdded():
                _check_days(one.first_day, one.last_day, today)
                demand.append(_demand(engine, session, one, list(today), now))
    changed = _ChangedFacts(today, lost, late, demand)
    return Foresight(offers=changed.offers, outlook=changed.outlook)


def settings_of(settings: PlanSettings, supposed: Iterable[Supposed]) -> PlanSettings:
    """What a plan is computed with under the least of the budgets that are supposed; a lower one that is set stays.

    Raises Invalid for a budget that is not positive."""
    budgets = [one.budget for one in supposed if isinstance(one, BudgetCut)]
    if not budgets:
        return settings
    if not all(isfinite(budget) and budget > 0 for budget in budgets):
        raise Invalid("A budget is more than 0.", field="budget")
    known = settings.limits.budget
    least = min(budgets) if known is None else min(*budgets, known)
    return replace(settings, limits=replace(settings.limits, budget=least))


def suppliers_under_way(session: Session, warehouse_ids: Sequence[str], now: datetime) -> set[str]:
    """The suppliers of which something is under way to these warehouses, whose delivery could be late."""
    return {line.supplier_id for name in warehouse_ids for line in lines_under_way(session, name, now)}


def _check_days(first: date, last: date | None, today: Mapping[str, date]) -> None:
    earliest = min(today.values())
    if first < earliest:
        raise Invalid(
            "First day {first} has passed (today is {earliest}).", first=first, earliest=earliest, field="first_day"
        )
    if last is not None and last < first:
        raise Invalid("The last day, {last}, lies before the first, {first}.", last=last, first=first, field="last_day")


def _require_suppliers(session: Session, supplier_ids: Sequence[str]) -> None:
    for name in supplier_ids:
        if session.get(SupplierRow, name) is None:
            raise Unknown("Supplier {name!r} was not found.", name=name, field="supplier_id")


def _products(session: Session, product_ids: Sequence[str]) -> frozenset[str]:
    for name in product_ids:
        if session.get(ProductRow, name) is None:
            raise Unknown("Product {name!r} was not found.", name=name, field="product_ids")
    return frozenset(product_ids)


def _growers(session: Session, one: HarvestStopped) -> frozenset[str]:
    if (one.supplier_id is None) == (one.city is None):
        raise Invalid("Name a supplier or a city, one of the two.", field="supplier_id")
    if one.supplier_id is not None:
        _require_suppliers(session, [one.supplier_id])
        return frozenset({one.supplier_id})
    found = session.scalars(select(SupplierRow.supplier_id).where(SupplierRow.city == one.city)).all()
    if not found:
        raise Unknown("No supplier is in {city!r}.", city=one.city, field="city")
    return frozenset(found)


def _late(
    session: Session, one: DeliveryLate, warehouse_ids: Sequence[str], now: datetime, overdue_counts: timedelta
) -> ComesLater:
    if (one.supplier_id is None) == (one.purchase_order_id is None):
        raise Invalid("Name a supplier or a purchase order, one of the two.", field="supplier_id")
    if not 1 <= one.days <= MOST_LATE_DAYS:
        raise Invalid(
            "A delivery is 1 to {most_late_days} days late, not {days}.",
            most_late_days=MOST_LATE_DAYS,
            days=one.days,
            field="days",
        )
    if one.supplier_id is not None:
        _require_suppliers(session, [one.supplier_id])
        whose = ComesLater(one.days, supplier_id=one.supplier_id)
    else:
        order_id = id_of_purchase_order(session, one.purchase_order_id or "")
        whose = ComesLater(one.days, purchase_order_id=order_id)
    lines = [line for name in warehouse_ids for line in lines_under_way(session, name, now, overdue_counts)]
    if not any(whose.is_of(line.supplier_id, line.purchase_order_id) for line in lines):
        field = "supplier_id" if one.supplier_id is not None else "purchase_order_id"
        raise NotNow(
            "Nothing is under way from {whom} to these warehouses.",
            whom=one.supplier_id or one.purchase_order_id,
            field=field,
        )
    return whose


def _demand(
    engine: Engine, session: Session, one: PromotionAdded, warehouse_ids: Sequence[str], now: datetime
) -> pd.DataFrame:
    """By how much the demand of the product and of its category changes: the means with the promotion over those
    without, as they are told where a promotion is asked about."""
    origins = latest_origins(session, list(warehouse_ids), now)
    query = select(ForecastRow.warehouse_id).distinct()
    at = tuple_(ForecastRow.warehouse_id, ForecastRow.origin).in_(list(origins.items()))
    selling = session.scalars(query.where(at, ForecastRow.product_id == one.product_id)).all()
    told = what_if(
        engine, selling or warehouse_ids, one.product_id, one.first_day, one.last_day, one.discount, now, one.promoted
    )
    without = told["mean_without"].to_numpy(float)
    factor = (told["mean_with"] / told["mean_without"].where(without > 0)).fillna(1.0)
    return told[["warehouse_id", "product_id", "date"]].assign(factor=factor)
