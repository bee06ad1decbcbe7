"""What lots lose after receipt, beside what receipt rejects: learned from simulated farms, and bought for."""

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.warehouse.kitchen_garden import MONDAY, TUESDAY, days_apart, forecasts, lot, offer, plan, products
from warehouse.purchasing.need.cover import Cover
from warehouse.purchasing.need.needs import WarehouseOutlook, estimate_needs
from warehouse.purchasing.need.periods import Periods
from warehouse.purchasing.need.stock_to_come import Stock, stock_to_come
from warehouse.purchasing.suppliers.lot_losses import shares_of_lots_lost
from warehouse.purchasing.suppliers.offers import OnOrder
from warehouse.purchasing.suppliers.stage_yield import StageYield
from warehouse.purchasing.suppliers.yields import Yields, estimate_yields

Row = tuple[str | None, str, str | None, float]  # lot, product, supplier, quantity


def receipts(*rows: tuple[str | None, str, str, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["lot", "product_id", "supplier_id", "inspected", "accepted"])


def lost(*rows: Row) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["lot", "product_id", "supplier_id", "quantity"])


def kept(came: pd.DataFrame, gone: pd.DataFrame) -> list[float]:
    """Of each receipt the share that was not lost after it."""
    shares = shares_of_lots_lost(came, gone)
    return (shares["accepted"] / shares["inspected"]).tolist()


def test_what_a_lot_lost_counts_against_all_that_was_accepted_of_it() -> None:
    came = receipts(("1", "leek", "farm", 12, 10), ("2", "leek", "farm", 20, 20))
    # given two rejected before dispatch, of however many were looked at, and a complaint
    assert kept(came, lost(("1", "leek", "farm", 2), ("1", "leek", None, 1))) == pytest.approx([0.7, 1.0])


def test_what_names_no_lot_falls_on_those_of_its_farm_and_what_names_no_farm_on_those_of_its_product() -> None:
    came = receipts(
        ("1", "leek", "farm", 10, 10), (None, "leek", "farm", 30, 30), ("3", "leek", "coop", 10, 10),
        ("4", "okra", "farm", 10, 10), ("5", "okra", "farm", 10, 0),
    )  # fmt: skip
    assert kept(came, lost((None, "leek", "farm", 4))) == pytest.approx([0.9, 0.9, 1.0, 1.0])
    assert kept(came, lost(("long gone", "leek", "farm", 4))) == pytest.approx([0.9, 0.9, 1.0, 1.0])
    assert kept(came, lost((None, "leek", None, 5))) == pytest.approx([0.9, 0.9, 0.9, 1.0])
    assert kept(came, lost((None, "leek", "never delivered it", 5))) == pytest.approx([0.9, 0.9, 0.9, 1.0])
    assert kept(came, lost((None, "chard", "farm", 5))) == pytest.approx([1.0] * 4), "of which nothing came"


def test_no_more_is_lost_of_a_lot_than_there_was() -> None:
    assert kept(receipts(("1", "leek", "farm", 10, 10)), lost(("1", "leek", "farm", 11))) == [0]


@pytest.mark.parametrize("seed", range(3))
def test_farms_whose_yields_are_known_are_learned(seed: int) -> None:
    # given farms that are rejected, before dispatch and by customers, as often as they are drawn to be, lot by lot
    dice = np.random.default_rng(seed)
    truth = {name: (dice.uniform(0.8, 1.0), dice.uniform(0.85, 1.0)) for name in ("hill", "mill", "quay")}
    came, gone = [], []
    for farm, (at_receipt, after) in truth.items():
        for number in range(400):
            of_lot = f"{farm}/{number}"
            share = 1 - (1 - at_receipt) * dice.gamma(2, 0.5)
            accepted = dice.binomial(100, np.clip(share, 0, 1))
            came.append((of_lot, "leek", farm, 100.0, float(accepted)))
            rejected = dice.binomial(accepted, np.clip((1 - after) * dice.gamma(2, 0.5), 0, 1))
            complained = dice.binomial(rejected, 0.3)
            gone += [(of_lot, "leek", farm, float(rejected - complained)), (of_lot, "leek", None, float(complained))]
    yields = estimate_yields(receipts(*came), lost=lost(*gone))
    for farm, (at_receipt, after) in truth.items():
        assert yields.at_receipt.of("leek", farm) == pytest.approx(at_receipt, abs=0.015)
        assert yields.kept_after.of("leek", farm) == pytest.approx(after, abs=0.015)
        # and lots are as uneven as both stages make them
        of_farm = [row for row in zip(came, gone[::2], gone[1::2], strict=True) if row[0][2] == farm]
        usable = np.array([(one[4] - two[3] - three[3]) / 100 for one, two, three in of_farm])
        learned = np.array(yields.lots_of("leek", farm)) * yields.of("leek", farm)
        assert learned.mean() == pytest.approx(usable.mean(), abs=0.01)
        assert np.quantile(learned, [0.1, 0.5, 0.9]) == pytest.approx(np.quantile(usable, [0.1, 0.5, 0.9]), abs=0.03)


