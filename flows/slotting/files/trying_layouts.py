"""Layouts of a floor from files: how far picks are walked in one, a better one, and the carries towards it."""

from dataclasses import dataclass, replace

from flows.slotting.files.layouts import Layout
from flows.slotting.files.reassigned import Reassigned
from flows.slotting.files.under_rules import assign_under_rules, carry_under_rules
from warehouse.slotting.assignment.bound import at_least
from warehouse.slotting.assignment.carries import best_carries, carried_out
from warehouse.slotting.assignment.problem import Picks
from warehouse.slotting.assignment.search import assign_for_routing
from warehouse.slotting.proof.gains import expected_gain
from warehouse.slotting.routing.floor_plan import Ints
from warehouse.slotting.routing.rules import Routing


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


def assign(layout: Layout, *, bound: bool = False) -> Reassigned:
    """Each product in the slots of its zone, or of those that its rules leave, that make tours short."""
    if layout.rules is not None:
        return assign_under_rules(layout, layout.rules, bound=bound)
    problem, now = layout.problem(), layout.assignment.slot
    found = assign_for_routing(problem)
    return Reassigned(
        layout.assignment.product,
        layout.assignment.number,
        found.slot,
        problem.metres_a_line(now),
        problem.metres_a_line(found.sorted_slot),
        problem.metres_a_line(found.slot),
        len(layout.picks.tour),
        at_least=at_least(problem, problem.picks) / len(problem.picks.tour) if bound else None,
    )


def carry(layout: Layout, most: int) -> Reassigned:
    """At most so many carries from where things lie: what rules demand, then those that shorten tours most."""
    if layout.rules is not None:
        return carry_under_rules(layout, layout.rules, most)
    problem, now = layout.problem(), layout.assignment.slot

    def choose(picks: Picks) -> Ints:
        some = replace(layout, picked=replace(layout.picked, picks=picks)).problem()
        return carried_out(now, best_carries(some, now, most))

    carries = best_carries(problem, now, most)
    after = carried_out(now, carries)
    expected = expected_gain(problem.metres_a_line, now, layout.picks, choose)
    whose = layout.assignment.product
    return Reassigned(
        whose,
        layout.assignment.number,
        after,
        problem.metres_a_line(now),
        None,
        problem.metres_a_line(after),
        len(layout.picks.tour),
        [replace(one, product=int(whose[one.product])) for one in carries],
        None if expected is None else expected.after,
    )
