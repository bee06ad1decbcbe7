"""Why something was decided: a code and its values, never a sentence.

The words for the codes live in one place, with the pages; here a reason stays data that can be stored,
filtered and tested.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True)
class Reason:
    """A code and the values that belong to it; days are ISO text and quantities numbers, as JSON has them."""

    code: StrEnum
    values: Mapping[str, str | int | float | None] = field(default_factory=dict)

    def as_dict(self) -> dict[str, str | int | float | None]:
        """`{"code": ..., **values}`, ready for JSON."""
        return {"code": self.code.value, **self.values}
