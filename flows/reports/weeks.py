"""How many weeks a report tells of together."""

from enum import StrEnum


class Weeks(StrEnum):
    """Four of them or a quarter of a year."""

    FOUR = "4weeks"
    THIRTEEN = "13weeks"

    @property
    def number(self) -> int:
        """How many."""
        return {Weeks.FOUR: 4, Weeks.THIRTEEN: 13}[self]
