"""The form of PagerDuty's Events API, version 2: an incident an alarm, by its id, triggered, acknowledged, resolved."""

from collections.abc import Sequence
from typing import Any

from flows.notifying.forms.told_event import ToldEvent
from flows.notifying.forms.words import sentence
from flows.notifying.outbox import as_told
from flows.notifying.routes import SEVERITIES, severity_of

LONGEST_SUMMARY = 1_024
ADDRESS = "https://events.pagerduty.com/v2/enqueue"


def message(events: Sequence[ToldEvent], secret: str) -> dict[str, Any]:
    """The event, with the routing key that `secret` is."""
    (event,) = events
    data = event.data
    action = "resolve" if event.is_over else "acknowledge" if event.type == "alarm.acknowledged" else "trigger"
    told = {"routing_key": secret, "event_action": action, "dedup_key": str(data.get("alarm_id", event.event_id))}
    if action != "trigger":
        return told
    place = ", ".join(str(data[name]) for name in ("warehouse", "zone", "sensor_id") if data.get(name))
    payload = {
        "summary": sentence(event)[:LONGEST_SUMMARY],
        "source": place or "Freshfront",
        "severity": SEVERITIES[severity_of(data)] if "alarm_id" in data else "info",
        "timestamp": data.get("began_at") or as_told(event.happened_at),
        "component": data.get("zone"),
        "group": data.get("warehouse"),
        "class": data.get("kind"),
        "custom_details": dict(data),
    }
    return told | {
        "client": "Freshfront",
        "payload": {name: value for name, value in payload.items() if value is not None},
    }
