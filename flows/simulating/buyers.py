"""Who buys: a rule, what it is told of the truth, and in which world."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from flows.errors import Invalid
from warehouse.purchasing.plan_settings import USUAL, PlanSettings
from warehouse.purchasing.simulation.textbook_rules import CURVES, FORECAST_BY_THEMSELVES, RULES, USUAL_SAFETY


class Truth(StrEnum):
    """What a buyer may be told, or spared, instead of what is so in production."""

    FORECAST = "forecast"  # demand's true distribution
    YIELD = "yield"  # the true mean share accepted of each farm's product
    PACKS = "packs"  # every offer comes by the portion, without a minimum
    LEAD = "lead"  # what is ordered tonight comes this morning
    DELIVERIES = "deliveries"  # nothing fails, comes short or late, and each delivery is as good as usual
    DEMAND = "demand"  # demand itself


MARGINAL: Final = "marginal"
TOLD: Final = {
    MARGINAL: frozenset[Truth](),
    "marginal-true": frozenset({Truth.FORECAST, Truth.YIELD}),
    "clairvoyant": frozenset({Truth.DEMAND, Truth.YIELD, Truth.DELIVERIES}),
}
POLICIES: Final = (*TOLD, *RULES)
SWAPS: Final = (Truth.FORECAST, Truth.YIELD, Truth.PACKS, Truth.LEAD, Truth.DELIVERIES)


@dataclass(frozen=True)
class Buyer:
    """`policy` is its name in reports, `rule` one of the textbook's or ours; `safety` None: what is usual."""

    policy: str
    rule: str = MARGINAL
    told: frozenset[Truth] = frozenset()
    safety: float | None = None
    settings: PlanSettings = USUAL

    @property
    def needs_forecasts(self) -> bool:
        """Whether it buys by the product's forecasts, so that models have to be trained for it."""
        return not self.told & {Truth.FORECAST, Truth.DEMAND} and self.rule not in FORECAST_BY_THEMSELVES


def buyer_of(policy: str, settings: PlanSettings = USUAL) -> Buyer:
    """Raises Invalid for a policy that is not known."""
    if policy in TOLD:
        return Buyer(policy, told=TOLD[policy], settings=settings)
    if policy in RULES:
        return Buyer(policy, rule=policy, safety=USUAL_SAFETY[policy], settings=settings)
    raise Invalid(
        "Policy {policy!r} is not known; take some of {policies}.",
        policy=policy,
        policies=POLICIES,
        field="policy",
    )


def swapped(truth: Truth, settings: PlanSettings = USUAL) -> Buyer:
    """Ours, with the truth in place of one part."""
    return Buyer(f"{MARGINAL}, true {truth}", told=frozenset({truth}), settings=settings)


def along_the_curve(buyer: Buyer) -> Sequence[Buyer]:
    """The same buyer with other safeties; none for rules that have nothing to set."""
    return [replace(buyer, policy=f"{buyer.policy} {safety:g}", safety=safety) for safety in CURVES.get(buyer.rule, ())]
