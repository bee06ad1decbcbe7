"""In which scenarios a supplier's delivery fails.

Failures run on: whoever brought nothing is likelier to bring nothing the next time than whoever came. So deliveries of
a supplier are a chain of two states, and the chance of each is what the one before it was in the same scenario (E. N.
Gilbert, Capacity of a burst-noise channel, 1960).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

RUN_FOLLOWED = 4  # deliveries that fail one after the other; a longer run is rarer than one scenario
NEVER_AGAIN = 0.01  # where nearly all fail after one that did, as if one of a hundred came


@dataclass(frozen=True)
class Failing:
    """How a delivery of a supplier fails: the `chance` that it does, and that one does after a delivery that came
    (`begins`) and after one that failed (`goes_on`)."""

    supplier_id: str
    chance: float
    begins: float
    goes_on: float

    def after(self, failed: Flags) -> Floats:
        """By scenario the chance of a failure, where the delivery before it `failed` or came."""
        return np.where(failed, self.goes_on, self.begins)

    def runs(self) -> list[float]:
        """The chances that at least one, two and more deliveries after one that comes fail."""
        return [self.begins * self.goes_on**more for more in range(RUN_FOLLOWED)]

    @property
    def beyond_followed(self) -> float:
        """How many more deliveries after one that comes fail than are followed, on average."""
        return self.begins * self.goes_on**RUN_FOLLOWED / max(1 - self.goes_on, NEVER_AGAIN)


def failing_in(chances: Floats | float, number: Ints) -> Flags:
    """In which scenarios a delivery fails, of such `chances` each (or one for all): of those with the same chance the
    ones with the lowest number, as many in all as are expected."""
    if not isinstance(chances, np.ndarray):
        return number < round(chances * len(number))
    fails = np.zeros(len(chances), bool)
    expected, chosen = 0.0, 0
    for chance in np.unique(chances):
        alike = np.flatnonzero(chances == chance)
        expected += chance * len(alike)
        more = min(round(expected) - chosen, len(alike))
        fails[alike[np.argsort(number[alike])[:more]]] = True
        chosen += more
    return fails


def worst_first(fails: Flags | None, number: Ints) -> Ints:
    """The place of each scenario if those where a delivery `fails` come first, all in the order of a number."""
    if fails is None or (number[fails] < np.count_nonzero(fails)).all():  # the lowest numbers as it is
        return number
    place: Ints = np.lexsort((number, ~fails)).argsort()
    return place


def spread(lots: Floats, place: Ints) -> Floats:
    """By scenario one of the lots (ascending, each as often), in the order of its place."""
    share: Floats = lots[((place + 0.5) / len(place) * len(lots)).astype(int)]
    return share
