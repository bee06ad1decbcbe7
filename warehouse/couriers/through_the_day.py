"""What a staffing lets come too late, half hour by half hour, and what one more or fewer would change in any of them.

The chain is followed once back, for what each state still costs until the day's end, and once forth; so the effect of
another number of couriers in one half hour, what it leaves behind for later ones included, needs no run of its own.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from warehouse.couriers.orders import PARTS
from warehouse.couriers.terms import HALF_HOUR
from warehouse.couriers.waiting import Chain

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Staffing:
    """Couriers by half hour: `employed`, of whom some are `rested` (back from a rest) and each of these not back before
    its end with the chance `late_back`; and of the crowd as many as are `asked` for, each of whom turns up with the
    chance `reliability`."""

    employed: Ints
    asked: Ints
    reliability: float = 1.0
    rested: Ints | None = None
    late_back: float = 0.0

    def there(self, half_hour: int) -> list[tuple[int, float]]:
        """Numbers of couriers who may be there, with their chances."""
        rested = 0 if self.rested is None else int(self.rested[half_hour])
        asked, fewest = int(self.asked[half_hour]), int(self.employed[half_hour]) - rested
        back = binom.pmf(np.arange(rested + 1), rested, 1 - self.late_back)
        chance = np.convolve(back, binom.pmf(np.arange(asked + 1), asked, self.reliability))
        return [(fewest + int(come), float(chance[come])) for come in np.flatnonzero(chance > 1e-6)]

    @property
    def expected(self) -> Floats:
        """Couriers expected to be there."""
        late = 0.0 if self.rested is None else self.rested * self.late_back
        return np.asarray(self.employed - late + self.asked * self.reliability)


@dataclass(frozen=True, eq=False)
class Lateness:
    """Orders expected to be late, of those ready in each half hour (`own`), beside all that become ready (`ready`)."""

    own: Floats
    ready: Floats

    @property
    def share(self) -> float:
        """The share of the day's orders within the promise."""
        return min(max(1 - float(self.own.sum()) / max(float(self.ready.sum()), 1e-9), 0.0), 1.0)

    @property
    def shares(self) -> Floats:
        """The share by half hour; 1 where nobody orders."""
        return np.clip(1 - self.own / np.maximum(self.ready, 1e-9), 0.0, 1.0)


@dataclass(frozen=True, eq=False)
class OneChanged:
    """Late orders where one half hour alone has another number of couriers, by half hour: `numbers`, and late orders
    of the whole day (beside the staffing's own) and of the half hour itself with each of them."""

    numbers: list[Ints]
    day: list[Floats]
    own: list[Floats]


def lateness(chain: Chain, staffing: Staffing) -> Lateness:
    """What a staffing lets come too late."""
    return _forth(chain, staffing, None, 0)[0]


def one_changed(chain: Chain, staffing: Staffing, around: int) -> tuple[Lateness, OneChanged]:
    """What a staffing lets come too late, and what up to `around` more or fewer would."""
    return _forth(chain, staffing, _back(chain, staffing), around)


def _after(staffing: Staffing, half_hour: int, numbers: Ints, half_hours: int) -> Floats:
    """Couriers of the half hours that follow each of the numbers; those of the last half hour stay for ever."""
    expected, last = staffing.expected, len(staffing.expected) - 1
    if half_hour == last:
        return np.tile(numbers[:, None].astype(float), (1, half_hours))
    following = expected[np.minimum(half_hour + 1 + np.arange(half_hours), last)]
    return np.tile(following, (len(numbers), 1))


def ahead(chain: Chain) -> int:
    """Half hours that an order can still wait in."""
    return chain.setting.within // HALF_HOUR + 2


def _back(chain: Chain, staffing: Staffing) -> list[dict[int, Floats]]:
    """Late orders still expected from the beginning of each half hour (day levels x states), by the number of couriers
    who are there; of none before the first order, when nobody is away, nor after the last."""
    setting = chain.setting
    rate, weights = setting.ready.rate, setting.ready.own
    values: list[dict[int, Floats]] = [{} for _ in range(setting.half_hours + 1)]
    ordered = np.flatnonzero(rate.any(axis=(1, 2, 3))).tolist() or [0]
    for half_hour in reversed(range(ordered[0], ordered[-1] + 1)):
        numbers = np.array([number for number, _ in staffing.there(half_hour)])
        late = chain.late(half_hour, numbers, _after(staffing, half_hour, numbers, ahead(chain)))
        value = np.stack([_expected_after(chain, staffing, half_hour, number, values) for number in numbers])
        value = np.repeat(value[:, :, None, :], rate.shape[3], axis=2)
        shape = value.shape
        for part in reversed(range(PARTS)):
            steps, count = chain.steps(half_hour, part, numbers)
            length = HALF_HOUR / PARTS / count
            cost = (rate[half_hour, part][None, :, :, None] * late[:, part][:, :, None, :] * length).ravel()
            for _ in range(count):
                value = (steps @ value.ravel() + cost).reshape(shape)
        mixed = (value * weights[half_hour][None, None, :, None]).sum(axis=2)
        values[half_hour] = dict(zip(numbers.tolist(), mixed, strict=True))
    return values


