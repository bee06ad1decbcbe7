"""What became of a line of a purchase order: how much is still under way, and what was declined or has lapsed.

Worked out from what was ordered and the sums of what happened since, never kept. Always
ordered = under way + received + declined + cancelled + lapsed.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

NOTHING = Decimal(0)
OVERDUE_COUNTS = timedelta(hours=24)  # after the end of its day, where a shop does not say otherwise


@dataclass(frozen=True)
class PurchaseOrderLine:
    """A line of a purchase order as it stands at a moment; quantities in the product's unit.

    `confirmed` is what the supplier says that it will bring in all, None while it has not answered. `given_up` says
    that the delivery day ended so long ago that what has not come is no longer counted on."""

    purchase_order_id: str
    line_no: int
    supplier_id: str
    product_id: str
    delivery_date: date
    ordered: Decimal
    confirmed: Decimal | None = None
    received: Decimal = NOTHING
    cancelled: Decimal = NOTHING
    given_up: bool = False
    number: str = ""  # what people call the order

    @property
    def may_come(self) -> Decimal:
        """What would still count as received if it came, whether anybody counts on it or not."""
        return self.ordered - self.cancelled - self.received

    @property
    def declined(self) -> Decimal:
        """What the supplier said that it will not bring, less what it brought after all."""
        if self.confirmed is None:
            return NOTHING
        return max(self.ordered - self.cancelled - max(self.confirmed, self.received), NOTHING)

    @property
    def outstanding(self) -> Decimal:
        """What was promised and has not come: it is under way, or has lapsed."""
        return self.may_come - self.declined

    @property
    def under_way(self) -> Decimal:
        """What is still counted on."""
        return NOTHING if self.given_up else self.outstanding

    @property
    def lapsed(self) -> Decimal:
        """What was promised, has not come, and is no longer counted on."""
        return self.outstanding if self.given_up else NOTHING
