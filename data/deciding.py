"""Who decides in what goes on, said once at a door: a request, a command. What runs by itself, as the watcher, says
nobody. Apart from what writes the audit trail, so that the command line can say it without loading a database."""

from collections import Counter
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field

# what machines observe and what follows by itself: written by the thousand, and no decision
NO_DECISIONS = frozenset(
    {
        *("answered_requests", "audit_entries", "event_numbers", "outbox_events", "outbox_event_warehouses"),
        *("actuator_states", "commands"),  # a command has an entry of its own, with its result
        *("readings", "measurements", "reading_hours", "sensor_states", "online_states"),
        *("webhook_deliveries", "delivery_attempts", "notifier", "purchase_order_numbers"),
    }
)


@dataclass
class Decision:
    """Who decides, by which operation and about what; `written` counts rows by table in its transaction."""

    by: str
    operation: Callable[[], str]
    key_id: str | None = None
    about: Callable[[], Mapping[str, str]] = dict
    written: Counter[str] = field(default_factory=Counter)


deciding: ContextVar[Decision | None] = ContextVar("deciding", default=None)


def note_written(table: str, rows: int) -> None:
    """Counts rows that went into a table past the session."""
    decision = deciding.get()
    if decision is not None and table not in NO_DECISIONS and rows:
        decision.written[table] += rows
