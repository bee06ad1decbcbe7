"""Plan lines: what is bought of each need, why, and what it is expected to leave unmet and to let expire."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import accumulate

from warehouse.purchasing.line_reasons import (
    Terms,
    beyond_what_was_seen,
    capped_by,
    price_assumed,
    source_of,
    steps_to,
    why_nothing,
)
from warehouse.purchasing.need.needs import Need
from warehouse.purchasing.outcomes.lack import NOTHING, Lack
from warehouse.purchasing.outcomes.outcome import NOTHING_WANTED, Bought, OutcomeCurve, risks_of
from warehouse.purchasing.outcomes.outcome_curves import Outlook, outcome_curves
from warehouse.purchasing.outcomes.result_curve import Priced, result_curves
from warehouse.purchasing.plan import PlanLine, PlanReason
from warehouse.purchasing.quantity import Purchase, smallest_order
from warehouse.purchasing.suppliers.offers import Offer
from warehouse.reasons import Reason


@dataclass(frozen=True)
class Decided:
    """What is bought of a need in the end, and under what."""

    need: Need
    purchases: Sequence[Purchase]
    terms: Terms

    @property
    def bought(self) -> bool:
        """Whether anything is."""
        return any(purchase.packs for purchase in self.purchases)


def lines_of(decided: Sequence[Decided]) -> list[PlanLine]:
    """Of each need one line for each purchase of at least a pack, or one line that says why nothing is bought."""
    nothing = [number for number, one in enumerate(decided) if not one.bought]
    needed = dict(zip(nothing, _needed([decided[number] for number in nothing]), strict=True))
    lines = [_told(one) if one.bought else _told_why_nothing(one, needed[at]) for at, one in enumerate(decided)]
    outlooks = [_outlook(one, of_need) for one, of_need in zip(decided, lines, strict=True)]
    curves = outcome_curves(outlooks)
    weighed = [_weighed(of_need, curve) for of_need, curve in zip(lines, curves, strict=True)]
    shown = [at for at, one in enumerate(decided) if one.bought and one.need.for_display > NOTHING]
    for at, wanted in zip(shown, _needed([decided[at] for at in shown]), strict=True):
        weighed[at] = _told_of_display(decided[at], weighed[at], wanted)
    return [line for of_need in weighed for line in of_need]


def _told(decided: Decided) -> list[PlanLine]:
    """The lines of what is bought, not weighed yet."""
    need, terms = decided.need, decided.terms
    common = [*need.reasons, *price_assumed(need, terms)]
    capped: list[Reason] = []
    lines: list[PlanLine] = []
    for purchase in decided.purchases:
        capped += capped_by(need, purchase, terms)
        if purchase.packs == 0:
            continue
        of_need = terms.of_whole_orders.get(None, ()) if not lines else ()
        changed = (*terms.of_whole_orders.get(purchase.offer.offer_id, ()), *of_need)
        reasons = (*common, *steps_to(purchase, terms.yields), *capped, *source_of(purchase, lines, terms), *changed)
        lines.append(_line(need, purchase.offer, purchase.packs, reasons, terms))
        capped = []
    beyond = beyond_what_was_seen(need, _usable_until(lines)[-1])
    lines[-1] = replace(lines[-1], reasons=(*lines[-1].reasons, *beyond))
    return lines


def _told_why_nothing(decided: Decided, needed: float) -> list[PlanLine]:
    """The line of a need of which nothing is bought, not weighed yet."""
    need, terms = decided.need, decided.terms
    capped = [reason for purchase in decided.purchases for reason in capped_by(need, purchase, terms)]
    why = terms.of_whole_orders.get(None, ()) or why_nothing(need, needed, capped, terms)
    reasons = (*need.reasons, *price_assumed(need, terms), *capped, *why)
    return [_line(need, terms.cheapest, 0, reasons, terms)]


def _told_of_display(decided: Decided, lines: list[PlanLine], wanted: float) -> list[PlanLine]:
    """The lines of a need; the last says where more than is `wanted` is bought for what is to lie on display."""
    need, last, bought = decided.need, lines[-1], _usable_until(lines)[-1]
    shown = min(need.for_display, bought)
    if shown <= wanted:
        return lines
    values: dict[str, str | int | float | None] = {
        "minimum": decided.terms.settings.service_level.at(need.warehouse_id).of(need.category_id).display_minimum,
        "until": need.covers_until.isoformat(),
        "from": wanted,
        "to": round(shown, 3),
        "waste": round(last.outcome.wasted_at(bought) - last.outcome.wasted_at(min(wanted, bought)), 3),
    }
    told = replace(last, reasons=(*last.reasons, Reason(PlanReason.RAISED_FOR_DISPLAY, values)))
    return [*lines[:-1], told]


def _usable_until(lines: Sequence[PlanLine]) -> list[float]:
    """Usable units up to each line."""
    return list(accumulate(float(line.quantity) * line.share_accepted for line in lines))


def _outlook(decided: Decided, lines: Sequence[PlanLine]) -> Outlook:
    """What its lines are weighed by."""
    need, terms = decided.need, decided.terms
    exactly_at = _usable_until(lines) if decided.bought else ()
    usable = _usable_by_supplier(decided)
    lost = {name: terms.yields.lost_after_receipt(need.product_id, name) for name in usable}
    return Outlook(
        terms.yields.as_brought_together(need.lack, need.product_id, usable, need.covers_from),
        exactly_at,
        terms.settings.service_level.at(need.warehouse_id).of(need.category_id),
        sum(usable[name] * lost[name] for name in usable) / sum(usable.values()) if usable else 0.0,
    )


def _needed(decided: Sequence[Decided]) -> list[float]:
    """How much of each need would be bought at the lowest price that it is offered for, if packs, minimum and capacity
    did not exist."""
    priced = []
    for one in decided:
        offer, worth, settings = one.terms.cheapest, one.terms.worth(one.need), one.terms.settings
        cost = worth.list_price / settings.assumed_markup if offer is None else one.terms.lowest_cost(offer)
        priced.append(Priced(_lack_of(one.need, offer, one.terms), worth, cost))
    return [round(curve.needed, 3) for curve in result_curves(priced)]


def _usable_by_supplier(decided: Decided) -> dict[str, float]:
    """What is expected to be usable of what each supplier brings; where nothing is bought, a unit of the cheapest."""
    need, terms = decided.need, decided.terms
    usable: dict[str, float] = defaultdict(float)
    for one in decided.purchases:
        if one.packs:
            accepted = terms.yields.of(need.product_id, one.offer.supplier_id)
            usable[one.offer.supplier_id] += float(one.quantity) * accepted
    if not usable and terms.cheapest is not None:
        usable[terms.cheapest.supplier_id] = 1.0
    return usable


def _lack_of(need: Need, offer: Offer | None, terms: Terms) -> Lack:
    """What is lacking, as lots of the offer's supplier are accepted."""
    if offer is None:
        return need.lack
    return terms.yields.as_brought(need.lack, need.product_id, offer.supplier_id, need.covers_from)


