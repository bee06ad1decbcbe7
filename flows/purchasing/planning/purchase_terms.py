"""What warehouses buy under, as known at a moment: offers with the days on which their suppliers are closed, what these
bring already, how much of it is accepted, and what is asked for whole orders. A buyer by rule in a simulation sees the
same (`flows/simulating/textbook_orders.py`)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Self

from sqlalchemy.orm import Session

from data.frames.purchase_terms import (
    Promised,
    brought_by_suppliers,
    closures_known_at,
    days_due,
    lines_ordered,
    lost_after_receipt,
    offers_known_at,
    promised_by_suppliers,
    receipt_inspections,
)
from data.local_days import time_there
from flows.purchasing.planning.offers import as_offer
from flows.purchasing.planning.whole_order_terms import WholeOrderTerms
from warehouse.purchasing.need.needs import Need
from warehouse.purchasing.suppliers.offers import Offer
from warehouse.purchasing.suppliers.supply import Supply
from warehouse.purchasing.suppliers.yields import Yields, estimate_yields


@dataclass(frozen=True)
class PurchaseTerms:
    """Offers by product; by supplier, product and day what is brought already; what is accepted of what comes, and what
    comes of what is ordered; what suppliers ask for whole orders."""

    offers: Mapping[str, Sequence[Offer]]
    promised: Mapping[tuple[str, str, date], Promised]
    yields: Yields
    of_whole_orders: WholeOrderTerms

    @classmethod
    def known_at(cls, session: Session, moment: datetime, day: date) -> Self:
        """For deliveries from a day on."""
        closures = closures_known_at(session, moment, day)
        offers: defaultdict[str, list[Offer]] = defaultdict(list)
        for row in offers_known_at(session, moment, day):
            offers[row.product_id].append(as_offer(row, closures.get(row.supplier_id, ())))
        ordered = lines_ordered(session, moment, day)
        return cls(
            offers=offers,
            promised=promised_by_suppliers(ordered),
            yields=estimate_yields(
                receipt_inspections(session, moment),
                brought_by_suppliers(session, moment, day),
                lost_after_receipt(session, moment),
            ).with_due(days_due(ordered)),
            of_whole_orders=WholeOrderTerms.known_at(session, moment, day, ordered),
        )

    def seen_from(self, now: datetime, timezone: str) -> Self:
        """The offers as they stand at a moment in a time zone: the cut-off of an order's day may have passed there."""
        at = time_there(now, timezone)
        offers = {product: [offer.seen_at(at) for offer in known] for product, known in self.offers.items()}
        return replace(self, offers=offers)

    def supply_of(self, need: Need, order_date: date, can_wait_until: date | None, currency: str) -> Supply:
        """The offers of a need with what is left of their capacity on its delivery day."""
        offers = []
        declined = set()
        for offer in self.offers.get(need.product_id, ()):
            promised = self.promised.get((offer.supplier_id, offer.product_id, need.covers_from))
            if promised is not None and promised.declined:
                declined.add(offer.supplier_id)
            if promised is not None and offer.daily_capacity is not None:
                offer = replace(offer, daily_capacity=max(offer.daily_capacity - promised.quantity, Decimal(0)))
            offers.append(offer)
        of_orders = {
            offer.supplier_id: asked
            for offer in offers
            if (asked := self.of_whole_orders.of((offer.supplier_id, need.warehouse_id, need.covers_from))) is not None
        }
        return Supply(offers, order_date, frozenset(declined), can_wait_until, of_orders, currency)
