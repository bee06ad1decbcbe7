"""A floor from files with what lies where, what is picked and, where files say it, what goods ask of their place."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

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
from flows.slotting.files.rule_files import bars_slots, goods_of, places_of
from warehouse.slotting.assignment.problem import Picks, Problem
from warehouse.slotting.eligibility.eligible import Eligible
from warehouse.slotting.routing.floor_plan import Floats, FloorPlan, Ints
from warehouse.slotting.routing.given_distances import shortest_by_distances
from warehouse.slotting.routing.rules import Routing


@dataclass(frozen=True, eq=False)
class Rules:
    """What goods ask, in the order of the assignment, and what places give, in the order of the floor."""

    goods: pd.DataFrame
    places: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Layout:
    """A floor with what lies where and what is picked; `rules` None: products stay in their zone, nothing else
    counts."""

    floor: FloorFile
    assignment: AssignmentFile
    picked: PicksFile
    routing: Routing
    distances: Distances | None
    rules: Rules | None = None

    @classmethod
    def of_files(
        cls, slots: Path, assignment: Path, picks: Path, routing: Routing, distances: Path | None = None
    ) -> "Layout":
        """Of places alone, as it is walked. Raises Invalid, naming file, line and column."""
        floor = floor_of(slots)
        if distances is not None and routing is not Routing.SHORTEST:
            raise Invalid(
                "Given distances are walked by --routing {shortest} only; {routing} needs aisles.",
                shortest=Routing.SHORTEST,
                routing=routing,
            )
        if distances is None and floor.plan is None:
            raise Invalid("{name} has no aisle, x_m and y_m. Add them, or give --distances.", name=slots.name)
        given = None if distances is None else distances_of(distances, floor)
        placed = assignment_of(assignment, floor, _from_start(floor, given))
        return cls(floor, placed, picks_of(picks, placed), routing, given)

    @classmethod
    def of_files_with_rules(
        cls, slots: Path, assignment: Path, picks: Path, routing: Routing, products: Path | None
    ) -> "Layout":
        """The same with what products ask, and with slots that cannot be used or are not picked from."""
        layout = cls.of_files(slots, assignment, picks, routing)
        if products is None and not bars_slots(layout.floor):
            return layout
        rules = Rules(goods_of(products, layout.floor, layout.assignment), places_of(layout.floor))
        return cls(layout.floor, layout.assignment, layout.picked, routing, None, rules)

    @property
    def picks(self) -> Picks:
        """The lines of products that lie somewhere."""
        return self.picked.picks

    @property
    def plan(self) -> FloorPlan:
        """Its aisles. Raises Invalid for a floor without."""
        if self.floor.plan is None or self.distances is not None:
            raise Invalid("Slots are assigned by aisles: give slots with aisle, x_m and y_m, and no --distances.")
        return self.floor.plan

    def metres(self, slot: Ints) -> float:
        """What all tours walk where part n lies in `slot[n]`."""
        if self.distances is None:
            return self.problem().metres(slot)
        given, picks = self.distances, self.picks
        return float(
            shortest_by_distances(given.metres, given.from_start, picks.tour, slot[picks.product], picks.tours).sum()
        )

    def problem(self) -> Problem:
        """Each part may lie in the zone in which it does. Raises Invalid for a floor without aisles."""
        plan, zone = self.plan, self.floor.zone_of_slot
        lines = np.bincount(self.picks.product, minlength=len(self.assignment.slot)).astype(float)
        may = Eligible.in_blocks(zone, zone[self.assignment.slot])
        return Problem(plan, may, lines, self.picks, self.routing)


def _from_start(floor: FloorFile, given: Distances | None) -> Floats:
    """(slots,) how far each is from where tours start."""
    if given is not None:
        return given.from_start
    plan = floor.plan
    return np.zeros(len(floor.slot_ids)) if plan is None else plan.from_start_m
