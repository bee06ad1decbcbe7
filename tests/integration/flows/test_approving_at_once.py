"""Plans of different warehouses approved at the same moment share a budget and a farm's capacity all the same."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from sqlalchemy import Engine, select

from data.database import reading, writing
from data.tables import OfferRow, PurchaseOrderLineRow
from flows.errors import NotNow
from flows.purchasing.deciding.approving import approve_plan
from flows.purchasing.planning.purchase_plans import make_purchase_plan
from tests.integration.flows.conftest import NOW, TOMORROW
from warehouse.purchasing.allocation.terms import Limits
from warehouse.purchasing.plan_settings import USUAL, PlanSettings

UNDER_A_BUDGET = replace(USUAL, limits=Limits(budget=150.0))


@pytest.mark.parametrize(("settings", "capacity"), [(UNDER_A_BUDGET, None), (USUAL, Decimal(20))])
def test_of_two_that_do_not_fit_together_one_is_looked_at_again(
    shop: Engine, settings: PlanSettings, capacity: Decimal | None
) -> None:
    with writing(shop) as session:
        session.get_one(OfferRow, "O1").daily_capacity = capacity
    plans = [make_purchase_plan(shop, [name], NOW, "Li Na", settings, asked_for=TOMORROW) for name in ("W1", "W2")]
    together = Barrier(2)

    def approve(plan_id: str) -> bool:
        together.wait()
        try:
            approve_plan(shop, plan_id, NOW + timedelta(minutes=1), "Li Na", settings)
        except NotNow:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(approve, plans)) == [False, True]
    with reading(shop) as session:
        lines = session.scalars(select(PurchaseOrderLineRow)).all()
    assert sum(line.quantity * line.unit_price for line in lines) <= 150 or capacity is not None
    assert sum(line.quantity for line in lines if line.product_id == "spinach") <= (capacity or 150)
