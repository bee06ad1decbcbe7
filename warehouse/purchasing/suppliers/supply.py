"""From whom a need can be met: a product's offers as they stand for one warehouse at the moment of decision."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from warehouse.purchasing.allocation.terms import SupplierTerms
from warehouse.purchasing.suppliers.offers import Offer


@dataclass(frozen=True)
class Supply:
    """What a need is bought under.

    offers          the product's own, whether they can deliver or not; `daily_capacity` is what is left of it for the
                    delivery day, after what is ordered already
    order_date      the day of the order in the warehouse
    declined_by     suppliers that will not bring more of it on the delivery day
    can_wait_until  the last day on which it can still be ordered for that delivery; None: it must be ordered now
    terms           by supplier, what is still asked for the whole delivery of that day to the warehouse
    currency        of the warehouse's money; one currency's is never weighed against another's
    """

    offers: Sequence[Offer]
    order_date: date
    declined_by: frozenset[str] = frozenset()
    can_wait_until: date | None = None
    terms: Mapping[str, SupplierTerms] = field(default_factory=dict)
    currency: str = ""

    def deliverable(self, delivery_date: date) -> list[Offer]:
        """The offers that can deliver on that day."""
        return [
            offer
            for offer in self.offers
            if offer.supplier_id not in self.declined_by and offer.can_deliver(delivery_date, self.order_date)
        ]
