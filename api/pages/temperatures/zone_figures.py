"""What is known of each zone's temperature: now, against its limits, and over the last 24 hours."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from api.pages import charts
from api.pages.texts import celsius, clock, duration, say
from data.tables import AlarmRow, LimitRow, ReadingRow, SensorRow, SensorStateRow, WarehouseRow, ZoneRow

SHOWN = timedelta(hours=24)
SILENT_AFTER = timedelta(minutes=15)
POINTS_A_SENSOR = 288  # one in five minutes: more than that no screen shows


class State(StrEnum):
    """How a zone is; the worst of its sensors counts. In the order of urgency."""

    ALARM = "alarm"
    OUTSIDE = "outside"  # beyond its limits, for less than the delay
    SILENT = "silent"
    NO_SENSOR = "no_sensor"
    NO_LIMIT = "no_limit"
    INSIDE = "inside"


@dataclass(frozen=True)
class SensorNow:
    """What a sensor said last."""

    sensor: SensorRow
    taken_at: datetime | None
    celsius: float | None
    state: State
    since: datetime | None  # of being outside

    def place_in(self, zone: ZoneRow) -> str:
        """The sensor's name without the zone's in front."""
        return self.sensor.name.removeprefix(f"{zone.name}, ")


@dataclass(frozen=True)
class ZoneNow:
    """A zone with its limits in force and its sensors."""

    zone: ZoneRow
    warehouse: WarehouseRow
    limit: LimitRow | None
    sensors: Sequence[SensorNow]

    @property
    def state(self) -> State:
        return min((sensor.state for sensor in self.sensors), key=list(State).index, default=State.NO_SENSOR)


def zones_now(session: Session, warehouse_id: str | None, now: datetime) -> list[ZoneNow]:
    """The zones of a warehouse, or of all, the most urgent first."""
    query = select(ZoneRow, WarehouseRow).join(WarehouseRow, WarehouseRow.warehouse_id == ZoneRow.warehouse_id)
    if warehouse_id is not None:
        query = query.where(ZoneRow.warehouse_id == warehouse_id)
    places = session.execute(query.order_by(WarehouseRow.name, ZoneRow.name)).all()
    limits = _limits_in_force(session, now)
    sensors = _sensors_by_zone(session, warehouse_id, now, limits)
    zones = [ZoneNow(zone, place, limits.get(zone.zone_id), sensors[zone.zone_id]) for zone, place in places]
    return sorted(zones, key=lambda zone: list(State).index(zone.state))


def _limits_in_force(session: Session, now: datetime) -> dict[str, LimitRow]:
    limits = session.scalars(select(LimitRow).where(LimitRow.valid_from <= now).order_by(LimitRow.valid_from))
    return {limit.zone_id: limit for limit in limits}


def _sensors_by_zone(
    session: Session, warehouse_id: str | None, now: datetime, limits: Mapping[str, LimitRow]
) -> defaultdict[str, list[SensorNow]]:
    # one look at the end of each sensor's readings, whatever their number
    its = aliased(ReadingRow)
    latest = (
        select(func.max(its.taken_at))
        .where(its.sensor_id == SensorRow.sensor_id)
        .correlate(SensorRow)
        .scalar_subquery()
    )
    query = (
        select(SensorRow, ReadingRow, SensorStateRow.state)
        .join(ZoneRow, ZoneRow.zone_id == SensorRow.zone_id)
        .outerjoin(ReadingRow, (ReadingRow.sensor_id == SensorRow.sensor_id) & (ReadingRow.taken_at == latest))
        .outerjoin(SensorStateRow, SensorStateRow.sensor_id == SensorRow.sensor_id)
        .order_by(SensorRow.name, SensorRow.sensor_id)
    )
    if warehouse_id is not None:
        query = query.where(ZoneRow.warehouse_id == warehouse_id)
    by_zone: defaultdict[str, list[SensorNow]] = defaultdict(list)
    for sensor, reading, state in session.execute(query):
        by_zone[sensor.zone_id].append(_sensor_now(sensor, reading, state, limits.get(sensor.zone_id), now))
    return by_zone


def _sensor_now(
    sensor: SensorRow,
    reading: ReadingRow | None,
    state: Mapping[str, Any] | None,
    limit: LimitRow | None,
    now: datetime,
) -> SensorNow:
    """`state` is the alarm engine's memory: since when the zone is outside, and whether that is an alarm by now."""
    outside = state["outside"] if state else None
    since = datetime.fromisoformat(outside["began_at"]) if outside else None
    if reading is None:
        return SensorNow(sensor, None, None, State.SILENT, None)
    if outside and outside["raised_at"]:
        kind = State.ALARM
    elif now - reading.taken_at > SILENT_AFTER:
        kind = State.SILENT
    elif outside:
        kind = State.OUTSIDE
    else:
        kind = State.INSIDE if limit else State.NO_LIMIT
    return SensorNow(sensor, reading.taken_at, reading.temperature_c, kind, since)


