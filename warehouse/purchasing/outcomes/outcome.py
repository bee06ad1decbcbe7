"""What a quantity is expected to come to: demand left unmet, units expired, and the money that is at risk by both.

Both are straight lines between the scenarios' values and never bend the other way, so a few of their corners hold them;
a plan keeps these, and a buyer's quantity is weighed by them without drawing demand again. Lines of one need, an order
split over suppliers, share one curve: what the first brings is not lacking any more for the second.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class OutcomeCurve:
    """By usable units bought, ascending from 0: demand of the covered days expected to stay unmet, and units expected
    to expire. Beyond the last corner no more is met, and of each further unit `wasted_beyond` expires. In money, what a
    unit short costs beyond its margin (`goodwill`), and one that expires beyond its price (`disposal`)."""

    units: Sequence[float]
    short: Sequence[float]
    wasted: Sequence[float]
    wasted_beyond: float
    goodwill: float = 0.0
    disposal: float = 0.0

    def short_at(self, usable: float) -> float:
        """Demand of the covered days that so many usable units leave unmet."""
        return self._at(self.short, usable)

    def wasted_at(self, usable: float) -> float:
        """Of so many usable units, those that expire."""
        beyond = max(usable - self.units[-1], 0.0)
        return self._at(self.wasted, usable) + self.wasted_beyond * beyond

    def chance_short_at(self, usable: float) -> float:
        """The chance (0..1) that so many usable units do not last: so much less is lacking with the next one."""
        after = bisect_right(self.units, usable)
        if after == len(self.units):
            return 0.0
        low, high = self.units[after - 1], self.units[after]
        return min(max((self.short[after - 1] - self.short[after]) / (high - low), 0.0), 1.0)

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON; what costs nothing is left out."""
        costs = {"goodwill": self.goodwill, "disposal": self.disposal}
        return {
            "units": list(self.units),
            "short": list(self.short),
            "wasted": list(self.wasted),
            "wasted_beyond": self.wasted_beyond,
            **{name: cost for name, cost in costs.items() if cost},
        }

    def _at(self, values: Sequence[float], usable: float) -> float:
        after = bisect_right(self.units, usable)
        if after == len(self.units):
            return values[-1]
        low, high = self.units[after - 1], self.units[after]
        share = (usable - low) / (high - low)
        return values[after - 1] + share * (values[after] - values[after - 1])


NOTHING_WANTED: Final = OutcomeCurve((0.0,), (0.0,), (0.0,), 1.0)


@dataclass(frozen=True)
class Bought:
    """What a line of a need orders: units, the share of them that is accepted, and what a usable one costs; None: not
    known."""

    quantity: float
    share_accepted: float
    unit_cost: float | None

    @property
    def usable(self) -> float:
        """Units that arrive and are accepted."""
        return self.quantity * self.share_accepted


@dataclass(frozen=True)
class Risk:
    """Of a line: demand unmet (on a need's last line, so that lines add up), units expired, and the money of each:
    margin and goodwill lost, and cost of what expires and of its disposal."""

    shortage: float
    waste: float
    short_money: float
    waste_money: float

    @property
    def money(self) -> float:
        """What is at risk."""
        return self.short_money + self.waste_money


def curve_from_dict(kept: dict[str, Any] | None) -> OutcomeCurve:
    """The curve that `OutcomeCurve.as_dict` wrote; of a line without one, nothing is known to be wanted."""
    return NOTHING_WANTED if kept is None else OutcomeCurve(**kept)


def risks_of(curve: OutcomeCurve, lines: Sequence[Bought], selling_price: float | None) -> list[Risk]:
    """What each line of one need risks, in their order. Where no price is known, no margin is lost."""
    risks, bought = [], 0.0
    for number, line in enumerate(lines, start=1):
        waste = curve.wasted_at(bought + line.usable) - curve.wasted_at(bought)
        bought += line.usable
        short = curve.short_at(bought) if number == len(lines) else 0.0
        cost = line.unit_cost or 0.0
        margin = 0.0 if selling_price is None else selling_price - cost
        risks.append(Risk(short, waste, short * max(margin + curve.goodwill, 0.0), waste * (cost + curve.disposal)))
    return risks
