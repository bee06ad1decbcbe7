"""The figures of a zone's last day, week or month: its readings against its limits, and its alarms."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.pages import charts
from api.pages.texts import celsius, duration, moment, say
from data.tables import AlarmRow, ReadingRow, SensorRow, WarehouseRow, ZoneRow
from flows.coldchain.alarms.zones_now import ZoneNow
from warehouse.coldchain.faults import is_code

JUST_BEFORE = timedelta(milliseconds=1)
LONGEST_PAUSE = timedelta(minutes=15)  # that is no gap, however often a sensor sends
POINTS_A_SENSOR = 288  # one in five minutes: more than that no screen shows


def place_in(sensor: SensorRow, zone: ZoneRow) -> str:
    """The sensor's name without the zone's in front."""
    return sensor.name.removeprefix(f"{zone.name}, ")


def temperature_chart(
    session: Session, zone: ZoneNow, warehouse: WarehouseRow, now: datetime, shown: timedelta
) -> charts.Spec:
    """The zone's last day, week or month (`shown`) of readings; where its sensors have been silent for as long, that
    before they fell silent."""
    heard = max((sensor.heard.taken_at for sensor in zone.sensors if sensor.heard.taken_at), default=now)
    until = heard if now - heard > shown else now
    readings = readings_since(session, zone, warehouse, until - shown, thinned=True)
    limits = [
        {"c": value, "words": say(f"chart.{which}_limit", limit=celsius(value))}
        for which in ("high", "low")
        if zone.limit and (value := getattr(zone.limit, f"{which}_c")) is not None
    ]
    return charts.temperatures(readings, limits, _alarm_spans(session, zone, warehouse, until - shown, until))


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
                began=moment(alarm.began_at, warehouse.timezone),
                lasted=duration((alarm.ended_at or end) - alarm.began_at),
                worst="" if alarm.worst_c is None else celsius(alarm.worst_c),
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
        name = place_in(sensor.sensor, zone.zone)
        believed = [one for one in taken.tuples() if not is_code(one[1])]  # a broken probe's word is no temperature
        for number, stretch in enumerate(_stretches(believed, sensor.sensor.interval_minutes)):
            if number:  # a reading of no temperature: the line has a gap before it
                begin = charts.wall_clock(stretch[0][0] - JUST_BEFORE, warehouse.timezone)
                rows.append({"t": begin, "c": None, "sensor": name, "tip": ""})
            rows += [
                {
                    "t": charts.wall_clock(taken_at, warehouse.timezone),
                    "c": round(temperature_c, 2),
                    "sensor": name,
                    "tip": f"{name}: {celsius(temperature_c)}, {moment(taken_at, warehouse.timezone)}",
                }
                for taken_at, temperature_c in (_peaks_kept(stretch) if thinned else stretch)
            ]
    return sorted(rows, key=lambda row: row["t"])


def _stretches(
    readings: Sequence[tuple[datetime, float]], interval_minutes: float | None
) -> list[list[tuple[datetime, float]]]:
    """The readings between which nothing is missing: no pause is longer than two and a half of the sensor's intervals,
    its usual one where nobody told it."""
    pauses = [later[0] - earlier[0] for earlier, later in pairwise(readings)]
    usual = (
        timedelta(minutes=interval_minutes)
        if interval_minutes
        else sorted(pauses)[len(pauses) // 2]
        if pauses
        else timedelta(0)
    )
    stretches: list[list[tuple[datetime, float]]] = [[reading] for reading in readings[:1]]
    for pause, reading in zip(pauses, readings[1:], strict=True):
        if pause > max(LONGEST_PAUSE, 2.5 * usual):
            stretches.append([])
        stretches[-1].append(reading)
    return stretches


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
