"""The money that a plan's lines put at risk, and what one pack more or less would change: weighed when a plan is made,
and anew when a buyer changes a quantity."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from data.tables import PlanLineRow
from warehouse.purchasing.outcomes.outcome import Bought, Risk, curve_from_dict, risks_of
from warehouse.purchasing.plan import PlanReason

LARGEST_MONEY: Final = 1e11  # what its column holds


@dataclass(frozen=True)
class LineRisk:
    """A line's share of what its need risks, and the change of the whole need's money at risk by one pack more or less
    (None: there is none, or the line buys nothing to take away)."""

    risk: Risk
    one_pack_more: float | None
    one_pack_less: float | None


def weigh(lines: Iterable[PlanLineRow]) -> None:
    """Sets what lines risk as they stand. All lines of a need come together: those of one product's delivery to a
    warehouse that share a curve. What a part of a plan ordered before the rest was worked out anew is another need,
    and of a line from before curves were kept nothing is known that its own figures do not say."""
    needs: defaultdict[tuple[object, ...], list[PlanLineRow]] = defaultdict(list)
    for line in lines:
        if line.outcome is not None:
            curve = json.dumps(line.outcome, sort_keys=True)
            needs[line.warehouse_id, line.product_id, line.delivery_date, curve].append(line)
    for of_need in needs.values():
        of_need.sort(key=lambda line: line.line_no)
        lasts = days_of_cover(of_need)
        for line, weighed in zip(of_need, _risks(of_need), strict=True):
            line.days_of_cover = lasts
            line.expected_shortage, line.expected_waste = weighed.risk.shortage, weighed.risk.waste
            line.at_risk_short, line.at_risk_waste = _money(weighed.risk.short_money), _money(weighed.risk.waste_money)
            line.at_risk = line.at_risk_short + line.at_risk_waste
            line.one_pack_more = None if weighed.one_pack_more is None else _money(weighed.one_pack_more)
            line.one_pack_less = None if weighed.one_pack_less is None else _money(weighed.one_pack_less)


def days_of_cover(need: Sequence[PlanLineRow]) -> float | None:
    """For how many days of the forecast stock, what is under way and what the lines of a need order last together;
    None: nothing is wanted."""
    line = need[0]
    if line.forecast_mean <= 0:
        return None
    ordered = sum(float(one.quantity) * one.share_accepted for one in need)
    days = (line.covers_until - line.covers_from).days + 1
    return round((float(line.usable_stock) + float(line.on_order) + ordered) * days / line.forecast_mean, 1)


def unit_cost(line: PlanLineRow) -> Decimal | None:
    """What a usable unit costs at the line's price; where it has none, what was known when it was made."""
    if line.unit_price is None:
        return line.unit_cost
    return Decimal(str(round(float(line.unit_price) / line.share_accepted, 4)))


def _risks(lines: Sequence[PlanLineRow]) -> list[LineRisk]:
    curve = curve_from_dict(lines[0].outcome)
    price = None if lines[0].selling_price is None else float(lines[0].selling_price)
    bought = [
        Bought(float(line.quantity), line.share_accepted, None if line.unit_cost is None else float(line.unit_cost))
        for line in lines
    ]

    def at_risk(number: int, change: float) -> float:
        line = bought[number]
        changed = Bought(line.quantity + change, line.share_accepted, line.unit_cost)
        return sum(risk.money for risk in risks_of(curve, [*bought[:number], changed, *bought[number + 1 :]], price))

    if _can_wait(lines):
        return [LineRisk(replace(risk, short_money=0.0), None, None) for risk in risks_of(curve, bought, price)]
    risks = risks_of(curve, bought, price)
    now = sum(risk.money for risk in risks)
    weighed = []
    for number, (line, risk) in enumerate(zip(lines, risks, strict=True)):
        pack = None if line.pack_size is None else float(line.pack_size)
        more = None if pack is None else at_risk(number, pack) - now
        less = None if pack is None or float(line.quantity) < pack else at_risk(number, -pack) - now
        weighed.append(LineRisk(risk, more, less))
    return weighed


def _can_wait(lines: Sequence[PlanLineRow]) -> bool:
    """Whether a need is not bought now because the same delivery can still be ordered later: nothing is lost by
    that."""
    waits = any(reason["code"] == PlanReason.CAN_WAIT for line in lines for reason in line.reasons)
    return waits and not any(line.quantity for line in lines)


def _money(amount: float) -> Decimal:
    return Decimal(str(round(max(min(amount, LARGEST_MONEY), -LARGEST_MONEY), 4)))
