"""Improves what is bought by single packs, and by pairs of them, within all rows, until no such change earns more."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from warehouse.purchasing.allocation.rows import Rows
from warehouse.purchasing.allocation.tables import Floats, Ints, Tables

PASSES: Final = 10
WORTH_IT: Final = 1e-6  # money
Change = dict[int, int]  # packs more, by tier


def improved(tables: Tables, rows: Rows, packs: Ints) -> Ints:
    """No fewer deliveries are opened, nor more; packs by tier."""
    bought = packs.copy()
    room = _Room(rows, tables, bought)
    starts = np.searchsorted(tables.need, np.arange(tables.needs + 1))
    to_look_at: Sequence[int] = range(tables.needs)
    for _ in range(PASSES):
        changed: list[int] = []
        for need in to_look_at:
            tiers = range(int(starts[need]), int(starts[need + 1]))
            gained = {
                _key(change): (_gain(tables, need, tiers, bought, change), change)
                for change in _changes(tables, tiers, bought)
            }
            for earned, change in sorted(gained.values(), key=lambda one: -one[0]):
                if earned <= WORTH_IT:
                    break
                if room.takes(change, bought):
                    for tier, more in change.items():
                        bought[tier] += more
                    changed.append(need)
                    break
        to_look_at = changed
    return bought


def _key(change: Change) -> tuple[tuple[int, int], ...]:
    return tuple(sorted(change.items()))


def _changes(tables: Tables, tiers: range, bought: Ints) -> Iterable[Change]:
    """A pack more or less of one option, its tier changed with it where that is another's; and one for another."""
    more, less = [], []
    open_tier = {int(tables.option[tier]): tier for tier in tiers if bought[tier]}
    for tier in tiers:
        now = open_tier.get(int(tables.option[tier]))
        if now is None:
            more.append({tier: int(tables.least[tier])})
        elif now == tier:
            if bought[tier] < tables.most[tier]:
                more.append({tier: 1})
            less.append({tier: -1 if bought[tier] > tables.least[tier] else -int(bought[tier])})
            less.append({tier: -int(bought[tier])})
        elif tables.least[tier] > bought[now]:
            more.append({now: -int(bought[now]), tier: int(tables.least[tier])})
        else:
            less.append({now: -int(bought[now]), tier: int(tables.most[tier])})
    yield from more
    yield from less
    for up in more:
        for down in less:
            options = {int(tables.option[tier]) for tier in up} & {int(tables.option[tier]) for tier in down}
            if not options:
                yield up | down


def _gain(tables: Tables, need: int, tiers: range, bought: Ints, change: Change) -> float:
    before = float(sum(tables.usable[tier] * bought[tier] for tier in tiers if bought[tier]))
    after = before + sum(float(tables.usable[tier]) * more for tier, more in change.items())
    money = sum(float(tables.pack_price[tier]) * more for tier, more in change.items())
    base = float(tables.base[need])
    return _worth(tables, need, base + after) - _worth(tables, need, base + before) - money


def _worth(tables: Tables, need: int, units: float) -> float:
    worths = tables.worths
    corner = bisect_right(worths.units[need], units) - 1
    return float(worths.value[need, corner] + worths.slope[need, corner] * (units - worths.units[need, corner]))


class _Room:
    """What is left of each row."""

    def __init__(self, rows: Rows, tables: Tables, bought: Ints) -> None:
        self._rows = rows
        opened = np.maximum(rows.must_open, ((rows.opened.T < 0) @ (rows.picked @ (bought > 0))) > 0)
        used = rows.a_pack @ bought + rows.picked @ (bought > 0) + rows.opened @ opened
        self._left: Floats = rows.limit - used

    def takes(self, change: Change, bought: Ints) -> bool:
        """Whether the change stays within all rows; then it is taken off them."""
        by_row: dict[int, float] = {}
        for tier, more in change.items():
            picked = float(bought[tier] + more > 0) - float(bought[tier] > 0)
            for columns, times in ((self._rows.a_pack, float(more)), (self._rows.picked, picked)):
                for at in range(columns.indptr[tier], columns.indptr[tier + 1]):
                    row = int(columns.indices[at])
                    by_row[row] = by_row.get(row, 0.0) + float(columns.data[at]) * times
        if any(added > max(self._left[row], 0.0) + 1e-9 for row, added in by_row.items() if added > 0):
            return False
        for row, added in by_row.items():
            self._left[row] -= added
        return True
