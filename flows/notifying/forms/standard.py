"""The form of Standard Webhooks: type, timestamp and data; of a group the events that it is made of."""

from collections.abc import Sequence
from typing import Any

from flows.notifying.event_types import GROUP
from flows.notifying.forms.told_event import ToldEvent
from flows.notifying.outbox import as_told


def message(events: Sequence[ToldEvent], secret: str) -> dict[str, Any]:
    """One event as it is; of several alarms of a warehouse an `alarms.grouped`, all of them in it in their order."""
    if len(events) == 1:
        return _event(events[0])
    first = events[0].data
    data = {
        "warehouse_id": first.get("warehouse_id"),
        "warehouse": first.get("warehouse"),
        "events": [{"event_id": event.event_id} | _event(event) for event in events],
    }
    return {"type": GROUP, "timestamp": as_told(max(event.happened_at for event in events)), "data": data}


def _event(event: ToldEvent) -> dict[str, Any]:
    return {"type": event.type, "timestamp": as_told(event.happened_at), "data": event.data}
