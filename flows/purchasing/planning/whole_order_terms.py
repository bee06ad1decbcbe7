"""What suppliers ask for whole orders, and what is ordered already, as known at a moment.

Of the terms that hold on a day those that began last count. What is ordered of a delivery comes off its minimum and has
paid for it; once its supplier has confirmed it, it comes as it is, and nothing more is asked. What was ordered on the
order day comes off a budget and counts in caps: an order is of the day on which it was made in its warehouse, whoever
made it, and pays for a delivery if it is its first."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.frames.purchase_terms import OrderedLine, supplier_terms_known_at
from data.local_days import today_there
from data.tables import SupplierTermsRow, WarehouseRow
from warehouse.purchasing.allocation.terms import Delivery, OrderedToday, SupplierTerms


@dataclass(frozen=True)
class WholeOrderTerms:
    """By supplier what is asked, that which begins first in front; and what is ordered, by delivery."""

    by_supplier: Mapping[str, Sequence[SupplierTermsRow]]
    ordered: Mapping[Delivery, Sequence[OrderedLine]]

    @classmethod
    def known_at(cls, session: Session, moment: datetime, day: date, lines: Sequence[OrderedLine]) -> Self:
        """For deliveries from a day on, of which these `lines` are ordered."""
        by_supplier: defaultdict[str, list[SupplierTermsRow]] = defaultdict(list)
        for row in supplier_terms_known_at(session, moment, day):
            by_supplier[row.supplier_id].append(row)
        ordered: defaultdict[Delivery, list[OrderedLine]] = defaultdict(list)
        for line in lines:
            ordered[line.supplier_id, line.warehouse_id, line.delivery_date].append(line)
        return cls(by_supplier, ordered)

    def of(self, delivery: Delivery) -> SupplierTerms | None:
        """What is asked of an order of this delivery, or of an addition to it."""
        asked, ordered = self._asked(delivery), self.ordered.get(delivery)
        if asked is None or not ordered:
            return asked
        if any(line.confirmed is not None for line in ordered):
            return None
        packs = sum(line.quantity / (line.pack_size or 1) for line in ordered)
        return asked.after(int(packs), sum(map(_value, ordered)))

    def ordered_today(self, session: Session, now: datetime) -> dict[str, OrderedToday]:
        """By currency, what was ordered on the day that it is now in each warehouse."""
        places = {place.warehouse_id: place for place in session.scalars(select(WarehouseRow))}
        money: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
        quantities: defaultdict[str, defaultdict[tuple[str, str], float]] = defaultdict(lambda: defaultdict(float))
        warehouses: defaultdict[str, set[str]] = defaultdict(set)
        for delivery, lines in self.ordered.items():
            supplier_id, warehouse_id, _ = delivery
            place = places[warehouse_id]
            today = today_there(now, place.timezone)
            of_today = [line for line in lines if today_there(line.ordered_at, place.timezone) == today]
            for line in of_today:
                money[place.currency][supplier_id] += _value(line)
                quantities[place.currency][line.product_id, supplier_id] += float(line.quantity)
            if of_today:
                warehouses[place.currency].add(warehouse_id)
            if len(of_today) == len(lines) and (asked := self._asked(delivery)) is not None:
                money[place.currency][supplier_id] += asked.delivery_cost
        return {name: OrderedToday(money[name], quantities[name], frozenset(warehouses[name])) for name in warehouses}

    def _asked(self, delivery: Delivery) -> SupplierTerms | None:
        """What is asked for the whole of it."""
        supplier_id, _, day = delivery
        holding = [
            row
            for row in self.by_supplier.get(supplier_id, ())
            if row.valid_from <= day and (row.valid_until is None or day <= row.valid_until)
        ]
        if not holding:
            return None
        last = holding[-1]
        return SupplierTerms(float(last.delivery_cost), float(last.min_order_value), last.min_order_packs)


def _value(line: OrderedLine) -> float:
    """The money of a line; one without a price, as agreed, has none that is known."""
    return float(line.quantity * (line.unit_price or 0))
