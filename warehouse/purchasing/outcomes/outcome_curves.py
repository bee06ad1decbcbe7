"""The outcome curves of what is lacking, of many products at once: shortage and waste expected by usable units, exactly
at a few corners of up to 512, and read off a straight line between them at most a hundredth of the demand too high.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warehouse.purchasing.outcomes.curves import in_each_row
from warehouse.purchasing.outcomes.lack import Lack
from warehouse.purchasing.outcomes.later_orders import met_at
from warehouse.purchasing.outcomes.outcome import OutcomeCurve
from warehouse.purchasing.service_level import USUAL_TERMS, CategoryTerms

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

CORNERS: Final = 32
OF_LIFE: Final = CORNERS // 4
AT_ONCE: Final = 64  # lacks whose numbers the processor keeps at hand


@dataclass(frozen=True)
class Outlook:
    """What is lacking, as what is bought of it comes; the usable units `exactly_at` which a curve has corners; and what
    shortage and waste cost beyond margin and price. For each usable unit so many are `lost_beside` it, rejected before
    dispatch or complained about: waste too."""

    lack: Lack
    exactly_at: Sequence[float] = ()
    terms: CategoryTerms = USUAL_TERMS
    lost_beside: float = 0.0


def outcome_curves(outlooks: Sequence[Outlook]) -> list[OutcomeCurve]:
    """The curve of each."""
    alike: defaultdict[int, list[int]] = defaultdict(list)
    for number, one in enumerate(outlooks):
        alike[len(one.lack.in_cover)].append(number)
    found: dict[int, OutcomeCurve] = {}
    for numbers in alike.values():
        for start in range(0, len(numbers), AT_ONCE):
            here = numbers[start : start + AT_ONCE]
            found |= zip(here, _curves([outlooks[number] for number in here]), strict=True)
    return [found[number] for number in range(len(outlooks))]


def _curves(outlooks: Sequence[Outlook]) -> list[OutcomeCurve]:
    lacks = [one.lack for one in outlooks]
    comes = np.stack([np.ones_like(one.in_cover) if one.comes is None else one.comes for one in lacks])
    in_cover = _Met.of(np.stack([one.in_cover for one in lacks]), comes)
    in_life = _Met.of(np.stack([one.in_life for one in lacks]), comes)
    exactly_at = np.zeros((len(outlooks), max(len(one.exactly_at) for one in outlooks)))
    for row, one in enumerate(outlooks):
        exactly_at[row, : len(one.exactly_at)] = one.exactly_at
    corners = np.sort(np.hstack([in_cover.few(CORNERS - OF_LIFE), in_life.few(OF_LIFE), exactly_at]), axis=1)
    units = corners.round(4)
    lost_beside = np.array([[one.lost_beside] for one in outlooks])
    short, wasted = (
        np.maximum(values, 0).round(4)
        for values in (in_cover.unmet_after(units), in_life.unsold_of(units) + lost_beside * units)
    )
    found = []
    for row, (one, own) in enumerate(zip(outlooks, _first_of_equals(corners), strict=True)):
        at, unmet, unsold = (tuple(values[row, own].tolist()) for values in (units, short, wasted))
        beyond = round(float(in_life.in_the_end[row]) + one.lost_beside, 4)
        found.append(OutcomeCurve(at, unmet, unsold, beyond, one.terms.goodwill, one.terms.disposal))
    return found


@dataclass(frozen=True, eq=False)
class _Met:
    """At how many usable units scenarios are met, of many lacks: `units`, ascending (l x s); of the first so many of
    them (one longer) the `share` of what is bought that meets them, and their `demand`, as parts of the mean."""

    units: Floats
    share: Floats
    demand: Floats

    @classmethod
    def of(cls, demand: Floats, comes: Floats) -> "_Met":
        """By scenario (l x s), of a demand of which each so much `comes`."""
        at = met_at(demand, comes)
        order = np.argsort(at, axis=1, kind="stable")
        share, of_demand = (
            np.pad(in_each_row(values, order).cumsum(axis=1), ((0, 0), (1, 0))) / demand.shape[1]
            for values in (comes, demand)
        )
        return cls(in_each_row(at, order), share, of_demand)

    @cached_property
    def in_the_end(self) -> Floats:
        """l: the share of what is bought beyond all that can be met."""
        return in_each_row(self.share, np.isfinite(self.units).sum(axis=1)[:, None])[:, 0]

    def unsold_of(self, usable: Floats) -> Floats:
        """Of each of so many usable units (l x any), what meets no demand."""
        at = self._met_by(usable)
        return usable * in_each_row(self.share, at) - in_each_row(self.demand, at)

    def unmet_after(self, usable: Floats) -> Floats:
        """Demand that is not met by each of so many usable units (l x any)."""
        at = self._met_by(usable)
        still_to_meet = self.share[:, -1:] - in_each_row(self.share, at)
        return self.demand[:, -1:] - in_each_row(self.demand, at) - usable * still_to_meet

    def _met_by(self, usable: Floats) -> Ints:
        return np.stack([units.searchsorted(at, "right") for units, at in zip(self.units, usable, strict=True)])

    def few(self, most: int) -> Floats:
        """So many of 0 and the units (l x most), some of them more than once, the first and the last among them, in
        equal steps of the root of their distances: a straight line between two of them is then wrong by no more in a
        long tail of few scenarios than where many lie. Where there are no more than `most`, all of them."""
        last = np.max(self.units, axis=1, keepdims=True, initial=0.0, where=np.isfinite(self.units))
        corners = np.hstack([np.zeros_like(last), np.where(np.isfinite(self.units), self.units, last)])
        steps = np.pad(np.sqrt(np.diff(corners, axis=1)).cumsum(axis=1), ((0, 0), (1, 0)))
        evenly = steps[:, -1:] / (most - 1) * np.arange(most)
        evenly[:, -1] = steps[:, -1]
        reached = np.stack([own.searchsorted(even) for own, even in zip(steps, evenly, strict=True)])
        own = _first_of_equals(corners)
        count = own.sum(axis=1, keepdims=True)
        every = in_each_row(np.argsort(~own, axis=1, kind="stable"), np.minimum(np.arange(most), count - 1))
        return in_each_row(corners, np.where(count <= most, every, reached))


def _first_of_equals(ascending: Floats) -> NDArray[np.bool_]:
    first: NDArray[np.bool_] = np.diff(ascending, axis=1, prepend=-1.0) > 0
    return first
