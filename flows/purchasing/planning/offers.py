"""A kept offer as the purchase plan reads it, and until when an order under it must be out."""

from collections.abc import Sequence
from datetime import date, datetime, time

from data.local_days import end_of_day, moment_there
from data.tables import OfferRow
from warehouse.purchasing.suppliers.offers import Offer, PriceTier


def as_offer(row: OfferRow, closures: Sequence[tuple[date, date]] = ()) -> Offer:
    """The offer of a supplier that is closed on the days of `closures`, first and last included."""
    return Offer(
        offer_id=row.offer_id,
        supplier_id=row.supplier_id,
        product_id=row.product_id,
        pack_size=row.pack_size,
        min_quantity=row.min_quantity,
        daily_capacity=row.daily_capacity,
        lead_time_days=row.lead_time_days,
        delivery_weekdays=frozenset(int(day) for day in row.delivery_weekdays.split(",")),
        tiers=tuple(PriceTier(tier.min_quantity, tier.unit_price) for tier in row.tiers),
        cut_off=None if row.order_cut_off is None else time.fromisoformat(row.order_cut_off),
        valid_from=row.valid_from,
        valid_until=row.valid_until or date.max,
        closures=tuple(closures),
    )


def order_by(offer: Offer, delivery_date: date, timezone: str) -> datetime:
    """The moment by which the supplier must have the order for a delivery to a warehouse in that time zone."""
    day = offer.last_order_day(delivery_date)
    return end_of_day(day, timezone) if offer.cut_off is None else moment_there(day, offer.cut_off, timezone)