def _expected_after(
    chain: Chain, staffing: Staffing, half_hour: int, number: int, values: list[dict[int, Floats]]
) -> Floats:
    """What the states at the end of a half hour with that number of couriers still cost."""
    setting = chain.setting
    after = np.zeros((setting.ready.rate.shape[2], setting.states))
    if not values[half_hour + 1]:
        return after
    for then, chance in staffing.there(half_hour + 1):
        after += chance * values[half_hour + 1][then][:, chain.move(number, then)]
    return after


def _forth(
    chain: Chain, staffing: Staffing, values: list[dict[int, Floats]] | None, around: int
) -> tuple[Lateness, OneChanged]:
    setting = chain.setting
    ready = setting.ready
    own, numbers_changed, day_changed, own_changed = [], [], [], []
    ends: dict[int, tuple[float, Floats]] = {}
    occupied_before: Floats | None = None
    before_numbers: list[tuple[int, float]] = []
    for half_hour in range(setting.half_hours):
        there = staffing.there(half_hour)
        numbers = np.array([number for number, _ in there])
        if values is not None:
            numbers = np.arange(max(int(numbers.min()) - around, 0), int(numbers.max()) + around + 1)
        enter = np.stack([entering(chain, ends, int(number), ready.day) for number in numbers])
        occupied, end = played_out(chain, half_hour, numbers, enter)
        late = chain.late(half_hour, numbers, _after(staffing, half_hour, numbers, ahead(chain)))
        rate = ready.rate[half_hour]
        lost = np.einsum("nudks,udk,nuds->n", occupied, rate, late)
        at = {int(number): row for row, number in enumerate(numbers)}
        own.append(sum(chance * lost[at[number]] for number, chance in there))
        if values is not None:
            later = [
                float((end[row] * _expected_after(chain, staffing, half_hour, int(number), values)).sum())
                for row, number in enumerate(numbers)
            ]
            waiting_on = np.zeros(len(numbers))
            if occupied_before is not None:
                waiting_on = _late_before(chain, staffing, half_hour, numbers, before_numbers, occupied_before)
            day = lost + later + waiting_on
            numbers_changed.append(numbers)
            day_changed.append(day - sum(chance * day[at[number]] for number, chance in there))
            own_changed.append(lost)
        ends = {number: (chance, end[at[number]]) for number, chance in there}
        occupied_before = occupied[[at[number] for number, _ in there]]
        before_numbers = there
    return Lateness(np.array(own), ready.expected), OneChanged(numbers_changed, day_changed, own_changed)


def entering(chain: Chain, ends: dict[int, tuple[float, Floats]], number: int, day: Floats) -> Floats:
    """The chances of states with that number of couriers as a half hour begins (day levels x states)."""
    setting = chain.setting
    enter = np.zeros((len(day), setting.states))
    if not ends:
        enter[:, 0] = day
        return enter
    for of, (chance, end) in ends.items():
        for level in range(len(day)):
            enter[level] += chance * np.bincount(chain.move(of, number), end[level], setting.states)
    return enter


def played_out(chain: Chain, half_hour: int, numbers: Ints, enter: Floats) -> tuple[Floats, Floats]:
    """Minutes spent in each state by part (numbers x parts x day levels x own levels x states), and the chances of
    states at the end (numbers x day levels x states)."""
    ready = chain.setting.ready
    chance = enter[:, :, None, :] * ready.own[half_hour][None, None, :, None]
    if not (ready.rate[half_hour].any() or enter[..., 1:].any()):  # nobody is away, and nothing comes
        return np.repeat(chance[:, None] * (HALF_HOUR / PARTS), PARTS, axis=1), enter
    shape, flat, occupied = chance.shape, chance.ravel(), []
    for part in range(PARTS):
        steps, count = chain.steps(half_hour, part, numbers)
        forth = steps.T
        spent = np.zeros_like(flat)
        for _ in range(count):
            spent += flat
            flat = forth @ flat
        occupied.append((spent * (HALF_HOUR / PARTS / count)).reshape(shape))
    return np.stack(occupied, axis=1), flat.reshape(shape).sum(axis=2)


def _late_before(
    chain: Chain,
    staffing: Staffing,
    half_hour: int,
    numbers: Ints,
    before: list[tuple[int, float]],
    occupied: Floats,
) -> Floats:
    """Late orders of the half hour before, by the number of couriers in this one."""
    total = np.zeros(len(numbers))
    rate = chain.setting.ready.rate[half_hour - 1]
    after = np.column_stack([numbers, _after(staffing, half_hour, numbers, ahead(chain) - 1)])
    for (number, chance), spent in zip(before, occupied, strict=True):
        late = chain.late(half_hour - 1, np.full(len(numbers), number), after)
        total += chance * np.einsum("udks,udk,nuds->n", spent, rate, late)
    return total
