"""The purchase plan's day: made from what is known now, edited by a buyer, approved into purchase orders."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import NAMESPACE_URL, uuid4, uuid5

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from data import tables
from data.frames.purchase_terms import (
    offers_valid_on,
    product_terms,
    receipt_inspections,
)
from data.frames.serving_forecasts import latest_origins
from data.local_days import today_there
from flows.demand.models import model_registry
from flows.errors import Invalid, NotNow, Unknown
from flows.purchasing.no_longer_sold import asked_about, questions_of
from flows.purchasing.outlook import outlook_of
from flows.purchasing.plan_notes import in_words, left_out_of_plan, notes_of_plan
from forecasting.distribution.dependence import Dependence
from forecasting.distribution.paths import joint_paths
from warehouse.ordering.purchase_order_lines import OVERDUE_COUNTS
from warehouse.purchasing.buying import plan_purchase
from warehouse.purchasing.need.needs import Need, estimate_needs
from warehouse.purchasing.need.scenarios import DrawDemand
from warehouse.purchasing.offers import Offer, PriceTier
from warehouse.purchasing.plan import PlanLine
from warehouse.purchasing.plan_settings import USUAL, PlanSettings
from warehouse.purchasing.yields import estimate_yields
from warehouse.reasons import Reason

Floats = NDArray[np.float64]

LARGEST_QUANTITY = Decimal(1_000_000)  # kg or pieces of one product in one delivery to a front warehouse


def make_purchase_plan(
    session: Session,
    warehouse_ids: Sequence[str],
    delivery_date: date,
    now: datetime,
    by: str,
    settings: PlanSettings = USUAL,
    overdue_counts: timedelta = OVERDUE_COUNTS,
) -> str:
    """Makes and keeps a draft plan for one delivery date; returns its plan_id.

    The order date is today in the warehouse's zone; forecasts are those of the latest origin. Warehouses that cannot
    be planned for are left out and named in the plan's notes. Raises Unknown for a warehouse, Invalid for a delivery
    date that has passed, NotNow where no warehouse can be planned for."""
    warehouses = _warehouses(session, warehouse_ids)
    order_date = _order_date(warehouses, delivery_date, now)
    origins = latest_origins(session, [w.warehouse_id for w in warehouses], now)
    left_out = left_out_of_plan(session, warehouses, origins, delivery_date, now)
    planned = [place for place in warehouses if place.warehouse_id not in left_out]
    if not planned:
        raise NotNow(" ".join(in_words(reason.as_dict()) for reason in left_out.values()))
    together = model_registry.dependence_by_warehouse(session, origins)
    offers = [as_offer(row) for row in offers_valid_on(session, delivery_date, now)]
    yields = estimate_yields(receipt_inspections(session, now))
    needs: list[Need] = []
    for place in planned:
        outlook = outlook_of(session, place, origins[place.warehouse_id], now, yields, overdue_counts)
        terms = product_terms(session, outlook.products_from(delivery_date), place.closed_on)
        estimated = estimate_needs(
            outlook,
            terms,
            offers,
            order_date=order_date,
            delivery_date=delivery_date,
            draw=days_together(place.warehouse_id, together[place.warehouse_id]),
            settings=settings,
        )
        needs += asked_about(estimated, questions_of(session, place.warehouse_id, now, order_date))
    lines = plan_purchase(needs, offers, yields, order_date=order_date, delivery_date=delivery_date, settings=settings)
    notes = [*left_out.values(), *notes_of_plan(session, planned, order_date, now)]
    origin = min(origins[place.warehouse_id] for place in planned)
    return _keep_plan(session, lines, notes, delivery_date, origin, now, by)


def days_together(warehouse_id: str, dependence: Dependence) -> DrawDemand:
    """Draws a warehouse's demand as joint paths over days, by how its forecasts' errors go together."""

    def draw(product_ids: Sequence[str], quantiles: Floats, mean: Floats, scenarios: int, seed: int) -> Floats:
        keys = [(warehouse_id, product_id) for product_id in product_ids]
        return joint_paths(quantiles, mean, keys, dependence, scenarios, seed).transpose(0, 2, 1)

    return draw


def edit_plan_line(
    session: Session, plan_id: str, line_no: int, quantity: Decimal, reason: str, now: datetime, by: str
) -> None:
    """Sets what a buyer wants instead of what was suggested, in whole packs, and at the price of its tier.

    Raises Unknown (plan, line), NotNow for an approved plan, Invalid for a negative or broken quantity or no reason."""
    _draft_plan(session, plan_id)
    line = session.get(tables.PlanLineRow, (plan_id, line_no), with_for_update=True)
    if line is None:
        raise Unknown(f"Purchase plan {plan_id} has no line {line_no}.", field="line_no")
    if not reason.strip():
        raise Invalid("An edit needs a reason.", field="reason")
    offer = None if line.offer_id is None else as_offer(session.get_one(tables.OfferRow, line.offer_id))
    _check_quantity(line, offer, quantity)
    if offer is not None:
        line.unit_price = offer.unit_price(quantity)
    line.quantity, line.edit_reason, line.edited_by, line.edited_at = quantity, reason.strip(), by, now


def approve_plan(session: Session, plan_id: str, now: datetime, by: str) -> list[str]:
    """Turns a draft into purchase orders, one a supplier and warehouse; returns their ids. Safe to repeat.

    Raises Unknown, and NotNow where the delivery date has passed in the meantime."""
    plan = session.get(tables.PurchasePlanRow, plan_id, with_for_update=True)
    if plan is None:
        raise Unknown(f"Purchase plan {plan_id} was not found.", field="plan_id")
    query = select(tables.PurchaseOrderRow.purchase_order_id).where(tables.PurchaseOrderRow.plan_id == plan_id)
    if plan.status == tables.PlanStatus.DRAFT:
        if all(plan.delivery_date < today for today in _local_days(session, plan_id, now)):
            raise NotNow(f"Purchase plan {plan_id} was for {plan.delivery_date}, which has passed. Make a new plan.")
        session.add_all(_purchase_orders(plan, now))
        plan.status, plan.approved_at, plan.approved_by = tables.PlanStatus.APPROVED, now, by
        session.flush()
    return list(session.scalars(query.order_by(tables.PurchaseOrderRow.purchase_order_id)))


def as_offer(row: tables.OfferRow) -> Offer:
    """A kept offer as the purchase plan reads it."""
    return Offer(
        offer_id=row.offer_id,
        supplier_id=row.supplier_id,
        product_id=row.product_id,
        pack_size=row.pack_size,
        min_quantity=row.min_quantity,
        daily_capacity=row.daily_capacity,
        lead_time_days=row.lead_time_days,
        delivery_weekdays=frozenset(int(day) for day in row.delivery_weekdays.split(",")),
        tiers=tuple(PriceTier(tier.min_quantity, tier.unit_price) for tier in row.tiers),
    )


def _warehouses(session: Session, warehouse_ids: Sequence[str]) -> list[tables.WarehouseRow]:
    wanted = sorted(set(warehouse_ids))
    if not wanted:
        raise Invalid("Name at least one warehouse.", field="warehouse_ids")
    found = {w.warehouse_id: w for w in session.scalars(select(tables.WarehouseRow))}
    if missing := [name for name in wanted if name not in found]:
        raise Unknown(f"Warehouse {missing[0]!r} was not found.", field="warehouse_ids")
    return [found[name] for name in wanted]


def _order_date(warehouses: Sequence[tables.WarehouseRow], delivery_date: date, now: datetime) -> date:
    days = {today_there(now, w.timezone) for w in warehouses}
    if len(days) > 1:
        raise Invalid("It is not the same day in all of these warehouses; plan them apart.", field="warehouse_ids")
    order_date = days.pop()
    if delivery_date < order_date:
        raise Invalid(f"Delivery date {delivery_date} has passed (today is {order_date}).", field="delivery_date")
    if delivery_date > order_date + timedelta(days=14):
        raise Invalid(f"Delivery date {delivery_date} is more than 14 days away.", field="delivery_date")
    return order_date


def _keep_plan(
    session: Session,
    lines: Sequence[PlanLine],
    notes: Sequence[Reason],
    delivery_date: date,
    origin: datetime,
    now: datetime,
    by: str,
) -> str:
    plan = tables.PurchasePlanRow(
        plan_id=uuid4().hex,
        asked_for=delivery_date,
        delivery_date=delivery_date,
        last_delivery_date=delivery_date,
        origin=origin,
        status=tables.PlanStatus.DRAFT,
        created_at=now,
        created_by=by,
        notes=[note.as_dict() for note in notes],
    )
    plan.lines = [
        tables.PlanLineRow(
            line_no=number,
            warehouse_id=line.warehouse_id,
            product_id=line.product_id,
            supplier_id=line.supplier_id,
            offer_id=line.offer_id,
            delivery_date=line.delivery_date,
            covers_from=line.covers_from,
            covers_until=line.covers_until,
            forecast_mean=line.forecast.mean,
            forecast_q10=line.forecast.q10,
            forecast_q50=line.forecast.q50,
            forecast_q90=line.forecast.q90,
            usable_stock=line.usable_stock,
            on_order=line.on_order,
            pack_size=line.pack_size,
            planned_quantity=line.quantity,
            quantity=line.quantity,
            unit_price=line.unit_price,
            expected_shortage=line.expected_shortage,
            expected_waste=line.expected_waste,
            reasons=[reason.as_dict() for reason in line.reasons],
        )
        for number, line in enumerate(lines, start=1)
    ]
    session.add(plan)
    session.flush()
    return plan.plan_id


def _draft_plan(session: Session, plan_id: str) -> tables.PurchasePlanRow:
    plan = session.get(tables.PurchasePlanRow, plan_id, with_for_update=True)
    if plan is None:
        raise Unknown(f"Purchase plan {plan_id} was not found.", field="plan_id")
    if plan.status != tables.PlanStatus.DRAFT:
        raise NotNow(f"Purchase plan {plan_id} is approved; it is not edited any more.")
    return plan


def _check_quantity(line: tables.PlanLineRow, offer: Offer | None, quantity: Decimal) -> None:
    if not quantity.is_finite() or quantity < 0:
        raise Invalid("The quantity must be 0 or more.", field="quantity")
    if quantity > LARGEST_QUANTITY:
        raise Invalid(f"The quantity may be at most {LARGEST_QUANTITY}.", field="quantity")
    if quantity == 0:
        return
    if offer is None:
        raise Invalid(f"Nobody offers {line.product_id} for that day, so nothing can be ordered.", field="quantity")
    pack = offer.pack_size
    if quantity % pack:
        below = quantity // pack * pack
        raise Invalid(
            f"{line.product_id} comes in packs of {_plain(pack)}: take {_plain(below)} or {_plain(below + pack)}.",
            field="quantity",
        )
    if quantity < offer.min_quantity:
        raise Invalid(
            f"{offer.supplier_id} delivers {_plain(offer.min_quantity)} of {line.product_id} at least, or none.",
            field="quantity",
        )


def _plain(number: Decimal) -> str:
    """Without an exponent and without zeros at the end."""
    return f"{number.normalize():f}"


def _local_days(session: Session, plan_id: str, now: datetime) -> set[date]:
    """Today, in the zones of the plan's warehouses."""
    zones = session.scalars(
        select(tables.WarehouseRow.timezone)
        .join(tables.PlanLineRow, tables.PlanLineRow.warehouse_id == tables.WarehouseRow.warehouse_id)
        .where(tables.PlanLineRow.plan_id == plan_id)
        .distinct()
    )
    return {today_there(now, zone) for zone in zones}


