"""What people read in a chat or a mail: a title, and a sentence an event."""

from collections.abc import Mapping, Sequence
from typing import Any

from flows.notifying.event_types import EVENT_TYPES
from flows.notifying.forms.told_event import ToldEvent
from warehouse.coldchain.alarms import RaisedBecause

SENTENCES_AT_MOST = 50
STATES: Mapping[str, str] = {
    "alarm.raised": "Alarm",
    "alarm.worse": "Worse",
    "alarm.joined": "Another sensor",
    "alarm.acknowledged": "Seen",
    "alarm.ended": "Over",
    "alarm.reminder": "Still going on",
}
BECAUSE: Mapping[str, str] = {RaisedBecause.OFFLINE: "sensor or gateway offline"}


def message(events: Sequence[ToldEvent], secret: str) -> dict[str, Any]:
    """`title` and `body` of a message about the events."""
    lines = [sentence(event) for event in events[:SENTENCES_AT_MOST]]
    if more := len(events) - len(lines):
        sensors = ", ".join(str(event.data.get("sensor_id")) for event in events[SENTENCES_AT_MOST:])
        lines.append(f"and {more} more: {sensors}")
    title = lines[0] if len(events) == 1 else f"{len(events)} alarms: {events[0].data.get('warehouse') or 'Freshfront'}"
    return {"title": title.split(";")[0][:200], "body": "\n".join(lines)}


def sentence(event: ToldEvent) -> str:
    """What happened where, since when; each temperature with what it is, and the last one with when it was taken."""
    data = event.data
    if not event.type.startswith("alarm."):
        about = ", ".join(f"{name} {value}" for name, value in data.items() if isinstance(value, str | int | float))
        return f"{EVENT_TYPES[event.type].what}: {about}"
    state = STATES.get(event.type, event.type.partition(".")[2].capitalize())
    sensors = ", ".join(data.get("sensor_ids") or [str(data.get("sensor_id"))])
    where = " / ".join(str(name) for name in (data.get("warehouse"), data.get("zone"), sensors) if name)
    told = f"{state}: {str(data.get('kind', '')).replace('_', ' ')}, {where}"
    if data.get("raised_because") is not None:
        told += f"; {BECAUSE.get(data['raised_because'], data['raised_because'])}"
    if data.get("worst_c") is not None and data.get("limit_c") is not None:
        told += f"; worst {data['worst_c']:.1f} C, limit {data['limit_c']:.1f} C"
    if data.get("last_c") is not None and data.get("last_taken_at") is not None:
        told += f"; last {data['last_c']:.1f} C, taken {data['last_taken_at']}"
    told += f"; since {data.get('began_at')}"
    return f"{told}, until {data['ended_at']}" if event.is_over else told
