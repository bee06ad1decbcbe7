"""The purchase plan: its lines, the reasons behind them, and which of these are warnings."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from warehouse.purchasing.outcomes.outcome import OutcomeCurve
from warehouse.reasons import Reason


class PlanReason(StrEnum):
    """Why a plan line is what it is. The values of each, quantities in the product's unit:"""

    COVERS = "covers"  # days, until (ISO day): what this delivery must last for
    JUDGED = "judged"  # by, quantity (a day), since, until (ISO days), because: counted on in place of the forecast
    PREORDERED = "preordered"  # quantity, until (ISO day): ordered by customers for these days; never bought below
    NEEDS = "needs"  # quantity: what would be bought if packs, minimum, capacity and rejects did not exist
    ENOUGH_IN_STOCK = "enough_in_stock"  # stock, on_order: nothing is needed
    STOCK_EXPIRES_BEFORE_USE = "stock_expires_before_use"  # quantity, of which before_delivery, first_expiry
    # quantity (in stock that aged), days (of life lost, on average), day (ISO: on which most was), more, packs (ordered
    # because of it; below zero: less), pack_size
    LIFE_LOST = "life_lost"
    CARRIED_HERE = "carried_here"  # quantity, warehouse: comes from its stock and counts as under way
    CARRIED_AWAY = "carried_away"  # quantity, warehouse: of what would expire here, goes there
    # yield, of which after_receipt (0..1; of that neither rejected before dispatch nor complained about), from, to
    GROSSED_UP_FOR_YIELD = "grossed_up_for_yield"
    ROUNDED_TO_PACK = "rounded_to_pack"  # pack_size, from, to
    RAISED_TO_MINIMUM = "raised_to_minimum"  # minimum, from, to
    # minimum_packs, minimum_value (of the supplier's whole order), from, to: more is bought so that it is reached
    RAISED_TO_ORDER_MINIMUM = "raised_to_order_minimum"
    # supplier, minimum_packs, packs, minimum_value, value: its whole order would not be as much, and is not placed
    BELOW_ORDER_MINIMUM = "below_order_minimum"
    CUT_BY_LIMITS = "cut_by_limits"  # from, to (accepted units): the plan's limits, or costs of deliveries, leave less
    CHOSEN_UNDER_TERMS = "chosen_under_terms"  # no values: another farm than on its own, by terms of whole orders
    REACHES_PRICE_TIER = "reaches_price_tier"  # unit_price, from, to: more is bought because all get cheaper
    # floor (0..1, of the fill rate), from, to, cost (money), avoided (units short): more is bought than pays
    RAISED_FOR_FLOOR = "raised_for_floor"
    # minimum, until (ISO day: it is to lie on display in its evening), from, to (accepted units), waste (what more is
    # expected to be thrown away)
    RAISED_FOR_DISPLAY = "raised_for_display"
    NOT_WORTH_THE_WASTE = "not_worth_the_waste"  # needs, smallest: that order would lose money
    BEST_OF_OFFERS = "best_of_offers"  # offers: how many could deliver that day, lowest_price among them
    CHOSEN_TOGETHER = "chosen_together"  # gained: money, over all warehouses, beside each taking its best offer
    REST_FROM_ANOTHER_SUPPLIER = "rest_from_another_supplier"  # line (1 is the first), after_supplier
    BESIDE_ANOTHER_SUPPLIER = (
        "beside_another_supplier"  # line, supplier: for a floor; this one may come where that fails
    )
    CAPPED_BY_CAPACITY = "capped_by_capacity"  # capacity, asked_by_all, share: of this warehouse
    NO_OFFER = "no_offer"  # needs
    NO_DELIVERY_THAT_DAY = "no_delivery_that_day"  # needs, next_delivery (ISO day)
    ORDERED_TOO_LATE = "ordered_too_late"  # needs, lead_time_days: of the quickest offer
    # quantity: what quicker suppliers are expected to bring for this delivery, which they can be asked for later
    ASKED_AHEAD = "asked_ahead"
    CAN_WAIT = "can_wait"  # needs, until (ISO day): the same delivery can still be ordered later, when more is known
    DECLINED = "declined"  # needs, supplier: whoever could deliver that day brings no more of it
    PRICE_ABOVE_LIST = "price_above_list"  # unit_price (of an accepted unit), list_price: a sale loses money
    PRICE_ASSUMED = "price_assumed"  # list_price: not known, taken from the usual markup
    SHELF_LIFE_UNKNOWN = "shelf_life_unknown"  # no values: treated as if it did not expire
    NO_FORECAST = "no_forecast"  # no values: nothing can be said
    BEYOND_WHAT_WAS_SEEN = "beyond_what_was_seen"  # quantile (ordered at), seen: the highest that the history has shown
    ADDED_BY_BUYER = "added_by_buyer"  # by: the plan did not look at it
    FORECAST_EXTENDED = "forecast_extended"  # days: taken from the same weekday of the forecast before

    SOLD_UNTIL = "sold_until"  # day (ISO): the last on which the product, or its warehouse, sells
    # last_sold (ISO day), days (of silence), probability (0..1, that it still sells: its forecast has faded by it):
    NO_SALES_LATELY = "no_sales_lately"  # its rows have stopped; delisted, or sold out?
    TAKEN_AS_DELISTED = "taken_as_delisted"  # the same for so long that nothing is bought
    ZEROS_MAY_BE_STOCK_OUTS = "zeros_may_be_stock_outs"  # no availability is known
    SOLD_AGAIN = "sold_again"  # and day (ISO): it has sold since its forecast was made, which has faded
    CLOSED_DAY = "closed_day"  # day (ISO), name (of what closes the warehouse): one of the days covered
    DELIVERED_ON_CLOSED_DAY = "delivered_on_closed_day"  # day (ISO), name: nobody is there to receive
    BULK_ORDER_LEFT_OUT = "bulk_order_left_out"  # day (ISO), quantity: sold once, out of all proportion
    ENDED = "ended"  # although it was in stock, or for a season: nothing is bought


