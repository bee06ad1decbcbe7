"""What a plan line says of a bulk order that its forecast has left out: a buyer may know that it comes again."""

from collections.abc import Mapping
from dataclasses import replace

from data.tables import BulkOrderRow
from warehouse.purchasing.need.needs import Need
from warehouse.purchasing.plan import PlanReason
from warehouse.reasons import Reason


def with_bulk_order(need: Need, bulk: Mapping[str, BulkOrderRow]) -> Need:
    """The need, with the latest bulk order of its product (by id) among its reasons if there was one."""
    left_out = bulk.get(need.product_id)
    if left_out is None:
        return need
    said: dict[str, str | float] = {"day": left_out.date.isoformat(), "quantity": round(left_out.sales, 3)}
    return replace(need, reasons=(*need.reasons, Reason(PlanReason.BULK_ORDER_LEFT_OUT, said)))
