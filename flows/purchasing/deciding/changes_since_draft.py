"""What has changed since a draft was made, so that its lines can no longer be ordered as they stand: purchase orders
and receipts, stock, the offers' terms, cut-offs, capacities."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from data.frames.purchase_terms import (
    OrderedLine,
    closures_known_at,
    lines_ordered,
    offers_known_at,
    promised_by_suppliers,
)
from data.local_days import time_there, today_there
from data.tables import (
    LotRow,
    OrderLineRow,
    PlanLineRow,
    PurchaseOrderEventKind,
    PurchaseOrderEventRow,
    PurchaseOrderLineRow,
    PurchaseOrderRow,
    PurchasePlanRow,
    StockChangeRow,
    WarehouseRow,
)
from flows.purchasing.deciding.order_minimums import orders_below_minimum
from flows.purchasing.deciding.over_budget import over_budget_since_draft
from flows.purchasing.deciding.transfers_of_plan import changed_transfers
from flows.purchasing.notes.change_words import Change
from flows.purchasing.planning.offers import as_offer
from flows.purchasing.planning.whole_order_terms import WholeOrderTerms
from flows.stock.transfers.changed_since import actions_known, changed_by_transfers, moments_received
from warehouse.purchasing.allocation.terms import NO_LIMITS, Limits
from warehouse.purchasing.suppliers.offers import Offer
from warehouse.reasons import Reason

CHANGE_ORDERS = (
    PurchaseOrderEventKind.ORDERED,
    PurchaseOrderEventKind.RECEIVED,
    PurchaseOrderEventKind.CANCELLED,
)


def changes_since_draft(
    session: Session, plan: PurchasePlanRow, now: datetime, limits: Limits = NO_LIMITS
) -> list[Reason]:
    """What no longer holds of a draft's lines, by warehouse, product and kind of change, in the order of the lines."""
    zones = _timezones(session, plan)
    offers = _offers_now(session, plan, now)
    by_orders = _changed_by_orders(session, plan)
    by_stock = _changed_by_stock(session, plan) | changed_by_transfers(
        session, _warehouses(plan), plan.plan_id, plan.created_at, now
    )
    ordered_ahead = _ordered_ahead_since(session, plan)
    found: dict[tuple[Any, ...], Reason] = {}  # an order split over two lines changes once
    for line in plan.lines:
        if line.approved_at is not None:  # ordered: what becomes of it is its purchase order's
            continue
        key = line.warehouse_id, line.product_id
        changes = list(_of_terms(line, offers, now, zones[line.warehouse_id]))
        if key in by_orders:
            changes.append(_change(Change.ORDERS, line))
        if key in ordered_ahead:
            changes.append(_change(Change.PREORDERED, line))
        if key in by_stock:
            changes.append(_change(Change.STOCK, line))
        found |= {tuple(change.as_dict().items()): change for change in changes}
    ordered = lines_ordered(session, now, min(today_there(now, zone) for zone in zones.values()))
    terms = WholeOrderTerms.known_at(session, now, plan.delivery_date, ordered)
    return [
        *found.values(),
        *_over_capacity(plan, offers, ordered),
        *_below_order_minimum(plan, terms),
        *over_budget_since_draft(session, plan, limits, terms, now),
        *changed_transfers(session, plan, now),
    ]


def _of_terms(line: PlanLineRow, offers: Mapping[str, Offer], now: datetime, timezone: str) -> Iterator[Reason]:
    """How the offer of a line that buys something is another."""
    if line.offer_id is None or line.quantity == 0:
        return
    offer = offers.get(line.offer_id)
    if offer is None or not offer.delivers_on(line.delivery_date):
        yield _change(Change.OFFER_ENDED, line, supplier=line.supplier_id)
        return
    today = today_there(now, timezone)
    if not offer.seen_at(time_there(now, timezone)).can_deliver(line.delivery_date, today):
        yield _change(Change.TOO_LATE, line, supplier=offer.supplier_id)
    if offer.pack_size != line.pack_size:
        yield _change(Change.PACK, line, supplier=offer.supplier_id, was=line.pack_size, now=offer.pack_size)
    if line.quantity < offer.min_quantity:
        yield _change(Change.MINIMUM, line, supplier=offer.supplier_id, now=offer.min_quantity)
    price = offer.unit_price(line.quantity)
    if price != line.unit_price:
        yield _change(Change.PRICE, line, supplier=offer.supplier_id, was=line.unit_price, now=price)


def _over_capacity(
    plan: PurchasePlanRow, offers: Mapping[str, Offer], ordered: Sequence[OrderedLine]
) -> Iterator[Reason]:
    """The lines that buy, of offers that can no longer deliver what all of them ask for on a day."""
    promised = {key: one.quantity for key, one in promised_by_suppliers(ordered).items()}
    asked: defaultdict[tuple[Any, ...], list[PlanLineRow]] = defaultdict(list)
    for line in plan.lines:
        if line.quantity > 0 and line.approved_at is None:
            asked[line.offer_id, line.supplier_id, line.product_id, line.delivery_date].append(line)
    for (offer_id, *of_day), lines in asked.items():
        offer = offers.get(offer_id)
        if offer is None or offer.daily_capacity is None:
            continue
        left = offer.daily_capacity - promised.get(tuple(of_day), Decimal(0))
        if sum(line.quantity for line in lines) > left:
            yield from (
                _change(Change.CAPACITY, line, supplier=offer.supplier_id, now=max(left, Decimal(0))) for line in lines
            )


