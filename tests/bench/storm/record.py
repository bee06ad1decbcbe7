"""The storm's own record of what it asked for and what was acknowledged, kept outside the service."""

import threading
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Edit:
    """A quantity that a buyer wanted of a line; no two edits of a line want the same."""

    plan_id: str
    line_no: int
    quantity: Decimal
    acknowledged: bool


@dataclass(frozen=True)
class Part:
    """Lines of a plan that were approved together, and the purchase orders that the answer named."""

    plan_id: str
    line_nos: frozenset[int]
    order_ids: frozenset[str]


@dataclass(frozen=True)
class Import:
    """Rows that were imported together. `group` is what they replace (rows of an earlier import of it), `mark` what
    tells them from these."""

    kind: str
    group: str
    mark: int
    rows: int
    acknowledged: bool


@dataclass
class Record:
    """All of it. A reading is named by its sensor and time."""

    sent: dict[tuple[str, datetime], float] = field(default_factory=dict)
    by_mqtt: dict[tuple[str, datetime], float] = field(default_factory=dict)  # when it was acknowledged (monotonic)
    by_http: set[tuple[str, datetime]] = field(default_factory=set)
    bad_messages: dict[tuple[str, bytes], float] = field(default_factory=dict)  # when
    plans: dict[str, tuple[str, str | None]] = field(default_factory=dict)  # by key: who, the plan if acknowledged
    edits: list[Edit] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    imports: list[Import] = field(default_factory=list)
    counts: Counter[Hashable] = field(default_factory=Counter)
    unexpected: list[str] = field(default_factory=list)  # answers that are our fault, or contradict an earlier one
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, what: Hashable, times: int = 1) -> None:
        """Counts something, from any thread."""
        with self._lock:
            self.counts[what] += times

    def note_unexpected(self, what: str, answer: Any) -> None:
        """Notes an answer that should not be."""
        with self._lock:
            self.unexpected.append(f"{datetime.now(UTC):%H:%M:%S} {what}: {str(answer)[:300]}")