def _weighed(lines: Sequence[PlanLine], curve: OutcomeCurve) -> list[PlanLine]:
    """The lines of a need with what they are expected to leave unmet and to let expire."""
    bought = [Bought(float(line.quantity), line.share_accepted, line.unit_cost) for line in lines]
    return [
        replace(line, expected_shortage=risk.shortage, expected_waste=risk.waste, outcome=curve)
        for line, risk in zip(lines, risks_of(curve, bought, lines[0].selling_price), strict=True)
    ]


def _line(need: Need, offer: Offer | None, packs: int, reasons: tuple[Reason, ...], terms: Terms) -> PlanLine:
    """A line that is not weighed yet."""
    quantity = packs * offer.pack_size if offer else Decimal(0)
    at_least = max(quantity, smallest_order(offer) * offer.pack_size) if offer else quantity
    unit_price = offer.unit_price(at_least) if offer else None
    accepted = terms.yields.of(need.product_id, offer.supplier_id) if offer else 1.0
    price = _price_known(need, terms)
    if unit_price is not None:
        cost: float | None = float(unit_price) / accepted
    else:
        cost = None if price is None else price / terms.settings.assumed_markup
    return PlanLine(
        warehouse_id=need.warehouse_id,
        product_id=need.product_id,
        supplier_id=offer.supplier_id if offer else None,
        offer_id=offer.offer_id if offer else None,
        delivery_date=terms.delivery_date,
        covers_from=need.covers_from,
        covers_until=need.covers_until,
        usable_stock=_decimal(need.usable_stock),
        on_order=_decimal(need.on_order),
        forecast=need.forecast,
        quantity=quantity,
        packs=packs,
        pack_size=offer.pack_size if offer else None,
        unit_price=unit_price,
        expected_shortage=0.0,
        expected_waste=0.0,
        share_accepted=accepted,
        unit_cost=cost,
        selling_price=price,
        outcome=NOTHING_WANTED,
        reasons=reasons,
    )


def _price_known(need: Need, terms: Terms) -> float | None:
    """What a unit sells for; None where there is neither a list price nor an offer to take it from."""
    if need.list_price is None and not terms.offers:
        return None
    return terms.worth(need).list_price


def _decimal(quantity: float) -> Decimal:
    return Decimal(repr(round(quantity, 3)))