def temperature_chart(session: Session, zone: ZoneNow, warehouse: WarehouseRow, now: datetime) -> charts.Spec:
    """The zone's last 24 hours of readings; where a sensor has been silent since, the 24 hours before that."""
    until = max((sensor.taken_at for sensor in zone.sensors if sensor.taken_at), default=now)
    readings = readings_since(session, zone, warehouse, until - SHOWN, thinned=True)
    limits = [
        {"c": value, "words": say(f"chart.{which}_limit", limit=celsius(value))}
        for which in ("high", "low")
        if zone.limit and (value := getattr(zone.limit, f"{which}_c")) is not None
    ]
    return charts.temperatures(readings, limits, _alarm_spans(session, zone, warehouse, until - SHOWN, until))


def _alarm_spans(
    session: Session, zone: ZoneNow, warehouse: WarehouseRow, start: datetime, end: datetime
) -> charts.Rows:
    alarms = session.scalars(
        select(AlarmRow)
        .where(AlarmRow.zone_id == zone.zone.zone_id, func.coalesce(AlarmRow.ended_at, end) >= start)
        .order_by(AlarmRow.began_at)
    )
    return [
        {
            "t": charts.wall_clock(max(alarm.began_at, start), warehouse.timezone),
            "until": charts.wall_clock(alarm.ended_at or end, warehouse.timezone),
            "kind": say(f"alarm.{alarm.kind}"),
            "words": say(
                "chart.alarm_tip",
                kind=say(f"alarm.{alarm.kind}"),
                began=clock(alarm.began_at, warehouse.timezone),
                lasted=duration((alarm.ended_at or end) - alarm.began_at),
                worst=celsius(alarm.worst_c),
            ),
        }
        for alarm in alarms
    ]


def readings_since(
    session: Session, zone: ZoneNow, warehouse: WarehouseRow, after: datetime, thinned: bool = False
) -> charts.Rows:
    """The zone's readings taken after a moment, as the chart takes them."""
    rows: charts.Rows = []
    for sensor in zone.sensors:
        taken = session.execute(
            select(ReadingRow.taken_at, ReadingRow.temperature_c)
            .where(ReadingRow.sensor_id == sensor.sensor.sensor_id, ReadingRow.taken_at > after)
            .order_by(ReadingRow.taken_at)
        )
        name = sensor.place_in(zone.zone)
        rows += [
            {
                "t": charts.wall_clock(taken_at, warehouse.timezone),
                "c": round(temperature_c, 2),
                "sensor": name,
                "tip": f"{name}: {celsius(temperature_c)}, {clock(taken_at, warehouse.timezone)}",
            }
            for taken_at, temperature_c in (_peaks_kept(list(taken.tuples())) if thinned else taken)
        ]
    return sorted(rows, key=lambda row: row["t"])


def _peaks_kept(readings: Sequence[tuple[datetime, float]]) -> Iterable[tuple[datetime, float]]:
    """At most POINTS_A_SENSOR readings: of each run of neighbours the coldest and the warmest, in their order."""
    if len(readings) <= POINTS_A_SENSOR:
        return readings
    run = -(-2 * len(readings) // POINTS_A_SENSOR)
    kept: list[tuple[datetime, float]] = []
    for start in range(0, len(readings), run):
        neighbours = readings[start : start + run]
        kept += sorted({min(neighbours, key=lambda r: r[1]), max(neighbours, key=lambda r: r[1])})
    return kept
