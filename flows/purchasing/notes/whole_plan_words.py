"""In words what a plan says where it was chosen as a whole: under terms of whole orders, a budget or caps."""

from collections.abc import Mapping
from typing import Any, Final

from warehouse.purchasing.allocation.whole_orders import WholePlanNote

OF_WHOLE_PLAN: Final = frozenset(
    {WholePlanNote.CHOSEN_AS_A_WHOLE, WholePlanNote.BUDGET_REACHED, WholePlanNote.SHARE_NOT_HELD}
)


def whole_plan_in_words(note: Mapping[str, Any]) -> str | None:
    """A note that names stand in already; None for one that is of something else."""
    match note:
        case {"code": WholePlanNote.CHOSEN_AS_A_WHOLE, "gap": gap, "deliveries": how_many, "delivery_cost": cost}:
            several = f"{how_many} deliveries, which cost", "their"
            deliveries, its = ("1 delivery, which costs", "its") if how_many == 1 else several
            return (
                f"Farms were chosen together: {deliveries} {_money(cost, note)} beside {its} goods. "
                f"Certified to be within {gap:.2%} of the best plan under these terms."
            )
        case {"code": WholePlanNote.ORDER_RAISED, "cost": cost}:
            return f"{_exceeds(note)}: more is ordered of it, for {_money(cost, note)} less of result."
        case {"code": WholePlanNote.ORDER_DROPPED, "cost": cost}:
            return (
                f"{_exceeds(note)}: nothing is ordered there, and its products come from others or not at all, for "
                f"{_money(cost, note)} less of result."
            )
        case {"code": WholePlanNote.BUDGET_REACHED, "budget": budget, "wanted": wanted}:
            spent = _money(wanted, note)
            already = note.get("ordered") or 0  # plans of other versions do not say
            of_it = f", {_money(already, note)} of it ordered already" if already else ""
            return (
                f"The budget of {_money(budget, note)} is less than the {spent} that would be spent without limits and "
                f"terms of whole orders{of_it}."
            )
        case {"code": WholePlanNote.SHARE_NOT_HELD, "share": share, "products": products}:
            few, of = ("1 product", "it") if products == 1 else (f"{products} products", "them")
            return f"Too few suppliers offer {few} for none to bring more than {share:.0%} of {of}."
    return None


def asked_and_held(order: Mapping[str, Any]) -> tuple[str, str]:
    """What a supplier asks for an order and that holds less of, and what it holds."""
    asked, held = [], []
    if order["packs"] < order["minimum_packs"]:
        asked.append(f"{order['minimum_packs']} packs")
        held.append(f"{order['packs']}")
    if order["value"] < order["minimum_value"]:
        asked.append(f"{order['minimum_value']:,.2f}")
        held.append(f"{order['value']:,.2f}")
    return " and of ".join(asked), " and of ".join(held)


def _money(amount: float, note: Mapping[str, Any]) -> str:
    written, currency = f"{amount:,.2f}", note.get("currency")
    return written if currency is None else f"{written} {currency}"


def _exceeds(note: Mapping[str, Any]) -> str:
    asked, held = asked_and_held(note)
    return (
        f"{note['supplier']}'s minimum of {asked} exceeds the need of {held} for {note['day']} in {note['warehouse']}"
    )
