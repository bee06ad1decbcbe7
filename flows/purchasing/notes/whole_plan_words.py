"""In words what a plan says where it was chosen as a whole: under terms of whole orders, a budget or caps."""

from collections.abc import Mapping
from typing import Any, Final

from data.languages import counted, say
from warehouse.purchasing.allocation.whole_orders import WholePlanNote

OF_WHOLE_PLAN: Final = frozenset(
    {WholePlanNote.CHOSEN_AS_A_WHOLE, WholePlanNote.BUDGET_REACHED, WholePlanNote.SHARE_NOT_HELD}
)


def whole_plan_in_words(note: Mapping[str, Any]) -> str | None:
    """A note that names stand in already; None for one that is of something else."""
    match note:
        case {"code": WholePlanNote.CHOSEN_AS_A_WHOLE, "gap": gap, "deliveries": how_many, "delivery_cost": cost}:
            return counted(
                "Farms were chosen together: {n} delivery, which costs {cost} beside its goods. Certified to be within "
                "{gap:.2%} of the best plan under these terms.",
                "Farms were chosen together: {n} deliveries, which cost {cost} beside their goods. Certified to be "
                "within {gap:.2%} of the best plan under these terms.",
                how_many,
                cost=_money(cost, note),
                gap=gap,
            )
        case {"code": WholePlanNote.ORDER_RAISED, "cost": cost}:
            return say(
                "{exceeds}: more is ordered of it, for {cost} less of result.",
                exceeds=_exceeds(note),
                cost=_money(cost, note),
            )
        case {"code": WholePlanNote.ORDER_DROPPED, "cost": cost}:
            return say(
                "{exceeds}: nothing is ordered there, and its products come from others or not at all, for {cost} less "
                "of result.",
                exceeds=_exceeds(note),
                cost=_money(cost, note),
            )
        case {"code": WholePlanNote.BUDGET_REACHED, "budget": budget, "wanted": wanted}:
            already = note.get("ordered") or 0  # plans of other versions do not say
            return say(
                "The budget of {budget} is less than the {spent} that would be spent without limits and terms of whole "
                "orders{of_it}.",
                budget=_money(budget, note),
                spent=_money(wanted, note),
                of_it=say(", {already} of it ordered already", already=_money(already, note)) if already else "",
            )
        case {"code": WholePlanNote.SHARE_NOT_HELD, "share": share, "products": products}:
            return counted(
                "Too few suppliers offer {n} product for none to bring more than {share:.0%} of it.",
                "Too few suppliers offer {n} products for none to bring more than {share:.0%} of them.",
                products,
                share=share,
            )
    return None


def asked_and_held(order: Mapping[str, Any]) -> tuple[str, str]:
    """What a supplier asks for an order and that holds less of, and what it holds."""
    asked, held = [], []
    if order["packs"] < order["minimum_packs"]:
        asked.append(say("{n} packs", n=order["minimum_packs"]))
        held.append(f"{order['packs']}")
    if order["value"] < order["minimum_value"]:
        asked.append(f"{order['minimum_value']:,.2f}")
        held.append(f"{order['value']:,.2f}")
    return say(" and of ").join(asked), say(" and of ").join(held)


def _money(amount: float, note: Mapping[str, Any]) -> str:
    written, currency = f"{amount:,.2f}", note.get("currency")
    return written if currency is None else f"{written} {currency}"


def _exceeds(note: Mapping[str, Any]) -> str:
    asked, held = asked_and_held(note)
    return say(
        "{supplier}'s minimum of {asked} exceeds the need of {held} for {day} in {warehouse}",
        supplier=note["supplier"],
        asked=asked,
        held=held,
        day=note["day"],
        warehouse=note["warehouse"],
    )
