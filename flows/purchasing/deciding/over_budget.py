"""Lines of a plan that come to more than is left of the order day's budget, or of a supplier's share of it. A draft is
made anew for it where others have ordered meanwhile; what a buyer has made of the plan itself is told, and ordered."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from data.tables import PlanLineRow, PurchasePlanRow, WarehouseRow
from flows.purchasing.notes.change_words import Change
from flows.purchasing.planning.whole_order_terms import WholeOrderTerms
from warehouse.purchasing.allocation.terms import CENT, NOTHING_ORDERED, Delivery, Limits
from warehouse.reasons import Reason

Line = PlanLineRow | Row[Any]


def over_budget_since_draft(
    session: Session, plan: PurchasePlanRow, limits: Limits, terms: WholeOrderTerms, now: datetime
) -> list[Reason]:
    """The warehouses whose lines are beyond it since others have ordered."""
    if not limits.any or not _others_have_ordered(plan, terms):
        return []
    return over_budget(session, (line for line in plan.lines if line.approved_at is None), limits, terms, now)


def over_budget(
    session: Session, lines: Iterable[Line], limits: Limits, terms: WholeOrderTerms, now: datetime
) -> list[Reason]:
    """The warehouses whose lines are beyond it (Change.BUDGET, SHARE_OF_BUDGET), if all of them are ordered now. Give
    lines that are not ordered yet."""
    return list(_beyond(session, lines, limits, terms, now)) if limits.any else []


def _beyond(
    session: Session, lines: Iterable[Line], limits: Limits, terms: WholeOrderTerms, now: datetime
) -> Iterator[Reason]:
    ordered = terms.ordered_today(session, now)
    for currency, of_currency in _buying_by_currency(session, lines).items():
        if (budget := limits.of(currency).budget) is None:
            continue
        already, wanted = ordered.get(currency, NOTHING_ORDERED), _money_by_supplier(of_currency, terms)
        places = sorted({line.warehouse_id for line in of_currency})
        left = budget - already.total
        if sum(wanted.values()) > left + CENT:
            yield from (_change(Change.BUDGET, place, left, currency) for place in places)
        for supplier, money in wanted.items() if limits.most_of_budget < 1 else ():
            left = limits.most_of_budget * budget - already.money.get(supplier, 0.0)
            if money > left + CENT:
                yield from (_change(Change.SHARE_OF_BUDGET, place, left, currency, supplier) for place in places)


def _change(code: Change, warehouse_id: str, left: float, currency: str, supplier_id: str | None = None) -> Reason:
    of_it = {} if supplier_id is None else {"supplier": supplier_id}
    return Reason(code, {"warehouse": warehouse_id, **of_it, "left": round(max(left, 0.0), 2), "currency": currency})


def _others_have_ordered(plan: PurchasePlanRow, terms: WholeOrderTerms) -> bool:
    """Whether anything was ordered since the draft was made, but for parts of it."""
    return any(
        line.ordered_at > plan.created_at and line.plan_id != plan.plan_id
        for of_delivery in terms.ordered.values()
        for line in of_delivery
    )


def _buying_by_currency(session: Session, lines: Iterable[Line]) -> Mapping[str, Sequence[Line]]:
    buying = [line for line in lines if line.quantity > 0]
    places = {line.warehouse_id for line in buying}
    query = select(WarehouseRow.warehouse_id, WarehouseRow.currency).where(WarehouseRow.warehouse_id.in_(places))
    currencies = dict(session.execute(query).tuples().all())
    found: defaultdict[str, list[Line]] = defaultdict(list)
    for line in buying:
        found[currencies[line.warehouse_id]].append(line)
    return found


def _money_by_supplier(lines: Sequence[Line], terms: WholeOrderTerms) -> Mapping[str, float]:
    """For goods, and for deliveries that are not paid yet."""
    found: defaultdict[str, float] = defaultdict(float)
    deliveries: set[Delivery] = set()
    for line in lines:
        if line.supplier_id is not None:
            found[line.supplier_id] += float(line.quantity * (line.unit_price or 0))
            deliveries.add((line.supplier_id, line.warehouse_id, line.delivery_date))
    for delivery in deliveries:
        if (asked := terms.of(delivery)) is not None:
            found[delivery[0]] += asked.delivery_cost
    return found
