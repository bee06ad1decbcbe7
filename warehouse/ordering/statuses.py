"""At which point of its life a purchase order is, from its lines and whether it was sent."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from warehouse.ordering.purchase_order_lines import PurchaseOrderLine


class PurchaseOrderStatus(StrEnum):
    """Where a purchase order is in its life."""

    ORDERED = "ordered"  # the supplier has not been told yet
    SENT = "sent"
    CONFIRMED = "confirmed"  # in full
    CONFIRMED_SHORT = "confirmed_short"
    RECEIVED_IN_PART = "received_in_part"  # the rest is still to come
    OVERDUE = "overdue"  # its day has ended, and not all that was promised has come
    RECEIVED = "received"  # all that was ordered came
    CLOSED = "closed"  # nothing more is to come, and not all that was ordered came
    CANCELLED = "cancelled"  # nothing came, and nothing is wanted any more


ENDED = (PurchaseOrderStatus.RECEIVED, PurchaseOrderStatus.CLOSED, PurchaseOrderStatus.CANCELLED)


def purchase_order_status(lines: Sequence[PurchaseOrderLine], sent: bool, today: date) -> PurchaseOrderStatus:
    """The status of a purchase order on the warehouse's local day `today`. What has happened to its lines says more
    than what was told to the supplier, and a day that has ended more than either."""
    received = any(line.received for line in lines)
    if not any(line.outstanding for line in lines):
        if all(line.received == line.ordered for line in lines):
            return PurchaseOrderStatus.RECEIVED
        nothing_wanted = all(line.cancelled == line.ordered for line in lines)
        return PurchaseOrderStatus.CANCELLED if nothing_wanted else PurchaseOrderStatus.CLOSED
    if any(line.outstanding and line.delivery_date < today for line in lines):
        return PurchaseOrderStatus.OVERDUE
    if received:
        return PurchaseOrderStatus.RECEIVED_IN_PART
    if any(line.declined for line in lines):
        return PurchaseOrderStatus.CONFIRMED_SHORT
    if all(line.confirmed is not None for line in lines if line.outstanding):
        return PurchaseOrderStatus.CONFIRMED
    return PurchaseOrderStatus.SENT if sent else PurchaseOrderStatus.ORDERED


def may_be_confirmed(lines: Sequence[PurchaseOrderLine]) -> bool:
    """Whether what the supplier says it will bring still matters: something is outstanding, or it declined everything
    and may correct that."""
    declined_all = any(line.declined for line in lines) and not any(line.received for line in lines)
    return declined_all or any(line.outstanding for line in lines)
