"""How many orders come too late with so many couriers: a queue with several servers who take orders in batches, whose
load and number of servers change by the half hour, followed through the day as a Markov chain.

A state is how many couriers are away and, where all are, how many orders wait. Couriers come back at rates that
`coming_back.py` finds. While an order waits they do as a Poisson process, so its chance to be too late needs no steady
state, whatever the number of couriers does meanwhile; orders that come after it join its batch. Green, Kolesar, Whitt:
Coping with time-varying demand when setting staffing requirements, 2007.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import pdtr

from warehouse.couriers.orders import PARTS, ReadyRates
from warehouse.couriers.terms import HALF_HOUR
from warehouse.couriers.trips import Trips

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
BUSY: Final = 2  # classes: no order waits, some do
MOST_A_STEP: Final = 0.5  # expected changes of the state in a step
GRID: Final = 0.05  # of the table of Poisson distributions
LONGEST_GRID: Final = 150.0


@dataclass(frozen=True)
class Setting:
    """What couriers meet in a day: orders becoming ready, trips by half hour, the minutes between being ready (on
    average) and being late, and the most couriers that are looked at."""

    ready: ReadyRates
    trips: Sequence[Trips]
    within: int
    most: int
    evenness: int = 1

    @property
    def half_hours(self) -> int:
        return len(self.trips)

    @property
    def batch(self) -> int:
        return len(self.trips[0].minutes)

    @property
    def states(self) -> int:
        """Couriers away and orders waiting: beyond these, orders are late anyway."""
        busiest = float(self.ready.rate.max()) * HALF_HOUR
        return (self.most + int(busiest) + 20) * self.evenness


class Chain:
    """The transitions of a setting."""

    def __init__(self, setting: Setting, rates: Floats | None = None) -> None:
        """`rates`: at which one who is away comes back, a minute (half hours x day levels x busy); left
        out: as if all went alone, and were away for a memoryless time."""
        self.setting = setting
        alone = np.array([1 / trips.minutes[0] for trips in setting.trips])
        self.rates = np.tile(alone[:, None, None], (1, len(setting.ready.day), BUSY)) if rates is None else rates
        self.orders, phase = np.divmod(np.arange(setting.states), setting.evenness)
        self.last_phase = phase == setting.evenness - 1
        self._moves: dict[tuple[int, int], Ints] = {}

    def busy(self, waiting: Ints) -> Ints:
        """The class of states in which so many orders wait: by how many trips take them, up to the last class."""
        return np.clip(-(-waiting // self.setting.batch), 0, BUSY - 1)

    def with_rates(self, rates: Floats) -> "Chain":
        """The same chain in which couriers come back at other rates."""
        return Chain(self.setting, rates)

    @cached_property
    def _too_late(self) -> Sequence[Floats]:
        """`too_late` of each half hour."""
        setting = self.setting
        a_minute = (setting.ready.expected / HALF_HOUR).tolist()
        return [too_late(trips, rate, setting.within) for trips, rate in zip(setting.trips, a_minute, strict=True)]

    def steps(self, half_hour: int, part: int, couriers: Ints) -> tuple[sparse.csr_array, int]:
        """One step's transitions in a part of a half hour, of all levels with each number of couriers (blocks in the
        order couriers, day level, own level, state), and how many steps the part has."""
        rate = self.setting.ready.rate[half_hour, part]
        states, batch, phases = self.setting.states, self.setting.batch, self.setting.evenness
        back = self.rates[half_hour]
        fastest = float(rate.max()) + phases * float(couriers.max()) * float(back.max())
        count = max(2, int(np.ceil(HALF_HOUR / PARTS * fastest / MOST_A_STEP)))
        length = HALF_HOUR / PARTS / count
        state = np.arange(states)
        orders, phase = state // phases, state % phases
        waiting = np.maximum(orders - couriers[:, None], 0)
        all_away = orders >= couriers[:, None]
        pace = back[:, self.busy(waiting)].transpose(1, 0, 2)
        down = np.where(all_away, phases * couriers[:, None], orders)[:, None, :] * pace * length
        served = (
            np.where(waiting > 0, np.maximum(orders - batch, couriers[:, None]), np.maximum(orders - 1, 0)) * phases
        )
        fewer = np.where(all_away & (phase < phases - 1), state + 1, served)
        fits = state < states - phases
        up = np.where(fits, 1.0, 0.0) * rate[..., None] * length
        shape = (len(couriers), *rate.shape, states)
        block = np.arange(np.prod(shape[:-1])).reshape(shape[:-1])[..., None] * states
        here = np.broadcast_to(block + state, shape)
        ups, downs = np.broadcast_to(up[None], shape), np.broadcast_to(down[:, :, None, :], shape)
        ahead = block + np.where(fits, state + phases, state)
        chance = np.stack([1 - ups - downs, ups, downs], axis=-1)
        to = np.stack([here, ahead, block + fewer[:, None, None, :]], axis=-1)
        begins = np.arange(0, to.size + 1, to.shape[-1])
        return sparse.csr_array((chance.ravel(), to.ravel(), begins), shape=(here.size, here.size)), count

    def move(self, of: int, to: int) -> Ints:
        """The state after the number of couriers has changed, by the state before. Those who come take what waits;
        of those who leave as many are away as of all, and their orders are on the way."""
        if (of, to) not in self._moves:
            phases, batch = self.setting.evenness, self.setting.batch
            state = np.arange(self.setting.states) // phases
            phase = np.arange(self.setting.states) % phases
            away, waiting = np.minimum(state, of), np.maximum(state - of, 0)
            if to >= of:
                away = away + np.minimum(to - of, -(-waiting // batch))
                waiting = np.maximum(waiting - batch * (to - of), 0)
            else:
                away = np.rint(away * (to / of)).astype(np.int64)
            after = np.where(waiting > 0, to + waiting, away)
            after = np.minimum(after, self.setting.states // phases - 1)
            self._moves[of, to] = after * phases + np.where(after >= to, phase, 0)
        return self._moves[of, to]

    def late(self, half_hour: int, own: Ints, after: Floats) -> Floats:
        """The chance to be late of an order that becomes ready in each part of the half hour and finds a state
        (len(own) x parts x day levels x states), with so many couriers in it (`own`) and in the half hours that follow
        (`after`, len(own) x half hours). 0 where none becomes ready."""
        setting, batch = self.setting, self.setting.batch
        if not setting.ready.rate[half_hour].any():
            return np.zeros((len(own), PARTS, len(setting.ready.day), setting.states))
        back, fresh = self._coming_back(half_hour, own, after)
        phases = setting.evenness
        state, phase = np.divmod(np.arange(setting.states), phases)
        waiting = state - own[:, None]
        before = (np.maximum(waiting, 0) // batch + 1) * phases - 1 - phase  # phases that end earlier
        most = int(before.max()) + 1
        table = _poisson(most)
        cell = np.minimum((back * phases / GRID).round().astype(np.int64), len(table) - 1)
        left = np.arange(most) - phases * fresh[:, :, None, None, :, None]
        waits = np.where(left >= 0, table[cell[..., None], np.maximum(left, 0)], 0.0)
        late = self._too_late[half_hour]
        by_wait = np.einsum("nudcwb,jw->nudcjb", waits, np.diff(late, axis=1))
        ahead = np.maximum(waiting, 0) % batch
        one, part, level, _ = np.ogrid[: len(own), :PARTS, : back.shape[2], :1]
        some = self.busy(waiting)
        found = by_wait[one, part, level, *(of[:, None, None, :] for of in (some, ahead, before))]
        found = found + late[ahead, 0][:, None, None, :]
        return np.asarray(np.where(waiting[:, None, None, :] < 0, late[0, 0], found))

    def _coming_back(self, half_hour: int, own: Ints, after: Floats) -> tuple[Floats, Ints]:
        """Couriers who come back, expected, between the middle of each part and 0 .. `within` minutes later (len(own) x
        parts x day levels x busy x minutes); and those who begin meanwhile (len(own) x parts x
        minutes)."""
        within, last = self.setting.within, self.setting.half_hours - 1
        couriers = np.concatenate([own[:, None], after], axis=1)
        hour = np.minimum(half_hour + np.arange(couriers.shape[1]), last)
        a_minute = couriers[:, :, None, None] * self.rates[hour]
        summed = np.cumsum(np.repeat(a_minute, HALF_HOUR, axis=1), axis=1)
        summed = np.concatenate([np.zeros_like(summed[:, :1]), summed], axis=1)
        middle = ((np.arange(PARTS) + 0.5) * HALF_HOUR / PARTS).astype(np.int64)
        ends = np.minimum(middle[:, None] + np.arange(within + 1), summed.shape[1] - 1)
        back = summed[:, ends] - summed[:, middle][:, :, None]
        more = np.cumsum(np.maximum(np.diff(couriers, axis=1), 0), axis=1)
        more = np.rint(np.concatenate([np.zeros((len(own), 1)), more], axis=1)).astype(np.int64)
        fresh = more[:, np.minimum(ends // HALF_HOUR, more.shape[1] - 1)]
        return back.transpose(0, 1, 3, 4, 2), fresh


def too_late(trips: Trips, rate: float, within: int) -> Floats:
    """The chance to be late (orders ahead in its batch x minutes waited, 0 .. within + 1) of an order that then leaves
    with those ahead, and with as many as have come after it at a `rate` a minute, up to a batch."""
    batch, waited = len(trips.minutes), np.arange(within + 2)
    beyond = 1 - trips.to_door.cumsum(axis=1)[:, : within + 1]
    late = np.concatenate([beyond[:, ::-1], np.ones((batch, 1))], axis=1)  # by how many others leave with it
    none, all_of_them = np.zeros((1, within + 2)), np.ones((1, within + 2))
    found = np.empty_like(late)
    for ahead in range(batch):
        fewer = pdtr(np.arange(batch - 1 - ahead)[:, None], rate * waited)
        found[ahead] = (np.diff(np.concatenate([none, fewer, all_of_them]), axis=0) * late[ahead:]).sum(axis=0)
    return found


@cache
def _poisson(most: int) -> Floats:
    """The chance of at most 0 .. most - 1 events, by the expected number on a grid."""
    expected = np.arange(0.0, LONGEST_GRID, GRID)
    return np.asarray(pdtr(np.arange(most)[None, :], expected[:, None]))
