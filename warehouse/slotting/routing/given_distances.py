"""Tours through any floor whose distances are given: the shortest of few stops exactly, of more by a checked heuristic.

Up to `EXACT_UP_TO` stops by Held and Karp's dynamic programming (1962); beyond, from the nearest stop to the next, then
improved as long as turning a stretch round (2-opt) or carrying up to three stops elsewhere (Or-opt) makes it shorter.
"""

from typing import Final

import numpy as np

from warehouse.slotting.routing.floor_plan import Floats, Ints

EXACT_UP_TO: Final = 9
CARRIED: Final = 3
LEAST: Final = 1e-9


def shortest_by_distances(metres: Floats, from_start: Floats, tour: Ints, slot: Ints, tours: int) -> Floats:
    """Metres of each tour: stop n of them is at `slot[n]`, on tour `tour[n]`. `metres` (slots, slots) between slots,
    `from_start` (slots,), both the same in either direction."""
    walked = np.zeros(tours)
    order = np.lexsort((slot, tour))
    tour, slot = tour[order], slot[order]
    first = np.flatnonzero(np.append(True, tour[1:] != tour[:-1]))[: len(tour)]
    for begin, end in zip(first.tolist(), [*first[1:].tolist(), len(tour)], strict=True):
        stops = np.unique(slot[begin:end])
        walked[tour[begin]] = shortest_tour(metres[np.ix_(stops, stops)], from_start[stops])
    return walked


def shortest_tour(metres: Floats, from_start: Floats) -> float:
    """Metres of a tour from the start through all stops and back."""
    return (_exact if len(from_start) <= EXACT_UP_TO else _improved)(metres, from_start)


def _exact(metres: Floats, from_start: Floats) -> float:
    count = len(from_start)
    best = np.full((1 << count, count), np.inf)  # through a set of stops, the last one named
    for stop in range(count):
        best[1 << stop, stop] = from_start[stop]
    for seen in range(1, 1 << count):
        for stop in range(count):
            if not seen >> stop & 1:
                with_it = seen | 1 << stop
                best[with_it, stop] = min(best[with_it, stop], float((best[seen] + metres[:, stop]).min()))
    return float((best[-1] + from_start).min())


def _improved(metres: Floats, from_start: Floats) -> float:
    every = np.zeros((len(from_start) + 1,) * 2)  # the start is number 0
    every[1:, 1:], every[0, 1:], every[1:, 0] = metres, from_start, from_start
    tour = _nearest_next(every)
    while (shorter := _turned(every, tour) or _carried(every, tour)) is not None:
        tour = shorter
    return _length(every, tour)


def _nearest_next(every: Floats) -> list[int]:
    tour, left = [0], set(range(1, len(every)))
    while left:
        tour.append(min(left, key=lambda stop: (every[tour[-1], stop], stop)))
        left.remove(tour[-1])
    return tour


def _length(every: Floats, tour: list[int]) -> float:
    return float(every[tour, np.roll(tour, -1)].sum())


def _turned(every: Floats, tour: list[int]) -> list[int] | None:
    """The tour with the first stretch turned round that makes it shorter; None where none does."""
    closed = [*tour, tour[0]]
    for first in range(1, len(tour)):
        for last in range(first + 1, len(tour)):
            before, begin, end, after = closed[first - 1], closed[first], closed[last], closed[last + 1]
            if every[before, end] + every[begin, after] < every[before, begin] + every[end, after] - LEAST:
                return [*tour[:first], *reversed(tour[first : last + 1]), *tour[last + 1 :]]
    return None


def _carried(every: Floats, tour: list[int]) -> list[int] | None:
    """The tour with the first few stops elsewhere that makes it shorter; None where none does."""
    length = _length(every, tour)
    for count in range(1, CARRIED + 1):
        for first in range(1, len(tour) - count + 1):
            some, rest = tour[first : first + count], tour[:first] + tour[first + count :]
            for at in range(1, len(rest) + 1):
                changed = [*rest[:at], *some, *rest[at:]]
                if _length(every, changed) < length - LEAST:
                    return changed
    return None
