"""What is told of an alarm when something happens to it: the alarm as it was then, with its place and its sensors."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from data.tables import AlarmRow, ExcursionRow, WarehouseRow, ZoneRow
from flows.notifying.outbox import OutboxEvent, as_told, id_of_alarm_event, write_events

IDS_A_QUERY = 500
TOLD = (
    *("alarm_id", "kind", "warehouse_id", "zone_id", "sensor_id", "limit_c", "worst_c"),
    *("began_at", "raised_at", "ended_at", "acknowledged_at", "acknowledged_by", "acknowledgement_note"),
    *("raised_because", "ended_because", "ended_by", "end_note"),
)
AS_IT_IS = ("severity", "at_risk", "past")  # known when all is booked


@dataclass(frozen=True)
class Happened:
    """What happened to an alarm, and the alarm as it was then. `times` is how often it had become worse, or gone on
    after its end; `joined` the sensor that it is about by now too, where that is what happened."""

    what: str
    at: datetime
    alarm: AlarmRow
    times: int
    fields: dict[str, Any]
    joined: str | None = None

    @classmethod
    def to(
        cls, alarm: AlarmRow, what: str, at: datetime, last: tuple[float, datetime] | None, joined: str | None = None
    ) -> Self:
        """`last` is what a sensor said then and when it did."""
        fields = {name: getattr(alarm, name) for name in TOLD}
        fields |= (
            {"last_c": None, "last_taken_at": None} if last is None else {"last_c": last[0], "last_taken_at": last[1]}
        )
        as_json = {name: as_told(value) if isinstance(value, datetime) else value for name, value in fields.items()}
        if joined is not None:
            as_json["joined_sensor_id"] = joined
        return cls(what, at, alarm, alarm.times_worse, as_json, joined)

    @property
    def event_id(self) -> str:
        """By which receivers know it again."""
        return id_of_alarm_event(self.alarm.alarm_id, self.what, self.times, self.joined)


def tell_of_alarms(session: Session, happened: Sequence[Happened], now: datetime) -> None:
    """Writes to the outbox what happened to alarms, with the names of their places and the sensors in them."""
    names = _names(session, {one.alarm.zone_id for one in happened})
    sensors = _sensors(session, sorted({one.alarm.alarm_id for one in happened}))
    events = (
        OutboxEvent(
            one.event_id,
            f"alarm.{one.what}",
            one.fields
            | names[one.alarm.zone_id]
            | {"sensor_ids": sensors[one.alarm.alarm_id]}
            | {name: getattr(one.alarm, name) for name in AS_IT_IS},
            one.at,
        )
        for one in happened
    )
    write_events(session, events, now)


def _names(session: Session, zone_ids: set[str]) -> dict[str, dict[str, str]]:
    query = select(ZoneRow.zone_id, ZoneRow.plain_name, WarehouseRow.plain_name)
    query = query.join(WarehouseRow, WarehouseRow.warehouse_id == ZoneRow.warehouse_id)
    of_them = session.execute(query.where(ZoneRow.zone_id.in_(zone_ids)))
    return {zone_id: {"zone": zone, "warehouse": warehouse} for zone_id, zone, warehouse in of_them}


def _sensors(session: Session, alarm_ids: Sequence[str]) -> dict[str, list[str]]:
    """The sensors of each alarm, the first of them first."""
    found: dict[str, list[str]] = defaultdict(list)
    for start in range(0, len(alarm_ids), IDS_A_QUERY):
        query = select(ExcursionRow.alarm_id, ExcursionRow.sensor_id)
        query = query.where(ExcursionRow.alarm_id.in_(alarm_ids[start : start + IDS_A_QUERY]))
        for alarm_id, sensor_id in session.execute(query.order_by(ExcursionRow.began_at, ExcursionRow.sensor_id)):
            if sensor_id not in found[alarm_id]:
                found[alarm_id].append(sensor_id)
    return found
