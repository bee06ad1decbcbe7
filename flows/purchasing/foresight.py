"""What a plan may be told in place of what was learned, to see what knowing it would be worth (`flows/simulating/`)."""

from collections.abc import Callable
from dataclasses import dataclass

from warehouse.purchasing.need.scenarios import DrawDemand
from warehouse.purchasing.yields import Yields


@dataclass(frozen=True)
class Foresight:
    """draw    by warehouse, how demand is drawn; None: from its forecasts
    yields  what is accepted of an order; None: as inspections have taught"""

    draw: Callable[[str], DrawDemand] | None = None
    yields: Yields | None = None


NO_FORESIGHT = Foresight()
