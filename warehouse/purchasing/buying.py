"""How much to buy of each product, in packs, from which supplier, when suppliers have only so much."""

from collections.abc import Iterable, Sequence
from datetime import date

from warehouse.purchasing.needs import Need, PlanSettings
from warehouse.purchasing.offers import Offer
from warehouse.purchasing.plan import PlanLine
from warehouse.purchasing.yields import Yields


def plan_purchase(
    needs: Iterable[Need],
    offers: Sequence[Offer],
    yields: Yields,
    *,
    order_date: date,
    delivery_date: date,
    settings: PlanSettings = PlanSettings(),  # noqa: B008 - frozen
) -> tuple[PlanLine, ...]:
    """The lines of the plan over all warehouses, in the order of the needs: at least one a need.

    Give the needs of all warehouses together: a supplier's daily capacity is shared among them.
    """
    raise NotImplementedError
