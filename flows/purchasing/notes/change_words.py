"""What can be another since a draft was made, and how that is said."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from data.languages import say
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
    about = say("{product} in {warehouse}", product=change.get("product"), warehouse=change.get("warehouse"))
    match change:
        case {"code": Change.TOO_LATE, "supplier": supplier}:
            return say("{about}: it is too late to order it from {supplier}.", about=about, supplier=supplier)
        case {"code": Change.OFFER_ENDED, "supplier": supplier}:
            return say("{about}: {supplier} does not offer it for that day any more.", about=about, supplier=supplier)
        case {"code": Change.PACK, "supplier": supplier, "was": was, "now": now}:
            return say("{about}: {supplier} packs {now}, not {was}.", about=about, supplier=supplier, now=now, was=was)
        case {"code": Change.MINIMUM, "supplier": supplier, "now": now}:
            return say("{about}: {supplier} delivers {now} at least.", about=about, supplier=supplier, now=now)
        case {"code": Change.ORDER_MINIMUM, "supplier": supplier, "warehouse": warehouse, "day": day}:
            asked, held = asked_and_held(change)
            return say(
                "{supplier}'s minimum of {asked} exceeds its order of {held} for {day} in {warehouse}.",
                supplier=supplier,
                asked=asked,
                held=held,
                day=day,
                warehouse=warehouse,
            )
        case {"code": Change.PRICE, "supplier": supplier, "was": was, "now": now}:
            return say("{about}: {supplier} asks {now}, not {was}.", about=about, supplier=supplier, now=now, was=was)
        case {"code": Change.CAPACITY, "supplier": supplier, "now": now}:
            return say("{about}: {supplier} has {now} left for that day.", about=about, supplier=supplier, now=now)
        case {"code": Change.BUDGET, "warehouse": warehouse, "left": left, "currency": currency}:
            return say(
                "{warehouse}: its lines come to more than the {left:,.2f} {currency} left of the day's budget.",
                warehouse=warehouse,
                left=left,
                currency=currency,
            )
        case {
            "code": Change.SHARE_OF_BUDGET,
            "warehouse": warehouse,
            "supplier": supplier,
            "left": left,
            "currency": currency,
        }:
            return say(
                "{warehouse}: its lines come to more than the {left:,.2f} {currency} left of {supplier}'s share of the "
                "day's budget.",
                warehouse=warehouse,
                left=left,
                currency=currency,
                supplier=supplier,
            )
        case {"code": Change.ORDERS}:
            return say("{about}: its purchase orders have changed.", about=about)
        case {"code": Change.PREORDERED}:
            return say("{about}: customers have ordered it ahead.", about=about)
        case {"code": Change.STOCK}:
            return say("{about}: its stock has changed.", about=about)
        case {"code": Change.TRANSFER, "from_warehouse": of}:
            return say("{about}: it can no longer be carried there from {of} in time.", about=about, of=of)
    return about
