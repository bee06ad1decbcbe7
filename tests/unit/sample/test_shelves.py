from datetime import date

import numpy as np
import pytest

from data.sample.catalogue import make_catalogue
from data.sample.extent import Extent
from data.sample.farms import found_farms
from data.sample.promotions import plan_promotions
from data.sample.replenishment import Buyers, arrange_sourcing
from data.sample.shelves import Shelves, run_shelves
from data.sample.shoppers import HOURLY, Demand, expect_demand
from data.sample.shopping_days import shopping_days
from data.sample.weather import simulate_weather

EXTENT = Extent(until=date(2026, 11, 21), seed=3, warehouses=2, products=30, days=40)


@pytest.fixture(scope="module")
def catalogue():
    return make_catalogue(EXTENT)


@pytest.fixture(scope="module")
def demand(catalogue) -> Demand:
    calendar = shopping_days(EXTENT.all_days)
    return expect_demand(EXTENT, catalogue, calendar, simulate_weather(EXTENT), plan_promotions(EXTENT, catalogue))


@pytest.fixture(scope="module")
def shelves(catalogue, demand) -> Shelves:
    farms = found_farms(EXTENT, catalogue)
    sourcing = arrange_sourcing(EXTENT, catalogue, farms)
    calendar, promotions = shopping_days(EXTENT.all_days), plan_promotions(EXTENT, catalogue)
    buyers = Buyers(EXTENT, catalogue, calendar, promotions, demand, farms, sourcing)
    return run_shelves(EXTENT, catalogue, demand, farms, sourcing, buyers)


def test_cumulative_stock_is_the_same_as_counting_every_lot_by_its_age(catalogue, shelves: Shelves) -> None:
    days, warehouses, products = shelves.received.shape
    for warehouse in range(warehouses):
        for product in range(products):
            life = int(catalogue.life[product])
            lots: list[list[int]] = []  # [day of receipt, portions left], oldest first
            for day in range(days):
                at = (day, warehouse, product)
                lots.append([day, int(shelves.received[at])])
                leaves = int(shelves.sold[at].sum() + shelves.rejected[at])
                for lot in lots:
                    taken = min(lot[1], leaves)
                    lot[1] -= taken
                    leaves -= taken
                assert leaves == 0, "more left the shelf than lay on it"
                expired = sum(left for received_on, left in lots if received_on + life - 1 <= day)
                lots = [lot for lot in lots if lot[0] + life - 1 > day]
                assert expired == shelves.expired[at]
            left = int(shelves.received[:, warehouse, product].sum() - shelves.outflow[warehouse, product])
            assert sum(lot[1] for lot in lots) == left


def test_sales_fall_short_of_demand_only_in_hours_that_ran_out(demand: Demand, shelves: Shelves) -> None:
    in_stock = (shelves.in_stock[..., None] >> np.arange(24)) & 1 == 1
    sold = shelves.sold.sum(3)
    always = in_stock.all(3)

    assert (sold <= shelves.demanded).all()
    assert (sold[always] == shelves.demanded[always]).all()
    assert (sold < shelves.demanded).any()


def test_nothing_is_wanted_or_sold_before_a_product_is_introduced(catalogue, shelves: Shelves) -> None:
    before = np.arange(len(shelves.sold))[:, None] < catalogue.introduced
    assert before.any()
    assert not shelves.sold.sum((1, 3))[before].any()
    assert not shelves.demanded.sum(1)[before].any()


def test_the_hours_of_a_day_add_up_to_it(demand: Demand) -> None:
    assert HOURLY.sum() == pytest.approx(1)
    np.testing.assert_allclose(demand.hourly.sum(2), 1)
