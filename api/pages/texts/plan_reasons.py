"""What the reason codes of plan lines mean, in sentences with units, and in a few words each."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from api.pages.texts.formats import day, exact_quantity, money, number, percent, quantity, times_in_100
from api.pages.texts.reasons import Names, Values, in_sentences
from api.pages.texts.words import WORDS, say
from data.tables import Unit
from warehouse.purchasing.plan import PLAN_WARNINGS, PlanReason, sets_line_apart

READS_AS_ALL: Final = 0.995  # of what is received


def _name(values: Values, key: str, names: Names) -> str:
    return str(names.get(str(values[key]), values[key]))


def _raised(values: Values, unit: Unit) -> dict[str, str]:
    return {"before": quantity(values["from"], unit), "after": exact_quantity(values["to"], unit)}


def _rounded(values: Values, unit: Unit, names: Names) -> str:
    said = {**_raised(values, unit), "pack": exact_quantity(values["pack_size"], unit)}
    if said["before"] == said["after"]:
        return say("because.whole_packs", **said)
    return say("because.rounded_up" if values["to"] >= values["from"] else "because.rounded_down", **said)


def _grossed_up(values: Values, unit: Unit, names: Names) -> str:
    before, after = (quantity(values[key], unit) for key in ("from", "to"))
    share, received = percent(values["yield"]), values.get("after_receipt", 1.0)
    passes = (
        say("because.passes_and_lost", share=share, lost=percent(1 - received))
        if received < READS_AS_ALL
        else say("because.passes", share=share)
    )
    return say("because.grossed_up", before=before, after=after, passes=passes) if before != after else passes


def _for_display(values: Values, unit: Unit, names: Names) -> str:
    said = {key: quantity(values[name], unit) for key, name in
            (("before", "from"), ("after", "to"), ("least", "minimum"), ("gone", "waste"))}  # fmt: skip
    wasted = _reads_as_some(values["waste"], unit)
    return say("because.for_display_and_waste" if wasted else "because.for_display", day=day(values["until"]), **said)


def _expires(values: Values, unit: Unit, names: Names) -> str:
    before = values.get("before_delivery") or 0
    some = _reads_as_some(before, unit)
    part = say("because.expires.part", quantity=quantity(before, unit)) if some else ""
    first = say("because.expires.first", day=day(values["first_expiry"])) if values.get("first_expiry") else ""
    return say("because.expires", quantity=_at_least_some(values["quantity"], unit), first=first, part=part)


def _life_lost(values: Values, unit: Unit, names: Names) -> str:
    more, packs = values["more"], values.get("packs")
    sign = "+" if more > 0 else "−"
    if not more:
        change = say("because.life_lost.same")
    elif packs and values.get("pack_size"):
        size = exact_quantity(values["pack_size"], unit)
        change = say("because.life_lost.packs", sign=sign, n=number(abs(packs)), size=size)
    else:
        change = say("because.life_lost.quantity", sign=sign, quantity=exact_quantity(abs(more), unit))
    return say(
        "because.life_lost",
        quantity=quantity(values["quantity"], unit),
        days=number(values["days"], 1),
        day=day(values["day"]),
        change=change,
    )


def _at_least_some(expected: float, unit: Unit) -> str:
    """An expected quantity that is more than nothing, but may be less than is written of its unit."""
    if _reads_as_some(expected, unit):
        return quantity(expected, unit)
    return say("because.less_than", quantity=quantity(1, unit))


def _reads_as_some(expected: float, unit: Unit) -> bool:
    return quantity(expected, unit) != quantity(0, unit)


def _best(values: Values, unit: Unit, names: Names) -> str:
    lowest = values.get("lowest_price")
    prices = say("because.best_of_offers.lowest", price=money(lowest)) if lowest is not None else ""
    return say("because.best_of_offers", offers=number(values["offers"]), prices=prices)


def _of_whole_order(values: Values) -> str:
    packs, value = values["minimum_packs"], values["minimum_value"]
    if not packs:
        return money(value) if value else ""
    said = {"packs": number(packs), "value": money(value) if value else ""}
    return say("because.minimum_both" if value else "because.minimum_packs", **said)


def _not_worth(values: Values, unit: Unit, names: Names) -> str:
    needs = quantity(values["needs"], unit)
    if values.get("smallest") is None:
        return say("because.not_worth_the_waste", needs=needs)
    return say("because.not_worth_the_waste_of", needs=needs, smallest=exact_quantity(values["smallest"], unit))


def _asked_ahead(values: Values, unit: Unit, names: Names) -> str:
    name = "because.asked_ahead_some" if values["quantity"] else "because.asked_ahead_none"
    return say(name, quantity=quantity(values["quantity"], unit))


def _no_delivery(values: Values, unit: Unit, names: Names) -> str:
    needs = quantity(values["needs"], unit)
    if not values.get("next_delivery"):
        return say("because.no_delivery_that_day", needs=needs)
    return say("because.next_delivery_later", needs=needs, day=day(values["next_delivery"]))


def _beyond(values: Values, unit: Unit, names: Names) -> str:
    name = "because.beyond_what_was_seen" if values["seen"] > 0 else "because.beyond_never_seen"
    return say(name, times=times_in_100(values["quantile"]), seen=times_in_100(values["seen"]))


def _unsold(values: Values) -> dict[str, str]:
    return {"days": number(values["days"]), "last": day(values["last_sold"])}


def _no_sales_lately(values: Values, unit: Unit, names: Names) -> str:
    if "probability" not in values:  # kept before forecasts faded
        return say("because.no_sales_lately", **_unsold(values))
    return say("because.no_sales_lately_fading", **_unsold(values), probability=percent(values["probability"]))


def _amount(values: Values, unit: Unit, key: str = "quantity") -> str:
    return quantity(values[key], unit)


Say = Callable[[Values, Unit, Names], str]
PLAN: Mapping[str, Say] = {
    PlanReason.COVERS: lambda v, u, n: say("because.covers", n=int(v["days"]), until=day(v["until"])),
    PlanReason.JUDGED: lambda v, u, n: say(
        "because.judged",
        by=v["by"],
        quantity=_amount(v, u),
        until=day(v["until"]),
        because=str(v["because"]).rstrip("."),
    ),
    PlanReason.PREORDERED: lambda v, u, n: say("because.preordered", quantity=_amount(v, u), until=day(v["until"])),
    PlanReason.CARRIED_HERE: lambda v, u, n: say(
        "because.carried_here", quantity=_amount(v, u), warehouse=_name(v, "warehouse", n)
    ),
    PlanReason.CARRIED_AWAY: lambda v, u, n: say(
        "because.carried_away", quantity=_amount(v, u), warehouse=_name(v, "warehouse", n)
    ),
    PlanReason.NEEDS: lambda v, u, n: say("because.needs", quantity=_amount(v, u)),
    PlanReason.ENOUGH_IN_STOCK: lambda v, u, n: say(
        "because.enough_in_stock", stock=_amount(v, u, "stock"), on_order=_amount(v, u, "on_order")
    ),
    PlanReason.STOCK_EXPIRES_BEFORE_USE: _expires,
    PlanReason.LIFE_LOST: _life_lost,
    PlanReason.GROSSED_UP_FOR_YIELD: _grossed_up,
    PlanReason.RAISED_FOR_DISPLAY: _for_display,
    PlanReason.ROUNDED_TO_PACK: _rounded,
    PlanReason.RAISED_TO_MINIMUM: lambda v, u, n: say(
        "because.raised_to_minimum", **_raised(v, u), minimum=exact_quantity(v["minimum"], u)
    ),
    PlanReason.RAISED_TO_ORDER_MINIMUM: lambda v, u, n: say(
        "because.raised_to_order_minimum", **_raised(v, u), minimum=_of_whole_order(v)
    ),
    PlanReason.BELOW_ORDER_MINIMUM: lambda v, u, n: say(
        "because.below_order_minimum",
        supplier=_name(v, "supplier", n),
        packs=number(v["packs"]),
        value=money(v["value"]),
        minimum=_of_whole_order(v),
    ),
    PlanReason.CUT_BY_LIMITS: lambda v, u, n: say(
        "because.cut_by_limits", before=_amount(v, u, "from"), after=_amount(v, u, "to")
    ),
    PlanReason.CHOSEN_UNDER_TERMS: lambda v, u, n: say("because.chosen_under_terms"),
    PlanReason.REACHES_PRICE_TIER: lambda v, u, n: say(
        "because.reaches_price_tier", **_raised(v, u), price=money(v["unit_price"])
    ),
    PlanReason.RAISED_FOR_FLOOR: lambda v, u, n: say(
        "because.raised_for_floor",
        **_raised(v, u),
        floor=f"{float(v['floor']):.1%}",
        avoided=_amount(v, u, "avoided"),
        cost=f"{v['cost']:.2f}",
    ),
    PlanReason.NOT_WORTH_THE_WASTE: _not_worth,
    PlanReason.BEST_OF_OFFERS: _best,
    PlanReason.CHOSEN_TOGETHER: lambda v, u, n: say("because.chosen_together", gained=f"{v['gained']:.2f}"),
    PlanReason.REST_FROM_ANOTHER_SUPPLIER: lambda v, u, n: say(
        "because.rest_from_another_supplier", line=v["line"], supplier=_name(v, "after_supplier", n)
    ),
    PlanReason.BESIDE_ANOTHER_SUPPLIER: lambda v, u, n: say(
        "because.beside_another_supplier", line=v["line"], supplier=_name(v, "supplier", n)
    ),
    PlanReason.ASKED_AHEAD: _asked_ahead,
    PlanReason.CAPPED_BY_CAPACITY: lambda v, u, n: say(
        "because.capped_by_capacity",
        share=_amount(v, u, "share"),
        asked=_amount(v, u, "asked_by_all"),
        capacity=_amount(v, u, "capacity"),
    ),
    PlanReason.NO_OFFER: lambda v, u, n: say("because.no_offer", needs=_amount(v, u, "needs")),
    PlanReason.NO_DELIVERY_THAT_DAY: _no_delivery,
    PlanReason.ORDERED_TOO_LATE: lambda v, u, n: say(
        "because.ordered_too_late", needs=_amount(v, u, "needs"), days=number(v["lead_time_days"])
    ),
    PlanReason.CAN_WAIT: lambda v, u, n: say("because.can_wait", needs=_amount(v, u, "needs"), until=day(v["until"])),
    PlanReason.DECLINED: lambda v, u, n: say(
        "because.declined", needs=_amount(v, u, "needs"), supplier=_name(v, "supplier", n)
    ),
    PlanReason.PRICE_ABOVE_LIST: lambda v, u, n: say(
        "because.price_above_list", cost=money(v["unit_price"]), price=money(v["list_price"])
    ),
    PlanReason.PRICE_ASSUMED: lambda v, u, n: say("because.price_assumed", price=money(v["list_price"])),
    PlanReason.SHELF_LIFE_UNKNOWN: lambda v, u, n: say("because.shelf_life_unknown"),
    PlanReason.NO_FORECAST: lambda v, u, n: say("because.no_forecast"),
    PlanReason.BEYOND_WHAT_WAS_SEEN: _beyond,
    PlanReason.ADDED_BY_BUYER: lambda v, u, n: say("because.added_by_buyer", by=v["by"]),
    PlanReason.FORECAST_EXTENDED: lambda v, u, n: say("because.forecast_extended", days=number(v["days"])),
    PlanReason.SOLD_UNTIL: lambda v, u, n: say("because.sold_until", day=day(v["day"])),
    PlanReason.NO_SALES_LATELY: _no_sales_lately,
    PlanReason.TAKEN_AS_DELISTED: lambda v, u, n: say("because.taken_as_delisted", **_unsold(v)),
    PlanReason.ZEROS_MAY_BE_STOCK_OUTS: lambda v, u, n: say("because.zeros_may_be_stock_outs", **_unsold(v)),
    PlanReason.SOLD_AGAIN: lambda v, u, n: say(
        "because.sold_again", day=day(v["day"]), days=number(v["days"]), probability=percent(v["probability"])
    ),
    PlanReason.CLOSED_DAY: lambda v, u, n: say("because.closed_day", day=day(v["day"]), name=v["name"]),
    PlanReason.DELIVERED_ON_CLOSED_DAY: lambda v, u, n: say(
        "because.delivered_on_closed_day", day=day(v["day"]), name=v["name"]
    ),
    PlanReason.BULK_ORDER_LEFT_OUT: lambda v, u, n: say(
        "because.bulk_order_left_out", quantity=_amount(v, u), day=day(v["day"])
    ),
    PlanReason.ENDED: lambda v, u, n: say("because.ended", **_unsold(v)),
}


def plan_sentences(reasons: Iterable[Values], unit: Unit, names: Names) -> list[str]:
    """The reasons of a plan line, one sentence each, in the order in which the quantity came about."""
    return in_sentences(reasons, PLAN, unit, names)


def plan_notes(reasons: Iterable[Values]) -> list[tuple[str, bool]]:
    """The reasons of a plan line that set it apart, in a few words each, and whether to look before approving."""
    apart = (reason for reason in reasons if sets_line_apart(reason))
    return [(_note(reason), reason.get("code") in PLAN_WARNINGS) for reason in apart]


def warning_words(code: str) -> str:
    """What a kind of warning is called in a list to choose from."""
    return say(f"note.{code}")


def _note(reason: Values) -> str:
    code = str(reason.get("code", "?"))
    if f"note.{code}" not in WORDS:
        return code.replace("_", " ")
    return say(f"note.{code}", n=reason.get("days"))
