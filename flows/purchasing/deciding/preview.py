"""What another quantity of a plan's line would come to, before anybody decides: cost and risk, who could deliver it at
what price, how much of the supplier is left that day, and what is to be asked about it. Nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from data.frames.purchase_terms import closures_known_at, lines_ordered, promised_by_suppliers
from data.local_days import time_there, today_there
from data.tables import OfferRow, PlanLineRow, ProductRow, SupplierRow, WarehouseRow
from flows.errors import Invalid, Unknown
from flows.purchasing.planning.line_risk import unit_cost, weigh
from flows.purchasing.planning.offers import as_offer
from flows.purchasing.planning.purchase_plans import check_quantity
from warehouse.purchasing.outcomes.outcome import curve_from_dict
from warehouse.purchasing.suppliers.offers import Offer

FAR_ABOVE: Final = 3  # times the highest of what was planned, ordered before, and the demand of nine days in ten


class QuantityQuestion(StrEnum):
    """What is asked about a quantity before it is kept."""

    FAR_ABOVE_DEMAND = "far_above_demand"
    BEYOND_CAPACITY = "beyond_capacity"


@dataclass(frozen=True)
class Alternative:
    """Whoever could deliver the line that day: the price of a unit at the quantity looked at, and what is left of the
    supplier's capacity for it (None: unlimited)."""

    offer_id: str
    supplier_id: str
    supplier_name: str
    unit_price: Decimal
    pack_size: Decimal
    min_quantity: Decimal
    capacity_left: Decimal | None


@dataclass(frozen=True)
class Preview:
    """A line with another quantity; money is in the warehouse's currency. `next_tier` is the quantity from which a unit
    is cheaper, and its price; `chance_short` is the chance (0..1) that not all that is wanted is there."""

    quantity: Decimal
    offer_id: str | None
    unit_price: Decimal | None
    cost: Decimal | None
    expected_shortage: float
    expected_waste: float
    at_risk: Decimal
    at_risk_short: Decimal
    at_risk_waste: Decimal
    one_pack_more: Decimal | None
    one_pack_less: Decimal | None
    days_of_cover: float | None
    chance_short: float
    capacity_left: Decimal | None
    next_tier: tuple[Decimal, Decimal] | None
    alternatives: Sequence[Alternative]
    questions: Sequence[QuantityQuestion]
    version: int


def preview_of(
    session: Session, plan_id: str, line_no: int, quantity: Decimal, offer_id: str | None, now: datetime
) -> Preview:
    """A line of a plan as it would be. Raises Unknown (line, offer), Invalid for a quantity that cannot be
    delivered."""
    if not quantity.is_finite():
        raise Invalid("The quantity must be 0 or more.", field="quantity")
    need = need_of(session, plan_id, line_no)
    line = next(one for one in need if one.line_no == line_no)
    alternatives = _alternatives(session, line, quantity, now)
    offer = _chosen(session, line, offer_id, alternatives)
    check_quantity(session.get_one(ProductRow, line.product_id).name, offer, quantity)
    for one in need:
        session.expunge(one)  # what is tried out here is not the line's
    line.quantity = quantity
    if offer is not None:
        line.offer_id, line.pack_size, line.unit_price = offer.offer_id, offer.pack_size, offer.unit_price(quantity)
        line.unit_cost = unit_cost(line)
    weigh(need)
    left = next((one.capacity_left for one in alternatives if one.offer_id == line.offer_id), None)
    return Preview(
        quantity=quantity,
        offer_id=line.offer_id,
        unit_price=line.unit_price,
        cost=None if line.unit_price is None else quantity * line.unit_price,
        expected_shortage=sum(one.expected_shortage for one in need),
        expected_waste=line.expected_waste,
        at_risk=line.at_risk,
        at_risk_short=line.at_risk_short,
        at_risk_waste=line.at_risk_waste,
        one_pack_more=line.one_pack_more,
        one_pack_less=line.one_pack_less,
        days_of_cover=line.days_of_cover,
        chance_short=chance_short(need),
        capacity_left=left,
        next_tier=None if offer is None else _next_tier(offer, quantity),
        alternatives=alternatives,
        questions=_questions(line, left),
        version=line.version,
    )


def chance_short(need: Sequence[PlanLineRow]) -> float:
    """The chance (0..1) that what the lines of a need order, beside what is there and comes, does not last."""
    usable = sum(float(one.quantity) * one.share_accepted for one in need)
    return curve_from_dict(need[0].outcome).chance_short_at(usable)