# what only a person knows: is the product still sold, was it in stock, how much of it is wanted again?
PLAN_QUESTIONS: Final = frozenset(
    {
        PlanReason.NO_SALES_LATELY,
        PlanReason.TAKEN_AS_DELISTED,
        PlanReason.ZEROS_MAY_BE_STOCK_OUTS,
        PlanReason.SOLD_AGAIN,
    }
)
# taken as sold no more: nothing is bought unless a buyer orders it by hand
NOT_BOUGHT: Final = frozenset({PlanReason.TAKEN_AS_DELISTED, PlanReason.ENDED})

# a buyer looks at these before approving: something is lost, or cannot be had, or was planned blind
PLAN_WARNINGS: Final = frozenset(
    {
        PlanReason.STOCK_EXPIRES_BEFORE_USE,
        PlanReason.LIFE_LOST,
        PlanReason.CAPPED_BY_CAPACITY,
        PlanReason.BELOW_ORDER_MINIMUM,
        PlanReason.CUT_BY_LIMITS,
        PlanReason.NO_OFFER,
        PlanReason.NO_DELIVERY_THAT_DAY,
        PlanReason.ORDERED_TOO_LATE,
        PlanReason.DECLINED,
        PlanReason.PRICE_ABOVE_LIST,
        PlanReason.NO_FORECAST,
        PlanReason.NO_SALES_LATELY,
        PlanReason.TAKEN_AS_DELISTED,
        PlanReason.ZEROS_MAY_BE_STOCK_OUTS,
        PlanReason.SOLD_AGAIN,
        PlanReason.BULK_ORDER_LEFT_OUT,
        PlanReason.DELIVERED_ON_CLOSED_DAY,
    }
)
# most lines have these, so that they tell none from the others
OF_MOST_LINES: Final = frozenset(
    {
        PlanReason.NEEDS,
        PlanReason.BEST_OF_OFFERS,
        PlanReason.GROSSED_UP_FOR_YIELD,
        PlanReason.ROUNDED_TO_PACK,
    }
)
SEEN_WELL: Final = 0.75  # chosen: a history that shows what comes on three days of four


def sets_line_apart(reason: Mapping[str, Any]) -> bool:
    """Whether a reason, as `Reason.as_dict` keeps it, tells a line from the others of its plan. Many lines go a little
    beyond what a good history has shown."""
    match reason:
        case {"code": PlanReason.COVERS}:
            return bool(reason.get("days"))
        case {"code": PlanReason.BEYOND_WHAT_WAS_SEEN, "seen": seen}:
            return bool(seen < SEEN_WELL)
    return reason.get("code") not in OF_MOST_LINES


def warnings_of(reasons: Iterable[Reason]) -> list[str]:
    """The codes among a line's reasons to look at before approving, each once."""
    return list(dict.fromkeys(reason.code.value for reason in reasons if reason.code in PLAN_WARNINGS))


@dataclass(frozen=True)
class DemandOverDays:
    """The demand summed over some days, in the product's unit: its mean, its median and its 80% range."""

    mean: float
    q10: float
    q50: float
    q90: float


@dataclass(frozen=True)
class PlanLine:
    """What one warehouse buys of one product from one supplier for one delivery date; units of the product.

    Every product gets a line; one with nothing to buy has quantity 0 and may have no supplier. When the
    cheapest supplier's capacity does not suffice, the rest follows in a second line of the same product.

    usable_stock       expected on the delivery date before that day's sales: what is in stock now and what
                       arrives by then, less what will have been sold or expired
    on_order           still to arrive after the delivery date, within the days covered
    covers_from/until  the days this delivery must last for, both included
    forecast           demand over those days
    packs, pack_size   quantity = packs x pack_size; pack_size None without an offer
    unit_price         at this quantity's price tier; None without an offer
    expected_shortage  demand over the covered days that will not be met. On the product's last line only, so
                       that lines add up
    expected_waste     of what this line buys, what will expire unsold
    share_accepted     of what is ordered, what inspection accepts (0..1)
    unit_cost          of an accepted unit; where nobody offers, what the usual markup leaves of the price; None: no
    price selling_price      list price, or the usual markup on the purchase price; None: neither is known
    outcome            shortage and waste by usable units; lines of one need share it
    reasons            in the order in which the quantity came about
    """

    warehouse_id: str
    product_id: str
    supplier_id: str | None
    offer_id: str | None
    delivery_date: date
    covers_from: date
    covers_until: date
    usable_stock: Decimal
    on_order: Decimal
    forecast: DemandOverDays
    quantity: Decimal
    packs: int
    pack_size: Decimal | None
    unit_price: Decimal | None
    expected_shortage: float
    expected_waste: float
    share_accepted: float
    unit_cost: float | None
    selling_price: float | None
    outcome: OutcomeCurve
    reasons: tuple[Reason, ...]

    @property
    def cost(self) -> Decimal:
        """What the line costs, exactly."""
        return self.quantity * (self.unit_price or Decimal(0))
