"""How far ahead a forecast reaches."""

from typing import Final

LONGEST_HORIZON: Final = 14  # days
HORIZONS: Final = range(1, LONGEST_HORIZON + 1)  # days ahead, the day after the origin day being 1