def need_of(session: Session, plan_id: str, line_no: int) -> list[PlanLineRow]:
    """All lines of the need that a line is of, by number; raises Unknown."""
    line = session.get(PlanLineRow, (plan_id, line_no))
    if line is None:
        raise Unknown(
            "Purchase plan {plan_id} has no line {line_no}.", plan_id=plan_id, line_no=line_no, field="line_no"
        )
    of_need = (
        select(PlanLineRow)
        .where(PlanLineRow.plan_id == plan_id, PlanLineRow.warehouse_id == line.warehouse_id)
        .where(PlanLineRow.product_id == line.product_id, PlanLineRow.delivery_date == line.delivery_date)
        .order_by(PlanLineRow.line_no)
        .options(undefer(PlanLineRow.outcome))
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(of_need))


def _alternatives(session: Session, line: PlanLineRow, quantity: Decimal, now: datetime) -> list[Alternative]:
    """The offers that can still deliver the line's product on its day, the cheapest for the quantity first."""
    zone = session.get_one(WarehouseRow, line.warehouse_id).timezone
    closures = closures_known_at(session, now, line.delivery_date)
    promised = promised_by_suppliers(lines_ordered(session, now, line.delivery_date))
    found = []
    rows = (
        select(OfferRow, SupplierRow.name)
        .join(SupplierRow, SupplierRow.supplier_id == OfferRow.supplier_id)
        .where(OfferRow.product_id == line.product_id, OfferRow.known_at <= now)
        .order_by(OfferRow.offer_id)
    )
    for row, name in session.execute(rows).tuples():
        offer = as_offer(row, closures.get(row.supplier_id, ())).seen_at(time_there(now, zone))
        if not offer.can_deliver(line.delivery_date, today_there(now, zone)):
            continue
        left = None
        if offer.daily_capacity is not None:
            there = promised.get((offer.supplier_id, offer.product_id, line.delivery_date))
            taken = Decimal(0) if there is None else there.quantity
            left = max(offer.daily_capacity - taken - _asked_by_others(session, line, row), Decimal(0))
        at_least = max(quantity, offer.min_quantity, offer.pack_size)
        price = offer.unit_price(at_least)
        found.append(
            Alternative(
                row.offer_id, row.supplier_id, name, price, offer.pack_size, offer.min_quantity, left
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: (one.unit_price, one.offer_id))


def _asked_by_others(session: Session, line: PlanLineRow, offer: OfferRow) -> Decimal:
    """What the plan's other lines, not ordered yet, ask of an offer for the line's day."""
    others = select(func.sum(PlanLineRow.quantity, type_=PlanLineRow.quantity.type)).where(
        PlanLineRow.plan_id == line.plan_id,
        PlanLineRow.offer_id == offer.offer_id,
        PlanLineRow.delivery_date == line.delivery_date,
        PlanLineRow.line_no != line.line_no,
        PlanLineRow.approved_at.is_(None),
    )
    return session.scalar(others) or Decimal(0)


def _chosen(
    session: Session, line: PlanLineRow, offer_id: str | None, alternatives: Sequence[Alternative]
) -> Offer | None:
    wanted = offer_id or line.offer_id
    if wanted is None:
        return None
    if offer_id is not None and offer_id not in {one.offer_id for one in alternatives}:
        raise Unknown(
            "No offer {offer_id!r} can deliver {product_id} that day.",
            offer_id=offer_id,
            product_id=line.product_id,
            field="offer_id",
        )
    return as_offer(session.get_one(OfferRow, wanted))


def _next_tier(offer: Offer, quantity: Decimal) -> tuple[Decimal, Decimal] | None:
    now = offer.unit_price(max(quantity, offer.pack_size))
    cheaper = [tier for tier in offer.tiers if tier.min_quantity > quantity and tier.unit_price < now]
    return (cheaper[0].min_quantity, cheaper[0].unit_price) if cheaper else None


def _questions(line: PlanLineRow, capacity_left: Decimal | None) -> list[QuantityQuestion]:
    questions = []
    usual = max(line.forecast_q90, float(line.planned_quantity), float(line.previous_quantity or 0))
    if float(line.quantity) > FAR_ABOVE * usual + float(line.pack_size or 0):
        questions.append(QuantityQuestion.FAR_ABOVE_DEMAND)
    if capacity_left is not None and line.quantity > capacity_left:
        questions.append(QuantityQuestion.BEYOND_CAPACITY)
    return questions
