"""Orders that lines of a plan would place below what suppliers ask for whole orders, with what is ordered of a delivery
already. A buyer may place them all the same, and is told before."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row

from data.tables import PlanLineRow
from flows.purchasing.notes.change_words import Change
from flows.purchasing.planning.whole_order_terms import WholeOrderTerms
from warehouse.purchasing.allocation.terms import Delivery
from warehouse.reasons import Reason


def orders_below_minimum(lines: Iterable[PlanLineRow | Row[Any]], terms: WholeOrderTerms) -> list[Reason]:
    """By supplier, warehouse and day. Give lines that are not ordered yet; those that buy nothing do not count."""
    orders: defaultdict[Delivery, list[PlanLineRow | Row[Any]]] = defaultdict(list)
    for line in lines:
        if line.supplier_id is not None and line.quantity > 0:
            orders[line.supplier_id, line.warehouse_id, line.delivery_date].append(line)
    found = []
    for (supplier, warehouse, day), of_it in sorted(orders.items()):
        asked = terms.of((supplier, warehouse, day))
        packs = int(sum(line.quantity / (line.pack_size or 1) for line in of_it))
        value = float(sum(line.quantity * (line.unit_price or 0) for line in of_it))
        if asked is not None and not asked.reached_by(packs, value):
            about = {"supplier": supplier, "warehouse": warehouse, "day": day.isoformat()}
            found.append(Reason(Change.ORDER_MINIMUM, {**about, **asked.beside(packs, value)}))
    return found