def test_a_product_that_a_farm_never_brought_loses_as_its_farm_and_its_product_do() -> None:
    came = [(f"{farm}/{n}", product, farm, 10.0, 10.0) for n in range(40)
            for farm, product in (("bad", "leek"), ("good", "leek"), ("good", "okra"))]  # fmt: skip
    gone = [(f"bad/{n}", "leek", "bad", 3.0) for n in range(40)]
    yields = estimate_yields(receipts(*came), lost=lost(*gone))
    assert yields.of("okra", "bad") < yields.kept_after.overall < yields.of("chard", "good")
    assert yields.kept_after.of("leek", None) < yields.kept_after.of("okra", None), "of a farm that is not known"


def test_receipt_and_what_follows_are_put_together_as_if_drawn_apart() -> None:
    dice = np.random.default_rng(1)
    one, other = (np.sort(dice.beta(*shape, 64)) for shape in ((9, 1), (4, 1)))
    at_receipt, after = (StageYield(lots=tuple((share / share.mean()).tolist())) for share in (one, other))
    lots = np.array(Yields(at_receipt, after).lots_of("leek", "farm"))
    every = np.outer(at_receipt.lots, after.lots)  # every lot of the one with every one of the other
    assert lots.mean() == pytest.approx(1)
    assert np.quantile(lots, [0.1, 0.25, 0.5, 0.75, 0.9]) == pytest.approx(
        np.quantile(every, [0.1, 0.25, 0.5, 0.75, 0.9]), abs=0.02
    )


@pytest.mark.parametrize("after", [1.0, 0.9])
def test_an_order_is_grossed_up_by_all_stages_and_what_they_lose_after_receipt_is_waste(after: float) -> None:
    dear = products(life=30, price="1000")  # so that what is rejected makes no difference to what pays
    (plain,) = plan([offer()], assortment=dear)
    (line,) = plan([offer()], assortment=dear, yields=Yields(StageYield(0.8), StageYield(after)))
    assert float(line.quantity) == pytest.approx(float(plain.quantity) / (0.8 * after), abs=1.5)
    assert plain.expected_waste == 0, "it lives for a month"
    assert line.expected_waste == pytest.approx(float(line.quantity) * 0.8 * (1 - after), abs=1e-3)
    assert line.expected_shortage == pytest.approx(plain.expected_shortage, abs=0.3)


@given(st.floats(0.5, 1), st.floats(0, 0.4))
@settings(max_examples=20, deadline=None)
def test_what_is_lost_after_receipt_never_lowers_an_order_while_it_pays(after: float, more: float) -> None:
    dear = products(life=30, price="1000")
    (less_lost, more_lost) = (
        plan([offer()], assortment=dear, yields=Yields(kept_after=StageYield(share)))[0]
        for share in (after, after - more * after)
    )
    assert more_lost.quantity >= less_lost.quantity
    assert more_lost.expected_waste >= less_lost.expected_waste - 1e-4  # they are told to so many digits


def test_of_stock_only_what_will_be_neither_rejected_nor_complained_about_counts() -> None:
    ordered = OnOrder("leek", Decimal(10), TUESDAY, supplier_id="farm")  # as it is expected to be accepted
    carried = OnOrder("leek", Decimal(10), TUESDAY, last_day=TUESDAY)
    covers = [Cover("leek", False, None, 5, TUESDAY, TUESDAY)]

    def there(*on_order: OnOrder) -> tuple[float, float]:
        stock = Stock([lot("20", MONDAY + timedelta(days=9), "leek")], on_order, {"leek": 0.9})
        found = stock_to_come(stock, covers, MONDAY, Periods((0.0,), 3))
        return found.there.sum(), found.arrivals.sum()

    assert there(ordered) == pytest.approx((18, 10))
    assert there(carried) == pytest.approx((18, 9))


def test_a_need_grows_by_what_stock_will_lose() -> None:
    lots = [lot("15", MONDAY + timedelta(days=5))]
    usable = [
        estimate_needs(
            WarehouseOutlook("north", forecasts(*[0.0] * 7), lots, (), kept=kept_of_stock), products(), [offer()],
            order_date=MONDAY, delivery_date=TUESDAY, draw=days_apart,
        )[0].usable_stock
        for kept_of_stock in ({}, {"spinach": 0.8})
    ]  # fmt: skip
    assert usable == pytest.approx([15, 12])
