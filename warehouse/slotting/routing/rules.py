"""Routing rules, each as what a picker may do in an aisle and from one aisle to the next.

    s-shape      every aisle with a stop is walked through; where their number is odd the last one is turned in
    largest-gap  the first and last aisle are walked through, every other is entered from both ends as far as its
                 largest gap
    combined     every aisle is walked through or turned in, from left to right, whichever makes the whole shortest
    shortest     no tour is shorter

The first three as in Roodbergen and De Koster (2001) for one block of aisles, largest gap after Hall (1993); the last
is Ratliff and Rosenthal's algorithm (1983). All four go through the aisles from the left and remember of the tour so
far only its state, so one walk (`walking.py`) serves them all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from types import MappingProxyType


class Routing(StrEnum):
    """The rule that pickers are led by."""

    S_SHAPE = "s-shape"
    LARGEST_GAP = "largest-gap"
    COMBINED = "combined"
    SHORTEST = "shortest"


class Inside(Enum):
    """How an aisle is walked."""

    THROUGH = auto()
    THROUGH_AND_BACK = auto()
    FROM_FRONT = auto()  # to the farthest stop and back
    FROM_BACK = auto()
    FROM_BOTH = auto()  # all but the largest gap


@dataclass(frozen=True)
class Rule:
    """What may become of a tour's state.

    inside  in an aisle with a stop: from which state to which, and how it is walked then
    start   at the start, which lies at the front: it is where the tour begins and ends
    along   on the way to the next aisle: from which state to which, and how many times that way is walked
    """

    inside: tuple[tuple[str, str, Inside], ...]
    start: Mapping[str, str]
    along: tuple[tuple[str, str, int], ...]
    ends: tuple[str, ...]

    @property
    def states(self) -> tuple[str, ...]:
        """All of them, that of a tour that has not begun first."""
        named = {state: None for one in self.inside for state in one[:2]}
        return tuple({NOTHING: None} | named | {DONE: None} | dict.fromkeys(self.start.values()))


NOTHING, DONE = "nothing yet", "done"
FRONT, BACK = "at the front", "at the back"  # where the picker is after an aisle
TURNED = "turned in the last aisle"

S_SHAPE = Rule(
    inside=(
        (NOTHING, BACK, Inside.THROUGH),
        (NOTHING, TURNED, Inside.FROM_FRONT),
        (FRONT, BACK, Inside.THROUGH),
        (FRONT, TURNED, Inside.FROM_FRONT),
        (BACK, FRONT, Inside.THROUGH),
    ),
    start=MappingProxyType({NOTHING: FRONT, FRONT: FRONT, BACK: BACK, TURNED: TURNED}),
    along=(
        (FRONT, FRONT, 2),
        (BACK, BACK, 2),
        (TURNED, TURNED, 2),
        (FRONT, DONE, 0),
        (TURNED, DONE, 0),
        (NOTHING, NOTHING, 0),
        (DONE, DONE, 0),
    ),
    ends=(NOTHING, FRONT, TURNED, DONE),
)
LARGEST_GAP = Rule(
    inside=(
        (NOTHING, BACK, Inside.THROUGH),
        (NOTHING, TURNED, Inside.FROM_FRONT),
        (FRONT, BACK, Inside.THROUGH),
        (FRONT, TURNED, Inside.FROM_FRONT),
        (BACK, BACK, Inside.FROM_BOTH),
        (BACK, TURNED, Inside.THROUGH),
    ),
    start=MappingProxyType({NOTHING: FRONT, BACK: BACK, TURNED: TURNED}),
    along=(
        (FRONT, FRONT, 2),
        (BACK, BACK, 2),
        (TURNED, TURNED, 2),
        (TURNED, DONE, 0),
        (NOTHING, NOTHING, 0),
        (DONE, DONE, 0),
    ),
    ends=(NOTHING, TURNED, DONE),
)
COMBINED = Rule(
    inside=(
        (NOTHING, FRONT, Inside.FROM_FRONT),
        (NOTHING, BACK, Inside.THROUGH),
        (FRONT, FRONT, Inside.FROM_FRONT),
        (FRONT, BACK, Inside.THROUGH),
        (BACK, BACK, Inside.FROM_BACK),
        (BACK, FRONT, Inside.THROUGH),
    ),
    start=MappingProxyType({NOTHING: FRONT, FRONT: FRONT, BACK: BACK}),
    along=((FRONT, FRONT, 2), (BACK, BACK, 2), (FRONT, DONE, 0), (NOTHING, NOTHING, 0), (DONE, DONE, 0)),
    ends=(NOTHING, FRONT, DONE),
)

# how the two corners of an aisle are joined to the tour so far: by an odd number of ways each; the front one, the back
# one or both by an even number, in one piece or in two
ODD, BOTH, APART = "odd", "joined", "apart"
SHORTEST = Rule(
    inside=(
        *((state, ODD, Inside.THROUGH) for state in (NOTHING, FRONT, BACK, BOTH, APART)),
        (ODD, BOTH, Inside.THROUGH),
        *((state, BOTH, Inside.THROUGH_AND_BACK) for state in (NOTHING, FRONT, BACK, BOTH, APART)),
        *((state, state, Inside.FROM_FRONT) for state in (ODD, FRONT, BOTH, APART)),
        (NOTHING, FRONT, Inside.FROM_FRONT),
        (BACK, APART, Inside.FROM_FRONT),
        *((state, state, Inside.FROM_BACK) for state in (ODD, BACK, BOTH, APART)),
        (NOTHING, BACK, Inside.FROM_BACK),
        (FRONT, APART, Inside.FROM_BACK),
        *((state, state, Inside.FROM_BOTH) for state in (ODD, BOTH, APART)),
        *((state, APART, Inside.FROM_BOTH) for state in (NOTHING, FRONT, BACK)),
    ),
    start=MappingProxyType({NOTHING: FRONT, ODD: ODD, FRONT: FRONT, BACK: APART, BOTH: BOTH, APART: APART}),
    along=(
        (ODD, ODD, 2),  # each cross-aisle once; else one of them twice, or both
        (FRONT, FRONT, 2),
        (BOTH, FRONT, 2),
        (BACK, BACK, 2),
        (BOTH, BACK, 2),
        *((state, APART, 4) for state in (FRONT, BACK, APART)),
        (BOTH, BOTH, 4),
        *((state, DONE, 0) for state in (FRONT, BACK, BOTH, DONE)),
        (NOTHING, NOTHING, 0),
    ),
    ends=(NOTHING, FRONT, BACK, BOTH, DONE),
)
RULES: Mapping[Routing, Rule] = MappingProxyType(
    {
        Routing.S_SHAPE: S_SHAPE,
        Routing.LARGEST_GAP: LARGEST_GAP,
        Routing.COMBINED: COMBINED,
        Routing.SHORTEST: SHORTEST,
    }
)
