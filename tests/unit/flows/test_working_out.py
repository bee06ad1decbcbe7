"""Slots of several floors are worked out beside this process as they would be in it, and what ends that process there
is told here."""

import os
import signal
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from flows.failures import KILLED
from flows.for_each_warehouse import side_by_side
from flows.slotting import working_out
from flows.slotting.working_out import Floor, work_out
from tests.bench.slot_growth import floor, laid, stored
from warehouse.slotting.barred import NOTHING_BARRED
from warehouse.slotting.move_effort import USUAL
from warehouse.slotting.routing.rules import Routing


def some_floor(seed: int) -> Floor:
    rng = np.random.default_rng(seed)
    products = stored(floor(40), 40, rng)
    tour = np.repeat(np.arange(200), rng.integers(1, 5, 200))
    tours = pd.DataFrame({"tour_id": tour, "product_id": rng.choice(products["product_id"], len(tour))})
    slots = laid(floor(40), products, rng)
    return Floor(products, slots, tours, (0.0, 0.0), Routing.COMBINED, NOTHING_BARRED, USUAL)


def test_large_floors_are_worked_out_in_another_process_and_come_out_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    floors = [some_floor(1), some_floor(2)]
    here = work_out(floors)

    monkeypatch.setattr(working_out, "PRODUCTS_WORTH_A_PROCESS", 0)
    with monkeypatch.context() as only_beside:
        only_beside.setattr(working_out, "_layout_of", _Beside())  # which here would fail
        beside = work_out(floors)

    assert beside == here
    assert all(suggestions and moves for suggestions, moves in here)


def test_an_error_in_the_other_process_is_raised_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working_out, "PRODUCTS_WORTH_A_PROCESS", 0)
    wrong = some_floor(1)

    with pytest.raises(ValueError, match="given twice"):
        work_out([replace(wrong, slots=pd.concat([wrong.slots, wrong.slots]))])


def test_the_warehouse_whose_other_process_is_killed_is_named_and_the_rest_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(working_out, "PRODUCTS_WORTH_A_PROCESS", 0)
    monkeypatch.setattr(working_out, "_layout_of", _KilledWithoutTours())
    floors = {"W1": some_floor(1), "W2": replace(some_floor(1), tours=pd.DataFrame())}

    def laid_out(warehouse_ids: Sequence[str]) -> dict[str, working_out.Layout]:
        return dict(zip(warehouse_ids, work_out([floors[name] for name in warehouse_ids]), strict=True))

    summary = side_by_side("Slots", laid_out, list(floors), together=2)

    assert summary.failed == {"W2": KILLED}
    assert list(summary.done) == ["W1"]


class _KilledWithoutTours:
    """What is ended from outside while it works out a floor that has no tours."""

    def __call__(self, one: Floor) -> working_out.Layout:
        if one.tours.empty:
            os.kill(os.getpid(), signal.SIGKILL)
        return [], []


class _Beside:
    """What works a floor out, but in the process of the test."""

    test = os.getpid()

    def __init__(self, test: int | None = None) -> None:
        self.of = self.test if test is None else test

    def __reduce__(self) -> tuple[type, tuple[int]]:
        return _Beside, (self.of,)

    def __call__(self, one: Floor) -> working_out.Layout:
        assert os.getpid() != self.of
        return working_out._layout_of(one)
