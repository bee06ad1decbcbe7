"""The shelf of the simulation against the product's own first-expired-first, and what it keeps whatever is wanted."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from warehouse.purchasing.simulation.shelf import HOURS, Lot, Shelf
from warehouse.stock.lots import StockLot, take_first_expired

FIRST = date(2026, 3, 2)

lots = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 4), st.integers(0, 6)), max_size=6)
days = st.lists(st.lists(st.integers(0, 5), min_size=HOURS, max_size=HOURS), min_size=1, max_size=5)


def shelf_of(rows: list[tuple[int, int, int]]) -> Shelf:
    shelf = Shelf()
    for number, (portions, last_day, hour) in enumerate(rows):
        shelf.put(Lot(f"L{number}", portions, last_day, cost=1.0 + number, hour=hour))
    return shelf


@given(lots, days)
def test_of_every_lot_what_came_was_sold_thrown_away_or_is_left(
    rows: list[tuple[int, int, int]], wanted: list[list[int]]
) -> None:
    shelf = shelf_of(rows)
    came = {f"L{number}": portions for number, (portions, _, _) in enumerate(rows)}
    sold, gone = dict.fromkeys(came, 0), dict.fromkeys(came, 0)
    in_all = 0
    for day, hours in enumerate(wanted):
        before = {lot.lot_id: lot.portions for lot in shelf.lots}
        in_all += int(shelf.sell(hours).sold.sum())
        there, expired = shelf.end_day(day)
        for lot in there:
            sold[lot.lot_id] += before[lot.lot_id] - lot.portions
        for lot in expired:
            gone[lot.lot_id] += lot.portions
        assert all(lot.last_day > day for lot in shelf.lots)
    left = dict.fromkeys(came, 0) | {lot.lot_id: lot.portions for lot in shelf.lots}
    assert came == {name: sold[name] + gone[name] + left[name] for name in came}
    assert in_all == sum(sold.values())


@given(lots, st.lists(st.integers(0, 9), min_size=HOURS, max_size=HOURS))
def test_each_hour_takes_what_first_expired_first_takes_of_what_has_come(
    rows: list[tuple[int, int, int]], wanted: list[int]
) -> None:
    shelf = shelf_of(rows)
    # numbered in the order in which the shelf has them, since equal last days are taken by number
    order = {lot.lot_id: f"{at:02}" for at, lot in enumerate(shelf.lots)}
    stock = {
        lot.lot_id: StockLot(order[lot.lot_id], "p", Decimal(lot.portions), FIRST + timedelta(lot.last_day))
        for lot in shelf.lots
    }
    hour_of = {lot.lot_id: lot.hour for lot in shelf.lots}
    cost_of = {lot.lot_id: lot.cost for lot in shelf.lots}
    expected, cost = np.zeros(HOURS, int), 0.0
    for hour, asked in enumerate(wanted):
        there = [lot for name, lot in stock.items() if hour_of[name] <= hour]
        found = take_first_expired(there, Decimal(asked), FIRST)
        expected[hour] = asked - found.missing
        for number, quantity in found.taken:
            name = next(name for name, known in order.items() if known == number)
            stock[name] = StockLot(number, "p", stock[name].quantity - quantity, stock[name].expires_on)
            cost += float(quantity) * cost_of[name]
    sold = shelf.sell(wanted)
    assert sold.sold.tolist() == expected.tolist()
    assert {lot.lot_id: lot.portions for lot in shelf.lots} == {name: int(lot.quantity) for name, lot in stock.items()}
    assert np.isclose(sold.cost, cost)


def test_an_hour_is_in_stock_while_something_that_has_come_is_left() -> None:
    shelf = shelf_of([(1, 3, 0), (2, 3, 5)])
    wanted = [0] * HOURS
    wanted[2], wanted[4], wanted[6] = 1, 1, 2
    sold = shelf.sell(wanted)
    assert sold.sold[[2, 4, 6]].tolist() == [1, 0, 2]
    assert np.flatnonzero(sold.in_stock).tolist() == [0, 1, 5]


def test_what_came_in_the_afternoon_is_there_the_next_morning() -> None:
    shelf = Shelf([Lot("L", 5, last_day=3, cost=1.0, hour=15)])
    morning = [2, *[0] * (HOURS - 1)]
    assert shelf.sell(morning).sold[0] == 0
    shelf.end_day(0)
    assert shelf.sell(morning).sold[0] == 2


@given(
    lots,
    st.lists(st.integers(0, 9), min_size=HOURS, max_size=HOURS),
    st.floats(0, 1),
)
def test_a_share_of_customers_takes_the_freshest_one_by_one(
    rows: list[tuple[int, int, int]], wanted: list[int], share: float
) -> None:
    shelf = Shelf(shelf_of(rows).lots, share)
    slow = [[lot.lot_id, lot.portions, lot.hour] for lot in shelf.lots]  # in the order in which they expire
    sold, customers = [], 0
    for hour, asked in enumerate(wanted):
        picky = int((customers + asked) * share) - int(customers * share)
        customers, got = customers + asked, 0
        for order in [slow[::-1]] * picky + [slow] * (asked - picky):
            there = [lot for lot in order if lot[1] > 0 and lot[2] <= hour]
            if there:
                there[0][1] -= 1
                got += 1
        sold.append(got)
    assert shelf.sell(wanted).sold.tolist() == sold
    assert {lot.lot_id: lot.portions for lot in shelf.lots} == {lot_id: left for lot_id, left, _ in slow}