def _below_order_minimum(plan: PurchasePlanRow, terms: WholeOrderTerms) -> list[Reason]:
    """The orders that would not hold what their supplier asks for. Where a buyer has edited something for a warehouse
    and day, its orders are as the buyer wants them: a line may have gone to another supplier."""
    edited = {(line.warehouse_id, line.delivery_date) for line in plan.lines if line.edited_at is not None}
    return orders_below_minimum(
        [
            line
            for line in plan.lines
            if line.approved_at is None and (line.warehouse_id, line.delivery_date) not in edited
        ],
        terms,
    )


def _change(code: Change, line: PlanLineRow, **values: str | Decimal | None) -> Reason:
    told: dict[str, str | int | float | None] = {"warehouse": line.warehouse_id, "product": line.product_id}
    for name, value in values.items():
        told[name] = f"{value.normalize():f}" if isinstance(value, Decimal) else value
    return Reason(code, told)


def _offers_now(session: Session, plan: PurchasePlanRow, now: datetime) -> dict[str, Offer]:
    closures = closures_known_at(session, now, plan.delivery_date)
    rows = offers_known_at(session, now, plan.delivery_date)
    return {row.offer_id: as_offer(row, closures.get(row.supplier_id, ())) for row in rows}


def _timezones(session: Session, plan: PurchasePlanRow) -> dict[str, str]:
    names = {line.warehouse_id for line in plan.lines}
    query = select(WarehouseRow.warehouse_id, WarehouseRow.timezone).where(WarehouseRow.warehouse_id.in_(names))
    return dict(session.execute(query).tuples().all())


def _warehouses(plan: PurchasePlanRow) -> list[str]:
    return sorted({line.warehouse_id for line in plan.lines})


def _changed_by_orders(session: Session, plan: PurchasePlanRow) -> set[tuple[str, str]]:
    """(warehouse, product) of which something was ordered, received, declined or cancelled after the draft was made."""
    event, line, order = PurchaseOrderEventRow, PurchaseOrderLineRow, PurchaseOrderRow
    declined = (event.kind == PurchaseOrderEventKind.CONFIRMED) & (event.quantity < line.quantity - line.cancelled)
    query = (
        select(order.warehouse_id, line.product_id)
        .join(line, line.purchase_order_id == order.purchase_order_id)
        .join(event, event.purchase_order_id == order.purchase_order_id)
        .where(order.warehouse_id.in_(_warehouses(plan)), event.known_at > plan.created_at)
        .where(or_(event.line_no.is_(None), event.line_no == line.line_no))
        .where(or_(event.kind.in_(CHANGE_ORDERS), declined))
        # what a part of the plan has ordered itself, its other lines have counted on
        .where(
            or_(order.plan_id.is_(None), order.plan_id != plan.plan_id, event.kind != PurchaseOrderEventKind.ORDERED)
        )
        .distinct()
    )
    return set(session.execute(query).tuples())


def _changed_by_stock(session: Session, plan: PurchasePlanRow) -> set[tuple[str, str]]:
    """(warehouse, product) of which a lot was counted, received, written off or blocked after the draft was made. What
    was to be carried then, and what a part of the plan carries itself, its lines have counted on."""
    of_plan = LotRow.warehouse_id.in_(_warehouses(plan))
    came_at = moments_received(plan.plan_id, plan.created_at)
    counted = (LotRow.counted_at > plan.created_at) & LotRow.counted_at.not_in(came_at)
    lots = select(LotRow.warehouse_id, LotRow.product_id).where(
        of_plan, or_(counted, LotRow.blocked_at > plan.created_at)
    )
    changes = (
        select(LotRow.warehouse_id, LotRow.product_id)
        .join(
            StockChangeRow,
            (StockChangeRow.warehouse_id == LotRow.warehouse_id) & (StockChangeRow.lot_id == LotRow.lot_id),
        )
        .where(of_plan, StockChangeRow.known_at > plan.created_at)
        .where(StockChangeRow.action_id.not_in(actions_known(plan.plan_id, plan.created_at)))
    )
    return set(session.execute(lots.union(changes)).tuples())


def _ordered_ahead_since(session: Session, plan: PurchasePlanRow) -> set[tuple[str, str]]:
    """(warehouse, product) that customers have ordered for a day that the plan may cover, after the draft was made."""
    last = max((line.covers_until for line in plan.lines), default=plan.last_delivery_date)
    query = (
        select(OrderLineRow.warehouse_id, OrderLineRow.product_id)
        .where(OrderLineRow.warehouse_id.in_(_warehouses(plan)), OrderLineRow.known_at > plan.created_at)
        .where(OrderLineRow.wanted_on >= plan.delivery_date, OrderLineRow.wanted_on <= last)
        .distinct()
    )
    return set(session.execute(query).tuples())
