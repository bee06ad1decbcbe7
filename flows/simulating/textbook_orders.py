"""Orders by a rule of a textbook: it sees stock, orders under way, terms, what comes of an order and forecasts as plans
do, and orders as a buyer does by hand, in whole packs of the cheapest offer, from the next where its capacity is shared
out."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import ROUND_CEILING, Decimal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from data.frames.product_ranges import last_days_of, ranges_of
from data.frames.purchase_terms import product_terms
from data.frames.serving_forecasts import forecast_frame
from data.local_days import today_there
from data.tables import ProductRow, WarehouseRow
from flows.demand.models import model_registry
from flows.ordering.placing import NewPurchaseOrderLine
from flows.ordering.under_way import lines_under_way
from flows.purchasing.planning.planning import days_together
from flows.purchasing.planning.purchase_terms import PurchaseTerms
from flows.simulating.buyers import Buyer
from flows.stock.expected_stock import expected_stock
from warehouse.purchasing.capacity import share_capacity
from warehouse.purchasing.need.cover import Cover, days_to_cover
from warehouse.purchasing.need.forecast_days import forecast_days
from warehouse.purchasing.quantity import selling_price, smallest_order, whole_packs
from warehouse.purchasing.simulation.textbook_rules import RULES, USUAL_SAFETY, Situation
from warehouse.purchasing.suppliers.delivery import next_delivery_of
from warehouse.purchasing.suppliers.offers import Offer
from warehouse.stock.lots import StockLot

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Wanted:
    """Usable units that a warehouse wants of a product for a delivery, and the offers, the cheapest first."""

    warehouse_id: str
    product_id: str
    delivery_date: date
    quantity: float
    offers: Sequence[Offer]


def textbook_orders(
    session: Session,
    warehouse_ids: Sequence[str],
    now: datetime,
    buyer: Buyer,
    sold: Mapping[tuple[str, str], Floats],
) -> list[NewPurchaseOrderLine]:
    """What a buyer orders now.

    sold  by warehouse and product, what was sold by day, yesterday last
    """
    query = select(WarehouseRow).where(WarehouseRow.warehouse_id.in_(warehouse_ids)).order_by(WarehouseRow.warehouse_id)
    places = session.scalars(query).all()
    terms = PurchaseTerms.known_at(session, now, min(today_there(now, place.timezone) for place in places))
    origin = now if buyer.needs_forecasts else None
    wanted: list[Wanted] = []
    for place in places:
        wanted += _wanted(session, place, now, buyer, origin, terms.seen_from(now, place.timezone), sold)
    return _in_packs(wanted, terms)


def _wanted(
    session: Session,
    place: WarehouseRow,
    now: datetime,
    buyer: Buyer,
    origin: datetime | None,
    terms: PurchaseTerms,
    sold: Mapping[tuple[str, str], Floats],
) -> list[Wanted]:
    """What a warehouse wants of the products whose delivery must be ordered now."""
    today = today_there(now, place.timezone)
    covers = _to_order(session, place, terms.offers, today, last_days_of(ranges_of(session, place.warehouse_id, now)))
    stock = _stock_by_last_day(expected_stock(session, place, origin, now).lots, today)
    arriving: defaultdict[str, defaultdict[int, float]] = defaultdict(lambda: defaultdict(float))
    for line in lines_under_way(session, place.warehouse_id, now, buyer.settings.overdue_counts):
        of_lots = line.product_id, line.supplier_id
        overdue = line.delivery_date < today
        share = terms.yields.expected_late(*of_lots) if overdue else terms.yields.expected(*of_lots)
        usable = float(line.under_way) * share
        arriving[line.product_id][max((line.delivery_date - today).days, 0)] += usable
    demand = {} if origin is None else _demand(session, place, origin, covers, today, now)
    wanted = []
    for cover in covers:
        name = cover.product_id
        seen = _situation(cover, terms, today, stock[name], arriving[name], demand.get(name), buyer)
        if seen is None:
            continue
        situation, deliverable = seen
        situation = _with_sales(situation, sold.get((place.warehouse_id, name), np.zeros(0)))
        quantity = RULES[buyer.rule](situation, USUAL_SAFETY[buyer.rule] if buyer.safety is None else buyer.safety)
        if quantity > 0:
            wanted.append(Wanted(place.warehouse_id, name, cover.first, quantity, deliverable))
    return wanted


def _to_order(
    session: Session,
    place: WarehouseRow,
    offers: Mapping[str, Sequence[Offer]],
    today: date,
    last_days: Mapping[str, date],
) -> list[Cover]:
    """The products on sale whose next delivery must be ordered today, with the days that it must last for; some have
    last days here."""
    by_delivery: defaultdict[date, list[str]] = defaultdict(list)
    introduced = dict(session.execute(select(ProductRow.product_id, ProductRow.introduced_on)).tuples().all())
    for product_id in sorted(offers):
        delivery = next_delivery_of(offers[product_id], today)
        begins = introduced[product_id]
        if delivery is not None and not delivery.can_wait and (begins is None or begins <= delivery.day):
            by_delivery[delivery.day].append(product_id)
    every = [offer for of_product in offers.values() for offer in of_product]
    return [
        cover
        for day, names in sorted(by_delivery.items())
        for cover in days_to_cover(product_terms(session, names, place.closed_on, last_days), every, today, day)
    ]


def _stock_by_last_day(lots: Sequence[StockLot], today: date) -> defaultdict[str, defaultdict[int, float]]:
    stock: defaultdict[str, defaultdict[int, float]] = defaultdict(lambda: defaultdict(float))
    for lot in lots:
        if lot.usable_on(today):
            last = 10_000 if lot.last_day is None else (lot.last_day - today).days
            stock[lot.product_id][last] += float(lot.quantity)
    return stock


def _demand(
    session: Session, place: WarehouseRow, origin: datetime, covers: Sequence[Cover], today: date, now: datetime
) -> dict[str, Floats]:
    """By product, days x scenarios of demand as plans draw it."""
    ids = [cover.product_id for cover in covers]
    until = max((cover.until for cover in covers), default=today)
    forecast = forecast_days(forecast_frame(session, place.warehouse_id, origin, today, now), ids, today, until)
    together = model_registry.dependence_by_warehouse(session, {place.warehouse_id: origin})
    draw = days_together(place.warehouse_id, together[place.warehouse_id])
    drawn = draw(ids, forecast.quantiles, forecast.mean, 256, 0)
    return dict(zip(ids, drawn, strict=True))


def _situation(
    cover: Cover,
    terms: PurchaseTerms,
    today: date,
    stock: Mapping[int, float],
    arriving: Mapping[int, float],
    demand: Floats | None,
    buyer: Buyer,
) -> tuple[Situation, list[Offer]] | None:
    """What the rule sees of a product, and the offers that can deliver, the cheapest first; None without any."""

    def cost(offer: Offer) -> float:
        return float(offer.unit_price(offer.min_quantity)) / terms.yields.of(offer.product_id, offer.supplier_id)

    offers = terms.offers[cover.product_id]
    deliverable = sorted((offer for offer in offers if offer.can_deliver(cover.first, today)), key=cost)
    if not deliverable:
        return None
    lead, until = (cover.first - today).days, (cover.until - today).days
    life = cover.life_days or 10_000
    by_age = np.zeros(until + 2)
    for last, quantity in stock.items():
        by_age[min(last, until + 1)] += quantity
    by_day = np.zeros(until + 1)
    for day, quantity in arriving.items():
        if day <= until:
            by_day[day] += quantity
    return Situation(
        lead=lead,
        until=until,
        stock=by_age,
        arriving=by_day,
        life_days=life,
        price=selling_price(cover.list_price, deliverable, buyer.settings.assumed_markup),
        cost=cost(deliverable[0]),
        keeping=buyer.settings.keeping_cost_per_day,
        demand=np.zeros((0, 0)) if demand is None else demand[: until + 1],
        sold=np.zeros(0),
    ), deliverable


def _with_sales(situation: Situation, sold: Floats) -> Situation:
    return replace(situation, sold=sold[-28:])


def _in_packs(wanted: Sequence[Wanted], terms: PurchaseTerms) -> list[NewPurchaseOrderLine]:
    """Whole packs, rounded up: of each product's cheapest offer first, of the next for what its capacity leaves."""
    lines: list[NewPurchaseOrderLine] = []
    by_delivery: defaultdict[tuple[str, date], list[Wanted]] = defaultdict(list)
    for one in wanted:
        by_delivery[one.product_id, one.delivery_date].append(one)
    for (product_id, day), of_product in sorted(by_delivery.items()):
        left = {one.warehouse_id: one.quantity for one in of_product}
        for offer in of_product[0].offers:
            usable = terms.yields.expected(product_id, offer.supplier_id)
            asked = {name: _packs(offer, quantity / usable) for name, quantity in left.items() if quantity > 0}
            room = offer
            there = terms.promised.get((offer.supplier_id, product_id, day))
            if offer.daily_capacity is not None and there is not None:
                room = replace(offer, daily_capacity=max(offer.daily_capacity - there.quantity, Decimal(0)))
            for name, quantity in share_capacity(room, asked).by_warehouse.items():
                if quantity > 0:
                    left[name] -= float(quantity) * usable
                    lines.append(_line(offer, name, day, quantity))
    return lines


def _packs(offer: Offer, quantity: float) -> Decimal:
    packs = whole_packs(offer, Decimal(repr(quantity)), ROUND_CEILING)
    return max(packs, smallest_order(offer)) * offer.pack_size


def _line(offer: Offer, warehouse_id: str, day: date, quantity: Decimal) -> NewPurchaseOrderLine:
    return NewPurchaseOrderLine(
        supplier_id=offer.supplier_id,
        warehouse_id=warehouse_id,
        delivery_date=day,
        product_id=offer.product_id,
        quantity=quantity,
        unit_price=offer.unit_price(quantity),
        offer_id=offer.offer_id,
        pack_size=offer.pack_size,
    )
