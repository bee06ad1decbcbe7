"""A made shop played hour by hour: customers take what is there, shelves empty, goods expire, orders follow sales.

The shop orders each evening up to what it expects to sell until the delivery after next and a reserve, in whole
packs; some deliveries fail. What is drawn for customers and deliveries is drawn ahead, so that two ranges meet the
same days."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tests.bench.assortment.customers import HOURS, LISTED, Goods, Needs

RESERVE = 1.3  # standard deviations
SMOOTHING = 0.1


@dataclass
class State:
    """Stock (warehouses x products x days of life left) and what the shop expects to sell a day."""

    stock: NDArray[np.float64]
    expects: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Played:
    """By warehouse, product and day: sold, wasted (units), share of the hours in stock; and the lines of baskets."""

    sold: NDArray[np.float64]
    wasted: NDArray[np.float64]
    in_stock: NDArray[np.float64]
    lines: NDArray[np.intp]  # visit, warehouse, day, product
    state: State = field(repr=False)


def opening(goods: Goods, warehouses: int, expects: NDArray[np.float64]) -> State:
    """A shop with empty shelves that expects `expects` (warehouses x products) a day."""
    return State(np.zeros((warehouses, len(goods.price), int(goods.life.max()))), expects.copy())


def play(
    goods: Goods, needs: Needs, failed: NDArray[np.bool_], ranged: NDArray[np.bool_], state: State, first_day: int
) -> Played:
    """The days of `ranged` (warehouses x products x days): on which a product is in the range. Deliveries of the day
    are lost where `failed`. What leaves the range is taken off the shelf and is no waste."""
    state = deepcopy(state)
    warehouses, products, days = ranged.shape
    sold, wasted, in_stock = (np.zeros((warehouses, products, days)) for _ in range(3))
    lines: list[NDArray[np.intp]] = []
    starts = np.searchsorted(
        needs.day * HOURS + needs.hour, (first_day + np.arange(days + 1))[:, None] * HOURS + np.arange(HOURS)
    )
    for day in range(days):
        here = ranged[:, :, day]
        state.stock *= here[:, :, None]
        _deliver(goods, state, here & ~failed[:, :, day])
        for hour in range(HOURS):
            on_hand = state.stock.sum(axis=2)
            in_stock[:, :, day] += (on_hand > 0) / HOURS
            begin = starts[day, hour]
            end = starts[day, hour + 1] if hour + 1 < HOURS else starts[day + 1, 0]
            rows = np.arange(begin, end)
            taken = _serve(needs, rows, on_hand)
            got = rows[taken >= 0]
            products_taken = taken[taken >= 0]
            np.add.at(sold[:, :, day], (needs.warehouse[got], products_taken), 1.0)
            count = np.zeros_like(on_hand)
            np.add.at(count, (needs.warehouse[got], products_taken), 1.0)
            _take_oldest(state, count)
            lines.append(np.column_stack([needs.visit[got], needs.warehouse[got], needs.day[got], products_taken]))
        wasted[:, :, day] = state.stock[:, :, 0]
        state.stock = np.concatenate([state.stock[:, :, 1:], np.zeros((warehouses, products, 1))], axis=2)
        seen = np.where(in_stock[:, :, day] > 0.3, sold[:, :, day] / np.maximum(in_stock[:, :, day], 0.3), np.nan)
        state.expects += np.where(np.isnan(seen), 0.0, SMOOTHING * (np.nan_to_num(seen) - state.expects))
    return Played(sold, wasted, in_stock, np.concatenate(lines), state)


def _deliver(goods: Goods, state: State, comes: NDArray[np.bool_]) -> None:
    cover = 1.5
    up_to = cover * state.expects + RESERVE * np.sqrt(1.3 * cover * state.expects + 0.3)
    lacking = np.maximum(up_to - state.stock.sum(axis=2), 0.0)
    packs = np.ceil(lacking / goods.pack - 0.35) * (lacking > 0)
    packs = np.where(state.stock.sum(axis=2) < 1, np.maximum(packs, 1.0), packs)  # no shelf stays empty on purpose
    came = np.where(comes, np.maximum(packs, 0) * goods.pack, 0.0)
    products = came.shape[1]
    state.stock[:, np.arange(products), goods.life - 1] += came


def _serve(needs: Needs, rows: NDArray[np.intp], on_hand: NDArray[np.float64]) -> NDArray[np.intp]:
    """Which product each need of an hour gets (-1: none). Visits whose anchor is not there leave."""
    left = on_hand.copy()
    taken = np.full(len(rows), -1)
    anchors = needs.anchor[rows]
    taken[anchors] = _first_come(needs, rows[anchors], left, tries=1)
    lost = np.unique(needs.visit[rows[anchors]][taken[anchors] < 0])
    others = ~anchors & ~np.isin(needs.visit[rows], lost)
    taken[others] = _first_come(needs, rows[others], left, tries=LISTED)
    return taken


def _first_come(needs: Needs, rows: NDArray[np.intp], left: NDArray[np.float64], tries: int) -> NDArray[np.intp]:
    taken = np.full(len(rows), -1)
    waiting = np.arange(len(rows))
    while len(waiting):
        wants = needs.takes[rows[waiting], :tries]
        warehouse = needs.warehouse[rows[waiting]]
        there = (wants >= 0) & (left[warehouse[:, None], np.maximum(wants, 0)] > 0)
        waiting, wants, warehouse, there = (part[there.any(axis=1)] for part in (waiting, wants, warehouse, there))
        if not len(waiting):
            break
        best = wants[np.arange(len(wants)), there.argmax(axis=1)]
        key = warehouse * left.shape[1] + best
        order = np.argsort(key, kind="stable")
        begins = np.concatenate([[True], key[order][1:] != key[order][:-1]])
        place = np.arange(len(order)) - np.maximum.accumulate(np.where(begins, np.arange(len(order)), 0))
        served = np.zeros(len(waiting), dtype=bool)
        served[order] = place < left.reshape(-1)[key[order]]
        taken[waiting[served]] = best[served]
        np.add.at(left, (warehouse[served], best[served]), -1.0)
        waiting = waiting[~served]
    return taken


def _take_oldest(state: State, count: NDArray[np.float64]) -> None:
    before = np.cumsum(state.stock, axis=2) - state.stock
    state.stock -= np.clip(count[:, :, None] - before, 0.0, state.stock)
