"""A kind of rows that have consequences, as readings raise alarms and lots end purchase orders."""

from collections.abc import Callable
from dataclasses import dataclass

from data.importers.kind import ImportKind
from data.importers.result import ImportResult


@dataclass(frozen=True)
class FollowedKind:
    """The kind to import rows by, whose steps see to the consequences in the same transaction; `told` adds to a result
    what came of them. Good for one import."""

    kind: ImportKind
    told: Callable[[ImportResult], ImportResult] = lambda result: result
