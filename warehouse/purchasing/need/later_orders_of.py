"""The later orders of every need: when they are placed and come, and what each finds to replace, scenario by scenario.

Days count from the order date on (t); products (p), scenarios (s). Days after the last forecast one are those of the
same weekday in another scenario: as spread, and independent of what went before.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from warehouse.purchasing.need.cover import Cover
from warehouse.purchasing.outcomes.later_orders import LaterOrders
from warehouse.stock.ageing import RunDown

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]

ORDERS_FOLLOWED = 4  # what expires with so many deliveries after it hardly ever expires at all
SHIFT = 37  # scenarios by which another one is taken; any number that no power of two shares a factor with


def later_orders_of(
    covers: Sequence[Cover], demand: Floats, ran: RunDown, unmet: tuple[Floats, Floats, Floats], lead: int
) -> list[LaterOrders | None]:
    """By product; None where nothing is left for the next delivery, or nothing ever expires.

    demand  p x t x s
    ran     stock of before, and what arrives up to day `lead`
    unmet   demand of the covered days (p x s), of these and the next ones if so many deliveries fail (p x r x s), and
            of the delivery's whole life (p x s)
    """
    in_cover, if_next_fail, in_life = unmet
    alike: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for row, cover in enumerate(covers):
        if cover.outlived and cover.sells_for_days is not None:
            alike[cover.days, cover.sells_for_days].append(row)
    found: list[LaterOrders | None] = [None] * len(covers)
    for (between, life), rows in alike.items():
        picked = np.array(rows)
        days = _Days(demand, picked)
        orders = min(-(-(lead + life) // between) - 1, ORDERS_FOLLOWED)
        blind = min(-(-lead // between), orders)
        replaced = np.stack([_replaced(days, ran, picked, between, lead, order) for order in range(orders)], axis=1)
        follows = np.stack([days.total(lead + life + between * order, between) for order in range(orders)], axis=1)
        covered = [days.total(lead + between * (order + 1), between) for order in range(blind)]
        known = ran.unmet[picked, lead:between].sum(axis=1)
        for at, row in enumerate(rows):
            found[row] = LaterOrders(
                in_cover=in_cover[row].astype(np.float32),
                known=known[at].astype(np.float32),
                in_life=in_life[row].astype(np.float32),
                if_next_fail=if_next_fail[row].astype(np.float32),
                replaced=replaced[at],
                follows=follows[at],
                covered=np.array([of_order[at] for of_order in covered], np.float32).reshape(blind, demand.shape[2]),
            )
    return found


def _replaced(days: "_Days", ran: RunDown, rows: Rows, between: int, lead: int, order: int) -> Floats:
    """What a later order finds to replace (p x s): what its delivery's days are expected to want, and by how much more
    was sold, and expired, since the order before than was expected of it. Older stock that is expected to expire was
    never counted on, so nothing replaces it."""
    first = between * order
    went = days.total(first, between).astype(float)
    went -= ran.unmet[rows, first : max(min(first + between, lead), first)].sum(axis=1)
    went += ran.expired[rows, first : first + between].sum(axis=1)
    surprise = went - went.mean(axis=1, keepdims=True)
    wanted = days.total(lead + first + between, between).mean(axis=1, keepdims=True)
    found: Floats = np.maximum(surprise + wanted, 0).astype(np.float32)
    return found


class _Days:
    """Demand of some products by day, for ever."""

    def __init__(self, demand: Floats, rows: Rows) -> None:
        self._demand, self._rows = demand, rows

    def total(self, first: int, days: int) -> Floats:
        """p x s, as kept."""
        total: Floats = sum((self._of(day) for day in range(first, first + days)), np.zeros(()))
        return total.astype(np.float32)

    def _of(self, day: int) -> Floats:
        known = self._demand.shape[1]
        if day < known:
            known_day: Floats = self._demand[self._rows, day]
            return known_day
        weeks = -(-(day - known + 1) // 7)
        like = day - 7 * weeks if known >= 7 else known - 1
        another: Floats = np.roll(self._demand[self._rows, like], SHIFT * weeks + day % 7, axis=1)
        return another
