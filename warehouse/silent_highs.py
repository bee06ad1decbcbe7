"""The one way to HiGHS: silent, and with the same number of threads everywhere. HiGHS starts its threads once in a
process; a run that asks for another number later ends with an error status and a solution of zeros."""

from typing import Final

import highspy
from highspy._core import _Highs  # highspy.Highs announces itself on standard output

THREADS: Final = 2
SilentHighs = _Highs


def silent_highs(**options: bool | float | str) -> SilentHighs:
    """An empty programme with a fixed seed, so that it finds the same again."""
    highs = SilentHighs()
    for name, value in {"output_flag": False, "threads": THREADS, "random_seed": 0, **options}.items():
        highs.setOptionValue(name, value)
    return highs


def run(highs: SilentHighs) -> None:
    """Raises RuntimeError where nothing was worked out; that a limit was met is no error."""
    if highs.run() == highspy.HighsStatus.kError:
        raise RuntimeError(f"HiGHS ended with an error: {highs.modelStatusToString(highs.getModelStatus())}")
