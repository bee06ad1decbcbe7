"""Several buyers played side by side in one world, each against a database of its own: what does not depend on who buys
is made once (the region's past, the first models), and the rest is spread over processes."""

import shutil
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from multiprocessing import get_context
from multiprocessing.queues import Queue
from pathlib import Path
from queue import Empty
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Engine

from data.database import open_database, upgrade_schema
from data.local_days import moment_there
from flows.simulating.buyers import Buyer
from flows.simulating.playing import PLANNED_AT, Play, train
from flows.simulating.worlds import PlayableWorld, Size
from forecasting.all_cores import one_of_many, small_matrices_on_one_thread
from warehouse.purchasing.simulation.bound import profit_bound
from warehouse.purchasing.simulation.figures import Figure, Scored, figures
from warehouse.purchasing.simulation.played import Played

Progress = Callable[[str, int, int], None]  # (who, of how many days, days over)

LEAF: Final = "leaf vegetables"
HEARD_EVERY: Final = 0.5  # seconds


@dataclass(frozen=True, eq=False)
class Comparison:
    """The days of every buyer after a warm-up, in one world."""

    world: PlayableWorld
    warm_up: int
    played: Sequence[Played]

    @property
    def categories(self) -> NDArray[np.str_]:
        """By product."""
        return np.array([goods.category for goods in self.world.world.goods])

    @cached_property
    def scored(self) -> list[Scored]:
        """By buyer."""
        delivers = self.world.delivers()[self.warm_up :]
        return [Scored(one, delivers) for one in self.played]

    @cached_property
    def figures(self) -> dict[str, dict[str, Figure]]:
        """By policy and name, with intervals."""
        return figures(self.scored, self.categories == LEAF, seed=self.world.size.seed)

    @property
    def bound(self) -> float:
        """No policy can have earned more."""
        return profit_bound(self.played[0], self.world.world, self.world.lowest_prices())


def compare(size: Size, buyers: Sequence[Buyer], warm_up: int, jobs: int, progress: Progress) -> Comparison:
    """Plays every buyer's days in `jobs` processes. The same size and buyers give the same days, whatever `jobs`.

    Raises what the making of the world does."""
    world = size.make()
    with TemporaryDirectory(prefix="freshfront-simulation-") as folder:
        past = Path(folder) / "past.sqlite"
        progress("the region's past", 1, 0)
        write_past_and_models(world, past)
        progress("the region's past", 1, 1)
        played = _play_all(size, buyers, past, jobs, progress)
    return Comparison(world, warm_up, [one.since(warm_up) for one in played])


def write_past_and_models(world: PlayableWorld, path: Path) -> None:
    """A database of what is known in the evening before the first day, with models that learned from it."""
    engine = _opened(path)
    upgrade_schema(engine)
    with engine.execution_options(freshfront_writes=True).begin() as connection:
        world.write_past(connection)
    train(engine, world.world.warehouse_ids, moment_there(world.world.days[0], PLANNED_AT, world.timezone))
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")  # so that its file is all of it
    engine.dispose()


def _play_all(size: Size, buyers: Sequence[Buyer], past: Path, jobs: int, progress: Progress) -> list[Played]:
    days = size.days
    for buyer in buyers:
        progress(buyer.policy, days, 0)
    if jobs == 1:
        return [_play(size, buyer, past, partial(progress, buyer.policy, days)) for buyer in buyers]
    processes = get_context("spawn")
    heard: Queue[tuple[str, int]] = processes.Queue()
    with ProcessPoolExecutor(jobs, mp_context=processes, initializer=_begin, initargs=(heard,)) as pool:
        # those that train take longest, so they begin first
        order = sorted(range(len(buyers)), key=lambda at: not buyers[at].needs_forecasts)
        playing = {at: pool.submit(_play_aside, size, buyers[at], past) for at in order}
        over = set[int]()
        while len(over) < len(buyers):
            try:
                who, done = heard.get(timeout=HEARD_EVERY)
                progress(who, days, done)
            except Empty:
                pass
            over = {at for at, one in playing.items() if one.done()}
            for at in over:
                playing[at].result()  # an error is told at once
    return [playing[at].result() for at in range(len(buyers))]


_HEARD: "Queue[tuple[str, int]] | None" = None


def _begin(heard: Any) -> None:
    """What a process of the pool begins with: where it tells how far it is."""
    global _HEARD
    _HEARD = heard
    small_matrices_on_one_thread()


def _play_aside(size: Size, buyer: Buyer, past: Path) -> Played:
    def tell(done: int) -> None:
        if _HEARD is not None:
            _HEARD.put((buyer.policy, done))

    with one_of_many():
        return _play(size, buyer, past, tell)


def _play(size: Size, buyer: Buyer, past: Path, told: Callable[[int], None]) -> Played:
    with TemporaryDirectory(dir=past.parent) as folder:
        own = Path(folder) / "played.sqlite"
        shutil.copyfile(past, own)
        engine = _opened(own)
        try:
            return Play(engine, size.make(), buyer).days(told)
        finally:
            engine.dispose()


def _opened(path: Path) -> Engine:
    return open_database(f"sqlite:///{path}")
