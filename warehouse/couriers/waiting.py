"""How many orders come too late with so many couriers: a queue with several servers who take orders in batches, whose
load and number of servers change by the half hour, followed through the day as a Markov chain.

A state is how many couriers are away and, where all are, how many orders wait. While an order waits, couriers come
back as a Poisson process, so its chance to be too late is exact for exponential trips, whatever the number of couriers
does meanwhile. Green, Kolesar, Whitt: Coping with time-varying demand when setting staffing requirements, 2007.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import pdtr

from warehouse.couriers.orders import ReadyRates
from warehouse.couriers.terms import HALF_HOUR
from warehouse.couriers.trips import Trips

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
PARTS: Final = 3  # of a half hour, in each of which being late is looked at once
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

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self._rates = np.stack([1 / trips.minutes for trips in setting.trips])  # half hours x batch
        self._to_door = np.stack([trips.to_door[:, : setting.within + 1] for trips in setting.trips])
        self._moves: dict[tuple[int, int], Ints] = {}

    def steps(self, half_hour: int, couriers: Ints) -> tuple[sparse.csr_array, int]:
        """One step's transitions of all levels with each number of couriers (blocks in the order couriers, day level,
        own level, state), and the steps of a part of the half hour."""
        rate = self.setting.ready.rate[half_hour]
        states, batch, phases = self.setting.states, self.setting.batch, self.setting.evenness
        fastest = float(rate.max()) + phases * float(couriers.max()) * float(self._rates[half_hour].max())
        count = max(2, int(np.ceil(HALF_HOUR / PARTS * fastest / MOST_A_STEP)))
        length = HALF_HOUR / PARTS / count
        state = np.arange(states)
        orders, phase = state // phases, state % phases
        waiting = np.maximum(orders - couriers[:, None], 0)
        all_away = orders >= couriers[:, None]
        together = np.clip(waiting, 1, batch) - 1
        down = np.where(all_away, phases * couriers[:, None], orders) * self._rates[half_hour][together] * length
        served = (
            np.where(waiting > 0, np.maximum(orders - batch, couriers[:, None]), np.maximum(orders - 1, 0)) * phases
        )
        back = np.where(all_away & (phase < phases - 1), state + 1, served)
        fits = state < states - phases
        up = np.where(fits, 1.0, 0.0) * rate[..., None] * length
        shape = (len(couriers), *rate.shape, states)
        block = np.arange(np.prod(shape[:-1])).reshape(shape[:-1])[..., None] * states
        here = np.broadcast_to(block + state, shape)
        ups, downs = np.broadcast_to(up[None], shape), np.broadcast_to(down[:, None, None, :], shape)
        ahead = block + np.where(fits, state + phases, state)
        chance = np.stack([1 - ups - downs, ups, downs], axis=-1)
        to = np.stack([here, ahead, block + back[:, None, None, :]], axis=-1)
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
        (len(own) x parts x states), with so many couriers in it (`own`) and in the half hours that follow (`after`,
        len(own) x half hours). 0 where none becomes ready."""
        setting, batch = self.setting, self.setting.batch
        if not setting.ready.rate[half_hour].any():
            return np.zeros((len(own), PARTS, setting.states))
        back, fresh = self._coming_back(half_hour, own, after)  # own x parts x batch x minutes, own x parts x minutes
        phases = setting.evenness
        state, phase = np.divmod(np.arange(setting.states), phases)
        waiting = state - own[:, None]
        before = (np.maximum(waiting, 0) // batch + 1) * phases - 1 - phase  # phases that end earlier
        most = int(before.max()) + 1
        table = _poisson(most)
        cell = np.minimum((back * phases / GRID).round().astype(np.int64), len(table) - 1)
        batches = np.arange(most)
        left = batches - phases * fresh[:, :, None, :, None]
        waits = np.where(left >= 0, table[cell[..., None], np.maximum(left, 0)], 0.0)
        to_door = self._to_door[half_hour][:, ::-1]  # by the minutes that may be waited: within .. 0
        never = 1 - to_door.sum(axis=1)
        at_most = np.einsum("nukwb,jw->nujkb", waits, to_door)  # late by waiting; j: together with, k: rate's batch
        together = np.clip(waiting + 1, 1, batch) - 1
        pace = np.clip(waiting, 1, batch) - 1
        one, part = np.ogrid[: len(own), :PARTS]
        chance = (
            at_most[one[..., None], part[..., None], together[:, None, :], pace[:, None, :], before[:, None, :]]
            + never[together][:, None, :]
        )
        return np.asarray(np.where(waiting[:, None, :] < 0, never[0], chance))

    def _coming_back(self, half_hour: int, own: Ints, after: Floats) -> tuple[Floats, Ints]:
        """Couriers who come back, expected, between the middle of each part and 0 .. `within` minutes later, at the
        pace of each batch; and those who begin meanwhile."""
        within, last = self.setting.within, self.setting.half_hours - 1
        couriers = np.concatenate([own[:, None], after], axis=1)
        hour = np.minimum(half_hour + np.arange(couriers.shape[1]), last)
        a_minute = couriers[:, :, None] * self._rates[hour]
        summed = np.cumsum(np.repeat(a_minute, HALF_HOUR, axis=1), axis=1)
        summed = np.concatenate([np.zeros_like(summed[:, :1]), summed], axis=1)
        middle = ((np.arange(PARTS) + 0.5) * HALF_HOUR / PARTS).astype(np.int64)
        ends = np.minimum(middle[:, None] + np.arange(within + 1), summed.shape[1] - 1)
        back = summed[:, ends] - summed[:, middle][:, :, None]
        more = np.cumsum(np.maximum(np.diff(couriers, axis=1), 0), axis=1)
        more = np.rint(np.concatenate([np.zeros((len(own), 1)), more], axis=1)).astype(np.int64)
        fresh = more[:, np.minimum(ends // HALF_HOUR, more.shape[1] - 1)]
        return back.transpose(0, 1, 3, 2), fresh


@cache
def _poisson(most: int) -> Floats:
    """The chance of at most 0 .. most - 1 events, by the expected number on a grid."""
    expected = np.arange(0.0, LONGEST_GRID, GRID)
    return np.asarray(pdtr(np.arange(most)[None, :], expected[:, None]))
