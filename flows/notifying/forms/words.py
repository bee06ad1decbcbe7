"""What people read in a chat or a mail: a title, and a sentence an event, in the installation's language."""

from collections.abc import Mapping, Sequence
from typing import Any

from data.languages import say, worded
from flows.notifying.event_types import EVENT_TYPES
from flows.notifying.forms.told_event import ToldEvent

SENTENCES_AT_MOST = 50
STATES: Mapping[str, str] = {
    "told.alarm.raised": "Alarm",
    "told.alarm.worse": "Worse",
    "told.alarm.joined": "Another sensor",
    "told.alarm.acknowledged": "Seen",
    "told.alarm.ended": "Over",
    "told.alarm.reminder": "Still going on",
}
KINDS: Mapping[str, str] = {
    "told.kind.too_warm": "too warm",
    "told.kind.too_cold": "too cold",
    "told.kind.changing_fast": "changing fast",
    "told.kind.too_humid": "too humid",
    "told.kind.too_dry": "too dry",
    "told.kind.door_open": "door open",
    "told.kind.silent": "silent",
    "told.kind.faulty": "faulty",
    "told.kind.stuck": "stuck",
    "told.kind.drifting": "drifting",
    "told.kind.battery_low": "battery low",
}
BECAUSE: Mapping[str, str] = {"told.because.offline": "sensor or gateway offline"}
MORE = "and {more} more: {sensors}"
SEVERAL = "{n} alarms: {place}"
SAID = "{state}: {kind}, {where}"
RAISED_BECAUSE = "; {because}"
WORST = "; worst {worst} C, limit {limit} C"
LAST = "; last {last} C, taken {at}"
SINCE = "; since {began}"
UNTIL = ", until {ended}"
OF_ANOTHER_KIND = "{what}: {about}"


def message(events: Sequence[ToldEvent], secret: str) -> dict[str, Any]:
    """`title` and `body` of a message about the events."""
    lines = [sentence(event) for event in events[:SENTENCES_AT_MOST]]
    if more := len(events) - len(lines):
        sensors = ", ".join(str(event.data.get("sensor_id")) for event in events[SENTENCES_AT_MOST:])
        lines.append(say(MORE, more=more, sensors=sensors))
    place = {**events[0].data, **events[0].places}.get("warehouse") or "Freshfront"
    title = lines[0] if len(events) == 1 else say(SEVERAL, n=len(events), place=place)
    return {"title": title.split(say(SINCE)[0])[0][:200], "body": "\n".join(lines)}


def sentence(event: ToldEvent) -> str:
    """What happened where, since when; each temperature with what it is, and the last one with when it was taken."""
    data = {**event.data, **event.places}
    if not event.type.startswith("alarm."):
        about = ", ".join(f"{name} {value}" for name, value in data.items() if isinstance(value, str | int | float))
        return say(OF_ANOTHER_KIND, what=say(EVENT_TYPES[event.type].what), about=about)
    sensors = ", ".join(data.get("sensor_ids") or [str(data.get("sensor_id"))])
    where = " / ".join(str(name) for name in (data.get("warehouse"), data.get("zone"), sensors) if name)
    state = _word(STATES, f"told.{event.type}", event.type.partition(".")[2].capitalize())
    kind = str(data.get("kind", ""))
    told = say(SAID, state=state, kind=_word(KINDS, f"told.kind.{kind}", kind.replace("_", " ")), where=where)
    if (because := data.get("raised_because")) is not None:
        told += say(RAISED_BECAUSE, because=_word(BECAUSE, f"told.because.{because}", str(because)))
    if data.get("worst_c") is not None and data.get("limit_c") is not None:
        told += say(WORST, worst=f"{data['worst_c']:.1f}", limit=f"{data['limit_c']:.1f}")
    if data.get("last_c") is not None and data.get("last_taken_at") is not None:
        told += say(LAST, last=f"{data['last_c']:.1f}", at=data["last_taken_at"])
    told += say(SINCE, began=data.get("began_at"))
    return told + say(UNTIL, ended=data["ended_at"]) if event.is_over else told


def _word(words: Mapping[str, str], name: str, otherwise: str) -> str:
    return worded(name, words[name]) if name in words else otherwise
