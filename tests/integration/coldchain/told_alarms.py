"""Events of alarms as they are written, without readings, and what a receiver was told of them."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from data.database import writing
from flows.notifying.outbox import OutboxEvent, write_events
from flows.notifying.webhooks import register_webhook
from flows.settings import Settings
from tests.integration.coldchain.receiver import Receiver

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
LOCAL = Settings(webhooks_to_private_addresses=True)


def register(engine: Engine, url: str, **wanted: object) -> tuple[str, str]:
    with writing(engine) as session:
        return register_webhook(session, url, "ops", NOW, True, **wanted)  # type: ignore[arg-type]


def happens(engine: Engine, now: datetime, *alarms: tuple[str, str], severity: str = "critical") -> None:
    """Writes that something happened to alarms, each (what, sensor)."""
    with writing(engine) as session:
        moments = (now + timedelta(milliseconds=number) for number in range(len(alarms)))
        events = [event(*alarm, at, severity) for alarm, at in zip(alarms, moments, strict=True)]
        write_events(session, events, now)


def event(what: str, sensor: str, now: datetime, severity: str) -> OutboxEvent:
    at = now.isoformat().replace("+00:00", "Z")
    data = {
        **{"alarm_id": f"al_{sensor}", "kind": "too_warm", "severity": severity},
        **{"warehouse_id": "W1", "warehouse": "Riverside", "zone_id": "Z1", "zone": "Dairy", "sensor_id": sensor},
        **{"limit_c": 4.0, "worst_c": 9.0, "began_at": at, "raised_at": at},
        "ended_at": at if what == "ended" else None,
        "acknowledged_at": at if what == "acknowledged" else None,
    }
    return OutboxEvent(f"al_{sensor}_{what}", f"alarm.{what}", data, now)


def told(receiver: Receiver) -> list[list[str]]:
    """The messages so far: of each the events in it."""
    found = []
    for headers, payload in zip((headers for headers, _ in receiver.messages), receiver.payloads(), strict=True):
        of_it = payload["data"].get("events")
        found.append([one["event_id"] for one in of_it] if of_it else [headers["webhook-id"]])
    return found
