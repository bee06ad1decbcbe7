"""What will become of stock, by small examples worked out by hand."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from warehouse.stock.lots import StockLot
from warehouse.stock.outlook import Arriving, StockOutlook, stock_outlook

TODAY = date(2026, 3, 2)


def ahead(days: int) -> date:
    return TODAY + timedelta(days=days)


def of(
    lots: list[tuple[int, int | None]], demand: list[float], arriving=(), next_delivery: int | None = 1
) -> StockOutlook:
    """Lots as (quantity, last day ahead), arrivals as (day ahead, quantity, last day ahead)."""
    shelf = [
        StockLot(f"L{n}", "milk", Decimal(quantity), None if last is None else ahead(last))
        for n, (quantity, last) in enumerate(lots)
    ]
    coming = [Arriving(ahead(day), quantity, ahead(last)) for day, quantity, last in arriving]
    return stock_outlook("milk", shelf, coming, demand, TODAY, None if next_delivery is None else ahead(next_delivery))


def test_what_is_expected_on_the_morning_of_the_next_delivery() -> None:
    told = of([(20, 4)], [6, 9, 9], next_delivery=2)

    assert (told.next_delivery, told.sold_until, told.on_morning, told.runs_out_on) == (ahead(2), 15, 5, None)
    assert told.days_of_cover == pytest.approx(2 + 5 / 9)


def test_what_arrives_before_counts_and_what_is_under_way_comes_before_what_could_be_ordered() -> None:
    told = of([(3, 4)], [6, 9, 9, 9], arriving=[(0, 10, 5), (2, 30, 6)], next_delivery=3)

    assert told.next_delivery == ahead(2)
    assert told.on_morning == 0
    assert told.missing == 2
    assert told.runs_out_on == ahead(1)  # 13 for today and tomorrow, who want 15
    assert told.arriving == ((ahead(0), 10), (ahead(2), 30))


def test_a_shortage_too_small_to_matter_is_not_called_running_out() -> None:
    assert of([(29, 4)], [30], next_delivery=1).runs_out_on is None
    assert of([(28, 4)], [30], next_delivery=1).runs_out_on == TODAY
    assert of([(0, 4)], [0.4], next_delivery=1).runs_out_on is None
    assert of([(1, 0)], [0.6], next_delivery=1).unsold == ()


def test_stock_that_expires_before_it_sells_is_named_by_its_last_day() -> None:
    told = of([(12, 0), (10, 1), (9, -1), (4, None)], [5, 3, 3])

    assert told.unsold == ((ahead(0), 7), (ahead(1), 7))
    assert told.unsold_quantity == 14
    assert (told.on_shelf, told.expired) == (26, 9)
    assert told.by_expiry == ((ahead(-1), 9), (ahead(0), 12), (ahead(1), 10), (None, 4))


def test_what_arrives_does_not_expire_in_place_of_what_is_there() -> None:
    told = of([(6, 1)], [2, 2, 2], arriving=[(0, 5, 2)])

    assert told.unsold == ((ahead(1), 2),)


def test_without_demand_nothing_is_covered_and_nothing_runs_out() -> None:
    told = of([(5, 1)], [0, 0, 0], next_delivery=None)

    assert (told.days_of_cover, told.runs_out_on, told.next_delivery) == (None, None, None)
    assert told.unsold == ((ahead(1), 5),)


def test_cover_beyond_the_forecast_goes_on_at_its_mean() -> None:
    assert of([(40, None)], [5, 15]).days_of_cover == pytest.approx(2 + 20 / 10)
