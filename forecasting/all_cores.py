"""Pieces of work that do not depend on each other, on all cores of this process.

Threads are enough: numpy and LightGBM let go of Python's lock. Results come in the order of the pieces, so they do not
depend on how many cores there are. Who is one of many that keep the cores busy already does its pieces in line: a pool
in each thread of a pool would be as many threads as there are cores, squared.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import local
from typing import TypeVar

Piece = TypeVar("Piece")
Result = TypeVar("Result")
_thread = local()


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def small_matrices_on_one_thread() -> None:
    """From now on numpy's and scipy's BLAS keep to one thread in this process: matrices here are small, and with a
    thread for each core the cores would mostly wait for each other."""
    import numpy as np  # noqa: F401 - what brings a BLAS must be there to be told; who asks for help needs none
    import scipy.linalg  # noqa: F401
    from threadpoolctl import threadpool_limits

    threadpool_limits(limits=1, user_api="blas")


def at_once(first: Callable[[], Piece], second: Callable[[], Result]) -> tuple[Piece, Result]:
    """The results of two pieces of different kinds. Raises what the first raises, else what the second does."""
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(_among_others, second)
        return first(), other.result()


@contextmanager
def one_of_many() -> Iterator[None]:
    """Within it this thread is one of several that keep the cores busy."""
    before, _thread.one_of_many = _is_one_of_many(), True
    try:
        yield
    finally:
        _thread.one_of_many = before


def on_all_cores(work: Callable[[Piece], Result], pieces: Iterable[Piece]) -> list[Result]:
    """The result of each piece, in their order. Raises what the first of them raises that fails."""
    pieces = list(pieces)
    if len(pieces) < 2 or cores() < 2 or _is_one_of_many():
        return [work(piece) for piece in pieces]
    pool = ThreadPoolExecutor(min(cores(), len(pieces)))
    try:
        return list(pool.map(lambda piece: _among_others(lambda: work(piece)), pieces))
    finally:
        pool.shutdown(cancel_futures=True)


def _is_one_of_many() -> bool:
    return getattr(_thread, "one_of_many", False)


def _among_others(work: Callable[[], Result]) -> Result:
    with one_of_many():
        return work()
