"""What a plan may be told in place of what was learned or is known: to see what knowing it would be worth
(`flows/simulating/`), or what would be ordered if it were so (`flows/purchasing/supposing/what_if.py`)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from warehouse.purchasing.need.needs import WarehouseOutlook
from warehouse.purchasing.need.scenarios import DrawDemand
from warehouse.purchasing.suppliers.offers import Offer
from warehouse.purchasing.suppliers.yields import Yields


def _offers_as_known(offers: Sequence[Offer]) -> Sequence[Offer]:
    return offers


def _outlook_as_known(outlook: WarehouseOutlook) -> WarehouseOutlook:
    return outlook


@dataclass(frozen=True)
class Foresight:
    """draw     by warehouse, how demand is drawn; None: from its forecasts
    yields   what is accepted of an order; None: as inspections have taught
    offers   a product's offers in place of those that are known
    outlook  what a warehouse has and expects in place of what is known"""

    draw: Callable[[str], DrawDemand] | None = None
    yields: Yields | None = None
    offers: Callable[[Sequence[Offer]], Sequence[Offer]] = _offers_as_known
    outlook: Callable[[WarehouseOutlook], WarehouseOutlook] = _outlook_as_known


NO_FORESIGHT = Foresight()
