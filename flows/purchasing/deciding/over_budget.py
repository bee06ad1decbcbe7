"""Whether a draft still fits what is left of the order day's budget, and of suppliers' shares of it, once others have
ordered. What a buyer has made of the plan itself is as it is wanted: it is no change."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import PlanLineRow, PurchasePlanRow, WarehouseRow
from flows.purchasing.notes.change_words import Change
from flows.purchasing.planning.whole_order_terms import WholeOrderTerms
from warehouse.purchasing.allocation.terms import CENT, NOTHING_ORDERED, Delivery, Limits
from warehouse.reasons import Reason


def over_budget(
    session: Session, plan: PurchasePlanRow, limits: Limits, terms: WholeOrderTerms, now: datetime
) -> Iterator[Reason]:
    """The warehouses whose lines go beyond it since others have ordered."""
    if not limits.any or not _others_have_ordered(plan, terms):
        return
    ordered = terms.ordered_today(session, now)
    for currency, lines in _to_order_by_currency(session, plan).items():
        if (budget := limits.of(currency).budget) is None:
            continue
        already, wanted = ordered.get(currency, NOTHING_ORDERED), _money_by_supplier(lines, terms)
        places = sorted({line.warehouse_id for line in lines})
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


def _to_order_by_currency(session: Session, plan: PurchasePlanRow) -> Mapping[str, Sequence[PlanLineRow]]:
    """The lines that buy something and are not ordered yet."""
    lines = [line for line in plan.lines if line.quantity > 0 and line.approved_at is None]
    places = {line.warehouse_id for line in lines}
    query = select(WarehouseRow.warehouse_id, WarehouseRow.currency).where(WarehouseRow.warehouse_id.in_(places))
    currencies = dict(session.execute(query).tuples().all())
    found: defaultdict[str, list[PlanLineRow]] = defaultdict(list)
    for line in lines:
        found[currencies[line.warehouse_id]].append(line)
    return found


def _money_by_supplier(lines: Sequence[PlanLineRow], terms: WholeOrderTerms) -> Mapping[str, float]:
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
