"""Pieces of work that do not depend on each other, on all cores of this process.

Threads are enough: numpy and LightGBM let go of Python's lock. Results come in the order of the pieces, so they do not
depend on how many cores there are.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Piece = TypeVar("Piece")
Result = TypeVar("Result")


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def at_once(first: Callable[[], Piece], second: Callable[[], Result]) -> tuple[Piece, Result]:
    """The results of two pieces of different kinds. Raises what the first raises, else what the second does."""
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(second)
        return first(), other.result()


def on_all_cores(work: Callable[[Piece], Result], pieces: Iterable[Piece]) -> list[Result]:
    """The result of each piece, in their order. Raises what the first of them raises that fails."""
    pieces = list(pieces)
    if len(pieces) < 2 or cores() < 2:
        return [work(piece) for piece in pieces]
    pool = ThreadPoolExecutor(min(cores(), len(pieces)))
    try:
        return list(pool.map(work, pieces))
    finally:
        pool.shutdown(cancel_futures=True)
