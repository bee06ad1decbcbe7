"""Layouts of a floor from files: how far picks are walked in one, a better one, and the carries towards it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from flows.errors import Invalid
from flows.slotting.files.floor_files import (
    AssignmentFile,
    Distances,
    FloorFile,
    PicksFile,
    assignment_of,
    distances_of,
    floor_of,
    picks_of,
)
from warehouse.slotting.assignment.bound import at_least
from warehouse.slotting.assignment.carries import Carry, best_carries, carried_out
from warehouse.slotting.assignment.problem import Picks, Problem
from warehouse.slotting.assignment.search import assign_for_routing
from warehouse.slotting.eligibility.eligible import Eligible
from warehouse.slotting.proof.gains import expected_gain
from warehouse.slotting.routing.floor_plan import Ints
from warehouse.slotting.routing.given_distances import shortest_by_distances
from warehouse.slotting.routing.rules import Routing

WALKING: Final = 0.55  # of a picker's time (Tompkins et al. 2010, as De Koster et al. 2007 quote it: 50 to 55%)


@dataclass(frozen=True, eq=False)
class Layout:
    """A floor with what lies where and what is picked."""

    floor: FloorFile
    assignment: AssignmentFile
    picked: PicksFile
    routing: Routing
    distances: Distances | None

    @classmethod
    def of_files(
        cls, slots: Path, assignment: Path, picks: Path, routing: Routing, distances: Path | None = None
    ) -> "Layout":
        """Raises Invalid, naming file, line and column."""
        floor = floor_of(slots)
        placed = assignment_of(assignment, floor)
        if distances is not None and routing is not Routing.SHORTEST:
            raise Invalid(f"Given distances are walked by --routing {Routing.SHORTEST} only; {routing} needs aisles.")
        if distances is None and floor.plan is None:
            raise Invalid(f"{slots.name} has no aisle, x_m and y_m. Add them, or give --distances.")
        given = None if distances is None else distances_of(distances, floor)
        return cls(floor, placed, picks_of(picks, placed), routing, given)

    @property
    def picks(self) -> Picks:
        """The lines of products that lie somewhere."""
        return self.picked.picks

    def metres(self, slot: Ints) -> float:
        """What all tours walk where product n lies in `slot[n]`."""
        if self.distances is None:
            return self.problem().metres(slot)
        given, picks = self.distances, self.picks
        return float(
            shortest_by_distances(given.metres, given.from_start, picks.tour, slot[picks.product], picks.tours).sum()
        )

    def problem(self) -> Problem:
        """Each product may lie in the zone in which it does. Raises Invalid for a floor without aisles."""
        if self.floor.plan is None or self.distances is not None:
            raise Invalid("Slots are assigned by aisles: give slots with aisle, x_m and y_m, and no --distances.")
        lines = np.bincount(self.picks.product, minlength=len(self.assignment.slot)).astype(float)
        zone = self.floor.zone_of_slot
        may = Eligible.in_blocks(zone, zone[self.assignment.slot])
        return Problem(self.floor.plan, may, lines, self.picks, self.routing)


@dataclass(frozen=True)
class Walked:
    """How far the picks are walked in a layout."""

    routing: Routing
    tours: int
    lines: int
    lines_left_out: int
    metres: float

    @property
    def metres_a_line(self) -> float:
        """Of those that are not left out."""
        return self.metres / self.lines


def replay(layout: Layout) -> Walked:
    """How far the picks are walked as things lie."""
    picks = layout.picks
    metres = layout.metres(layout.assignment.slot)
    return Walked(layout.routing, picks.tours, len(picks.tour), layout.picked.left_out, metres)


@dataclass(frozen=True, eq=False)
class Reassigned:
    """Where products lie after it, and metres a line before, after, and after sorting alone; `expected` is what later
    picks are expected to be walked in after carries, `at_least` what no assignment is walked in less than (None: not
    asked for)."""

    slot: Ints
    before: float
    sorted: float | None
    after: float
    carries: Sequence[Carry] = ()
    expected: float | None = None
    at_least: float | None = None

    @property
    def saved(self) -> float:
        """The share of walking that is saved; 0 where nobody had to walk."""
        return 1 - self.after / self.before if self.before else 0.0

    @property
    def more_lines_an_hour(self) -> float:
        """As a share, where walking takes 55% of a picker's time."""
        return 1 / (1 - WALKING * self.saved) - 1


def assign(layout: Layout, *, bound: bool = False) -> Reassigned:
    """Each product in the slot of its zone that makes tours short."""
    problem, now = layout.problem(), layout.assignment.slot
    found = assign_for_routing(problem)
    return Reassigned(
        found.slot,
        problem.metres_a_line(now),
        problem.metres_a_line(found.sorted_slot),
        problem.metres_a_line(found.slot),
        at_least=at_least(problem, problem.picks) / len(problem.picks.tour) if bound else None,
    )


def carry(layout: Layout, most: int) -> Reassigned:
    """At most so many carries from where things lie, those that shorten tours most."""
    problem, now = layout.problem(), layout.assignment.slot

    def choose(picks: Picks) -> Ints:
        some = replace(layout, picked=replace(layout.picked, picks=picks)).problem()
        return carried_out(now, best_carries(some, now, most))

    carries = best_carries(problem, now, most)
    after = carried_out(now, carries)
    expected = expected_gain(problem.metres_a_line, now, after, layout.picks, choose)
    told = problem.metres_a_line(now), None, problem.metres_a_line(after)
    return Reassigned(after, *told, carries, expected.after)
