"""What can be another since a draft was made, and how that is said."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from flows.purchasing.notes.whole_plan_words import asked_and_held
from flows.purchasing.showing.names import NO_NAMES, Names


class Change(StrEnum):
    """What is another since the draft. Each has `warehouse` and, but for whole orders and budgets, `product`; further
    values:"""

    TOO_LATE = "too_late"  # supplier: its delivery can no longer be reached
    OFFER_ENDED = "offer_ended"  # supplier
    PACK = "pack"  # supplier, was, now: the pack size
    MINIMUM = "minimum"  # supplier, now
    # supplier, day, minimum_packs, packs, minimum_value, value: the whole order holds too little
    ORDER_MINIMUM = "order_minimum"
    PRICE = "price"  # supplier, was, now: of a unit
    CAPACITY = "capacity"  # supplier, now: what is left of it for that day, for all warehouses
    BUDGET = "budget"  # left (money, of the order day's budget), currency
    SHARE_OF_BUDGET = "share_of_budget"  # supplier, left (of its share of that budget), currency
    ORDERS = "orders"  # something was ordered, received, declined or cancelled
    PREORDERED = "preordered"  # customers have ordered ahead, or changed what they had
    STOCK = "stock"  # it was counted, received, written off or blocked
    TRANSFER = "transfer"  # from_warehouse: it cannot be carried any more, or would come too late now


def in_words(change: Mapping[str, Any], names: Names = NO_NAMES) -> str:
    """A change as kept with a plan, in a sentence."""
    change = names.in_note(change)
    about = f"{change.get('product')} in {change.get('warehouse')}"
    match change:
        case {"code": Change.TOO_LATE, "supplier": supplier}:
            return f"{about}: it is too late to order it from {supplier}."
        case {"code": Change.OFFER_ENDED, "supplier": supplier}:
            return f"{about}: {supplier} does not offer it for that day any more."
        case {"code": Change.PACK, "supplier": supplier, "was": was, "now": now}:
            return f"{about}: {supplier} packs {now}, not {was}."
        case {"code": Change.MINIMUM, "supplier": supplier, "now": now}:
            return f"{about}: {supplier} delivers {now} at least."
        case {"code": Change.ORDER_MINIMUM, "supplier": supplier, "warehouse": warehouse, "day": day}:
            asked, held = asked_and_held(change)
            return f"{supplier}'s minimum of {asked} exceeds its order of {held} for {day} in {warehouse}."
        case {"code": Change.PRICE, "supplier": supplier, "was": was, "now": now}:
            return f"{about}: {supplier} asks {now}, not {was}."
        case {"code": Change.CAPACITY, "supplier": supplier, "now": now}:
            return f"{about}: {supplier} has {now} left for that day."
        case {"code": Change.BUDGET, "warehouse": warehouse, "left": left, "currency": currency}:
            return f"{warehouse}: its lines come to more than the {left:,.2f} {currency} left of the day's budget."
        case {
            "code": Change.SHARE_OF_BUDGET,
            "warehouse": warehouse,
            "supplier": supplier,
            "left": left,
            "currency": currency,
        }:
            of_it = f"{supplier}'s share of the day's budget"
            return f"{warehouse}: its lines come to more than the {left:,.2f} {currency} left of {of_it}."
        case {"code": Change.ORDERS}:
            return f"{about}: its purchase orders have changed."
        case {"code": Change.PREORDERED}:
            return f"{about}: customers have ordered it ahead."
        case {"code": Change.STOCK}:
            return f"{about}: its stock has changed."
        case {"code": Change.TRANSFER, "from_warehouse": of}:
            return f"{about}: it can no longer be carried there from {of} in time."
    return about
