"""An event as the forms take it, and the id of a message about some of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any


@dataclass(frozen=True)
class ToldEvent:
    """An event with the data that its receiver may see; `places` are names of its data's places as people call them in
    the language in which they are told."""

    event_id: str
    type: str
    happened_at: datetime
    data: Mapping[str, Any]
    places: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        """Whether the alarm that it is about has ended."""
        return self.data.get("ended_at") is not None


def message_id(events: Sequence[ToldEvent]) -> str:
    """The id by which a receiver knows a message again: the event's, or of several one that follows from theirs."""
    if len(events) == 1:
        return events[0].event_id
    return f"gr_{sha256(' '.join(event.event_id for event in events).encode()).hexdigest()[:20]}"


def latest_of_each_alarm(events: Sequence[ToldEvent]) -> list[ToldEvent]:
    """The last event of each alarm, for forms that tell how it is and not what happened."""
    last = {event.data.get("alarm_id", event.event_id): event for event in events}
    return list(last.values())
