"""What suppliers ask for whole orders, as known at a moment.

A delivery of which something is ordered already comes anyway: for it nothing more is asked. Of the terms that hold on a
day those that began last count."""

from collections import defaultdict
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from sqlalchemy.orm import Session

from data.frames.purchase_terms import deliveries_ordered, supplier_terms_known_at
from data.tables import SupplierTermsRow
from warehouse.purchasing.allocation.terms import Delivery, SupplierTerms


@dataclass(frozen=True)
class WholeOrderTerms:
    """By supplier what is asked, that which begins first in front; and the deliveries that are ordered already."""

    by_supplier: Mapping[str, Sequence[SupplierTermsRow]]
    ordered: Set[Delivery]

    @classmethod
    def known_at(cls, session: Session, moment: datetime, day: date) -> Self:
        """For deliveries from a day on."""
        by_supplier: defaultdict[str, list[SupplierTermsRow]] = defaultdict(list)
        for row in supplier_terms_known_at(session, moment, day):
            by_supplier[row.supplier_id].append(row)
        return cls(by_supplier, deliveries_ordered(session, moment, day) if by_supplier else frozenset())

    def of(self, delivery: Delivery) -> SupplierTerms | None:
        """What is asked for an order of this delivery."""
        supplier_id, _, day = delivery
        holding = [
            row
            for row in self.by_supplier.get(supplier_id, ())
            if row.valid_from <= day and (row.valid_until is None or day <= row.valid_until)
        ]
        if not holding or delivery in self.ordered:
            return None
        last = holding[-1]
        return SupplierTerms(float(last.delivery_cost), float(last.min_order_value), last.min_order_packs)
