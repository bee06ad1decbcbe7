"""The figures of a zone's last day, week or month: its readings, beyond a week its hours, against its limits."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.pages.charts import Rows, Spec, wall_clock
from api.pages.temperatures.temperature_chart import TemperatureFigures
from api.pages.temperatures.zone_spans import zone_spans
from api.pages.texts import celsius, moment, say
from data.frames.hours_of_readings import hourly_extremes
from data.frames.zone_history import Hung, sensors_hung
from data.tables import ReadingRow, SensorRow, ZoneRow
from data.whole_hours import HOUR
from flows.coldchain.alarms.zones_now import ZoneNow
from flows.coldchain.rules.kept_limits import limits_of_zones
from warehouse.coldchain.faults import is_code

WIDE_ENOUGH = 0.3  # of the chart, for the words of a limit that has ended to lie left of its end
JUST_BEFORE = timedelta(milliseconds=1)
LONGEST_BY_READING = timedelta(days=7)  # beyond it hours are drawn
LONGEST_PAUSE = timedelta(minutes=15)  # that is no gap, however often a sensor sends
POINTS_A_SENSOR = 288  # one in five minutes: more than that no screen shows


def place_in(sensor: SensorRow, zone: ZoneRow) -> str:
    """The sensor's name without the zone's in front; Chinese has no mark between the two."""
    rest = sensor.name.removeprefix(zone.name)
    is_part_of_a_word = rest[:1].isascii() and rest[:1].isalnum()
    return sensor.name if is_part_of_a_word else rest.lstrip(" ,，") or sensor.name


def temperature_chart(session: Session, zone: ZoneNow, now: datetime, days: int) -> Spec:
    """The zone's last day, week or month; where its sensors have been silent for as long, that before they fell
    silent."""
    timezone, shown = zone.warehouse.timezone, timedelta(days=days)
    heard = max((sensor.heard.taken_at for sensor in zone.sensors if sensor.heard.taken_at), default=now)
    end = heard if now - heard > shown else now
    start = end - shown
    hung = sensors_hung(session, zone.zone.zone_id, start, end)
    by_hour = shown > LONGEST_BY_READING
    return TemperatureFigures(
        drawn=[{"t": wall_clock(at, timezone)} for at in (start, end)],
        readings=[] if by_hour else readings_since(session, zone, start, hung, thinned=True),
        hours=_hours(session, zone, hung, start, end) if by_hour else [],
        limits=_limits(session, zone, start, end),
        spans=zone_spans(session, zone, hung, start, end),
        days=days,
    ).chart()


def readings_since(
    session: Session, zone: ZoneNow, after: datetime, hung: Sequence[Hung], thinned: bool = False
) -> Rows:
    """What sensors said after a moment while they hung in the zone, as the chart takes it."""
    rows: Rows = []
    timezone = zone.warehouse.timezone
    for one in hung:
        taken = select(ReadingRow.taken_at, ReadingRow.temperature_c).where(
            ReadingRow.sensor_id == one.sensor.sensor_id, ReadingRow.taken_at > max(after, one.since or after)
        )
        if one.until is not None:
            taken = taken.where(ReadingRow.taken_at <= one.until)
        name = place_in(one.sensor, zone.zone)
        readings = session.execute(taken.order_by(ReadingRow.taken_at)).tuples()
        believed = [said for said in readings if not is_code(said[1])]  # a broken probe's word is no temperature
        for number, stretch in enumerate(_stretches(believed, one.sensor.interval_minutes)):
            if number:  # a reading of no temperature: the line has a gap before it
                begin = wall_clock(stretch[0][0] - JUST_BEFORE, timezone)
                rows.append({"t": begin, "c": None, "sensor": name, "tip": ""})
            rows += [
                {
                    "t": wall_clock(taken_at, timezone),
                    "c": round(temperature_c, 2),
                    "sensor": name,
                    "tip": f"{name}: {celsius(temperature_c)}, {moment(taken_at, timezone)}",
                }
                for taken_at, temperature_c in (_peaks_kept(stretch) if thinned else stretch)
            ]
    return sorted(rows, key=lambda row: row["t"])


def _hours(session: Session, zone: ZoneNow, hung: Sequence[Hung], start: datetime, end: datetime) -> Rows:
    """Each hour's lowest and highest, of the sensors while they hung in the zone, with gaps where an hour has none."""
    timezone = zone.warehouse.timezone
    rows: Rows = []
    for one in hung:
        name = place_in(one.sensor, zone.zone)
        first, last = max(start, one.since or start), min(end, one.until or end)
        found = {
            hour: (low, high) for _, hour, low, high in hourly_extremes(session, [one.sensor.sensor_id], first, last)
        }
        for hour, (low, high) in sorted(found.items()):
            t = wall_clock(hour, timezone)
            if hour - HOUR not in found and rows:
                rows.append({"t": t - 1, "low": None, "high": None, "sensor": name})
            rows.append({"t": t, "low": round(low, 2), "high": round(high, 2), "sensor": name})
    return rows


def _limits(session: Session, zone: ZoneNow, start: datetime, end: datetime) -> Rows:
    """The limits of each part of the time, as they were in force then."""
    kept = limits_of_zones(session, [zone.zone.zone_id]).get(zone.zone.zone_id, [])
    in_order = sorted((one for one in kept if one.valid_from < end), key=lambda one: one.valid_from)
    ends = [*(one.valid_from for one in in_order[1:]), end]
    wide = (end - start) * WIDE_ENOUGH
    return [
        {
            "t": wall_clock(max(limit.valid_from, start), zone.warehouse.timezone),
            "until": wall_clock(until, zone.warehouse.timezone),
            "c": value,
            "words": say(f"chart.{which}_limit", limit=celsius(value)) if until == end or until - start > wide else "",
        }
        for limit, until in zip(in_order, ends, strict=False)  # a zone without a limit has an end alone
        if until > start
        for which, value in (("high", limit.high_c), ("low", limit.low_c))
        if value is not None
    ]


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
