"""Suggestions and moves of several floors, worked out in a process beside this one where that is quicker.

Much of it is small steps that hold Python's lock: two groups of warehouses in two threads take as long as one after the
other, two processes half of that. A process takes a second or two to begin, so small floors are worked out here; and so
they are where this process may have no children of its own, as a worker of a cluster.
"""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import current_process, get_context
from typing import Final

import pandas as pd

from forecasting.all_cores import small_matrices_on_one_thread
from warehouse.slotting.barred import Barred
from warehouse.slotting.move_effort import MoveEffort
from warehouse.slotting.moves import moves_worth_making
from warehouse.slotting.routing.rules import Routing
from warehouse.slotting.suggesting import suggested_slots, suggestions_of
from warehouse.slotting.suggestion import Move, SlotSuggestion
from warehouse.slotting.task import Task

PRODUCTS_WORTH_A_PROCESS: Final = 2_000


@dataclass(frozen=True, eq=False)
class Floor:
    """What a warehouse's slots are suggested from: products, slots and tours as `Task.of` takes them."""

    products: pd.DataFrame
    slots: pd.DataFrame
    tours: pd.DataFrame
    start: tuple[float, float] | None
    routing: Routing
    barred: Barred
    effort: MoveEffort


Layout = tuple[Sequence[SlotSuggestion], Sequence[Move]]


def work_out(floors: Sequence[Floor]) -> list[Layout]:
    """Of each floor the suggestions, and the moves worth making."""
    products = sum(len(floor.products) for floor in floors)
    if products < PRODUCTS_WORTH_A_PROCESS or current_process().daemon:
        return [_layout_of(floor) for floor in floors]
    beside = ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=small_matrices_on_one_thread)
    with beside:
        return list(beside.map(_layout_of, floors))


def _layout_of(floor: Floor) -> Layout:
    task = Task.of(floor.products, floor.slots, floor.tours, floor.start, floor.routing, floor.barred)
    slot = suggested_slots(task)
    return suggestions_of(task, slot), moves_worth_making(task, slot, floor.effort)
