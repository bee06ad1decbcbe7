"""What a purchase order says to its supplier: who orders what, at which price, to be brought where and when.

The writers beside this file turn it into PDF, XLSX, CSV and UBL. It knows only this one supplier's lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import get_currency_precision

from data.tables import Language, Unit


@dataclass(frozen=True)
class Party:
    """A warehouse or a supplier as the document shows it; `address` may have several lines."""

    party_id: str
    name: str
    address: str | None = None
    contact: str | None = None


@dataclass(frozen=True)
class DocumentLine:
    """A product that is ordered, in its unit. `packs` x `pack_size` is the quantity where packs are agreed. `amount` is
    in the document's currency, rounded to its smallest coin; neither it nor the price is there where none was agreed.
    """

    line_no: int
    product_id: str
    product_name: str
    quantity: Decimal
    unit: Unit
    unit_price: Decimal | None
    amount: Decimal | None
    packs: Decimal | None = None
    pack_size: Decimal | None = None


@dataclass(frozen=True)
class OrderDocument:
    """A purchase order as its supplier reads it. Days and times are the warehouse's own; `currency` is an ISO 4217
    code. A time that was not agreed is None."""

    number: str
    order_date: date
    language: Language
    shop_name: str
    warehouse: Party
    supplier: Party
    delivery_date: date
    delivery_from: time | None
    delivery_until: time | None
    currency: str
    lines: Sequence[DocumentLine]
    note: str | None = None

    @property
    def total(self) -> Decimal | None:
        """The sum of the lines' amounts, as they stand on the document; None where a line has none."""
        amounts = [line.amount for line in self.lines if line.amount is not None]
        if len(amounts) < len(self.lines):
            return None
        return sum(amounts, amount_of(Decimal(0), Decimal(0), self.currency))


def amount_of(quantity: Decimal, unit_price: Decimal, currency: str) -> Decimal:
    """Quantity times price, rounded half up to the currency's smallest coin."""
    smallest_coin = Decimal(1).scaleb(-get_currency_precision(currency))
    return (quantity * unit_price).quantize(smallest_coin, ROUND_HALF_UP)
