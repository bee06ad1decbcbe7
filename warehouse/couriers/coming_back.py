"""How soon couriers who are away come back: at rates of their own in each half hour, on each level of the day, and by
whether orders wait.

Trips take no memoryless time: couriers who have just left come back later than a chain would have it, and after a rush
sooner; and who is away while orders wait took more along than others. So trips are followed by when they began and how
many orders they took, minute by minute, beside what the chain says of them: how many begin, and how often orders begin
and cease to wait. The rate is how many of those who are away come back, over how many are away (as for a queue with a
server for each: Eick, Massey and Whitt, The physics of the Mt/G/infinity queue, 1993). The chain takes the rates, and
the rates what the chain says: each comes from the other by turns."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warehouse.couriers.orders import PARTS
from warehouse.couriers.terms import HALF_HOUR
from warehouse.couriers.through_the_day import Staffing, entering, played_out
from warehouse.couriers.trips import LONGEST, Trips
from warehouse.couriers.waiting import BUSY, Chain

Floats = NDArray[np.float64]
TURNS: Final = 3
PART: Final = HALF_HOUR // PARTS  # minutes
NOBODY: Final = 1e-9


@dataclass(frozen=True, eq=False)
class _Flows:
    """What the chain says, by half hour, part, day level and how busy it is (`Chain.busy`): trips that `begin`
    (x batch), couriers `away`, and those who are away as it becomes `busier` by a class or `calmer`."""

    begin: Floats
    away: Floats
    busier: Floats
    calmer: Floats


def with_their_pace(chain: Chain, staffing: Staffing, turns: int = TURNS) -> Chain:
    """The chain in which couriers come back as those of a staffing do."""
    for _ in range(turns):
        chain = chain.with_rates(_rates(chain, _flows(chain, staffing)))
    return chain


def _flows(chain: Chain, staffing: Staffing) -> _Flows:
    setting = chain.setting
    shape = (setting.half_hours, PARTS, len(setting.ready.day), BUSY)
    flows = _Flows(np.zeros((*shape, setting.batch)), np.zeros(shape), np.zeros(shape), np.zeros(shape))
    ends: dict[int, tuple[float, Floats]] = {}
    for half_hour in range(setting.half_hours):
        there = staffing.there(half_hour)
        numbers = np.array([number for number, _ in there])
        enter = np.stack([entering(chain, ends, int(number), setting.ready.day) for number in numbers])
        occupied, end = played_out(chain, half_hour, numbers, enter)
        for (number, chance), spent in zip(there, occupied, strict=True):
            flows.begin[half_hour, 0, :, 0] += chance * _taken_by_who_comes(chain, ends, number)
            _add(chain, flows, half_hour, number, chance * spent)
        ends = {number: (chance, end[row]) for row, (number, chance) in enumerate(there)}
    return flows


def _taken_by_who_comes(chain: Chain, ends: dict[int, tuple[float, Floats]], number: int) -> Floats:
    """Trips that begin as more couriers come to waiting orders (day levels x batch)."""
    batch = chain.setting.batch
    begun = np.zeros((len(chain.setting.ready.day), batch))
    for of, (chance, end) in ends.items():
        for courier in range(number - of):
            taken = np.clip(chain.orders - of - batch * courier, 0, batch)
            for size in range(1, batch + 1):
                begun[:, size - 1] += chance * end[:, taken == size].sum(axis=1)
    return begun


def _add(chain: Chain, flows: _Flows, half_hour: int, number: int, spent: Floats) -> None:
    """Adds what happens with so many couriers, by the minutes spent in each state (parts x levels x own levels x
    states)."""
    batch, waiting, rate = chain.setting.batch, chain.orders - number, chain.setting.ready.rate[half_hour]
    busy, away = chain.busy(waiting), np.minimum(chain.orders, number)
    comes = np.einsum("udks,udk->uds", spent, rate)
    spent = spent.sum(axis=2)
    goes = spent * number * chain.setting.evenness * chain.last_phase * chain.rates[half_hour][:, busy]
    flows.begin[half_hour, :, :, 0, 0] += comes[..., waiting < 0].sum(axis=-1)
    for here in range(BUSY):
        flows.away[half_hour, :, :, here] += spent[..., busy == here] @ away[busy == here] / PART
        at_its_end = (busy == here) & (chain.busy(waiting + 1) > here) & (waiting >= 0)
        flows.busier[half_hour, :, :, here] += number * comes[..., at_its_end].sum(axis=-1)
        if here:
            at_its_end = (busy == here) & (chain.busy(waiting - batch) < here)
            flows.calmer[half_hour, :, :, here] += number * goes[..., at_its_end].sum(axis=-1)
            for size in range(1, batch + 1):
                took = (busy == here) & (np.minimum(waiting, batch) == size)
                flows.begin[half_hour, :, :, here, size - 1] += goes[..., took].sum(axis=-1)


def _rates(chain: Chain, flows: _Flows) -> Floats:
    """At which couriers come back, a minute (half hours x day levels x busy); as before where nobody is away."""
    half_hours, _, levels, _, batch = flows.begin.shape
    found = chain.rates.copy()
    on_trips = np.zeros((levels, BUSY, batch, LONGEST))  # by the minutes since they began
    for half_hour in range(half_hours):
        lasts = _lasting(chain.setting.trips[half_hour])
        away, back = np.zeros((levels, BUSY)), np.zeros((levels, BUSY))
        for part in range(PARTS):
            here = half_hour, part
            begin = flows.begin[here][..., None] / PART
            busier, calmer = (_leave(flow[here], flows.away[here]) for flow in (flows.busier, flows.calmer))
            for _ in range(PART):
                still = on_trips * lasts
                before, after = on_trips.sum(axis=(2, 3)), still.sum(axis=(2, 3))
                away, back = away + (before + after) / 2, back + before - after
                on_trips = np.concatenate([begin, still[..., :-1]], axis=-1)
                up, down = on_trips * busier, on_trips * calmer
                on_trips = on_trips - up - down
                on_trips[:, 1:] += up[:, :-1]
                on_trips[:, :-1] += down[:, 1:]
            there = on_trips.sum(axis=(2, 3))
            on_trips *= np.where(there > NOBODY, flows.away[here] / np.maximum(there, NOBODY), 0.0)[..., None, None]
        found[half_hour] = np.where(away > NOBODY, back / np.maximum(away, NOBODY), found[half_hour])
    return found


def _leave(flow: Floats, away: Floats) -> Floats:
    """The share of those who are away (day levels x busy) whom it moves on in a minute."""
    return (1 - np.exp(-flow / np.maximum(away, NOBODY) / PART))[..., None, None]


@lru_cache(maxsize=8)
def _lasting(trips: Trips) -> Floats:
    """Of trips that began so many minutes ago (batch x minutes) the share that goes on for another minute."""
    ends = np.arange(LONGEST + 2)
    still = np.stack([1 - np.searchsorted(np.sort(drawn), ends) / len(drawn) for drawn in trips.drawn])
    still = (still[:, 1:] + still[:, :-1]) / 2  # they begin at some time of a minute
    return np.divide(still[:, 1:], still[:, :-1], out=np.zeros_like(still[:, 1:]), where=still[:, :-1] > 0)