def _purchase_orders(plan: tables.PurchasePlanRow, now: datetime) -> list[tables.PurchaseOrderRow]:
    orders: dict[tuple[str, str], tables.PurchaseOrderRow] = {}
    for line in plan.lines:
        if line.supplier_id is None or line.unit_price is None or line.quantity == 0:
            continue
        key = (line.supplier_id, line.warehouse_id)
        order = orders.setdefault(
            key,
            tables.PurchaseOrderRow(
                # named after what it is, so that approving twice can never order twice
                purchase_order_id=uuid5(NAMESPACE_URL, f"freshfront:{plan.plan_id}:{key[0]}:{key[1]}").hex,
                plan_id=plan.plan_id,
                supplier_id=line.supplier_id,
                warehouse_id=line.warehouse_id,
                delivery_date=plan.delivery_date,
                number=uuid5(NAMESPACE_URL, f"freshfront:{plan.plan_id}:{key[0]}:{key[1]}").hex,
                ordered_at=now,
                ordered_by=plan.approved_by or plan.created_by,
            ),
        )
        order.lines.append(
            tables.PurchaseOrderLineRow(
                line_no=line.line_no,
                product_id=line.product_id,
                quantity=line.quantity,
                unit_price=line.unit_price,
            )
        )
    return list(orders.values())
