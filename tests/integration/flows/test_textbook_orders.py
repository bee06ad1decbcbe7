"""Rules of textbooks see the calendar of suppliers and what these bring, as plans do."""

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
from sqlalchemy import Engine

from data.database import reading, writing
from data.tables import OfferRow, PurchaseOrderLineRow, PurchaseOrderRow, SupplierClosureRow
from flows.simulating.buyers import buyer_of
from flows.simulating.textbook_orders import textbook_orders
from tests.integration.flows.conftest import NOW, ORIGIN, TODAY, TOMORROW

SOLD = {("W1", "spinach"): np.full(28, 20.0)}


def ordered(shop: Engine, policy: str = "naive") -> dict[str, Decimal]:
    """By product, what is ordered for W1 of what sells there; forecasts are those of midnight."""
    now = NOW if policy == "naive" else ORIGIN
    with reading(shop) as session:
        lines = textbook_orders(session, ["W1"], now, buyer_of(policy), SOLD)
    return {line.product_id: line.quantity for line in lines if line.delivery_date == TOMORROW}


def brought(shop: Engine, share: str) -> None:
    """F1 has brought so much of what was ordered of it on each of the last twenty days."""
    with writing(shop) as session:
        session.add_all(
            PurchaseOrderRow(
                purchase_order_id=f"{ago}", number=f"PO-{ago}", supplier_id="F1", warehouse_id="W2",
                delivery_date=TODAY - timedelta(days=ago), ordered_at=NOW - timedelta(days=ago + 1), ordered_by="Li Na",
                lines=[PurchaseOrderLineRow(line_no=1, product_id="spinach", quantity=Decimal(10),
                                            received=10 * Decimal(share))],
            )
            for ago in range(1, 21)
        )  # fmt: skip


def test_nothing_is_ordered_for_a_day_on_which_its_supplier_is_closed(shop: Engine) -> None:
    assert "spinach" in ordered(shop)
    with writing(shop) as session:
        session.add(SupplierClosureRow(supplier_id="F1", first_day=TOMORROW, last_day=TOMORROW, known_at=ORIGIN))
    assert "spinach" not in ordered(shop)


def test_before_days_on_which_its_supplier_is_closed_more_is_ordered(shop: Engine) -> None:
    usual = ordered(shop)["spinach"]
    after = TOMORROW + timedelta(days=1)
    with writing(shop) as session:
        session.add(SupplierClosureRow(supplier_id="F1", first_day=after, last_day=after, known_at=ORIGIN))
    assert ordered(shop)["spinach"] > usual


def test_what_can_no_longer_be_ordered_today_is_not(shop: Engine) -> None:
    with writing(shop) as session:
        session.get_one(OfferRow, "O1").order_cut_off = "09:00"
    assert "spinach" not in ordered(shop), "it is 10:00"


@pytest.mark.parametrize("policy", ["naive", "base-stock", "fractile", "ewa"])
def test_of_a_farm_that_brings_half_twice_as_much_is_ordered(shop: Engine, policy: str) -> None:
    whole = ordered(shop, policy)["spinach"]
    brought(shop, "0.5")
    assert abs(ordered(shop, policy)["spinach"] - 2 * whole) <= 5, "within a pack"


def test_what_is_under_way_from_a_farm_that_brings_half_counts_half(shop: Engine) -> None:
    brought(shop, "0.5")
    without = ordered(shop)["spinach"]
    with writing(shop) as session:
        line = PurchaseOrderLineRow(line_no=1, product_id="spinach", quantity=Decimal(40))
        session.add(
            PurchaseOrderRow(purchase_order_id="u", number="PO-u", supplier_id="F1", warehouse_id="W1", lines=[line],
                             delivery_date=TOMORROW, ordered_at=NOW, ordered_by="Li Na")
        )  # fmt: skip
    assert abs(without - ordered(shop)["spinach"] - 40) <= 5, "20 units come, for which 40 were ordered"
