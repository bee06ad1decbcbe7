"""The form of Alertmanager's webhook, version 4, for whatever takes it: how each alarm is, firing or resolved."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from flows.notifying.forms.told_event import ToldEvent, latest_of_each_alarm
from flows.notifying.forms.words import sentence
from flows.notifying.outbox import as_told
from flows.notifying.routes import SEVERITIES, severity_of

NOT_ENDED = "0001-01-01T00:00:00Z"  # Go's zero time, as Alertmanager has it
LABELS = ("warehouse_id", "warehouse", "zone_id", "zone", "sensor_id")


def message(events: Sequence[ToldEvent], secret: str) -> dict[str, Any]:
    """One alert an alarm, in the order in which they were told; firing as long as one of them is."""
    alerts = [_alert(event) for event in latest_of_each_alarm(events)]
    place = {"warehouse_id": alerts[0]["labels"].get("warehouse_id", "")}
    return {
        "version": "4",
        "groupKey": f'{{}}:{{warehouse_id="{place["warehouse_id"]}"}}',
        "truncatedAlerts": 0,
        "status": "firing" if any(alert["status"] == "firing" for alert in alerts) else "resolved",
        "receiver": "freshfront",
        "groupLabels": place,
        "commonLabels": _common([alert["labels"] for alert in alerts]),
        "commonAnnotations": _common([alert["annotations"] for alert in alerts]),
        "externalURL": "",
        "alerts": alerts,
    }


def _alert(event: ToldEvent) -> dict[str, Any]:
    data = event.data
    labels = {"alertname": str(data.get("kind", event.type)), "severity": SEVERITIES[severity_of(data)]}
    labels |= {name: str(data[name]) for name in LABELS if data.get(name) is not None}
    key = str(data.get("alarm_id", event.event_id))
    return {
        "status": "resolved" if event.is_over else "firing",
        "labels": labels | {"alarm_id": key},
        "annotations": {"summary": sentence(event)},
        "startsAt": data.get("began_at") or as_told(event.happened_at),
        "endsAt": data.get("ended_at") or NOT_ENDED,
        "generatorURL": "",
        "fingerprint": sha256(key.encode()).hexdigest()[:16],
    }


def _common(of_all: Sequence[Mapping[str, str]]) -> dict[str, str]:
    first, *others = of_all
    return {name: value for name, value in first.items() if all(other.get(name) == value for other in others)}
