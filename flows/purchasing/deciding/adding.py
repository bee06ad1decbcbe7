"""A line that a buyer adds to a draft: of a product that the plan did not look at, or for another day than it planned.

Nothing is forecast for such a line, so nothing is said of what it risks; making the draft anew keeps it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from data.frames.product_names import is_called_like, literally
from data.frames.purchase_terms import closures_known_at
from data.languages import Sentence
from data.local_days import time_there, today_there
from data.tables import (
    EditReason,
    OfferRow,
    PlanLineEditRow,
    PlanLineRow,
    ProductRow,
    PurchasePlanRow,
    SupplierRow,
    WarehouseRow,
)
from flows.errors import Invalid, NotNow, Unknown
from flows.purchasing.planning.line_risk import unit_cost
from flows.purchasing.planning.offers import as_offer, order_by
from flows.purchasing.planning.purchase_plans import check_quantity, draft_plan
from flows.purchasing.showing.plan_totals import keep_totals
from warehouse.purchasing.plan import PlanReason
from warehouse.purchasing.suppliers.offers import LOOKED_AHEAD_DAYS, Offer


@dataclass(frozen=True)
class NewLine:
    """What a buyer adds. `offer_id` None: the cheapest that can still deliver; `delivery_date` None: the offer's next
    delivery."""

    warehouse_id: str
    product_id: str
    quantity: Decimal
    offer_id: str | None = None
    delivery_date: date | None = None
    reason_code: EditReason = EditReason.OTHER
    reason: str | None = None


@dataclass(frozen=True)
class Orderable:
    """An offer that can still deliver to a warehouse, and when it does next."""

    offer: Offer
    product: ProductRow
    supplier_name: str
    delivery_date: date


def add_line(session: Session, plan_id: str, wanted: NewLine, now: datetime, by: str) -> int:
    """Adds a line to a draft; returns its number.

    Raises Unknown (plan, product, offer), Invalid for a warehouse that the plan is not for, an offer that cannot
    deliver, a quantity that cannot be delivered or no reason, NotNow where the plan is no draft or has a line of that
    product and day already."""
    plan = draft_plan(session, plan_id)
    if wanted.warehouse_id not in {part.warehouse_id for part in plan.warehouses if part.open}:
        raise Invalid(
            "Purchase plan {plan_id} does not order for {warehouse_id!r}.",
            plan_id=plan_id,
            warehouse_id=wanted.warehouse_id,
            field="warehouse_id",
        )
    if wanted.reason_code == EditReason.OTHER and not (wanted.reason or "").strip():
        raise Invalid("An added line needs a reason.", field="reason")
    found = _orderable(session, wanted, now)
    check_quantity(found.product.name, found.offer, wanted.quantity)
    if wanted.quantity == 0:
        raise Invalid("The quantity must be more than 0.", field="quantity")
    _refuse_second(session, plan, wanted, found)
    plan.version += 1
    line = _line(session, plan, wanted, found, now, by)
    plan.lines.append(line)
    session.add(_edit(line, wanted, now, by))
    session.flush()
    keep_totals(session, plan)
    return line.line_no


def is_added(line: PlanLineRow) -> bool:
    """Whether a buyer added the line."""
    return any(reason["code"] == PlanReason.ADDED_BY_BUYER for reason in line.reasons)


def add_again(session: Session, plan: PurchasePlanRow, wanted: NewLine, now: datetime, by: str) -> None:
    """Puts a line that was added back into a draft that was made anew; raises what `add_line` does."""
    found = _orderable(session, wanted, now)
    check_quantity(found.product.name, found.offer, wanted.quantity)
    _refuse_second(session, plan, wanted, found)
    plan.lines.append(_line(session, plan, wanted, found, now, by))
    session.flush()


def orderable_offers(
    session: Session, warehouse_id: str, now: datetime, *, search: str = "", product_id: str | None = None, at_most: int
) -> list[Orderable]:
    """Offers that can still deliver to a warehouse, of one product or of those whose names, id or category hold what is
    searched for; by product, the cheapest pack first. Raises Unknown for the warehouse."""
    place = session.get(WarehouseRow, warehouse_id)
    if place is None:
        raise Unknown("Warehouse {warehouse_id!r} was not found.", warehouse_id=warehouse_id, field="warehouse_id")
    today, clock = today_there(now, place.timezone), time_there(now, place.timezone)
    query = (
        select(OfferRow, ProductRow, SupplierRow.name)
        .join(ProductRow, ProductRow.product_id == OfferRow.product_id)
        .join(SupplierRow, SupplierRow.supplier_id == OfferRow.supplier_id)
        .where(OfferRow.known_at <= now, or_(OfferRow.valid_until.is_(None), OfferRow.valid_until >= today))
        .order_by(ProductRow.name, OfferRow.offer_id)
    )
    if product_id is not None:
        query = query.where(OfferRow.product_id == product_id)
    query = query.where(is_called_like(f"%{literally(search.lower())}%"))
    closures = closures_known_at(session, now, today)
    found = []
    for row, product, supplier_name in session.execute(query).tuples():
        offer = as_offer(row, closures.get(row.supplier_id, ())).seen_at(clock)
        day = offer.next_delivery(today - timedelta(days=1), today)
        if day is not None:
            found.append(Orderable(offer, product, supplier_name, day))
        if len(found) == at_most:
            break
    return sorted(found, key=lambda one: (one.product.name, one.offer.unit_price(one.offer.pack_size)))


def _orderable(session: Session, wanted: NewLine, now: datetime) -> Orderable:
    """The offer that a line is ordered by, on its day."""
    product = session.get(ProductRow, wanted.product_id)
    if product is None:
        raise Unknown("Product {product_id!r} was not found.", product_id=wanted.product_id, field="product_id")
    offers = orderable_offers(session, wanted.warehouse_id, now, product_id=wanted.product_id, at_most=1000)
    place = session.get_one(WarehouseRow, wanted.warehouse_id)
    today = today_there(now, place.timezone)
    if wanted.offer_id is not None:
        offers = [one for one in offers if one.offer.offer_id == wanted.offer_id]
    if wanted.delivery_date is not None:
        day = wanted.delivery_date
        offers = [
            Orderable(one.offer, one.product, one.supplier_name, day)
            for one in offers
            if one.offer.can_deliver(day, today) and day <= today + timedelta(days=LOOKED_AHEAD_DAYS)
        ]
    if not offers:
        named = "" if wanted.offer_id is None else Sentence(" by offer {offer_id!r}", offer_id=wanted.offer_id)
        asked = wanted.delivery_date
        when = Sentence("in time") if asked is None else Sentence("on {day}", day=asked)
        field = "offer_id" if wanted.offer_id is not None else "product_id"
        raise Invalid(
            "{name} cannot be delivered {when}{named}.", name=product.name, when=when, named=named, field=field
        )
    return min(offers, key=lambda one: (one.offer.unit_price(max(wanted.quantity, one.offer.pack_size)),
                                        one.offer.offer_id))  # fmt: skip


def _refuse_second(session: Session, plan: PurchasePlanRow, wanted: NewLine, found: Orderable) -> None:
    line = PlanLineRow
    there = select(line.line_no).where(
        line.plan_id == plan.plan_id,
        line.warehouse_id == wanted.warehouse_id,
        line.product_id == wanted.product_id,
        line.delivery_date == found.delivery_date,
    )
    number = session.scalar(there.limit(1))
    if number is not None:
        raise NotNow(
            "{name} for {delivery_date} is line {number} of the plan already: change its quantity or its "
            "supplier there.",
            name=found.product.name,
            delivery_date=found.delivery_date,
            number=number,
        )


def _line(
    session: Session, plan: PurchasePlanRow, wanted: NewLine, found: Orderable, now: datetime, by: str
) -> PlanLineRow:
    offer, place = found.offer, session.get_one(WarehouseRow, wanted.warehouse_id)
    last = select(func.max(PlanLineRow.line_no)).where(PlanLineRow.plan_id == plan.plan_id)
    line = PlanLineRow(
        plan_id=plan.plan_id, line_no=(session.scalar(last) or 0) + 1, warehouse_id=wanted.warehouse_id,
        product_id=wanted.product_id, supplier_id=offer.supplier_id, offer_id=offer.offer_id,
        delivery_date=found.delivery_date, order_by=order_by(offer, found.delivery_date, place.timezone),
        covers_from=found.delivery_date, covers_until=found.delivery_date,
        forecast_mean=0.0, forecast_q10=0.0, forecast_q50=0.0, forecast_q90=0.0,
        usable_stock=Decimal(0), on_order=Decimal(0), pack_size=offer.pack_size, planned_quantity=Decimal(0),
        quantity=wanted.quantity, unit_price=offer.unit_price(wanted.quantity), expected_shortage=0.0,
        expected_waste=0.0, selling_price=found.product.list_price,
        reasons=[{"code": PlanReason.ADDED_BY_BUYER.value, "by": by}], version=plan.version,
        edit_reason=(wanted.reason or "").strip() or None, edit_reason_code=wanted.reason_code, edited_by=by,
        edited_at=now, share_accepted=1.0,
    )  # fmt: skip
    line.unit_cost = unit_cost(line)
    return line


def _edit(line: PlanLineRow, wanted: NewLine, now: datetime, by: str) -> PlanLineEditRow:
    return PlanLineEditRow(
        edit_id=uuid4().hex, plan_id=line.plan_id, line_no=line.line_no, warehouse_id=line.warehouse_id,
        product_id=line.product_id, from_supplier_id=None, to_supplier_id=line.supplier_id, from_quantity=None,
        to_quantity=wanted.quantity, reason_code=wanted.reason_code, reason=line.edit_reason, edited_by=by,
        edited_at=now,
    )  # fmt: skip
