"""What the reason codes of plan lines, slots and moves mean, in sentences with units.

A code that this page does not know yet, or whose values are not what was expected, is shown as it is: a page
never fails for want of words.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from api.pages.texts.formats import (
    day,
    exact_quantity,
    metres,
    money,
    number,
    percent,
    quantity,
    times_in_100,
)
from data.tables import Unit
from warehouse.purchasing.plan import PLAN_WARNINGS, PlanReason, sets_line_apart
from warehouse.slotting.eligibility.goods import Harm
from warehouse.slotting.suggestion import MoveReason, SlotReason

Values = Mapping[str, Any]
Names = Mapping[str, str]  # ids of products, suppliers and zones -> what people call them

READS_AS_ALL: Final = 0.995  # of what is received
BANDS = {
    "leaf": "leaf vegetables (1–4 °C, humid)",
    "chilled": "chilled (0–4 °C)",
    "tropical": "tropical (10–13 °C)",
    "ambient": "ambient (10–25 °C)",
    "frozen": "frozen (−18 °C)",
}


def _band(values: Values, key: str = "band") -> str:
    return BANDS.get(values[key], str(values[key]))


def _rounded(values: Values, unit: Unit, _: Names) -> str:
    way = "up" if values["to"] >= values["from"] else "down"
    before, after, pack = (
        quantity(values["from"], unit),
        exact_quantity(values["to"], unit),
        exact_quantity(values["pack_size"], unit),
    )
    return f"Rounded {way} from {before} to {after}: packs of {pack}." if before != after else f"Whole packs of {pack}."


def _grossed_up(values: Values, unit: Unit, _: Names) -> str:
    before, after = (quantity(values[key], unit) for key in ("from", "to"))
    passes = f"{percent(values['yield'])} of what this supplier delivers passes inspection."
    if values.get("after_receipt", 1.0) < READS_AS_ALL:
        lost = percent(1 - values["after_receipt"])
        passes = f"{passes[:-1]}; {lost} of what is received is rejected before dispatch or complained about."
    return f"Raised from {before} to {after}: {passes}" if before != after else passes


def _for_display(values: Values, unit: Unit, _: Names) -> str:
    before, after, least, gone = (quantity(values[key], unit) for key in ("from", "to", "minimum", "waste"))
    raised = f"Raised from {before} to {after} so that {least} lie on display in the evening of {day(values['until'])}"
    return f"{raised}: {gone} more will be thrown away." if _reads_as_some(values["waste"], unit) else f"{raised}."


def _expires(values: Values, unit: Unit, _: Names) -> str:
    before = values.get("before_delivery") or 0
    part = f", {quantity(before, unit)} of it before this delivery" if _reads_as_some(before, unit) else ""
    first = f" (the first on {day(values['first_expiry'])})" if values.get("first_expiry") else ""
    return f"{_at_least_some(values['quantity'], unit)} of the stock will expire unsold{first}{part}."


def _life_lost(values: Values, unit: Unit, _: Names) -> str:
    lost = f"{quantity(values['quantity'], unit)} lost {number(values['days'], 1)} days on the excursion of "
    more, packs = values["more"], values.get("packs")
    sign = "+" if more > 0 else "−"
    if not more:
        change = "the order stays the same"
    elif packs and values.get("pack_size"):
        of = exact_quantity(values["pack_size"], unit)
        change = f"{sign}{number(abs(packs))} pack{'' if abs(packs) == 1 else 's'} of {of}"
    else:
        change = f"{sign}{exact_quantity(abs(more), unit)}"
    return f"{lost}{day(values['day'])}: {change}."


def _at_least_some(expected: float, unit: Unit) -> str:
    """An expected quantity that is more than nothing, but may be less than is written of its unit."""
    return quantity(expected, unit) if _reads_as_some(expected, unit) else f"Less than {quantity(1, unit)}"


def _reads_as_some(expected: float, unit: Unit) -> bool:
    return quantity(expected, unit) != quantity(0, unit)


def _best(values: Values, _: Unit, __: Names) -> str:
    lowest = values.get("lowest_price")
    prices = f" (lowest price: {money(lowest)})" if lowest is not None else ""
    return f"The best of {number(values['offers'])} offers for that day by price, pack size and rejects{prices}."


def _days(values: Values, _: Unit, __: Names) -> str:
    days = int(values["days"])
    return f"Must last for {days} day{'' if days == 1 else 's'}, until {day(values['until'])}."


def _of_whole_order(values: Values) -> str:
    asked = [f"{number(values['minimum_packs'])} packs"] if values["minimum_packs"] else []
    return " and ".join([*asked, money(values["minimum_value"])] if values["minimum_value"] else asked)


PLAN: Mapping[str, Callable[[Values, Unit, Names], str]] = {
    PlanReason.COVERS: _days,
    PlanReason.JUDGED: lambda v, u, n: (
        f"{v['by']} expects {quantity(v['quantity'], u)} a day until {day(v['until'])}: "
        f"{str(v['because']).rstrip('.')}."
    ),
    PlanReason.PREORDERED: lambda v, u, n: (
        f"Customers have ordered {quantity(v['quantity'], u)} ahead for the days until {day(v['until'])}: "
        "no less is planned, whatever the waste."
    ),
    PlanReason.CARRIED_HERE: lambda v, u, n: (
        f"{quantity(v['quantity'], u)} come from {n.get(str(v['warehouse']), v['warehouse'])}, where they would "
        "expire, and count as under way."
    ),
    PlanReason.CARRIED_AWAY: lambda v, u, n: (
        f"{quantity(v['quantity'], u)} that would expire here go to {n.get(str(v['warehouse']), v['warehouse'])}."
    ),
    PlanReason.NEEDS: lambda v, u, n: (
        f"{quantity(v['quantity'], u)} balances running out against waste, before pack size, minimum and rejects."
    ),
    PlanReason.ENOUGH_IN_STOCK: lambda v, u, n: (
        f"Nothing to buy: {quantity(v['stock'], u)} in stock and {quantity(v['on_order'], u)} on order are enough."
    ),
    PlanReason.STOCK_EXPIRES_BEFORE_USE: _expires,
    PlanReason.LIFE_LOST: _life_lost,
    PlanReason.GROSSED_UP_FOR_YIELD: _grossed_up,
    PlanReason.RAISED_FOR_DISPLAY: _for_display,
    PlanReason.ROUNDED_TO_PACK: _rounded,
    PlanReason.RAISED_TO_MINIMUM: lambda v, u, n: (
        f"Raised from {quantity(v['from'], u)} to {exact_quantity(v['to'], u)}: "
        f"the supplier's minimum is {exact_quantity(v['minimum'], u)}."
    ),
    PlanReason.RAISED_TO_ORDER_MINIMUM: lambda v, u, n: (
        f"Raised from {quantity(v['from'], u)} to {exact_quantity(v['to'], u)}, so that the supplier's whole order "
        f"reaches its minimum of {_of_whole_order(v)}."
    ),
    PlanReason.BELOW_ORDER_MINIMUM: lambda v, u, n: (
        f"{n.get(str(v['supplier']), v['supplier'])} would be the best choice, but its whole order would be "
        f"{number(v['packs'])} packs for {money(v['value'])}, below its minimum of {_of_whole_order(v)}."
    ),
    PlanReason.CUT_BY_LIMITS: lambda v, u, n: (
        f"Cut from {quantity(v['from'], u)} to {quantity(v['to'], u)}, accepted, by the plan's budget or caps, or by "
        "what deliveries cost."
    ),
    PlanReason.CHOSEN_UNDER_TERMS: lambda v, u, n: (
        "Another supplier than this product alone would have: farms were chosen together, under what they ask for "
        "whole orders and the plan's limits."
    ),
    PlanReason.REACHES_PRICE_TIER: lambda v, u, n: (
        f"Raised from {quantity(v['from'], u)} to {exact_quantity(v['to'], u)}: "
        f"from there on every unit costs only {money(v['unit_price'])}."
    ),
    PlanReason.RAISED_FOR_FLOOR: lambda v, u, n: (
        f"Raised from {quantity(v['from'], u)} to {exact_quantity(v['to'], u)} so that {float(v['floor']):.1%} of "
        f"demand is met: {quantity(v['avoided'], u)} less will be short, which is expected to cost {v['cost']:.2f}."
    ),
    PlanReason.NOT_WORTH_THE_WASTE: lambda v, u, n: (
        f"Nothing to buy: {quantity(v['needs'], u)} would be needed, but the waste"
        + (f" from the smallest order, {exact_quantity(v['smallest'], u)}," if v.get("smallest") is not None else "")
        + " would cost more than the sales earn."
    ),
    PlanReason.BEST_OF_OFFERS: _best,
    PlanReason.CHOSEN_TOGETHER: lambda v, u, n: (
        "The suppliers have too little for all warehouses. Who takes from whom was chosen for all of them together, "
        f"which is expected to earn {v['gained']:.2f} more than if each took its best offer and a share of it."
    ),
    PlanReason.REST_FROM_ANOTHER_SUPPLIER: lambda v, u, n: (
        f"Line {v['line']} of this product: "
        f"{n.get(str(v['after_supplier']), v['after_supplier'])} cannot deliver all of it."
    ),
    PlanReason.BESIDE_ANOTHER_SUPPLIER: lambda v, u, n: (
        f"Line {v['line']} of this product: it helps where {n.get(str(v['supplier']), v['supplier'])} has no more, or "
        "brings less than was ordered, as well."
    ),
    PlanReason.ASKED_AHEAD: lambda v, u, n: (
        "A later delivery, for which this supplier must be asked now: "
        + (
            f"quicker ones, which can be asked later, are expected to bring {quantity(v['quantity'], u)} of it, "
            "and this is for what they may leave lacking."
            if v["quantity"]
            else "no quicker one is expected to bring anything then."
        )
    ),
    PlanReason.CAPPED_BY_CAPACITY: lambda v, u, n: (
        f"Capped at {quantity(v['share'], u)}: all warehouses together asked for {quantity(v['asked_by_all'], u)}, "
        f"the supplier can deliver {quantity(v['capacity'], u)} a day."
    ),
    PlanReason.NO_OFFER: lambda v, u, n: (
        f"{quantity(v['needs'], u)} would be needed, but no supplier offers this product."
    ),
    PlanReason.NO_DELIVERY_THAT_DAY: lambda v, u, n: (
        f"{quantity(v['needs'], u)} would be needed, but no supplier delivers that day"
        + (f"; the next delivery is possible on {day(v['next_delivery'])}." if v.get("next_delivery") else ".")
    ),
    PlanReason.ORDERED_TOO_LATE: lambda v, u, n: (
        f"{quantity(v['needs'], u)} would be needed, but it is too late to order: "
        f"the quickest supplier needs {number(v['lead_time_days'])} days."
    ),
    PlanReason.CAN_WAIT: lambda v, u, n: (
        f"{quantity(v['needs'], u)} would be needed; the same delivery can be ordered until {day(v['until'])}, "
        "when more is known."
    ),
    PlanReason.DECLINED: lambda v, u, n: (
        f"{quantity(v['needs'], u)} would be needed, but {n.get(str(v['supplier']), v['supplier'])} brings no more "
        "of it that day."
    ),
    PlanReason.PRICE_ABOVE_LIST: lambda v, u, n: (
        f"Costs {money(v['unit_price'])}, sells for {money(v['list_price'])}: every unit sold would lose money."
    ),
    PlanReason.PRICE_ASSUMED: lambda v, u, n: (
        f"No selling price is known; {money(v['list_price'])} was assumed from the usual markup."
    ),
    PlanReason.SHELF_LIFE_UNKNOWN: lambda v, u, n: "No shelf life is known: treated as if it did not expire.",
    PlanReason.NO_FORECAST: lambda v, u, n: "There is no forecast for this product, so no quantity can be suggested.",
    PlanReason.BEYOND_WHAT_WAS_SEEN: lambda v, u, n: (
        f"More than demand has shown: enough {times_in_100(v['quantile'])}, but "
        + (
            f"demand above what suffices {times_in_100(v['seen'])} has not been seen here in the last eight weeks."
            if v["seen"] > 0
            else "the product was not in stock all day on any day of the last eight weeks."
        )
    ),
    PlanReason.ADDED_BY_BUYER: lambda v, u, n: f"Added by {v['by']}: nothing is forecast for it.",
    PlanReason.FORECAST_EXTENDED: lambda v, u, n: (
        f"The forecast does not reach far enough: {number(v['days'])} more days "
        "were taken from the same weekday of the week before."
    ),
    PlanReason.SOLD_UNTIL: lambda v, u, n: f"Sold until {day(v['day'])}: nothing is bought for later days.",
    PlanReason.NO_SALES_LATELY: lambda v, u, n: (
        f"No sales for {number(v['days'])} days, the last on {day(v['last_sold'])}: delisted, or sold out? "
        + (
            "It is still bought."  # kept before forecasts faded
            if "probability" not in v
            else f"As it sold before, it still sells with a probability of {percent(v['probability'])}: "
            "the forecast counts it for so much."
        )
    ),
    PlanReason.TAKEN_AS_DELISTED: lambda v, u, n: (
        f"No sales for {number(v['days'])} days, the last on {day(v['last_sold'])}: delisted, or only sold out? "
        "Nothing is bought unless you order it by hand."
    ),
    PlanReason.ZEROS_MAY_BE_STOCK_OUTS: lambda v, u, n: (
        f"Sales have been 0 for {number(v['days'])} days, the last on {day(v['last_sold'])}: sold out, or no longer "
        "wanted? Without availability data, zero sales count as no demand."
    ),
    PlanReason.SOLD_AGAIN: lambda v, u, n: (
        f"Sold again on {day(v['day'])}, after {number(v['days'])} days without a sale: the forecast was made before "
        f"and counts it with a probability of {percent(v['probability'])}. Make forecasts anew, or order it by hand."
    ),
    PlanReason.CLOSED_DAY: lambda v, u, n: f"Closed on {day(v['day'])}, {v['name']}: nothing is forecast for that day.",
    PlanReason.DELIVERED_ON_CLOSED_DAY: lambda v, u, n: (
        f"The delivery comes on {day(v['day'])}, when the warehouse is closed ({v['name']}): see that somebody "
        "receives it, or ask for another delivery date."
    ),
    PlanReason.BULK_ORDER_LEFT_OUT: lambda v, u, n: (
        f"{quantity(v['quantity'], u)} were sold on {day(v['day'])}, out of all proportion: the forecast leaves "
        "that day out. If it is to come again, order it by hand."
    ),
    PlanReason.ENDED: lambda v, u, n: (
        f"Ended: no sales for {number(v['days'])} days, the last on {day(v['last_sold'])}. Nothing is bought unless "
        "you order it by hand; it is forecast again as soon as it sells."
    ),
}

# what a line of the table says beside its numbers
PLAN_NOTES: Mapping[str, str] = {
    PlanReason.JUDGED: "a buyer's own figure",
    PlanReason.PREORDERED: "ordered ahead",
    PlanReason.CARRIED_HERE: "some comes from another warehouse",
    PlanReason.CARRIED_AWAY: "some goes to another warehouse",
    PlanReason.ENOUGH_IN_STOCK: "enough in stock",
    PlanReason.STOCK_EXPIRES_BEFORE_USE: "stock expires unsold",
    PlanReason.LIFE_LOST: "stock was too warm",
    PlanReason.RAISED_TO_MINIMUM: "raised to minimum",
    PlanReason.RAISED_TO_ORDER_MINIMUM: "raised to order minimum",
    PlanReason.BELOW_ORDER_MINIMUM: "below order minimum",
    PlanReason.CUT_BY_LIMITS: "cut by limits",
    PlanReason.CHOSEN_UNDER_TERMS: "chosen with other products",
    PlanReason.REACHES_PRICE_TIER: "raised to a cheaper price",
    PlanReason.RAISED_FOR_FLOOR: "raised to meet demand",
    PlanReason.RAISED_FOR_DISPLAY: "raised for display",
    PlanReason.NOT_WORTH_THE_WASTE: "not worth the waste",
    PlanReason.CHOSEN_TOGETHER: "chosen with other warehouses",
    PlanReason.REST_FROM_ANOTHER_SUPPLIER: "rest of a split order",
    PlanReason.BESIDE_ANOTHER_SUPPLIER: "second supplier",
    PlanReason.ASKED_AHEAD: "asked for ahead",
    PlanReason.CAPPED_BY_CAPACITY: "supplier at capacity",
    PlanReason.NO_OFFER: "no supplier offers it",
    PlanReason.NO_DELIVERY_THAT_DAY: "no delivery that day",
    PlanReason.ORDERED_TOO_LATE: "too late to order",
    PlanReason.CAN_WAIT: "can be ordered later",
    PlanReason.DECLINED: "supplier brings no more",
    PlanReason.PRICE_ABOVE_LIST: "costs more than it sells for",
    PlanReason.PRICE_ASSUMED: "selling price assumed",
    PlanReason.SHELF_LIFE_UNKNOWN: "shelf life unknown",
    PlanReason.NO_FORECAST: "no forecast",
    PlanReason.BEYOND_WHAT_WAS_SEEN: "more than was ever seen",
    PlanReason.ADDED_BY_BUYER: "added",
    PlanReason.FORECAST_EXTENDED: "forecast extended",
    PlanReason.SOLD_UNTIL: "last days on sale",
    PlanReason.NO_SALES_LATELY: "no sales lately: delisted?",
    PlanReason.TAKEN_AS_DELISTED: "no sales for long: delisted?",
    PlanReason.ZEROS_MAY_BE_STOCK_OUTS: "zeros may be stock-outs",
    PlanReason.SOLD_AGAIN: "sold again",
    PlanReason.CLOSED_DAY: "closed day",
    PlanReason.DELIVERED_ON_CLOSED_DAY: "comes on a closed day",
    PlanReason.BULK_ORDER_LEFT_OUT: "bulk order left out",
    PlanReason.ENDED: "ended: not bought",
}


def _space_in_words(values: Values) -> str:
    """How much of a slot is needed; nothing where either is not known."""
    needed, there = values.get("space_l"), values.get("volume_l")
    return "" if needed is None or there is None else f" ({number(needed)} of {number(there)} litres needed)"


SLOT: Mapping[str, Callable[[Values, Names], str]] = {
    SlotReason.RANKED_IN_BAND: lambda v, n: (
        f"No. {number(v['rank'])} of {number(v['products'])} products in the band {_band(v)}: "
        f"{number(v['lines_per_day'], 1)} lines a day."
    ),
    SlotReason.NEAREST_THAT_FITS: lambda v, n: (
        f"The nearest slot that fits, {metres(v['distance_m'])} from the bench{_space_in_words(v)}."
    ),
    SlotReason.SUITS_TOURS: lambda v, n: (
        f"Tours ({v['routing']}) are shortest so: {metres(v['distance_m'])} from the bench{_space_in_words(v)}."
    ),
    SlotReason.ONE_OF_SEVERAL: lambda v, n: (
        f"Slot {number(v['number'])} of {number(v['slots'])}: one alone does not take its peak stock."
    ),
    SlotReason.STAYS: lambda v, n: "It is already there.",
    SlotReason.NO_SLOT_IN_BAND: lambda v, n: f"No zone here is in the band {_band(v)}.",
    SlotReason.NO_FIT_HUMIDITY: lambda v, n: f"No zone of the band {_band(v)} keeps the humidity that it needs.",
    SlotReason.NO_PICK_FACE: lambda v, n: f"All slots in the band {_band(v)} hold reserve.",
    SlotReason.NO_SLOT_STRONG_ENOUGH: lambda v, n: (
        f"Weighs {number(v['peak_kg'])} kg; the strongest slot bears {number(v['strongest_kg'])}."
    ),
    SlotReason.KEPT_APART: lambda v, n: (
        f"Empty slots that suit it otherwise: {number(v['slots'])}; beside them lies what it must be kept apart from "
        "(ethylene, odour, allergens, or raw meat)."
    ),
    SlotReason.NO_SLOT_LARGE_ENOUGH: lambda v, n: (
        f"Needs {number(v['space_l'])} litres; the largest slot has {number(v['largest_l'])}."
    ),
    SlotReason.BAND_FULL: lambda v, n: (
        f"All {number(v['slots'])} slots in the band {_band(v)} are taken by products picked more often."
    ),
    SlotReason.ZONE_IN_ALARM: lambda v, n: (
        f"Temperature alarm in {_zones(v, n)}: nothing is moved in until it is over."
    ),
    SlotReason.SLOTS_UNUSABLE: lambda v, n: f"Slots that cannot be used: {number(v['slots'])}.",
    SlotReason.REFUSED: lambda v, n: f"Slots into which moving it was refused: {number(v['slots'])}.",
}

HARM = {
    Harm.RAW_MEAT: "Raw meat must lie beneath all else: it does not here.",
    Harm.ALLERGENS: "Lies beside goods of other allergens.",
    Harm.ETHYLENE: "Lies beside what it must be kept apart from: ethylene.",
    Harm.ODOUR: "Lies beside what it must be kept apart from: one takes on the smell of the other.",
}
MOVE: Mapping[str, Callable[[Values, Names], str]] = {
    MoveReason.SAVES_WALKING: lambda v, n: (
        f"Saves {metres(v['metres_per_day'])} of walking a day; "
        f"pays off after {number(v['repaid_after_days'], 1)} days."
    ),
    MoveReason.WRONG_BAND: lambda v, n: f"Belongs in the band {_band(v)}, but is in {_band(v, 'zone_band')}.",
    MoveReason.TOO_SMALL: lambda v, n: f"Needs {number(v['space_l'])} litres, its slot has {number(v['volume_l'])}.",
    MoveReason.WRONG_HUMIDITY: lambda v, n: "Its zone is too dry or too damp for it.",
    MoveReason.TOO_HEAVY: lambda v, n: (
        f"Weighs {number(v['peak_kg'])} kg; its slot bears {number(v['max_weight_kg'])}."
    ),
    MoveReason.NOT_PICKED_FROM: lambda v, n: "Its slot holds reserve: orders are not picked from it.",
    MoveReason.BAD_NEIGHBOUR: lambda v, n: HARM.get(v.get("harm", ""), "Lies beside what it must be kept apart from."),
    MoveReason.HAS_NO_SLOT: lambda v, n: "Has no slot yet.",
    MoveReason.SLOT_UNUSABLE: lambda v, n: f"Its slot cannot be used: {v['because']}.",
    MoveReason.MAKES_ROOM: lambda v, n: f"Makes room for {n.get(str(v['for_product']), v['for_product'])}.",
}


def _as_it_is(reason: Values) -> str:
    values = ", ".join(f"{key} {value}" for key, value in reason.items() if key != "code")
    return f"{str(reason.get('code', '?')).replace('_', ' ')}{f' ({values})' if values else ''}."


def _sentences(reasons: Iterable[Values], say: Mapping[str, Callable[..., str]], *context: Any) -> list[str]:
    found = []
    for reason in reasons:
        try:
            found.append(say[reason["code"]](reason, *context))
        except (KeyError, TypeError, ValueError):
            found.append(_as_it_is(reason))
    return found


def plan_sentences(reasons: Iterable[Values], unit: Unit, names: Names) -> list[str]:
    """The reasons of a plan line, one sentence each, in the order in which the quantity came about."""
    return _sentences(reasons, PLAN, unit, names)


def plan_notes(reasons: Iterable[Values]) -> list[tuple[str, bool]]:
    """The reasons of a plan line that set it apart, in a few words each, and whether to look before approving."""
    apart = (reason for reason in reasons if sets_line_apart(reason))
    return [(_note(reason), reason.get("code") in PLAN_WARNINGS) for reason in apart]


def warning_words(code: str) -> str:
    """What a kind of warning is called in a list to choose from."""
    return PLAN_NOTES[code]


def _note(reason: Values) -> str:
    code = str(reason.get("code", "?"))
    if code == PlanReason.COVERS:
        return f"for {reason['days']} day{'' if reason['days'] == 1 else 's'}"
    return PLAN_NOTES.get(code, code.replace("_", " "))


def _zones(reason: Values, names: Names) -> str:
    return ", ".join(names.get(zone_id, zone_id) for zone_id in str(reason["zone_ids"]).split(", "))


def slot_sentences(reasons: Iterable[Values], names: Names) -> list[str]:
    """Why a product should lie in the suggested slot, one sentence each."""
    return _sentences(reasons, SLOT, names)


def move_sentences(reasons: Iterable[Values], names: Names) -> list[str]:
    """Why a move is worth making, one sentence each."""
    return _sentences(reasons, MOVE, names)
